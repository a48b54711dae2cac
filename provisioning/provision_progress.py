"""Shows on a terminal what units are at while they are provisioned: one line for all, one for each that is at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

__all__ = ["progress_of"]

MOST_LINES = 20
"""A terminal has so many lines; the others are counted."""


class Lines:
    """One line for each unit that is at work."""

    def __init__(self, progress: Progress, count: int) -> None:
        self._progress = progress
        self._all = progress.add_task("all units", total=count)
        self._rows: dict[str, TaskID] = {}
        self._ended: set[str] = set()

    def tell(self, unit: str, what: str) -> None:
        """`unit` is at `what` now; "" when it has ended."""
        if not what:
            self._end(unit)
            return
        text = Text(f"{unit}  {what}").plain.replace("[", r"\[")
        if unit in self._rows:
            self._progress.update(self._rows[unit], description=text)
        elif len(self._rows) < MOST_LINES:
            self._rows[unit] = self._progress.add_task(text, total=None)

    def _end(self, unit: str) -> None:
        row = self._rows.pop(unit, None)
        if row is not None:
            self._progress.remove_task(row)
        if unit not in self._ended:
            self._ended.add(unit)
            self._progress.update(self._all, completed=len(self._ended))


@contextmanager
def progress_of(count: int, *, quiet: bool) -> Iterator[Callable[[str, str], None]]:
    """What to tell of each unit; nothing is shown when nobody looks."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda unit, what: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        yield Lines(progress, count).tell
