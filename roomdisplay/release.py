"""Whether a meeting that nobody came to gives its room back: a pure judgement, at most once per meeting.

The rules are reference/roomdisplay.md 3.16-3.20 and reference/drivers.md 5: only where the panel itself has watched
the whole window - fresh calendar, healthy sensors, nobody seen - and only inside [grace, grace + 2 min].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from roomdisplay.schedule import Meeting


@dataclass(frozen=True, slots=True)
class Watch:
    """What the panel can vouch for, as UTC instants."""

    booted_at: datetime
    online_since: datetime | None
    """the calendar has been believable without a gap since; None: it is not now"""
    sensed_since: datetime | None
    """presence has been known without a gap since; None: it is unknown now, or there is no sensor"""
    occupied_last: datetime | None
    """the last instant with somebody in the room; None: nobody since the start"""
    has_sensors: bool = False


class Step(StrEnum):
    """What is to be done now."""

    NOTHING = "nothing"
    WARN = "warn"
    """say on screen that the room is given back at `at`; a touch anywhere keeps it"""
    RELEASE = "release"


class Keep(StrEnum):
    """Why a meeting that waits for its check-in will not be released by us."""

    NONE = ""
    OFF = "off"
    EXCHANGE = "exchange"
    """Exchange releases by itself, or nobody said that it does not"""
    SECOND_PANEL = "second-panel"
    """another panel of this room may hold a check-in that we cannot see"""
    EXEMPT = "exempt"
    """length, whole day, organizer, or the last minutes of the meeting"""
    CHECKED_IN = "checked-in"
    BOOTED = "booted"
    """the panel started after the window opened"""
    OFFLINE = "offline"
    """the calendar was not believable for the whole window"""
    BLIND = "blind"
    """presence was not known for the whole window"""
    PRESENT = "present"
    """somebody was in the room"""
    MISSED = "missed"
    """the time to act has passed"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement over one meeting."""

    step: Step
    meeting: Meeting | None = None
    at: datetime | None = None
    """when the room is given back if nothing changes; None when it will not be"""
    keep: Keep = Keep.NONE
