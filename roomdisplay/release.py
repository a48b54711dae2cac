"""Whether a meeting that nobody came to gives its room back: a pure judgement, at most once per meeting.

The rules are reference/roomdisplay.md 3.16-3.20 and reference/drivers.md 5: only where the panel itself has watched
the whole window - fresh calendar, healthy sensors, nobody seen - and only inside [grace, grace + 2 min].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from roomdisplay.check_in import CheckIns
from roomdisplay.presence_settings import ReleaseSection
from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.settings import CheckInSection

ACT_WITHIN = timedelta(minutes=2)
"""So long after the grace the panel may still act; later it has missed its time."""

ACTED_KEPT = 20
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


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
    """Why a meeting will not be released by us: the first that holds, in this order."""

    NONE = ""
    OFF = "off"
    EXCHANGE = "exchange"
    """Exchange releases by itself, or nobody said that it does not"""
    SECOND_PANEL = "second-panel"
    """another panel of this room may hold a check-in that we cannot see"""
    EXEMPT = "exempt"
    """length, whole day, organizer, or the last minutes of the meeting"""
    OVERLAP = "overlap"
    """two meetings run at once: nobody can tell whose people are missing"""
    CHECKED_IN = "checked-in"
    """they said so, were seen, were carried over, or the meeting was made or moved here too late to hold it against"""
    ACTED = "acted"
    """it was given back already, or we tried: at most once"""
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


@dataclass(frozen=True, slots=True)
class Released:
    """What one panel remembers of its judgements, in RAM: `memory = memory.after(verdict, now)` after each.

    It need not survive a restart: whatever began to be watched before the restart is kept for BOOTED after it.
    """

    acted: tuple[str, ...] = ()
    """keys of the meetings that were given back, newest last"""
    running: str = ""
    """key of the meeting that was judged last"""
    running_since: datetime = BEFORE_ALL
    """when it was judged first: a meeting that was moved here while it ran came then, not at its start"""
    warned_since: datetime | None = None
    """since when, without a gap, its people are warned"""

    def after(self, verdict: Verdict, now: datetime) -> Released:
        """With `verdict` carried out at `now`."""
        raise NotImplementedError


def judge(
    schedule: Schedule,
    check_ins: CheckIns,
    watch: Watch,
    check_in: CheckInSection,
    release: ReleaseSection,
    *,
    shared_check_ins: bool,
    now: datetime,
    memory: Released | None = None,
) -> Verdict:
    """What is to be done at `now` about the meeting that runs; `meeting` is None when none does.

    `shared_check_ins`: what the other panels of this room know of this meeting, we know too. With `memory` a meeting
    is acted on once, and only after its warning was shown for the whole time; without it each call stands alone.
    """
    raise NotImplementedError
