"""What must hold of an inventory's busy hours and maintenance windows, each and together. Pure.

A unit neither reboots nor changes its release in its busy hours. Where these cover its maintenance window it would
never reboot for the security updates that it has installed, and nobody would hear of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from provisioning import busy_hours, maintenance_window
from provisioning.raw_tables import Found, Row, rows_of, table_of, text_of

__all__ = ["broken_windows"]

_MOST_NAMED: Final = 3


def broken_windows(tables: Row) -> Iterator[Found]:
    """Everything that is wrong with them."""
    for place, row in _places(tables):
        if wrong := busy_hours.fault(row.get("busy_hours")):
            yield f"{place}.busy_hours", wrong
        if wrong := maintenance_window.fault(text_of(row, "maintenance")):
            yield f"{place}.maintenance", wrong
    yield from _covered(tables)


def _places(tables: Row) -> Iterator[tuple[str, Row]]:
    yield "fleet", table_of(tables, "fleet")
    for kind in ("sites", "units"):
        yield from ((f"{kind}[{index}]", row) for index, row in enumerate(rows_of(tables, kind)))


def _covered(tables: Row) -> Iterator[Found]:
    """Hours of many units are told once, with the names of some."""
    together: dict[tuple[str, str], tuple[Any, Any, list[str]]] = {}
    fleet = table_of(tables, "fleet")
    sites = {text_of(site, "id"): (f"sites[{index}]", site) for index, site in enumerate(rows_of(tables, "sites"))}
    for index, unit in enumerate(rows_of(tables, "units")):
        above = (sites.get(text_of(unit, "site"), ("", {})), ("fleet", fleet))
        busy_key, busy = _first("busy_hours", ((f"units[{index}]", unit), *(above if _is_kiosk(unit) else ())))
        window_key, window = _first("maintenance", (*above, ("fleet", {"maintenance": maintenance_window.DEFAULT})))
        together.setdefault((busy_key, window_key), (busy, window, []))[2].append(text_of(unit, "id"))
    for (busy_key, window_key), (busy, window, units) in together.items():
        if _is_covered(busy, window):
            yield busy_key, _told(busy, f"{window!r} ({window_key})", units)


def _is_kiosk(unit: Row) -> bool:
    return unit.get("role") == "kiosk"


def _told(busy: Any, window: str, units: Sequence[str]) -> str:
    free = maintenance_window.free_window(busy_hours.minutes(busy))
    example = f'maintenance = "{free}"' if free else 'busy_hours = ["08:00-10:30"] with maintenance = "01-05"'
    named = ", ".join(units[:_MOST_NAMED]) + (f" and {len(units) - _MOST_NAMED} more" * (len(units) > _MOST_NAMED))
    whole = f"leave no minute of the maintenance window {window} in which {named} may reboot for updates"
    return f"{whole}; an example that leaves some: {example}"


def _first(key: str, layers: Iterable[tuple[str, Row]]) -> tuple[str, Any]:
    """Value of the first layer that says it, with its own key (`Fleet.busy_hours_of`, `maintenance.window_of`)."""
    for place, row in layers:
        if row.get(key, "") != "":
            return f"{place}.{key}", row[key]
    return "", None


def _is_covered(busy: Any, window: Any) -> bool:
    """Not where one of them is wrong by itself, which is told already."""
    if not (isinstance(busy, list) and all(_is_like(busy_hours.PATTERN, one) for one in busy)):
        return False
    if not _is_like(maintenance_window.PATTERN, window) or busy_hours.fault(busy) or maintenance_window.fault(window):
        return False
    return maintenance_window.reboot_minutes(window) <= busy_hours.minutes(busy)


def _is_like(pattern: str, value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None
