"""When the screen of a kiosk is dark: the setting, and whether it is night by it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta

from common.daily_hours import WEEKDAYS, TimeOfDay, Weekday, within
from kiosk.settings import Section


class SleepSection(Section, frozen=True):
    """[sleep]: when the screen goes dark; a touch or a code before the reader wakes it."""

    enabled: Annotated[bool, Meta(description="Dark outside the hours below.", examples=[True])] = True
    wakes: Annotated[TimeOfDay, Meta(description="The screen comes on.", examples=["06:00"])] = "06:00"
    sleeps: Annotated[TimeOfDay, Meta(description="The screen goes dark.", examples=["22:00"])] = "22:00"
    days: Annotated[
        tuple[Weekday, ...],
        Meta(description="Dark all day on other days.", examples=[["mon", "tue", "wed", "thu", "fri"]]),
    ] = WEEKDAYS
    awake_after_touch_s: Annotated[
        int, Meta(ge=15, le=3600, description="How long a touch or a code keeps the screen on.", examples=[120])
    ] = 120


def night(now: datetime, sleep: SleepSection, zone: ZoneInfo) -> bool:
    """Whether the hours say dark."""
    return sleep.enabled and not within(now, sleep.wakes, sleep.sleeps, sleep.days, zone)
