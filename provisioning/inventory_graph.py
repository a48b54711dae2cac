"""The fleet as a tree for people, and as a graph for Graphviz. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from provisioning.counts import count_of
from provisioning.inventory import Site, Unit
from provisioning.inventory_load import Fleet

__all__ = ["dot_lines", "tree_lines"]


def tree_lines(fleet: Fleet) -> Iterator[str]:
    """Sites with their hubs, floors, units."""
    yield f"{fleet.inventory.fleet.name}: {count_of(len(fleet.inventory.units), 'unit')}"
    for site in fleet.inventory.sites:
        floors = _floors(fleet, site)
        hub = site.hub or fleet.inventory.hub
        told = f", hub {hub.host}" if hub else ", no hub"
        yield f"  {site.name} ({site.id}): {count_of(sum(map(len, floors.values())), 'unit')}{told}"
        for floor, units in floors.items():
            yield f"    floor {floor}" if floor else "    no floor"
            yield from (f"      {unit.id:32} {unit.role:5}  {unit.shown_name}" for unit in units)


def dot_lines(fleet: Fleet) -> Iterator[str]:
    """A directed graph from hubs over sites and floors to units."""
    yield f"digraph {_quoted(fleet.inventory.fleet.name)} {{"
    yield "  rankdir=LR; node [shape=box];"
    for site in fleet.inventory.sites:
        here = f"site {site.id}"
        yield f"  {_quoted(here)} [label={_quoted(site.name)}];"
        hub = site.hub or fleet.inventory.hub
        if hub:
            yield f"  {_quoted(f'hub {hub.host}')} -> {_quoted(here)};"
        for floor, units in _floors(fleet, site).items():
            yield from _dot_floor(here, floor, units)
    yield "}"


def _dot_floor(site: str, floor: str, units: list[Unit]) -> Iterator[str]:
    here = f"{site} floor {floor}" if floor else site
    if floor:
        yield f"  {_quoted(here)} [label={_quoted(f'floor {floor}')}];"
        yield f"  {_quoted(site)} -> {_quoted(here)};"
    for unit in units:
        shape = "ellipse" if unit.role == "room" else "hexagon"
        label = f"{unit.shown_name}\n{unit.id}" if unit.name else unit.id
        yield f"  {_quoted(unit.id)} [label={_quoted(label)}, shape={shape}];"
        yield f"  {_quoted(here)} -> {_quoted(unit.id)};"


def _floors(fleet: Fleet, site: Site) -> dict[str, list[Unit]]:
    """Units by floor, in the order of the site's floors; those without a floor come first."""
    found: dict[str, list[Unit]] = {"": [], **{floor: [] for floor in site.floors}}
    for unit in fleet.inventory.units:
        if unit.site == site.id:
            found.setdefault(unit.floor, []).append(unit)
    return {floor: units for floor, units in found.items() if units}


def _quoted(text: str) -> str:
    """A quoted string of DOT: only quotes and backslashes need care, and a newline is written as such."""
    return json.dumps(text, ensure_ascii=False)
