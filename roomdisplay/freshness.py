"""How much the last read of the calendar is worth, and when the next one is due. Pure (DESIGN.md 4.1 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from graph.errors import AccessDenied, GraphError, NotFound, SignInNeeded
from roomdisplay.occupancy import Presence
from roomdisplay.opening_hours import open_span
from roomdisplay.schedule import Schedule
from roomdisplay.settings import CalendarSection, HoursSection

NEAR = timedelta(minutes=10)
"""This close to the start or end of a meeting the calendar is read more often."""

OPENING_LEAD = timedelta(minutes=10)
"""So long before opening the daytime interval begins, so that the read is fresh when the stricter limit does."""

DAY_LIMIT_S = 180.0
NIGHT_LIMIT_S = 660.0
RECHECK_AGE_S = 60.0
"""Green after a touch or a wake comes from a read younger than this."""

LONGEST_DAY_INTERVAL_S = 120.0
"""A longer one, with its jitter and a slow answer, would be stale before the next read."""

JITTER = 0.2
FIRST_RETRY_S = 15.0
LONGEST_RETRY_S = 300.0


class Trouble(StrEnum):
    """Why the last attempt to read the calendar failed."""

    NONE = ""
    UNREACHABLE = "unreachable"
    SIGN_IN = "sign-in"
    NO_ROOM = "no-room"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class CalendarView:
    """All that is known of the calendar at one instant. `age_s` and `limit_s` count from when the read was asked for.

    `recheck`: a touch or a wake happened, so green has to come from a read younger than RECHECK_AGE_S.
    """

    schedule: Schedule | None
    read_at: datetime | None
    age_s: float | None
    limit_s: float
    trouble: Trouble = Trouble.NONE
    clock_synchronised: bool = True
    recheck: bool = False

    @property
    def stale(self) -> bool:
        """Too old to be believed."""
        return is_stale(self.age_s, self.limit_s)

    @property
    def too_old_for_green(self) -> bool:
        """Somebody stands there, and the read is not young enough to tell them that the room is free."""
        return self.recheck and is_stale(self.age_s, RECHECK_AGE_S)


def is_stale(age_s: float | None, limit_s: float) -> bool:
    """A read that has reached its limit, or that there never was."""
    return age_s is None or age_s >= limit_s


def trouble(error: GraphError | None) -> Trouble:
    """Which of the states an error of a read belongs to; what may pass by itself is unreachable."""
    match error:
        case None:
            return Trouble.NONE
        case SignInNeeded():
            return Trouble.SIGN_IN
        case AccessDenied():
            return Trouble.ACCESS
        case NotFound(what="mailbox"):
            return Trouble.NO_ROOM
        case _:
            return Trouble.UNREACHABLE


def interval_s(
    now: datetime,
    schedule: Schedule | None,
    presence: Presence,
    calendar: CalendarSection,
    hours: HoursSection,
    zone: ZoneInfo,
) -> float:
    """Seconds between two reads: short near a boundary or with a person present, long outside opening hours."""
    if presence is Presence.OCCUPIED or (schedule and _near_boundary(now, schedule)):
        return min(calendar.near_interval_s, LONGEST_DAY_INTERVAL_S)
    if open_span(now, hours, zone) or open_span(now + OPENING_LEAD, hours, zone):
        return min(calendar.interval_s, LONGEST_DAY_INTERVAL_S)
    return calendar.night_interval_s


def _near_boundary(now: datetime, schedule: Schedule) -> bool:
    return any(abs(edge - now) <= NEAR for meeting in schedule.meetings for edge in (meeting.start, meeting.end))


def limit_s(
    now: datetime, schedule: Schedule | None, calendar: CalendarSection, hours: HoursSection, zone: ZoneInfo
) -> float:
    """The age at which a read is stale: min(2 x interval + 30, 180) in opening hours, 660 outside."""
    if open_span(now, hours, zone) is None:
        return NIGHT_LIMIT_S
    return min(2 * interval_s(now, schedule, Presence.UNKNOWN, calendar, hours, zone) + 30, DAY_LIMIT_S)


def next_read_in_s(interval_s: float, failures: int, retry_after_s: float | None, random01: float) -> float:
    """Seconds to the next read: the interval +-20 %, or a back-off that doubles up to 300 s after `failures`.

    Never sooner than `retry_after_s`; `random01` in [0, 1) spreads panels that failed together.
    """
    jitter = 1 + JITTER * (2 * random01 - 1)
    if failures:
        doubled_s = min(interval_s, FIRST_RETRY_S) * 2.0 ** min(failures - 1, 10)
        wait_s = min(doubled_s * jitter, LONGEST_RETRY_S)
    else:
        wait_s = interval_s * jitter
    return max(wait_s, (retry_after_s or 0.0) * (1 + JITTER * random01))
