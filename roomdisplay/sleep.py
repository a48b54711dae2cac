"""When the screen is dark: by schedule, never around a meeting, never after a touch. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from roomdisplay.opening_hours import WEEKDAYS, spans
from roomdisplay.schedule import Gap, Schedule
from roomdisplay.settings import HoursSection, SleepSection


def dark(now: datetime, schedule: Schedule | None, sleep: SleepSection, hours: HoursSection, zone: ZoneInfo) -> bool:
    """The hours say dark and no meeting is about, as far as is known."""
    if not sleep.enabled:
        return False
    lit = (*lit_by_hours(now, sleep, hours, zone), *lit_by_meetings(schedule, sleep))
    return not any(span.start <= now < span.end for span in lit)


def lit_by_hours(now: datetime, sleep: SleepSection, hours: HoursSection, zone: ZoneInfo) -> Iterator[Gap]:
    """When the screen is on whatever the calendar says, for the days around `now`."""
    return spans(now, sleep.wakes, sleep.sleeps, hours.days if sleep.weekend else WEEKDAYS, zone)


def lit_by_meetings(schedule: Schedule | None, sleep: SleepSection) -> Iterator[Gap]:
    """When a meeting keeps the screen on. All-day bookings do not: a room closed for a week may sleep at night."""
    margin = timedelta(minutes=sleep.meeting_margin_min)
    for meeting in schedule.meetings if schedule else ():
        if not meeting.all_day:
            yield Gap(meeting.start - margin, meeting.end + margin)
