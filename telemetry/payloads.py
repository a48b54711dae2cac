"""What a unit tells of itself, as values: events (`e/<type>`) and samples (`m/<group>`), and their JSON (DESIGN.md 8).

Pure: no I/O, no clock; the time comes in a `Stamp`. No field can carry a subject or a name: texts are tokens from our
own code (letters, digits, ``_ . : -``), and what is not a token leaves as ``unfit``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any, ClassVar, Literal

import msgspec

_TOKEN = re.compile(r"[A-Za-z0-9_.:+-]{1,64}")
_SEALED = re.compile(r"[A-Za-z0-9_-]{38,8192}={0,2}")
_MOST = 2**53
UNFIT = "unfit"
SEALED: dict[str, bool] = {"sealed": True}
"""Metadata of a field that is ciphertext in base64url, 38 (a nonce and a tag around nothing) to 8192 characters."""

SAMPLE_LIFE_MS = 7 * 24 * 3600 * 1000


class Priority(IntEnum):
    """What is evicted first (the lowest) when the outbox is full."""

    SAMPLE = 0
    EVENT = 5
    FAULT = 9


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all payloads. `TOPIC` is relative to the unit's root, `PRIORITY` decides what is evicted first."""

    TOPIC: ClassVar[str]
    PRIORITY: ClassVar[Priority] = Priority.EVENT


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A program of the unit started."""

    TOPIC: ClassVar[str] = "e/started"
    program: str
    version: str


@dataclass(frozen=True, slots=True)
class RoomChanged(Event):
    """The room's state as the panel shows it; `evidence_age_s` is how old the calendar was then."""

    TOPIC: ClassVar[str] = "e/room"
    state: str
    lamp: str
    stale: bool
    evidence_age_s: int | None = None


@dataclass(frozen=True, slots=True)
class ActionEnded(Event):
    """Somebody at the panel did something (book, extend, end, release, check-in, undo), and how that ended."""

    TOPIC: ClassVar[str] = "e/action"
    action: str
    outcome: Literal["done", "refused", "failed", "unknown"]
    code: str = ""
    took_ms: int = 0


CheckInBy = Literal["touch", "presence", "control", "other-panel", "late"]
"""`late`: the meeting was made so late that whoever made it stands there."""


@dataclass(frozen=True, slots=True)
class CheckedIn(Event):
    """A meeting was checked in to, and by what; whose meeting it is stays at the panel."""

    TOPIC: ClassVar[str] = "e/check-in"
    by: CheckInBy


@dataclass(frozen=True, slots=True)
class NoShow(Event):
    """A meeting to which nobody came: its people are warned, it keeps its room and why, or the room is given back.

    `reason` is of roomdisplay.release.Keep, or how the attempt ended; `freed_min` is what others gain.
    """

    TOPIC: ClassVar[str] = "e/no-show"
    step: Literal["warned", "kept", "released", "failed"]
    reason: str = ""
    freed_min: int = 0


@dataclass(frozen=True, slots=True)
class StrikeCounted(Event):
    """A series of meetings has had so many no-shows lately; which one stays at the panel."""

    TOPIC: ClassVar[str] = "e/strike"
    count: int


@dataclass(frozen=True, slots=True)
class PresenceChanged(Event):
    """Somebody is in the room (occupied), nobody is (vacant), or that is unknown; `evidence` is kinds, not people."""

    TOPIC: ClassVar[str] = "e/presence"
    presence: Literal["occupied", "vacant", "unknown"]
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class SensorChanged(Event):
    """A sensor is healthy, starting, stale, absent or something else than configured (drivers.device.Condition)."""

    TOPIC: ClassVar[str] = "e/sensor"
    PRIORITY: ClassVar[Priority] = Priority.FAULT
    sensor: str
    kind: str
    condition: str


@dataclass(frozen=True, slots=True)
class FaultReported(Event):
    """Somebody reported what is broken in the room, by one of the panel's buttons."""

    TOPIC: ClassVar[str] = "e/fault-report"
    PRIORITY: ClassVar[Priority] = Priority.FAULT
    kind: str


@dataclass(frozen=True, slots=True)
class Trouble(Event):
    """Something does not work: `area` is network, calendar, sign-in, clock, lamp, display, backlight, store, config."""

    TOPIC: ClassVar[str] = "e/trouble"
    PRIORITY: ClassVar[Priority] = Priority.FAULT
    area: str
    code: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Recovered(Event):
    """What did not work works again."""

    TOPIC: ClassVar[str] = "e/recovered"
    PRIORITY: ClassVar[Priority] = Priority.FAULT
    area: str
    after_s: int


@dataclass(frozen=True, slots=True)
class SignInChanged(Event):
    """The sign-in to Microsoft 365 has another outcome than before (a row of graph.outcomes)."""

    TOPIC: ClassVar[str] = "e/sign-in"
    outcome: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class TaskDied(Event):
    """A supervised task died (common.tasks)."""

    TOPIC: ClassVar[str] = "e/task"
    PRIORITY: ClassVar[Priority] = Priority.FAULT
    task: str
    exception_type: str
    deaths: int
    storm: bool = False


@dataclass(frozen=True, slots=True)
class EventsLost(Event):
    """Events that never reached the outbox since the last report: RAM full, disk unusable, not representable."""

    TOPIC: ClassVar[str] = "e/lost"
    PRIORITY: ClassVar[Priority] = Priority.FAULT
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class CalendarSample(Event):
    """How reading the calendar went since the last sample."""

    TOPIC: ClassVar[str] = "m/calendar"
    PRIORITY: ClassVar[Priority] = Priority.SAMPLE
    reads: int
    failures: int
    age_s: int | None
    latency_ms: int | None


@dataclass(frozen=True, slots=True)
class RoomSample(Event):
    """What the sensors of the room say; None is unknown."""

    TOPIC: ClassVar[str] = "m/room"
    PRIORITY: ClassVar[Priority] = Priority.SAMPLE
    occupied: bool | None = None
    temperature_c: float | None = None
    co2_ppm: int | None = None
    light: int | None = None


@dataclass(frozen=True, slots=True)
class ProgramSample(Event):
    """How the program itself is doing."""

    TOPIC: ClassVar[str] = "m/program"
    PRIORITY: ClassVar[Priority] = Priority.SAMPLE
    uptime_s: int
    rss_kib: int
    frame_age_s: float | None = None


@dataclass(frozen=True, slots=True)
class VisitsForgotten(Event):
    """Visits were forgotten. `audit_head` is the newest hash of the audit log: a log cut at its end shows by it."""

    TOPIC: ClassVar[str] = "e/forgotten"
    PRIORITY: ClassVar[Priority] = Priority.FAULT
    visits: int
    keys: int
    copies: int
    trusted: bool
    compacted: bool
    audit_head: str


EvacuationBy = Literal["reception", "control", "hub", "restart"]
"""`hub`: it is the hub's own doing, which it need not hear of; `restart`: the program started in one that is on."""


@dataclass(frozen=True, slots=True)
class EvacuationSet(Event):
    """An evacuation was begun or ended at a kiosk: behind its PIN, by its socket or a command, or at the hub's word;
    `ago_s` seconds before this was told.
    """

    TOPIC: ClassVar[str] = "e/evacuation"
    PRIORITY: ClassVar[Priority] = Priority.FAULT
    active: bool
    by: EvacuationBy
    ago_s: int = 0


@dataclass(frozen=True, slots=True)
class VisitSealed(Event):
    """A visit for the site's other kiosks, sealed with the key of its day: agents, brokers and outboxes see ciphertext.

    `blob` must be ciphertext, base64url; it is the one field that may be longer than a token, and no short text fits.
    """

    TOPIC: ClassVar[str] = "e/visit"
    PRIORITY: ClassVar[Priority] = Priority.FAULT
    blob: str = field(metadata=SEALED)


@dataclass(frozen=True, slots=True)
class HostTold(Event):
    """How far telling the host of a visit is (kiosk.ladder.Standing), by the visit's id: whom and of whom stays here.

    `rung`, `channel` and `answer` are words of kiosk.message_table and kiosk.model; "" while nobody is told yet.
    """

    TOPIC: ClassVar[str] = "e/host-told"
    visit: str
    step: Literal["waiting", "told", "failed", "answered"]
    rung: str = ""
    channel: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class HealthSample(Event):
    """How the unit is (telemetry.health.readings); None is unknown."""

    TOPIC: ClassVar[str] = "m/health"
    PRIORITY: ClassVar[Priority] = Priority.SAMPLE
    cpu_c: float | None = None
    throttled: bool | None = None
    under_voltage_events: int | None = None
    memory_percent: float | None = None
    load_1min: float | None = None
    uptime_s: float | None = None
    disk_percent: float | None = None
    storage: str = ""
    storage_probe_ms: int | None = None
    wifi_dbm: float | None = None
    tenant_ms: int | None = None
    hub_connected: bool | None = None
    synchronised: bool | None = None
    outbox_waiting: int | None = None
    outbox_thrown: int | None = None
    frame_age_s: float | None = None
    calendar_age_s: float | None = None
    sensors_silent: int | None = None
    restarts_1h: int | None = None


@dataclass(frozen=True, slots=True)
class AlarmChanged(Event):
    """An alarm (telemetry.health.alarm_rules) was raised, or cleared after `lasted_s`."""

    TOPIC: ClassVar[str] = "e/alarm"
    PRIORITY: ClassVar[Priority] = Priority.FAULT
    alarm: str
    step: Literal["raised", "cleared"]
    severity: str
    value: float | None = None
    lasted_s: int = 0


EVENTS: tuple[type[Event], ...] = (
    Started,
    RoomChanged,
    ActionEnded,
    CheckedIn,
    NoShow,
    StrikeCounted,
    PresenceChanged,
    SensorChanged,
    FaultReported,
    Trouble,
    Recovered,
    SignInChanged,
    TaskDied,
    EventsLost,
    VisitsForgotten,
    EvacuationSet,
    VisitSealed,
    HostTold,
    CalendarSample,
    RoomSample,
    ProgramSample,
    HealthSample,
    AlarmChanged,
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something happened: wall clock (ms since 1970, UTC), CLOCK_BOOTTIME in ms, which boot, and whether the wall
    clock was to be believed; the hub mends times that were not (reference/fleet.md 3.7)."""

    wall_ms: int
    mono_ms: int
    boot: str
    synced: bool


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the outbox before it has its sequence number. `body` is the JSON of the event's own fields."""

    topic: str
    priority: int
    body: str
    stamp: Stamp
    expires_ms: int | None


def record(event: Event, stamp: Stamp) -> Record:
    """Make a row of `event`. Samples expire after a week, if their time is to be believed."""
    body = msgspec.json.encode(values(event)).decode()
    sample = event.PRIORITY is Priority.SAMPLE
    expires_ms = stamp.wall_ms + SAMPLE_LIFE_MS if sample and stamp.synced else None
    return Record(event.TOPIC, int(event.PRIORITY), body, stamp, expires_ms)


def values(event: Event) -> dict[str, Any]:
    """Return the fields of `event` as they may leave the unit."""
    return {one.name: _fit(getattr(event, one.name), sealed=one.metadata == SEALED) for one in fields(event)}


def _fit(value: Any, *, sealed: bool) -> Any:
    match value:
        case str() if sealed:
            return str(value) if _SEALED.fullmatch(value) else UNFIT
        case str():
            return str(value) if value == "" or _TOKEN.fullmatch(value) else UNFIT
        case None | bool():
            return value
        case int() | float():
            return value if math.isfinite(value) and abs(value) <= _MOST else None
    return UNFIT
