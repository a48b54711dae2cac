"""Instants as people write them in an office file or a control call: `09:30`, `now+15m`, or ISO with an offset."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ALLOWED = '"HH:MM", "now", "now+15m", "now-1h30m" or ISO 8601 with an offset'

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_RELATIVE = re.compile(r"now(?:([+-])(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)?")


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which `day` begins in `zone`."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def parse(text: str, now: datetime, zone: ZoneInfo, day: int = 0) -> datetime:
    """The UTC instant that `text` means; a time of day is on the `day`-th day from today in `zone`.

    Raises:
        ValueError: it is none of the ways that `ALLOWED` lists.
    """
    if match := _CLOCK.fullmatch(text):
        hour, minute, second = (int(part or 0) for part in match.groups())
        on = now.astimezone(zone).date() + timedelta(days=day)
        return datetime.combine(on, time(hour, minute, second), zone).astimezone(UTC)
    if match := _RELATIVE.fullmatch(text):
        return now + timedelta(days=day) + _offset(*match.groups())
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time; allowed: {ALLOWED}") from None
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset; allowed: {ALLOWED}")
    return instant.astimezone(UTC)


def _offset(sign: str | None, hours: str | None, minutes: str | None, seconds: str | None) -> timedelta:
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0))
    return -offset if sign == "-" else offset
