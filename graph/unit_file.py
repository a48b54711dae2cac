"""Reads from a unit's configuration file what this command needs: [graph] and [network] whole, a little of the rest.

The other sections belong to packages above this one: they are looked at with tolerance and judged by their owners.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from common import config
from graph.config import GraphConfig, NetworkConfig
from graph.features import Feature
from graph.roles import Role, features_of, role_of

DEFAULT_ZONE = "Europe/Copenhagen"
_OURS = ("graph", "network")


@dataclass(frozen=True, slots=True)
class UnitFile:
    """What this command knows of a unit. `sections` are the tables of other packages, as they stand in the file."""

    graph: GraphConfig
    network: NetworkConfig
    sections: Mapping[str, Mapping[str, Any]]

    @property
    def role(self) -> Role:
        """What the unit is; a file that does not say is a door panel's."""
        return role_of(self.sections) or (Role.HUB if self.graph.shape == "app-only" else Role.ROOM)

    @property
    def features(self) -> frozenset[Feature]:
        """What the unit wants of Microsoft 365."""
        return features_of(self.role, self.sections)

    @property
    def control_socket(self) -> Path | None:
        """Where the unit's app listens, if the file says."""
        named = self.text("unit", "control_socket")
        if named:
            return Path(named)
        return Path(f"/run/mydesk/{self.role}.sock") if "unit" in self.sections else None

    @property
    def room(self) -> str:
        """Address of the room behind the door, or ""."""
        return self.text("room", "address")

    @property
    def zone(self) -> ZoneInfo:
        """The room's time zone."""
        named = self.text("room", "time_zone")
        return ZoneInfo(named if named in available_timezones() else DEFAULT_ZONE)

    def text(self, section: str, key: str) -> str:
        """Return a text of another package's section, or ""."""
        value = self.sections.get(section, {}).get(key)
        return value if isinstance(value, str) else ""


def read(path: Path) -> UnitFile:
    """Read the file at `path`. Raises common.config.ConfigError with everything that is wrong in our sections."""
    others = [name for name in _section_names(path) if name not in _OURS]
    loaded: Any = config.load(path, _kind(others))
    sections = {name: getattr(loaded, f"other_{place}") for place, name in enumerate(others)}
    tables = {name: section for name, section in sections.items() if isinstance(section, dict)}
    return UnitFile(loaded.graph, loaded.network, tables)


def _section_names(path: Path) -> list[str]:
    """Return the top-level names; [] for a file that cannot be read, about which config.load says more."""
    try:
        with path.open("rb") as stream:
            return list(tomllib.loads(stream.read(config.MAX_BYTES).decode("utf-8-sig")))
    except (OSError, ValueError, RecursionError):
        return []


def _kind(others: list[str]) -> type[msgspec.Struct]:
    """Return a Struct with our sections and, for common.config to pass by, every other name of the file."""
    fields = [(f"other_{place}", Any, None) for place in range(len(others))]
    return msgspec.defstruct(
        "UnitFileSections",
        [("graph", GraphConfig), ("network", NetworkConfig, NetworkConfig()), *fields],
        kw_only=True,
        frozen=True,
        rename={f"other_{place}": name for place, name in enumerate(others)},
    )
