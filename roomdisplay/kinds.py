"""What a room can be, as the panel shows it: the kinds, what makes them doubtful, and the one value they come in. Pure.

`roomdisplay.state` chooses; screen, lamp and telemetry draw from what is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from drivers.lamp import LampColour
from roomdisplay.occupancy import Presence
from roomdisplay.schedule import Meeting


class Kind(StrEnum):
    """What the panel shows; the words of `mydesk-room preview --state`."""

    FREE = "free"
    FREE_SOON = "free-soon"
    BUSY = "busy"
    ENDING_SOON = "ending-soon"
    CHECK_IN = "check-in"
    BOOKED_EMPTY = "booked-empty"
    """booked, and known to be empty for a while"""
    RELEASE_WARNING = "release-warning"
    """the room is given back in a moment unless somebody says that it is used"""
    IN_USE = "in-use"
    """free by the calendar, but somebody is there"""
    RELEASED = "released"
    OVERLAP = "overlap"
    OFFLINE = "offline"
    NEEDS_SIGN_IN = "needs-sign-in"
    NO_ROOM = "no-room"
    STARTING = "starting"
    ASLEEP = "asleep"


class Doubt(StrEnum):
    """Why the calendar cannot be believed right now."""

    NONE = ""
    NEVER_READ = "never-read"
    STALE = "stale"
    CLOCK = "clock"
    SIGN_IN = "sign-in"
    NO_ROOM = "no-room"
    ACCESS = "access"
    RECHECKING = "rechecking"


GREEN = frozenset({Kind.FREE, Kind.FREE_SOON, Kind.RELEASED})
"""The kinds that tell people that they may walk in."""

LAMP = {
    Kind.FREE: LampColour.FREE,
    Kind.RELEASED: LampColour.FREE,
    Kind.FREE_SOON: LampColour.ATTENTION,
    Kind.CHECK_IN: LampColour.ATTENTION,
    Kind.IN_USE: LampColour.ATTENTION,
    Kind.BOOKED_EMPTY: LampColour.ATTENTION,
    Kind.RELEASE_WARNING: LampColour.ATTENTION,
    Kind.BUSY: LampColour.BUSY,
    Kind.ENDING_SOON: LampColour.BUSY,
    Kind.OVERLAP: LampColour.BUSY,
    Kind.ASLEEP: LampColour.OFF,
}
"""What the lamp shows of a kind; any other kind is neutral (DESIGN.md 6: starting soon and check-in due are amber)."""

BOOKED = frozenset({Kind.BUSY, Kind.ENDING_SOON, Kind.OVERLAP, Kind.CHECK_IN, Kind.BOOKED_EMPTY, Kind.RELEASE_WARNING})
"""The kinds in which the calendar has the room, or is about to."""


class Reason(StrEnum):
    """Why a room is given back."""

    NO_SHOW = "no-show"
    """nobody checked in and nobody came"""
    LEFT = "left"
    """a booking made at the room whose people have left"""


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The meeting `key` loses the room at `at` if nothing changes; `warn`: the screen has to say so by now."""

    key: str
    at: datetime
    reason: Reason
    warn: bool = False


@dataclass(frozen=True, slots=True)
class RoomState:
    """What is true of the room at one instant, as far as the panel knows.

    `until` is when `kind` ends by itself as the schedule stands; None when nothing is in sight. `doubtful` is set
    for every kind that must not be taken for the truth: then `last_kind` says what the calendar, as it was last
    read at `read_at`, makes of this instant, the lamp is neutral and nothing may be booked. Asleep, `last_kind` is
    what would be shown awake.
    """

    kind: Kind
    now: datetime
    until: datetime | None = None
    current: Meeting | None = None
    next: Meeting | None = None
    others: tuple[Meeting, ...] = ()
    """Meetings besides `current` that contain the instant."""
    free_from: datetime | None = None
    """When a busy room is free again; None when that is beyond what was read."""
    check_in_by: datetime | None = None
    check_in_key: str = ""
    """Key of the meeting that `check_in_by` is about: the current one, or the next while the current one over-runs."""
    doubt: Doubt = Doubt.NONE
    last_kind: Kind | None = None
    read_at: datetime | None = None
    lamp: LampColour = LampColour.NEUTRAL
    may_book: bool = False
    presence: Presence = Presence.UNKNOWN
    give_back: GiveBack | None = None
    """The current meeting is about to lose the room; only where the calendar is believed."""
    clock_known: bool = True
    """`now` can be shown to people; False always comes with a doubt, of which the clock need not be the first."""

    @property
    def doubtful(self) -> bool:
        """The calendar cannot be believed: never green, nothing may be booked."""
        return self.doubt is not Doubt.NONE
