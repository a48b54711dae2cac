"""Keys, claims and a kiosk that reads codes, for the tests of invitations and badges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from common.clock import ManualClock
from common.database import StoreError, StoreFault
from common.visiting.codes import code_hash
from common.visiting.sealed_record import InvitationRecord
from kiosk.badge_keys import BadgeKeys
from kiosk.code_reading import CodeReader
from kiosk.invitation_records import InvitationRecords
from kiosk.model import Guest, Host, Visit, VisitState
from kiosk.settings import InvitationsSection
from tests.common.visiting.token_kit import END, KEYS, NOW, START, VISIT

T = TypeVar("T")
ZONE = ZoneInfo("Europe/Copenhagen")
CODE = "7QZM3KJ"


def record(code: str, visit: str = VISIT, **changes: object) -> InvitationRecord:
    values = {
        "visit": visit,
        "type": "guest",
        "start_s": int(START.timestamp()),
        "end_s": int(END.timestamp()),
        "code_hash": code_hash(code, bytes.fromhex(visit)).hex(),
        "name": "Signe Hemmelig",
        "email": "signe@gaest.example",
        "extra": (("company", "Hemmelig ApS"),),
        "host_name": "Jonas Vaert",
        "host_address": "jonas@nordhavn.example",
        "language": "da",
    }
    return InvitationRecord(**{**values, **changes})  # type: ignore[arg-type]


@dataclass
class Visits:
    """A register in RAM; `broken` makes it fail."""

    rows: dict[str, Visit] = field(default_factory=dict)
    broken: bool = False
    applied: int = 0

    async def expect(self, visits: Sequence[Visit]) -> None:
        self._works()
        for visit in visits:
            self.rows.setdefault(visit.id, visit)

    async def by_id(self, visit_id: str) -> Visit | None:
        self._works()
        return self.rows.get(visit_id)

    async def apply(self, work: Callable[[Any, Any], T]) -> T:
        """Deleting is tested with the real register."""
        self._works()
        self.applied += 1
        return cast("T", 0)

    def put(self, visit_id: str, state: VisitState) -> None:
        known = self.rows.get(visit_id)
        fresh = Visit(visit_id, "guest", state, Guest("Signe Hemmelig"), Host("1", "Jonas Vaert"), "da", "1")
        self.rows[visit_id] = replace(known, state=state) if known else fresh

    def _works(self) -> None:
        if self.broken:
            raise StoreError(Path("register.db"), StoreFault.BUSY, "for the test")


class Kiosk:
    """A kiosk that reads codes, in a folder. Made inside a loop or outside of one."""

    def __init__(self, folder: Path, *, now: datetime = NOW, visits: Visits | None = None) -> None:
        self.clock = ManualClock(now)
        self.visits = visits or Visits()
        self.records = InvitationRecords(folder / "invitations", KEYS, self.visits)
        self.badges = BadgeKeys(folder / "badge.key", ZONE)
        self.reader = CodeReader(InvitationsSection(), KEYS, self.records, self.visits, self.badges, self.clock)

    def badge(self, visit: str = VISIT) -> str:
        return self.badges.token(visit, self.clock.now(), clock_sure=self.clock.synchronised())
