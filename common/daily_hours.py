"""Times of day as instants, in the zone of a place: opening hours, and the hours in which a screen is on. Pure.

Stretches are turned into UTC instants once per local day. So an hour that the clocks skip or repeat makes a day
shorter or longer, and never opens, closes or wakes anything twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

from msgspec import Meta

TimeOfDay = Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$", examples=["07:00"])]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def instant(day: date, time_of_day: str, zone: ZoneInfo) -> datetime:
    """The UTC instant of "07:30" on a local day; "24:00" is the next midnight, a skipped time the one after it."""
    hour, minute = time_of_day.split(":")
    local = datetime.combine(day, time()) + timedelta(hours=int(hour), minutes=int(minute))
    return local.replace(tzinfo=zone).astimezone(UTC)


def stretches(
    around: datetime, first: str, last: str, days: Collection[Weekday], zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """The daily stretches from `first` to `last` on `days`, from the day before `around` to two days after it.

    A stretch whose `last` is not later than `first` runs into the next day.
    """
    today = around.astimezone(zone).date()
    for offset in (-1, 0, 1, 2):
        day = today + timedelta(days=offset)
        if WEEKDAYS[day.weekday()] in days:
            runs_over = last <= first
            yield instant(day, first, zone), instant(day + timedelta(days=runs_over), last, zone)


def within(now: datetime, first: str, last: str, days: Collection[Weekday], zone: ZoneInfo) -> bool:
    """Whether `now` is in one of them."""
    return any(start <= now < end for start, end in stretches(now, first, last, days, zone))
