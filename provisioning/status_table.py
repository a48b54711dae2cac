"""The table of `mydesk-fleet status`. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rich.text import Text

from provisioning.counts import count_of
from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.many_units import is_unknown
from provisioning.op_status import UnitStatus

__all__ = ["COLUMNS", "row", "summary"]

COLUMNS = ("Unit", "Where", "State", "Release", "Services", "Frame", "Calendar", "Clock", "Hub", "Disk", "Alarms")
OLD_FRAME_S = 30.0
OLD_CALENDAR_S = 900.0
LITTLE_DISK_PERCENT = 10.0

Cell = str | Text


def row(unit: Unit, result: UnitStatus | FleetError) -> list[Cell]:
    """The cells of one unit; what is not known is a dash."""
    where = " ".join(part for part in (unit.site, unit.floor) if part)
    if isinstance(result, FleetError):
        word = _yellow("unknown") if is_unknown(result) else _red("failed")
        return [unit.id, where, word, *("" for _ in COLUMNS[3:])]
    return [unit.id, where, _state(result), _release(result), _services(result), *_facts(result)]


def _state(status: UnitStatus) -> Cell:
    if status.state is None:
        return _red("no answer")
    return _red(f"{status.state}, signed out") if status.signed_in is False else status.state


def _release(status: UnitStatus) -> Cell:
    if status.release is None:
        return _red("none")
    version = status.release.partition("-")[0]
    if status.step in (None, "idle", "committed"):
        return version
    return (
        _red(f"{version} ({status.step})") if status.step in ("failed", "rolled_back") else f"{version} ({status.step})"
    )


def _services(status: UnitStatus) -> Cell:
    bad = [f"{name.removesuffix('.service')} {word}" for name, word in status.services.items() if word != "active"]
    if bad:
        return _red(", ".join(bad))
    if status.restart_waits:
        return _yellow("active, restart waits")
    return "active" if status.services else _yellow("-")


def _facts(status: UnitStatus) -> list[Cell]:
    clock: Cell = (
        _yellow("-") if status.clock_synchronised is None else "ok" if status.clock_synchronised else _red("off")
    )
    hub: Cell = "-" if status.hub_connected is None else "ok" if status.hub_connected else _red("away")
    alarms: Cell = _red(", ".join(status.alarms)) if status.alarms else ""
    disk = _above(status.disk_free_percent, LITTLE_DISK_PERCENT)
    return [
        _age(status.frame_age_s, OLD_FRAME_S), _age(status.calendar_age_s, OLD_CALENDAR_S), clock, hub, disk, alarms
    ]  # fmt: skip


def _age(age_s: float | None, most_s: float) -> Cell:
    if age_s is None:
        return "-"
    text = f"{age_s:.0f} s" if age_s < 120 else f"{age_s / 60:.0f} min" if age_s < 7200 else f"{age_s / 3600:.0f} h"
    return _red(text) if age_s > most_s else text


def _above(free_percent: float | None, least: float) -> Cell:
    if free_percent is None:
        return "-"
    text = f"{free_percent:.0f} % free"
    return _red(text) if free_percent < least else text


def summary(results: Mapping[str, UnitStatus | FleetError]) -> str:
    """`18 units: 16 answer, 2 unknown; 1 with alarms`."""
    counts = Counter(
        "unknown" if is_unknown(result) else "failed" if isinstance(result, FleetError) else "answer"
        for result in results.values()
    )
    alarmed = sum(bool(result.alarms) for result in results.values() if isinstance(result, UnitStatus))
    told = ", ".join(f"{counts[word]} {word}" for word in ("answer", "failed", "unknown") if counts[word])
    waiting = sum(bool(result.restart_waits) for result in results.values() if isinstance(result, UnitStatus))
    more = (f"; {alarmed} with alarms" if alarmed else "") + (f"; {waiting} wait for a restart" if waiting else "")
    return f"{count_of(len(results), 'unit')}: {told}{more}"


def _red(text: str) -> Text:
    return Text(text, style="bold red")


def _yellow(text: str) -> Text:
    return Text(text, style="yellow")
