"""Times, ages and shares as people read them, in the site's zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


def age(from_ms: int | None, now_ms: int) -> str:
    """How long ago, in the largest unit: "12 s", "5 min", "3 h", "4 d"; "never" for None."""
    if from_ms is None:
        return "never"
    seconds = max(0, now_ms - from_ms) // 1000
    return next((f"{seconds // size} {name}" for size, name in _UNITS if seconds >= size), f"{seconds} s")


def percent(value: float | None) -> str:
    """A share as "42 %", an en dash where nothing is known."""
    return "–" if value is None else f"{round(value * 100)} %"


@dataclass(frozen=True, slots=True)
class LocalTime:
    """Instants in the site's zone, seen from now."""

    zone: ZoneInfo
    now: datetime

    @property
    def now_ms(self) -> int:
        return round(self.now.timestamp() * 1000)

    def local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)

    def moment(self, at_ms: int | None) -> str:
        """ "14:05" today, "Fri 14:05" within six days, else "12 Nov 14:05" or, of another year, "12 Nov 2025"."""
        if at_ms is None:
            return "–"
        at, today = self.local(at_ms), self.now.astimezone(self.zone).date()
        if at.date() == today:
            return f"{at:%H:%M}"
        if 0 < (today - at.date()).days < 7:
            return f"{at:%a %H:%M}"
        return f"{at.day} {at:%b %H:%M}" if at.year == today.year else f"{at.day} {at:%b %Y}"

    def exact(self, at_ms: int | None) -> str:
        """The full local time, for titles and machines."""
        return "" if at_ms is None else self.local(at_ms).isoformat(timespec="seconds")

    def age(self, at_ms: int | None) -> str:
        return age(at_ms, self.now_ms)
