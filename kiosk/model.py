"""What the kiosk knows of visits, guests and hosts, as values. Instants are aware and UTC.

A Guest, a Visit and a Host name people: they stay in RAM and, encrypted, in the register; never in a log, in telemetry
or in an exception's text. `repr` of a Guest shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.view import PhotoView


class VisitState(StrEnum):
    """Where a visit stands."""

    EXPECTED = "expected"
    ON_SITE = "on-site"
    LEFT = "left"
    LEFT_ASSUMED = "left-assumed"
    """signed out by the clock at 23:59: nobody saw them leave"""
    NO_SHOW = "no-show"


class LeftBy(StrEnum):
    """Who ended a visit."""

    SCAN = "scan"
    GUEST = "guest"
    HOST = "host"
    RECEPTION = "reception"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Guest:
    """A person in the lobby. `extra` are the fields that the visitor type asks for besides, as (key, value)."""

    name: str
    email: str = ""
    phone: str = ""
    extra: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return "Guest(...)"

    @property
    def first_name(self) -> str:
        """For a greeting: the first word of the name."""
        return self.name.split()[0] if self.name.split() else ""


@dataclass(frozen=True, slots=True)
class Host:
    """Whom a guest visits. `ref` is stable: the directory's id, or "other:" and a number for hosts of the config."""

    ref: str
    name: str
    address: str = ""
    """e-mail, and the sign-in name where the host is of the tenant"""
    department: str = ""
    language: str = "da"
    phone: str = ""

    def __repr__(self) -> str:
        return f"Host({self.ref!r})"


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's visit. `id` is 32 hexadecimal digits, drawn by chance."""

    id: str
    type: str
    """the visitor type's key in the configuration"""
    state: VisitState
    guest: Guest
    host: Host
    language: str
    """of the guest"""
    notice_version: str
    """of the privacy notice that was shown"""
    in_at: datetime | None = None
    out_at: datetime | None = None
    out_by: LeftBy | None = None
    expected_at: datetime | None = None
    until: datetime | None = None
    """the planned end, for the reminder; None: not known"""
    group: str = ""
    """visits that signed in together share it"""
    delete_on: str = ""
    """ISO date on which it is forgotten, fixed when it was made: a longer retention later does not extend it"""


class HostPresence(StrEnum):
    """What a stranger may know of a host."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class HostHit:
    """One hit of the search behind the shield: `shown_name` is "First L." until the full name was typed."""

    ref: str
    shown_name: str
    department: str
    presence: HostPresence = HostPresence.UNKNOWN
    whole_name: bool = False
    """the guest typed all of it: nothing is hidden, and a picture may be shown"""
    photo: PhotoView | None = None

    def __repr__(self) -> str:
        return "HostHit(...)"


class Channel(StrEnum):
    """How somebody is told."""

    CHAT = "chat"
    MAIL = "mail"
    RECEPTION = "reception"
    """on the screen at the desk, or by telephone"""


class Progress(StrEnum):
    """Where one message stands."""

    QUEUED = "queued"
    """the network is away: it will be sent"""
    SENDING = "sending"
    SENT = "sent"
    ANSWERED = "answered"
    FAILED = "failed"


class Answer(StrEnum):
    """What a host said."""

    COMING = "coming"
    FIVE_MINUTES = "five-minutes"


@dataclass(frozen=True, slots=True)
class Told:
    """One step of the ladder, for the guest's screen: who was told, by what, how it stands."""

    who: str
    """the host's or delegate's name as it may be shown, or "" for reception"""
    channel: Channel
    progress: Progress
    answer: Answer | None = None
