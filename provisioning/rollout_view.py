"""A rollout for people: a table of its waves, who is at work, what is wrong; and for machines, a JSON object a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Final

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from provisioning.rollout_state import Rollout, Status
from provisioning.rollout_store import Kept
from provisioning.rollout_unit import Phase, Progress

__all__ = ["LiveView", "changes", "exit_code", "head_line", "summary", "table"]

MOST_ROWS: Final = 12
REDRAWS_A_SECOND: Final = 4
SHOWN: Final = tuple(Phase)
_STYLES: Final = {Phase.DONE: "green", Phase.FAILED: "red", Phase.UNKNOWN: "yellow"}


def summary(kept: Kept, rollout: Rollout) -> dict[str, Any]:
    """Everything, for machines."""
    return {
        "rollout": kept.number,
        "version": kept.version,
        "status": rollout.status,
        "reason": rollout.reason,
        "waves": rollout.waves,
        "waves_begun": rollout.begun,
        "counts": {phase: count for phase, count in rollout.counts().items() if count},
        "units": [_unit(one) for one in rollout.units.values()],
    }


def changes(before: Rollout, after: Rollout) -> Iterator[dict[str, Any]]:
    """What a step changed, for machines."""
    if (before.status, before.begun) != (after.status, after.begun):
        yield {"status": after.status, "reason": after.reason, "waves_begun": after.begun}
    for name, one in after.units.items():
        was = before.units[name]
        if one is not was and (one.phase, one.note) != (was.phase, was.note):
            yield _unit(one)


def _unit(one: Progress) -> dict[str, Any]:
    return {"unit": one.unit, "wave": one.wave, "phase": one.phase, "note": one.note}


def head_line(kept: Kept, rollout: Rollout) -> str:
    """The rollout in one sentence."""
    counts = rollout.counts()
    told = ", ".join(f"{counts[phase]} {phase}" for phase in SHOWN if counts[phase])
    begun = datetime.fromtimestamp(kept.created_s).astimezone().strftime("%Y-%m-%d %H:%M")
    reason = f": {rollout.reason}" if rollout.reason else ""
    return f"rollout {kept.number} of {kept.version}, from {begun}, is {rollout.status}{reason}\n{told}"


def table(kept: Kept, rollout: Rollout, doing: Mapping[str, str]) -> Group:
    """All that fits on a screen: each wave, who is at work or is waited for, who failed."""
    phases = [phase for phase in SHOWN if rollout.counts()[phase]]
    grid = Table("wave", "units", *phases, box=None, pad_edge=False, header_style="bold")
    for wave in range(rollout.waves):
        row = Counter(one.phase for one in rollout.units.values() if one.wave == wave)
        name = "canary" if wave == 0 else str(wave)
        cells = [Text(str(row[phase] or "."), _STYLES.get(phase, "") if row[phase] else "dim") for phase in phases]
        grid.add_row(name if wave < rollout.begun else f"({name})", str(row.total()), *cells)
    lines = list(_lines(rollout, doing))
    more = [Text(f"and {len(lines) - MOST_ROWS} more", "dim")] if len(lines) > MOST_ROWS else []
    return Group(Text(head_line(kept, rollout)), grid, *lines[:MOST_ROWS], *more)


def _lines(rollout: Rollout, doing: Mapping[str, str]) -> Iterator[Text]:
    """Failures first, then what is unknown or waited for, then what is being done."""
    for one in sorted(rollout.units.values(), key=_weight):
        if one.note:
            yield Text(f"{one.unit}: {one.phase}: {one.note}", _STYLES.get(one.phase, ""))
    for name, text in sorted(doing.items()):
        if text:
            yield Text(f"{name}: {text}", "dim")


def _weight(one: Progress) -> int:
    return {Phase.FAILED: 0, Phase.UNKNOWN: 1}.get(one.phase, 2)


class LiveView:
    """Draws a rollout where it goes on, on standard error; without a terminal it says one line for each change."""

    def __init__(self, kept: Kept, console: Console) -> None:
        self._kept = kept
        self._console = console
        self._state: tuple[Rollout, Mapping[str, str]] = (kept.rollout, {})
        self._live = Live(
            get_renderable=lambda: table(self._kept, *self._state),
            console=console,
            refresh_per_second=REDRAWS_A_SECOND,
            transient=True,
        )

    def __enter__(self) -> LiveView:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def __call__(self, before: Rollout, after: Rollout, doing: Mapping[str, str]) -> None:
        """A watch of the runner."""
        self._state = (after, doing)
        if self._console.is_terminal:
            return
        for change in changes(before, after):
            self._console.print(Text(_said(change)), soft_wrap=True)


def _said(change: Mapping[str, Any]) -> str:
    if "unit" in change:
        note = f": {change['note']}" if change["note"] else ""
        return f"{change['unit']}: {change['phase']}{note}"
    reason = f": {change['reason']}" if change["reason"] else ""
    waves = change["waves_begun"]
    return f"rollout: {change['status']}{reason}, {waves} {'wave' if waves == 1 else 'waves'} begun"


def exit_code(rollout: Rollout) -> int:
    """0 when all is well or nothing was asked that failed; 1 when a unit failed or is unknown, or it stopped."""
    counts = rollout.counts()
    bad = rollout.status in (Status.STOPPED, Status.ABORTED) or counts[Phase.FAILED] or counts[Phase.UNKNOWN]
    return 1 if bad else 0
