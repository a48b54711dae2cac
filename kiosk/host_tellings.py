"""Tells the hub how far telling the host of each visit is: each change once, again after a restart; names nobody."""

from __future__ import annotations

from kiosk.ladder import Standing
from telemetry.outbox import EventSink
from telemetry.payloads import HostTold

__all__ = ["MOST", "HostTellings"]

MOST = 500
"""Visits whose last word is remembered; of more the oldest is told once more."""


class HostTellings:
    """Of one kiosk. Where visits are not shared (`enabled` False) nobody is to know of them, and nothing is told."""

    def __init__(self, outbox: EventSink, *, enabled: bool) -> None:
        self._outbox = outbox
        self._enabled = enabled
        self._last: dict[str, HostTold] = {}

    def begin(self, visit_id: str) -> None:
        """A ladder begins: what was said of this visit before does not hold any more."""
        self._last.pop(visit_id, None)
        self._tell(HostTold(visit_id, "waiting"))

    def again(self, visit_id: str) -> None:
        """The hub asks anew: what was said of this visit is said once more."""
        self._last.pop(visit_id, None)

    def note(self, visit_id: str, standing: Standing) -> None:
        """It stands so."""
        if standing.step == "waiting":
            self._tell(HostTold(visit_id, "waiting"))
            return
        answer = str(standing.answer) if standing.answer else ""
        self._tell(HostTold(visit_id, standing.step, str(standing.rung), str(standing.channel), answer))

    def _tell(self, event: HostTold) -> None:
        if not self._enabled or self._last.get(event.visit) == event:
            return
        self._last.pop(event.visit, None)
        self._last[event.visit] = event
        while len(self._last) > MOST:
            del self._last[next(iter(self._last))]
        self._outbox.put(event)
