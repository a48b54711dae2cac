"""Times of day as instants: opening hours and the hours in which the screen is on, in the room's zone. Pure.

Stretches are turned into UTC instants once per local day. So an hour that the clocks skip or repeat makes a day
shorter or longer, and never opens, closes or wakes anything twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from roomdisplay.schedule import Gap
from roomdisplay.settings import HoursSection, Weekday

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def instant(day: date, time_of_day: str, zone: ZoneInfo) -> datetime:
    """The UTC instant of "07:30" on a local day; "24:00" is the next midnight, a skipped time the one after it."""
    hour, minute = time_of_day.split(":")
    local = datetime.combine(day, time()) + timedelta(hours=int(hour), minutes=int(minute))
    return local.replace(tzinfo=zone).astimezone(UTC)


def end_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """The local midnight that ends the day of `now`."""
    return instant(now.astimezone(zone).date(), "24:00", zone)


def spans(around: datetime, first: str, last: str, days: Collection[Weekday], zone: ZoneInfo) -> Iterator[Gap]:
    """The daily stretches from `first` to `last` on `days`, from the day before `around` to two days after it.

    A stretch whose `last` is not later than `first` runs into the next day.
    """
    today = around.astimezone(zone).date()
    for offset in (-1, 0, 1, 2):
        day = today + timedelta(days=offset)
        if WEEKDAYS[day.weekday()] in days:
            runs_over = last <= first
            yield Gap(instant(day, first, zone), instant(day + timedelta(days=runs_over), last, zone))


def open_span(now: datetime, hours: HoursSection, zone: ZoneInfo) -> Gap | None:
    """The opening hours that contain `now`."""
    found = spans(now, hours.opens, hours.closes, hours.days, zone)
    return next((span for span in found if span.start <= now < span.end), None)
