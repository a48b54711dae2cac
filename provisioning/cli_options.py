"""The options that many commands of mydesk-fleet share, and how their answers are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from provisioning.fleet_state import FleetState, default_folder
from provisioning.inventory_load import Fleet

InventoryOption = Annotated[
    Path, typer.Option("--inventory", envvar="MYDESK_FLEET_INVENTORY", help="The fleet's inventory.")
]
StateOption = Annotated[
    Path | None,
    typer.Option("--state", help="Folder of host keys and tokens; ~/.local/state/mydesk-fleet/FLEET if left out."),
]
IdentityOption = Annotated[
    Path | None,
    typer.Option(
        "--identity",
        envvar="MYDESK_FLEET_IDENTITY",
        exists=True,
        dir_okay=False,
        help="Private SSH key; the agent and the usual ones if left out.",
    ),
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output.")]

INVENTORY = Path("inventory.toml")


def open_state(fleet: Fleet, folder: Path | None) -> FleetState:
    """The state of a fleet, in its usual place unless a `folder` is named. Raises FleetError."""
    return FleetState.open(folder or default_folder(fleet.inventory.fleet.name))


def print_json(answer: Any) -> None:
    """One line for machines."""
    typer.echo(json.dumps(answer, ensure_ascii=False))
