"""Tells telemetry and the log what happened at the panel: states, actions, troubles; never what a meeting is about."""

from __future__ import annotations

import logging
from typing import Literal

from common.clock import Clock
from common.tasks import TaskEvent
from drivers.errors import DriverError
from roomdisplay.outcome import Ending, Outcome
from roomdisplay.state import Doubt, Kind, RoomState
from telemetry.outbox import EventSink
from telemetry.payloads import ActionEnded, FaultReported, Recovered, RoomChanged, Started, TaskDied, Trouble

log = logging.getLogger(__name__)

AREAS = {
    Doubt.NEVER_READ: "calendar",
    Doubt.STALE: "calendar",
    Doubt.CLOCK: "clock",
    Doubt.SIGN_IN: "sign-in",
    Doubt.NO_ROOM: "config",
    Doubt.ACCESS: "calendar",
}
WORDS: dict[Ending, Literal["done", "refused", "failed", "unknown"]] = {
    Ending.DONE: "done",
    Ending.UNDONE: "done",
    Ending.TAKEN: "refused",
    Ending.TAKEN_NOT_REMOVED: "unknown",
    Ending.CHANGED: "refused",
    Ending.NO_LONGER: "refused",
    Ending.OFFLINE: "failed",
    Ending.UNCERTAIN: "unknown",
    Ending.BUSY: "failed",
    Ending.DENIED: "failed",
    Ending.SIGN_IN: "failed",
    Ending.FAILED: "failed",
}


class Reporter:
    """One panel's voice. Every trouble is told once when it begins and once when it ends."""

    def __init__(self, sink: EventSink, clock: Clock) -> None:
        self._sink = sink
        self._clock = clock
        self._troubles: dict[str, float] = {}
        self._told: Kind | None = None

    def started(self, version: str) -> None:
        """The panel started."""
        log.info("mydesk-room %s", version)
        self._sink.put(Started("mydesk-room", version))

    def state_changed(self, before: RoomState, after: RoomState) -> None:
        """The panel shows another state. The moment in which a touch makes it read again is not worth telling."""
        if after.doubt is Doubt.RECHECKING:
            return
        self._tell_troubles(after)
        if after.kind is self._told:
            return
        self._told = after.kind
        log.info("state: %s -> %s%s", before.kind, after.kind, f" ({after.doubt})" if after.doubt else "")
        age_s = round((after.now - after.read_at).total_seconds()) if after.read_at else None
        self._sink.put(RoomChanged(str(after.kind), str(after.lamp), after.doubtful, age_s))

    def _tell_troubles(self, after: RoomState) -> None:
        area = AREAS.get(after.doubt)
        for other in sorted(set(AREAS.values()) - {area}):
            self._recovered(other)
        if area:
            self._trouble(area, str(after.doubt))

    def outcome(self, outcome: Outcome) -> None:
        """Somebody did something."""
        log.info("%s: %s %s %s", outcome.deed, outcome.ending, outcome.code, outcome.request_id)
        self._sink.put(ActionEnded(str(outcome.deed), WORDS[outcome.ending], str(outcome.ending)))

    def fault(self, kind: str, text: str) -> None:
        """Somebody reported what is broken."""
        log.warning("fault reported: %s, %s", kind, text)
        self._sink.put(FaultReported(kind))

    def task_died(self, event: TaskEvent) -> None:
        """A supervised task died and will be started again."""
        self._sink.put(TaskDied(event.name, event.exception_type, event.deaths, event.storm))

    def lamp_failed(self, error: DriverError) -> None:
        """The lamp could not be set."""
        if "lamp" not in self._troubles:
            log.error("lamp: %s", error)
        self._trouble("lamp", type(error).__name__)

    def lamp_works(self) -> None:
        """The lamp could be set."""
        self._recovered("lamp")

    def wrong_pin(self) -> None:
        """A wrong admin PIN was typed, or any while it was locked."""
        log.warning("admin: wrong PIN")
        self._sink.put(ActionEnded("pin", "refused", "wrong-pin"))

    def search_budget(self) -> None:
        """The budget of searches is used up; what was searched for is nobody's business."""
        log.warning("person search: the budget is used up")
        self._sink.put(ActionEnded("search", "refused", "budget"))

    def _trouble(self, area: str, code: str) -> None:
        if area not in self._troubles:
            self._troubles[area] = self._clock.monotonic_s()
            self._sink.put(Trouble(area, code))

    def _recovered(self, area: str) -> None:
        since_s = self._troubles.pop(area, None)
        if since_s is not None:
            self._sink.put(Recovered(area, round(self._clock.monotonic_s() - since_s)))
