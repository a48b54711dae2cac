"""When the clock signs out who forgot to: at the same instant everywhere, so that nobody need tell it. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["ASSUMED_SHOWN", "cutoff", "over"]

ASSUMED_SHOWN = timedelta(hours=24)
"""So long somebody whom the clock signed out may still be in the building."""


def cutoff(since: datetime, auto_sign_out: str, zone: ZoneInfo) -> datetime:
    """The first instant after `since` at which the site's clock shows `auto_sign_out` (HH:MM)."""
    local = since.astimezone(zone)
    hour, minute = (int(part) for part in auto_sign_out.split(":"))
    for days in (0, 1, 2):
        day = local.date() + timedelta(days=days)
        found = datetime.combine(day, time(hour, minute), zone).astimezone(since.tzinfo)
        if found > since:
            return found
    raise AssertionError("a day has a cutoff")  # pragma: no cover


def over(since: datetime | None, auto_sign_out: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the clock ended a visit that began or was expected at `since`, if it has; missed nights count."""
    if since is None:
        return None
    ends = cutoff(since, auto_sign_out, zone)
    return ends if ends <= now else None
