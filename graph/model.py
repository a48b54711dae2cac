"""What Graph tells us, as values: UTC instants inside, names of the Graph API kept where they are good.

No HTTP here: this module may be imported by pure code. Source of the fields: reference/graph.md section 2
(Graph v1.0 resources event, room, user, presence, scheduleItem).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ShowAs(StrEnum):
    """event.showAs; compared case-insensitively when read."""

    FREE = "free"
    TENTATIVE = "tentative"
    BUSY = "busy"
    OOF = "oof"
    WORKING_ELSEWHERE = "workingElsewhere"
    UNKNOWN = "unknown"


class Response(StrEnum):
    """event.responseStatus.response, of the room as an attendee."""

    NONE = "none"
    ORGANIZER = "organizer"
    TENTATIVELY_ACCEPTED = "tentativelyAccepted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NOT_RESPONDED = "notResponded"


class Sensitivity(StrEnum):
    """event.sensitivity."""

    NORMAL = "normal"
    PERSONAL = "personal"
    PRIVATE = "private"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class Event:
    """One occurrence in a room's calendar, over [start, end).

    `start` and `end` are aware UTC instants; those of an all-day event are midnights in the room's own zone,
    whatever zone Graph wrote beside them (reference/roomdisplay.md 3.6).
    """

    id: str
    start: datetime
    end: datetime
    subject: str = ""
    organizer_name: str = ""
    organizer_address: str = ""
    all_day: bool = False
    show_as: ShowAs = ShowAs.BUSY
    response: Response = Response.ACCEPTED
    sensitivity: Sensitivity = Sensitivity.NORMAL
    cancelled: bool = False
    is_organizer: bool = False
    """The room itself is the organizer: the event was made in the room's mailbox."""
    series_id: str = ""
    ical_uid: str = ""
    etag: str = ""
    created: datetime | None = None
    """Only known when one event was read by itself: calendarView cannot select it."""


@dataclass(frozen=True, slots=True)
class NewBooking:
    """What is to be created in a room's mailbox. `transaction_id` stays the same however often it is sent."""

    start: datetime
    end: datetime
    subject: str
    transaction_id: str
    person_address: str = ""
    """The attendee who gets the invitation; empty for an anonymous booking."""
    person_name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A room as Places knows it."""

    address: str
    name: str
    building: str = ""
    floor_number: int | None = None
    floor_label: str = ""
    capacity: int | None = None
    audio_device: str = ""
    video_device: str = ""
    display_device: str = ""
    wheelchair_accessible: bool = False
    tags: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A directory hit: what a passer-by may not see stays in here, the shield decides what is shown."""

    id: str
    name: str
    address: str
    department: str = ""
    language: str = ""
    """of people.members only: a BCP 47 tag such as da-DK, "" where the directory has none"""


@dataclass(frozen=True, slots=True)
class BusySlot:
    """One item of getSchedule over [start, end)."""

    start: datetime
    end: datetime
    show_as: ShowAs


class Availability(StrEnum):
    """presence.availability folded to what a lobby needs."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    UNKNOWN = "unknown"
