"""Hours in which a unit is left alone, as the inventory has them: no release, no restart, no reboot. Pure.

>>> fault(["08:00-10:30", "16:00-18:00"])
''
>>> fault(["12:00-12:00"])
"'12:00-12:00' has no minute in it; an example is 08:00-10:30"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

__all__ = ["PATTERN", "fault", "minutes"]

PATTERN: Final = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"
"""From and to, local time; it may pass midnight (provisioning.on_unit.quiet reads the same)."""

DAY_MIN: Final = 24 * 60


def fault(hours: Any) -> str:
    """What is wrong with hours that are each written well; "" for nothing, and for what is not written well."""
    empty = next((one for one in _well_written(hours) if not _minutes(one)), "")
    if empty:
        return f"{empty!r} has no minute in it; an example is 08:00-10:30"
    return "they leave no minute of the day for updates and restarts" if len(minutes(hours)) == DAY_MIN else ""


def minutes(hours: Any) -> frozenset[int]:
    """The minutes of the day that `hours` cover, those of them that are written well."""
    return frozenset(minute for one in _well_written(hours) for minute in _minutes(one))


def _well_written(hours: Any) -> list[str]:
    if isinstance(hours, str) or not isinstance(hours, Sequence):
        return []
    return [one for one in hours if isinstance(one, str) and re.fullmatch(PATTERN, one)]


def _minutes(hours: str) -> set[int]:
    """Of the day."""
    begin, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in hours.split("-"))
    return set(range(begin, end)) if begin <= end else {*range(begin, DAY_MIN), *range(end)}
