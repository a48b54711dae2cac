"""What a fault run found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.presence_figures import PresenceFigures


@dataclass(slots=True)
class Report:
    """Figures and violations of one run. Times are simulated seconds unless they say otherwise."""

    seed: int
    hours: float
    only: tuple[str, ...] = ()
    """Names of fault kinds; none means all."""
    ticks: int = 0
    reads: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    """By kind of fault, how long after its end the panel was well."""
    violations: list[str] = field(default_factory=list)
    excused_green_s: float = 0.0
    """Green over a room that was taken after the read was asked for."""
    longest_excused_s: float = 0.0
    excused_clock_s: float = 0.0
    """The panel's clock was set by a few seconds since the read: not judged."""
    false_busy_s: float = 0.0
    false_busy: Counter[str] = field(default_factory=Counter)
    shown_s: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, int] = field(default_factory=dict)
    touches: dict[str, int] = field(default_factory=dict)
    outlook: dict[str, int] = field(default_factory=dict)
    doubles_made: int = 0
    rushed: int = 0
    """Writes of the panel that somebody in Outlook raced."""
    objects: dict[str, int] = field(default_factory=dict)
    growth: dict[str, int] = field(default_factory=dict)
    rss_mb: dict[str, float] = field(default_factory=dict)
    real_s: float = 0.0
    presence: PresenceFigures | None = None
    """Only of a run with sensors."""

    @property
    def speed(self) -> float:
        """Simulated seconds for each real one."""
        return self.hours * 3600 / self.real_s if self.real_s else 0.0


class Book:
    """Writes violations into a report, each with when it was and under which fault."""

    def __init__(self, report: Report, heading: Callable[[], str]) -> None:
        self._report = report
        self._heading = heading
        self._wrong: set[str] = set()

    def violate(self, what: str) -> None:
        """Something that may not be."""
        self._report.violations.append(f"{self._heading()} {what}")

    def hold(self, name: str, holds: bool, scene: Callable[[], str]) -> None:
        """Something that must hold all the time: told once, when it begins not to."""
        if holds:
            self._wrong.discard(name)
        elif name not in self._wrong:
            self._wrong.add(name)
            self.violate(f"{name} {scene()}")
