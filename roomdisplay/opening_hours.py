"""Opening hours and the ends of days, in the room's zone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from common.daily_hours import WEEKDAYS, Weekday, instant, stretches
from roomdisplay.schedule import Gap
from roomdisplay.settings import HoursSection

__all__ = ["WEEKDAYS", "end_of_day", "instant", "open_span", "spans"]


def end_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """The local midnight that ends the day of `now`."""
    return instant(now.astimezone(zone).date(), "24:00", zone)


def spans(around: datetime, first: str, last: str, days: Collection[Weekday], zone: ZoneInfo) -> Iterator[Gap]:
    """common.daily_hours.stretches, as what the schedule knows."""
    return (Gap(start, end) for start, end in stretches(around, first, last, days, zone))


def open_span(now: datetime, hours: HoursSection, zone: ZoneInfo) -> Gap | None:
    """The opening hours that contain `now`."""
    found = spans(now, hours.opens, hours.closes, hours.days, zone)
    return next((span for span in found if span.start <= now < span.end), None)
