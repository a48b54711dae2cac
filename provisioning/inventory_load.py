"""Reads `inventory.toml` and tells everything that is wrong with it at once: keys, values, and what does not fit.

What the apps say to the settings of their units comes from `app_check`, which asks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from common import config
from common.config import ConfigError, Problem
from common.config_convert import Conversion, Finding
from provisioning.fleet_error import FleetError
from provisioning.inventory import Hardware, HubSection, Inventory, Site, Unit
from provisioning.inventory_rules import broken_rules

__all__ = ["Fleet", "examine", "load", "parse"]

MAX_BYTES = 16 << 20
"""5,000 units with all their overrides."""

MOST_DEPTH = 20


@dataclass(frozen=True)
class Fleet:
    """An inventory with its file: `text` and `path` say where a key stands and what file names are relative to."""

    inventory: Inventory
    path: Path
    text: str

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        """By id, in the order of the file."""
        return {unit.id: unit for unit in self.inventory.units}

    @cached_property
    def sites(self) -> Mapping[str, Site]:
        """By id, in the order of the file."""
        return {site.id: site for site in self.inventory.sites}

    @cached_property
    def unit_places(self) -> Mapping[str, int]:
        """The index of each unit in the file, by id."""
        return {unit.id: index for index, unit in enumerate(self.inventory.units)}

    @cached_property
    def site_places(self) -> Mapping[str, int]:
        """The index of each site in the file, by id."""
        return {site.id: index for index, site in enumerate(self.inventory.sites)}

    def unit(self, unit_id: str) -> Unit:
        """The unit. Raises FleetError: there is none of that id."""
        return self.some([unit_id])[0]

    def some(self, unit_ids: list[str]) -> tuple[Unit, ...]:
        """These units, or all when none is named. Raises FleetError with all ids that do not exist."""
        unknown = [name for name in unit_ids if name not in self.units]
        if unknown:
            hint = f"`mydesk-fleet inventory show` lists those of {self.path.name}."
            raise FleetError(f"there is no unit {', '.join(unknown)} in the inventory.", hint=hint)
        return tuple(self.units[name] for name in dict.fromkeys(unit_ids)) or self.inventory.units

    def site_of(self, unit: Unit) -> Site:
        """Where it is."""
        return self.sites[unit.site]

    def hardware_of(self, unit: Unit) -> Hardware:
        """What it is made of."""
        return self.inventory.hardware[unit.hardware]

    def time_zone_of(self, unit: Unit) -> str:
        """The IANA zone of its site, else that of the fleet."""
        return self.site_of(unit).time_zone or self.inventory.fleet.time_zone

    def busy_hours_of(self, unit: Unit) -> tuple[str, ...]:
        """Its own; a kiosk without any has its site's, else the fleet's."""
        above = (self.site_of(unit).busy_hours, self.inventory.fleet.busy_hours) if unit.role == "kiosk" else ()
        return next((hours for hours in (unit.busy_hours, *above) if hours is not None), ())

    def hub_of(self, unit: Unit) -> HubSection | None:
        """The hub of its site, else that of the fleet."""
        return self.site_of(unit).hub or self.inventory.hub


def load(path: Path) -> Fleet:
    """Read the inventory at `path`.

    Raises:
        ConfigError: it is wrong, with everything that is.
    """
    return parse(config.read_text(path, max_bytes=MAX_BYTES), path)


def parse(text: str, path: Path) -> Fleet:
    """Read an inventory's `text`; `path` is what errors name. Raises ConfigError, as `load`."""
    fleet, problems = _examined(text, path)
    if fleet is None or problems:
        raise ConfigError(path, problems)
    return fleet


def examine(path: Path) -> tuple[Fleet | None, tuple[Problem, ...]]:
    """The inventory at `path`, and everything that is wrong with it: None where a key or a type is.

    With problems its parts need not fit together: a unit may name a site that is not there.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    return _examined(config.read_text(path, max_bytes=MAX_BYTES), path)


def _examined(text: str, path: Path) -> tuple[Fleet | None, tuple[Problem, ...]]:
    tables = config.parse_tables(text, path)
    if _is_deep(tables):
        raise ConfigError(path, (Problem("", f"is nested more than {MOST_DEPTH} deep", str(path)),))
    conversion = Conversion(Inventory)
    made = conversion.run(tables)
    told = {found.path for found in conversion.findings}
    broken = [Finding(key, message) for key, message in broken_rules(tables) if key not in told]
    fleet = None if conversion.findings else Fleet(made, path, text)
    return fleet, config.placed([*conversion.findings, *broken], text, path)


def _is_deep(tables: dict[str, Any]) -> bool:
    level: list[Any] = [tables]
    for _ in range(MOST_DEPTH):
        level = [inner for item in level for inner in _inside(item)]
    return bool(level)


def _inside(item: Any) -> list[Any]:
    found = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    return [inner for inner in found if isinstance(inner, dict | list)]
