"""A room's day out of thin air, for previews: the meetings of the mock-ups, and every state there is. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from graph.model import Event, Person, Sensitivity
from roomdisplay.occupancy import Presence
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.pages import (
    Booking,
    Confirm,
    Day,
    Ended,
    Extend,
    Fault,
    FreeRoom,
    MeetingDetail,
    Page,
    PersonSearch,
    Pin,
    Rooms,
    SignIn,
    Working,
)
from roomdisplay.schedule import Schedule
from roomdisplay.state import GiveBack, Kind, Reason

ZONE = ZoneInfo("Europe/Copenhagen")
DAY = datetime(2026, 11, 23, tzinfo=ZONE)
ROOM = "storebaelt@nordhavn.example"
MEETINGS = (
    ("09:00", "10:00", "Budgetopfølgning", "Louise Holm", Sensitivity.NORMAL),
    ("10:30", "11:30", "Lønsamtale", "Henrik Dam", Sensitivity.PRIVATE),
    ("13:00", "14:30", "Projektmøde Nordhavn", "Jesper Friis", Sensitivity.NORMAL),
    ("15:00", "16:00", "Interview", "Henrik Dam", Sensitivity.NORMAL),
)
LONG = (
    "Tværgående styregruppemøde om sammenlægning af økonomi, indkøb og ejendomsdrift, anden behandling",
    "Anne-Sofie Kirstine Bjørnholdt-Christoffersen Østergaard",
)


@dataclass(frozen=True, slots=True)
class Moment:
    """When to look, and what is the matter."""

    at: str
    age_s: float | None = 12.0
    trouble: str = ""
    synchronised: bool = True
    check_in: bool = False
    released: bool = False
    overlap: bool = False
    drop: str = ""
    presence: Presence = Presence.UNKNOWN
    presence_since: str = "08:00"
    released_at: str = ""
    warn: bool = False
    blind: bool = False


class Picture(StrEnum):
    """What `mydesk-room preview --state` draws: every Kind, and what may be the matter with one."""

    FREE = "free"
    FREE_SOON = "free-soon"
    BUSY = "busy"
    ENDING_SOON = "ending-soon"
    CHECK_IN = "check-in"
    BOOKED_EMPTY = "booked-empty"
    RELEASE_WARNING = "release-warning"
    IN_USE = "in-use"
    RELEASED = "released"
    OVERLAP = "overlap"
    OFFLINE = "offline"
    NEEDS_SIGN_IN = "needs-sign-in"
    NO_ROOM = "no-room"
    STARTING = "starting"
    ASLEEP = "asleep"
    SENSOR_UNKNOWN = "sensor-unknown"


MOMENTS: dict[str, Moment] = {
    Kind.FREE: Moment("11:42"),
    Kind.FREE_SOON: Moment("12:49"),
    Kind.BUSY: Moment("13:20"),
    Kind.ENDING_SOON: Moment("14:24"),
    Kind.CHECK_IN: Moment("13:03", check_in=True, presence=Presence.VACANT, released_at="13:10"),
    Picture.SENSOR_UNKNOWN: Moment("13:03", check_in=True, blind=True),
    Kind.BOOKED_EMPTY: Moment("13:20", presence=Presence.VACANT, presence_since="12:10"),
    Kind.RELEASE_WARNING: Moment("13:08", check_in=True, presence=Presence.VACANT, released_at="13:10", warn=True),
    Kind.IN_USE: Moment("11:42", presence=Presence.OCCUPIED, presence_since="11:40"),
    Kind.RELEASED: Moment("13:12", released=True, drop="13:00"),
    Kind.OVERLAP: Moment("13:20", overlap=True),
    Kind.OFFLINE: Moment("13:20", age_s=540.0, trouble="unreachable"),
    Kind.NEEDS_SIGN_IN: Moment("13:20", age_s=900.0, trouble="sign-in"),
    Kind.NO_ROOM: Moment("13:20", age_s=None, trouble="no-room"),
    Kind.STARTING: Moment("13:20", age_s=None, synchronised=False),
    Kind.ASLEEP: Moment("22:10"),
}


def instant(clock: str) -> datetime:
    """A time of the sample day as a UTC instant."""
    hour, minute = clock.split(":")
    return datetime.combine(DAY.date(), time(int(hour), int(minute)), ZONE).astimezone(UTC)


def events(moment: Moment, *, long_names: bool = False) -> tuple[Event, ...]:
    """The meetings of the day as Graph would tell them."""
    return tuple(_events(moment, long_names))


def _events(moment: Moment, long_names: bool) -> Iterable[Event]:
    for number, (start, end, subject, organizer, sensitivity) in enumerate(MEETINGS):
        if start == moment.drop:
            continue
        title, name = LONG if long_names and sensitivity is Sensitivity.NORMAL else (subject, organizer)
        yield Event(
            f"sample-{number}",
            instant(start),
            instant(end),
            title,
            name,
            f"p{number}@nordhavn.example",
            sensitivity=sensitivity,
        )
    if moment.overlap:
        yield Event("sample-9", instant("13:00"), instant("14:00"), "Kundebesøg", "Mette Kjær", "m@nordhavn.example")


def give_back(moment: Moment, schedule: Schedule) -> GiveBack | None:
    """What is said to happen to the meeting that runs at that moment."""
    current = schedule.current(instant(moment.at))
    if not moment.released_at or current is None:
        return None
    return GiveBack(current.key, instant(moment.released_at), Reason.NO_SHOW, warn=moment.warn)


def sheets(schedule: Schedule) -> dict[str, Page]:
    """Every sub-view by name, as `mydesk-room preview --sheet` draws it."""
    people = (
        Person("1", "Jesper Friis", "jf@nordhavn.example", "Projektafdelingen"),
        Person("2", "Jesper Frandsen", "jfr@nordhavn.example", "Økonomi"),
    )
    rooms = (
        FreeRoom("Lillebælt", "2. sal · 4 pladser · Skærm", instant("15:00"), free=True),
        FreeRoom("Øresund", "2. sal · 12 pladser · Skærm · Teams", None, free=True),
        FreeRoom("Kattegat", "3. sal · 6 pladser · Skærm", instant("14:00"), free=True),
    )
    key = schedule.meetings[-1].key
    later = schedule.meetings[-1].end
    booked = Outcome(Deed.BOOK, Ending.DONE, instant("11:42"), instant("12:12"))
    return {
        "booking": Booking(),
        "booking-later": Booking(later, people[0]),
        "person": PersonSearch(Booking(), "jes fr", people),
        "person-empty": PersonSearch(Booking()),
        "day": Day(),
        "tomorrow": Day(1),
        "meeting": MeetingDetail(key),
        "extend": Extend(key),
        "confirm-end": Confirm(Deed.END, key),
        "confirm-release": Confirm(Deed.RELEASE, key),
        "working": Working(Deed.BOOK),
        "booked": Ended(booked),
        "taken": Ended(Outcome(Deed.BOOK, Ending.TAKEN, winner_start=instant("11:40"))),
        "uncertain": Ended(Outcome(Deed.BOOK, Ending.UNCERTAIN)),
        "no-connection": Ended(Outcome(Deed.BOOK, Ending.OFFLINE)),
        "rooms": Rooms(rooms),
        "rooms-asking": Rooms(),
        "fault": Fault(),
        "fault-text": Fault("display"),
        "pin": Pin("12"),
        "pin-locked": Pin(locked_s=60),
        "sign-in": SignIn("https://microsoft.com/devicelogin", "F4K7Q2ZL9", instant("11:57") + timedelta(0)),
    }
