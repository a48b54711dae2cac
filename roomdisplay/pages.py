"""The pages of the sub-views and the effects they ask for, as values; `roomdisplay.dialog` steps through them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from graph.model import Person
from roomdisplay.outcome import Deed, Outcome
from roomdisplay.view import Verb
from telemetry.payloads import CheckInBy


@dataclass(frozen=True, slots=True)
class Booking:
    """Choosing a length for a booking that begins at `start`; None begins now."""

    start: datetime | None = None
    person: Person | None = None
    shown: str = ""
    """What of the person's name may stand on the screen: no more than the search has shown."""


@dataclass(frozen=True, slots=True)
class PersonSearch:
    """Finding the person a booking is for."""

    booking: Booking
    text: str = ""
    hits: tuple[Person, ...] = ()
    message: str = ""
    """too-short | none | too-many | budget | offline | denied, or empty."""
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """The whole of today (0) or tomorrow (1)."""

    offset: int = 0


@dataclass(frozen=True, slots=True)
class MeetingDetail:
    """One meeting of the timeline, with what may be done to it."""

    key: str


@dataclass(frozen=True, slots=True)
class Extend:
    """Choosing a new end for the current meeting."""

    key: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Asking before something that cannot be taken back lightly."""

    deed: Deed
    key: str


@dataclass(frozen=True, slots=True)
class Working:
    """A write is under way; touches wait."""

    deed: Deed


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class FreeRoom:
    """Another room as found by getSchedule. `free_until` None means the rest of the time asked about."""

    name: str
    detail: str
    free_until: datetime | None
    free: bool


@dataclass(frozen=True, slots=True)
class Rooms:
    """Other rooms; `rooms` is None while they are being asked."""

    rooms: tuple[FreeRoom, ...] | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Telling what is broken: first the kind, then the text."""

    kind: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """The admin PIN."""

    digits: str = ""
    wrong: bool = False
    locked_s: int = 0
    then: str = "status"
    """The admin page that opens after the right PIN."""


@dataclass(frozen=True, slots=True)
class Admin:
    """A page of the admin menu."""

    page: str = "status"


@dataclass(frozen=True, slots=True)
class SignIn:
    """The device code on screen."""

    address: str = ""
    code: str = ""
    expires_at: datetime | None = None
    problem: str = ""
    """A text of graph.outcomes, or empty."""
    values: tuple[tuple[str, str], ...] = ()
    """What goes into the braces of `problem`."""


Page = (
    Booking
    | PersonSearch
    | Day
    | MeetingDetail
    | Extend
    | Confirm
    | Working
    | Ended
    | Rooms
    | Fault
    | Pin
    | Admin
    | SignIn
)


@dataclass(frozen=True, slots=True)
class Book:
    """Book over [start, end); anonymous when `person` is None."""

    start: datetime
    end: datetime
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Do `deed` to the meeting `key`; `end` is the new end where there is one."""

    deed: Deed
    key: str
    end: datetime | None = None
    by: CheckInBy = "touch"
    """who asked: touch or control"""


@dataclass(frozen=True, slots=True)
class Search:
    """Look for people."""

    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """Report a fault of `kind`, with the number of the chosen text."""

    kind: str
    text: int


@dataclass(frozen=True, slots=True)
class Simple:
    """An effect that is only its verb and value: retry, find rooms, undo, PIN, sign-in, language, brightness."""

    verb: Verb
    value: str = ""


@dataclass(frozen=True, slots=True)
class NoShow:
    """Give back the room of the meeting `key`, to which nobody came."""

    key: str


@dataclass(frozen=True, slots=True)
class ByItself:
    """Do `deed` because of who is in the room, or is not: book [start, end), extend `key` to `end`, end `key`."""

    deed: Deed
    start: datetime | None = None
    end: datetime | None = None
    key: str = ""


Effect = Book | Change | Search | Report | Simple | NoShow | ByItself
