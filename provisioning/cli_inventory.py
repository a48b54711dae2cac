"""mydesk-fleet inventory: check it, show it, draw it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from common.config import ConfigError, Problem
from common.config_docs import example_toml
from provisioning.app_check import app_problems
from provisioning.cli_options import INVENTORY, InventoryOption, JsonFlag, print_json
from provisioning.counts import count_of
from provisioning.inventory import Inventory, Unit
from provisioning.inventory_graph import dot_lines, tree_lines
from provisioning.inventory_load import Fleet, examine, load
from provisioning.place_check import place_problems
from provisioning.render import agent_text, app_file, app_text, no_secrets

app = typer.Typer(no_args_is_help=True, help="The inventory of the fleet: check it, show it, draw it.")

UnitsArgument = Annotated[list[str] | None, typer.Argument(help="Ids of units; all if left out.")]


class Format(StrEnum):
    """How a graph is written."""

    TREE = "tree"
    DOT = "dot"


@app.command()
def check(
    inventory: InventoryOption = INVENTORY,
    secrets: Annotated[bool, typer.Option("--secrets", help="Look up every secret, too.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Everything that is wrong with the inventory and with the settings of each unit, as the units' apps see them.

    Example: mydesk-fleet inventory check
    """
    units = 0
    try:
        fleet, problems = examine(inventory)
        if fleet is not None:
            units = len(fleet.inventory.units)
            problems = _with_all(fleet, problems, secrets=secrets)
    except ConfigError as error:
        problems = error.problems
    if as_json:
        print_json({"ok": not problems, "units": units, "problems": [_shown(problem) for problem in problems]})
    elif not problems:
        typer.echo(f"{inventory}: good, {count_of(units, 'unit')}")
    else:
        typer.echo(str(ConfigError(inventory, problems)), err=True)
    raise typer.Exit(1 if problems else 0)


def _with_all(fleet: Fleet, problems: tuple[Problem, ...], *, secrets: bool) -> tuple[Problem, ...]:
    """And what the apps say; no secret is looked up for an inventory whose own text is wrong."""
    told = {problem.key for problem in problems}
    more = [*app_problems(fleet), *place_problems(fleet, secrets=secrets and not problems)]
    found = [*problems, *(problem for problem in more if problem.key not in told)]
    return tuple(sorted(found, key=lambda problem: problem.line))


@app.command()
def show(
    units: UnitsArgument = None,
    inventory: InventoryOption = INVENTORY,
    files: Annotated[bool, typer.Option("--files", help="The files of the units, without secrets.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """The units, or with --files what their configuration files will hold.

    Example: mydesk-fleet inventory show cph-2-ada --files
    """
    fleet = load(inventory)
    chosen = fleet.some(units or [])
    if as_json:
        print_json([_row(fleet, unit) | (_files(fleet, unit) if files else {}) for unit in chosen])
    elif files:
        for unit in chosen:
            for name, text in _files(fleet, unit)["files"].items():
                typer.echo(f"# ---- {unit.id}: /etc/mydesk/{name}\n{text}")
    else:
        Console(highlight=False).print(_table(fleet, chosen))


@app.command()
def graph(
    inventory: InventoryOption = INVENTORY,
    form: Annotated[Format, typer.Option("--format", help="For people, or for Graphviz.")] = Format.TREE,
) -> None:
    """Hubs, sites, floors and units as a tree, or as a graph for Graphviz.

    Example: mydesk-fleet inventory graph --format dot | dot -Tsvg -o fleet.svg
    """
    fleet = load(inventory)
    typer.echo("\n".join(tree_lines(fleet) if form is Format.TREE else dot_lines(fleet)))


@app.command()
def example() -> None:
    """Print an inventory with every key, its default and what it means.

    Example: mydesk-fleet inventory example > inventory.toml
    """
    typer.echo(example_toml(Inventory), nl=False)


def _shown(problem: Problem) -> dict[str, Any]:
    return {"line": problem.line, "key": problem.key, "message": problem.message, "allowed": problem.allowed}


def _row(fleet: Fleet, unit: Unit) -> dict[str, Any]:
    hardware = fleet.hardware_of(unit)
    place = {"site": unit.site, "floor": unit.floor, "address": unit.address, "ssh_port": unit.ssh_port}
    kind = {"hardware": unit.hardware, "board": hardware.board, "architecture": hardware.architecture}
    return {"id": unit.id, "role": unit.role, "name": unit.shown_name, "mailbox": unit.mailbox, **place, **kind}


def _files(fleet: Fleet, unit: Unit) -> dict[str, Any]:
    found = {app_file(unit): app_text(fleet, unit, no_secrets)}
    agent = agent_text(fleet, unit, no_secrets)
    return {"files": found | ({"agent.toml": agent} if agent else {})}


def _table(fleet: Fleet, units: tuple[Unit, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    keys = ("id", "role", "name", "site", "floor", "board", "address")
    for key in keys:
        table.add_column(key, overflow="fold")
    for unit in units:
        row = _row(fleet, unit)
        table.add_row(*(str(row[key]).replace("[", "\\[") for key in keys))
    return table
