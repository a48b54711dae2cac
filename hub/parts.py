"""What the pages and the commands work with: the parts of one hub, put together by hub.serve."""

from __future__ import annotations

from dataclasses import dataclass

from common.clock import Clock
from hub.authority import Authority
from hub.commands import Commands
from hub.desired import Desired
from hub.live import Live
from hub.settings import HubConfig
from hub.store import Store
from hub.visits.clock_trust import trusted
from hub.visits.parts import VisitParts


@dataclass(frozen=True, slots=True)
class HubParts:
    """All parts of one hub. Store, commands, desired and authority block: call them in a worker thread."""

    config: HubConfig
    store: Store
    live: Live
    commands: Commands
    desired: Desired
    authority: Authority
    clock: Clock
    visits: VisitParts | None = None
    """None: [visits] is off"""

    @property
    def clock_kept(self) -> bool:
        """Whether somebody keeps this machine's clock; if not, times may be wrong and nothing is forgotten by date."""
        return trusted(self.clock)
