"""What a rollout will do: the rules, and which unit comes in which wave. Pure; `mydesk-fleet rollout plan` shows it.

The first wave is the canary. `waves` say how many units have the release after each wave: 5, or 10%. The last is always
all of them.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from common.daily_hours import WEEKDAYS, stretches
from provisioning.fleet_error import WrongUseError
from provisioning.inventory import Unit

__all__ = ["Amount", "Pace", "Rules", "Window", "duration_s", "spread", "waves"]

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION: Final = re.compile(r"(\d{1,6})([smhd])")
_WINDOW: Final = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of units, or a share of all of them in percent."""

    number: float
    is_percent: bool = False

    @classmethod
    def parse(cls, text: str) -> Amount:
        """Read "5" or "2.5%". Raises WrongUseError."""
        found = re.fullmatch(r"(\d{1,6})|(\d{1,3}(?:\.\d{1,2})?)%", text.strip())
        if found is None or (found[2] and float(found[2]) > 100):
            raise WrongUseError(f"{text!r} is neither a number of units nor a share of them.", hint="Like 5, or 10%.")
        return cls(float(found[1] or found[2]), found[2] is not None)

    def __str__(self) -> str:
        return f"{self.number:g}{'%' if self.is_percent else ''}"

    def at_least(self, total: int) -> int:
        """How many units of `total` that is, rounded up: a share that is not nothing is at least one unit."""
        share = total * self.number / 100 if self.is_percent else self.number
        return min(total, math.ceil(round(share, 6)))

    def at_most(self, total: int) -> int:
        """The same, rounded down: 2 % of 30 units allow none."""
        share = total * self.number / 100 if self.is_percent else self.number
        return min(total, math.floor(round(share, 6)))


@dataclass(frozen=True, slots=True)
class Window:
    """The hours in which a unit may be restarted, by the clock of its site: "19:00", "06:00"."""

    opens: str
    closes: str

    @classmethod
    def parse(cls, text: str) -> Window:
        """Read "19:00-06:00". Raises WrongUseError."""
        found = _WINDOW.fullmatch(text.strip())
        if found is None or found[1] == found[2]:
            raise WrongUseError(f"{text!r} is no window.", hint="Like 19:00-06:00, by the clock of each unit's site.")
        return cls(found[1], found[2])

    def __str__(self) -> str:
        return f"{self.opens}-{self.closes}"

    def next_open(self, now_s: float, zone: str) -> float:
        """`now_s` when it is open, else when it opens next; both in Unix time.

        Where the clocks are put forward past its end, that night has no window.
        """
        now = datetime.fromtimestamp(now_s, UTC)
        for start, end in self._stretches(now, ZoneInfo(zone)):
            if now < end:
                return max(now_s, start.timestamp())
        raise AssertionError("a window of every day comes again within two days")

    def _stretches(self, now: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        for around in (now, now + timedelta(days=2)):
            for start, end in stretches(around, self.opens, self.closes, WEEKDAYS, zone):
                if start < end:
                    yield start, end


@dataclass(frozen=True, slots=True)
class Pace:
    """How often units are asked, in seconds; tests are in more of a hurry than people."""

    trial_look_s: float = 5.0
    soak_look_s: float = 30.0
    busy_s: float = 60.0
    first_silent_s: float = 15.0
    most_silent_s: float = 120.0
    most_gap_s: float = 300.0
    """Two looks further apart than this say nothing about the time between them: the laptop slept."""

    ill_s: float = 300.0
    """So long a unit may be unwell while it soaks."""

    trial_s: float = 3600.0
    """So long its updater may take to judge (mydesk-update has 10 minutes, and 3 starts)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the admin decides.

    need_percent    so many of the units so far that did not fail must be well before the next wave
    patience_s      so long a silent unit is asked, before it is given up as unknown
    limit           so many units get the bundle at once
    strict_canary   a canary that fails stops everything, whatever `max_fail` is
    insist, again   also while somebody is busy; also where this bundle failed before
    """

    soak_s: float = 600.0
    max_fail: Amount = Amount(0)
    need_percent: float = 100.0
    patience_s: float = 7200.0
    limit: int = 20
    window: Window | None = None
    strict_canary: bool = True
    insist: bool = False
    again: bool = False
    pace: Pace = Pace()


def duration_s(text: str) -> float:
    """Read "90s", "10m", "2h" or "1d". Raises WrongUseError."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise WrongUseError(f"{text!r} is no length of time.", hint="Like 90s, 10m, 2h or 1d.")
    return float(int(found[1]) * _UNITS_S[found[2]])


def waves(total: int, canary: int, after: Sequence[Amount]) -> list[int]:
    """The sizes of the waves, which are `total` together: the canary, then what each of `after` adds.

    Raises:
        WrongUseError: the amounts do not rise.

    >>> waves(300, 1, [Amount(10, True), Amount(50, True)])
    [1, 29, 120, 150]
    """
    wished = [amount.at_least(total) for amount in after]
    if wished != sorted(wished):
        told = ", ".join(map(str, after))
        raise WrongUseError(f"the waves {told} do not rise among {total} units.", hint="Like --waves 10%,50%.")
    ends = list(accumulate([min(canary, total), *wished, total], max))
    sizes = [later - earlier for earlier, later in pairwise([0, *ends])]
    return [size for size in sizes if size]


def spread(units: Iterable[Unit]) -> list[Unit]:
    """The units in an order in which each kind (role, hardware, site) comes early: canaries should see all of them."""
    kinds: dict[tuple[str, str, str], list[Unit]] = defaultdict(list)
    for unit in units:
        kinds[unit.role, unit.hardware, unit.site].append(unit)
    ranked = [(rank, kind, unit) for kind, row in enumerate(kinds.values()) for rank, unit in enumerate(row)]
    return [unit for _, _, unit in sorted(ranked, key=lambda one: one[:2])]
