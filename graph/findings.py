"""What the doctor finds: values that say what, why it matters for the display, and which line mends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

SLOW = "may take over an hour"
"""How long Exchange may take to act on a changed policy or role (reference/graph.md 4)."""

Console = Literal["", "exchange", "entra", "unit"]
"""Where a mending line is typed: Exchange Online PowerShell, Microsoft Graph PowerShell, or a shell on the unit."""


class Level(StrEnum):
    """How bad a finding is, mildest first."""

    OK = "ok"
    UNKNOWN = "unknown"
    """It could not be checked: neither good nor bad."""
    WARNING = "warning"
    """The display works, but shows or allows what it should not, or soon will not work."""
    ERROR = "error"
    """The display does not work, or reaches what it must not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found. `about` is a room, an account or ""; `mend` are lines for `console`, each safe to paste."""

    check: str
    level: Level
    what: str
    why: str = ""
    about: str = ""
    mend: tuple[str, ...] = ()
    console: Console = ""
    slow: bool = False
    """The mending works only after Exchange has taken it up: SLOW."""
    inferred: bool = False
    """Concluded from what the calendar shows, not read."""


def good(check: str, what: str, about: str = "") -> Finding:
    """Return a finding that nothing is wrong."""
    return Finding(check=check, level=Level.OK, what=what, about=about)


def worst(findings: Iterable[Finding]) -> Level:
    """Return the worst level found; OK when there is nothing."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)


def count(findings: Sequence[Finding], level: Level) -> int:
    """Return how many findings are of `level`."""
    return sum(finding.level is level for finding in findings)
