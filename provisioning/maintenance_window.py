"""A maintenance window: the full hours of the day in which a unit updates Debian and reboots, "01-05". Pure.

>>> hours("01-05")
(1, 2, 3, 4)
>>> hours("22-01")
(22, 23, 0)
>>> fault("05-05")
"'05-05' has no hour in it; an example is 01-05, and 00-24 is the whole day"
"""

from __future__ import annotations

import re
from collections.abc import Set
from datetime import datetime
from typing import Final

__all__ = [
    "DEFAULT",
    "PATTERN",
    "REBOOTS",
    "fault",
    "free_window",
    "hours",
    "is_open",
    "reboot_hours",
    "reboot_minutes",
]

PATTERN: Final = r"^([01]\d|2[0-3])-([01]\d|2[0-4])$"
DEFAULT: Final = "01-05"
REBOOTS: Final = "07/15"
"""Minutes of an hour at which a reboot is tried (systemd.time(7)): 7, 22, 37, 52."""

_FIRST_MIN: Final = 7
_EVERY_MIN: Final = 15
_SPREAD_MIN: Final = 5
"""RandomizedDelaySec= of mydesk-reboot.timer."""

_LONGEST_H: Final = 4


def hours(window: str) -> tuple[int, ...]:
    """The hours of the day that a window covers; it may go over midnight."""
    begin, end = (int(part) for part in window.split("-"))
    return tuple((begin + offset) % 24 for offset in range((end - begin) % 24 or 24))


def is_open(window: str, local: datetime) -> bool:
    """Whether it is open at a time of the unit's own zone."""
    return local.hour in hours(window)


def fault(window: str) -> str:
    """What is wrong with a window that is written well; "" for nothing, and for what is not written well."""
    begin, _, end = window.partition("-")
    if re.fullmatch(PATTERN, window) is None or begin != end:
        return ""
    return f"{window!r} has no hour in it; an example is 01-05, and 00-24 is the whole day"


def reboot_hours(window: str) -> tuple[int, ...]:
    """Those in which a unit reboots: updates begin in the first, reboots follow in the others."""
    first, *later = hours(window)
    return tuple(sorted(later or [first]))


def reboot_minutes(window: str) -> frozenset[int]:
    """The minutes of the day in which a reboot may begin."""
    tries = (60 * hour + minute for hour in reboot_hours(window) for minute in range(_FIRST_MIN, 60, _EVERY_MIN))
    return frozenset(minute + late for minute in tries for late in range(_SPREAD_MIN + 1))


def free_window(busy: Set[int]) -> str:
    """A window with no minute of `busy` (of the day) in it, as long and as soon after midnight as may be; "" for none.

    >>> free_window(set(range(60, 6 * 60)))
    '06-10'
    """
    for length in range(_LONGEST_H, 0, -1):
        for begin in (*range(1, 24), 0):
            window = f"{begin:02}-{(begin + length) % 24:02}"
            if not any(minute // 60 in hours(window) for minute in busy):
                return window
    return ""
