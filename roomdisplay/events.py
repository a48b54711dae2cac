"""Tells telemetry and the log what happened at the panel: states, actions, troubles; never what a meeting is about."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Literal

from common.clock import Clock
from common.tasks import TaskEvent
from drivers.device import Condition, Health
from drivers.errors import DriverError
from roomdisplay.occupancy import Occupancy, Presence
from roomdisplay.outcome import Ending, Outcome
from roomdisplay.release import Keep, Step, Verdict
from roomdisplay.state import Doubt, Kind, RoomState
from telemetry.outbox import EventSink
from telemetry.payloads import (
    ActionEnded,
    CheckedIn,
    CheckInBy,
    FaultReported,
    NoShow,
    PresenceChanged,
    Recovered,
    RoomChanged,
    RoomSample,
    SensorChanged,
    Started,
    StrikeCounted,
    TaskDied,
    Trouble,
)

log = logging.getLogger(__name__)

AREAS = {
    Doubt.NEVER_READ: "calendar",
    Doubt.STALE: "calendar",
    Doubt.CLOCK: "clock",
    Doubt.SIGN_IN: "sign-in",
    Doubt.NO_ROOM: "config",
    Doubt.ACCESS: "calendar",
}
REFUSALS = {
    Keep.EXCHANGE: 'set [release] exchange_auto_release = "off" once Exchange does not release by itself '
    "(Set-CalendarProcessing -EnableAutoRelease $false)",
    Keep.SECOND_PANEL: "[release] panels says that this room has another panel, and its check-ins cannot be heard "
    "(docs/decisions/0010)",
}
"""What the log says where nothing is released whatever happens."""

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
        self._presence: Presence | None = None
        self._sensors: dict[str, Condition] = {}
        self._refusal = Keep.OFF
        self._no_show = ("", Step.NOTHING)

    @property
    def outbox(self) -> str:
        """How what is told is kept for the hub: "ok", or what is wrong with the disk."""
        return self._sink.state.fault or "ok"

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

    def outcome(self, outcome: Outcome, by: str = "touch") -> None:
        """Somebody did something, or the panel did it for whom it sensed."""
        log.info("%s by %s: %s %s %s", outcome.deed, by, outcome.ending, outcome.code, outcome.request_id)
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

    # --- people and sensors ---

    def presence(self, occupancy: Occupancy) -> None:
        """What the sensors say together, each second; told when it changes, never with a name."""
        if occupancy.presence is self._presence:
            return
        first, self._presence = self._presence is None, occupancy.presence
        if first and occupancy.presence is Presence.UNKNOWN:
            return  # a panel without sensors, or one that has just started
        evidence = ".".join(dict.fromkeys(one.what for one in occupancy.evidence))
        log.info("presence: %s %s", occupancy.presence, evidence)
        self._sink.put(PresenceChanged(occupancy.presence.value, evidence))

    def sensors(self, found: Iterable[Health]) -> None:
        """How every sensor is, each second; told when one falls silent or is back."""
        for health in found:
            before = self._sensors.get(health.name, Condition.STARTING)
            if health.condition is before:
                continue
            self._sensors[health.name] = health.condition
            level = logging.INFO if health.condition is Condition.HEALTHY else logging.WARNING
            log.log(level, "sensor %s: %s %s", health.name, health.condition, health.problem)
            self._sink.put(SensorChanged(health.name, health.kind, str(health.condition)))

    def sample(self, sample: RoomSample) -> None:
        """What the sensors of the room say, for the history."""
        self._sink.put(sample)

    def checked_in(self, by: CheckInBy) -> None:
        """The people of a meeting said that they came, or were seen."""
        log.info("check-in: by %s", by)
        self._sink.put(CheckedIn(by))

    def release_refused(self, keep: Keep) -> None:
        """No-shows are not released here whatever happens; told once."""
        if keep is self._refusal:
            return
        self._refusal = keep
        if keep in REFUSALS:
            log.warning("no-shows are not released: %s", REFUSALS[keep])
            self._sink.put(NoShow("kept", str(keep)))

    def no_show(self, verdict: Verdict) -> None:
        """The judgement over the meeting that runs, each second; told when its people are warned, or it is kept."""
        key = verdict.meeting.key if verdict.meeting else ""
        before, self._no_show = self._no_show, (key, verdict.step)
        if self._no_show == before:
            return
        if verdict.step is Step.WARN:
            self._sink.put(NoShow("warned"))
        elif verdict.step is Step.NOTHING and before[0] == key and verdict.keep not in (Keep.NONE, Keep.ACTED):
            log.info("a no-show keeps its room: %s", verdict.keep)
            self._sink.put(NoShow("kept", str(verdict.keep)))

    def no_show_ended(self, outcome: Outcome, freed_min: int, strikes: int, *, again: bool) -> None:
        """A no-show was released, or that failed; `again`: it is tried once more."""
        text = "no-show: %s %s %s%s"
        log.info(text, outcome.ending, outcome.code, outcome.request_id, ", once more" if again else "")
        if outcome.done:
            self._sink.put(NoShow("released", str(outcome.ending), freed_min))
        elif outcome.ending is not Ending.CHANGED:
            self._sink.put(NoShow("failed", str(outcome.ending)))
        if strikes:
            self._sink.put(StrikeCounted(strikes))

    def backlight_failed(self, error: DriverError) -> None:
        """The brightness of the screen could not be set."""
        if "backlight" not in self._troubles:
            log.error("backlight: %s", error)
        self._trouble("backlight", type(error).__name__)

    def backlight_works(self) -> None:
        """The brightness of the screen could be set."""
        self._recovered("backlight")

    def _trouble(self, area: str, code: str) -> None:
        if area not in self._troubles:
            self._troubles[area] = self._clock.monotonic_s()
            self._sink.put(Trouble(area, code))

    def _recovered(self, area: str) -> None:
        since_s = self._troubles.pop(area, None)
        if since_s is not None:
            self._sink.put(Recovered(area, round(self._clock.monotonic_s() - since_s)))
