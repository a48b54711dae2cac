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

__all__ = ["PATTERN", "fault"]

PATTERN: Final = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"
"""From and to, local time; it may pass midnight (provisioning.on_unit.quiet reads the same)."""

DAY_MIN: Final = 24 * 60


def fault(hours: Any) -> str:
    """What is wrong with hours that are each written well; "" for nothing, and for what is not written well."""
    found = [one for one in hours if isinstance(one, str) and re.fullmatch(PATTERN, one)] if _is_list(hours) else []
    busy: set[int] = set()
    for one in found:
        minutes = _minutes(one)
        if not minutes:
            return f"{one!r} has no minute in it; an example is 08:00-10:30"
        busy |= minutes
    return "they leave no minute of the day for updates and restarts" if len(busy) == DAY_MIN else ""


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _minutes(hours: str) -> set[int]:
    """Of the day."""
    begin, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in hours.split("-"))
    return set(range(begin, end)) if begin <= end else {*range(begin, DAY_MIN), *range(end)}
