"""What presence may do by itself: check in, book for a walk-in, extend, end an empty booking. Pure; off by default.

Presence that is not known proposes nothing. Reference/roomdisplay.md 1.5 (MR sensor rules) and 3.20.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from roomdisplay.check_in import Asked
from roomdisplay.occupancy import Occupancy
from roomdisplay.presence_settings import PresenceSection
from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.settings import BookingSection, HoursSection, MeetingSection
from roomdisplay.state import RoomState


class Rule(StrEnum):
    """What is proposed."""

    NONE = ""
    BOOK = "auto-book"
    """book [start, end) for the people who walked in"""
    EXTEND = "auto-extend"
    """move the end of `meeting`, which was booked here, to `end`"""
    END = "end-when-empty"
    """end `meeting`, which was booked here and stands empty"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be done at `at`; before that, with `warn`, it is only announced on screen."""

    kind: Rule = Rule.NONE
    meeting: Meeting | None = None
    end: datetime | None = None
    at: datetime | None = None
    warn: bool = False
    start: datetime | None = None
    """of a booking"""

    @property
    def due(self) -> bool:
        """It is to be done now."""
        return self.kind is not Rule.NONE and not self.warn


@dataclass(frozen=True, slots=True)
class History:
    """What happened lately at this panel, as monotonic seconds; None: not since the start.

    The panel keeps it: `touched`, `given_back` and `after` each proposal.
    """

    touched_s: float | None = None
    """the glass was touched"""
    given_back_s: float | None = None
    """a person ended, cancelled or released something at the panel: what they do not want is not booked for them"""
    tried_s: float | None = None
    """a proposal was carried out, or failed to be"""
    warned: str = ""
    """key of the meeting whose end is announced"""
    warned_since_s: float = 0.0

    def touched(self, now_s: float) -> History:
        """A finger came down."""
        raise NotImplementedError

    def given_back(self, now_s: float) -> History:
        """A person ended, cancelled or released a booking here."""
        raise NotImplementedError

    def after(self, proposal: Proposal, now_s: float) -> History:
        """With `proposal` shown, or carried out if it was due."""
        raise NotImplementedError


def may_check_in_by_presence(
    asked: Asked, occupancy: Occupancy, now: datetime, now_s: float, settings: PresenceSection
) -> bool:
    """The people of the meeting are there: evidence over `check_in_after_s` inside [opens, closes), hold times not
    counted. Pass `own_window(asked, schedule)`, so that the people of the meeting before count for themselves.
    """
    raise NotImplementedError


def own_window(asked: Asked, schedule: Schedule) -> Asked:
    """`asked` without the time in which another meeting ran: whoever is there then came for that one."""
    raise NotImplementedError


def proposal(
    state: RoomState,
    occupancy: Occupancy,
    schedule: Schedule | None,
    presence: PresenceSection,
    booking: BookingSection,
    meeting: MeetingSection,
    hours: HoursSection,
    zone: ZoneInfo,
    *,
    now: datetime,
    now_s: float,
    history: History,
) -> Proposal:
    """What presence proposes at `now` (wall) = `now_s` (monotonic); ask each second, act when it is `due`."""
    raise NotImplementedError
