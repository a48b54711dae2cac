"""mydesk-fleet seed and claim: from a card to a unit whose SSH key is known."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from provisioning.claim import Claimed, claim_all
from provisioning.cli_options import (
    INVENTORY,
    IdentityOption,
    InventoryOption,
    JsonFlag,
    StateOption,
    open_state,
    print_json,
)
from provisioning.fleet_state import FleetState
from provisioning.inventory_load import load
from provisioning.seed import FirstBoot
from provisioning.seed import seed as seed_card
from provisioning.ssh import Access


def add_to(app: typer.Typer) -> None:
    """Add the commands to mydesk-fleet."""
    app.command()(seed)
    app.command()(claim)


def seed(
    unit: Annotated[str, typer.Argument(help="Id of the unit.")],
    to: Annotated[Path, typer.Option("--to", help="The card's boot partition.")],
    inventory: InventoryOption = INVENTORY,
    first_boot: Annotated[
        FirstBoot,
        typer.Option("--first-boot", help="cloud-init for Trixie, firstrun for Bookworm; auto looks at the card."),
    ] = "auto",
    again: Annotated[bool, typer.Option("--again", help="A new card for a unit that has one, or is claimed.")] = False,
    state: StateOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Put onto the boot partition of stock Raspberry Pi OS Lite what makes it this unit, ready to be claimed.

    Example: mydesk-fleet seed cph-2-ada --to /media/bootfs
    """
    fleet = load(inventory)
    done = seed_card(fleet, fleet.unit(unit), to, open_state(fleet, state), first_boot=first_boot, again=again)
    if as_json:
        print_json(asdict(done))
        return
    typer.echo(f"{unit}: {len(done.files)} files for {done.first_boot} in {to}")
    if done.to_do:
        typer.echo(f"Still to do. {done.to_do}")
    typer.echo(f"Boot the unit with it, wait two minutes, then: mydesk-fleet claim {unit}")


def claim(
    units: Annotated[list[str] | None, typer.Argument(help="Ids of units; all that wait if left out.")] = None,
    inventory: InventoryOption = INVENTORY,
    address: Annotated[str, typer.Option("--address", help="Where the one unit is now, if not there yet.")] = "",
    identity: IdentityOption = None,
    state: StateOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Learn the SSH keys of units that prove that they booted from their own cards; others are refused from then on.

    Example: mydesk-fleet claim cph-2-ada
    """
    fleet = load(inventory)
    kept = open_state(fleet, state)
    wanted = units or [name for name in kept.waiting() if name in fleet.units]
    if address and len(wanted) != 1:
        raise typer.BadParameter("--address goes with one unit.")
    chosen = fleet.some(wanted) if wanted else ()
    accesses = [Access(unit, fleet.inventory.fleet.ssh_user, identity, address) for unit in chosen]
    results = asyncio.run(_claim(accesses, kept, as_json=as_json))
    if not results and not as_json:
        typer.echo("No unit waits to be claimed. `mydesk-fleet seed` makes the card of one.")
    raise typer.Exit(1 if any(result.error for result in results) else 0)


async def _claim(accesses: list[Access], state: FleetState, *, as_json: bool) -> list[Claimed]:
    results: list[Claimed] = []
    async for result in claim_all(accesses, state):
        results.append(result)
        if as_json:
            print_json(asdict(result))
        else:
            typer.echo(_said(result), err=bool(result.error))
    return results


def _said(result: Claimed) -> str:
    if result.error:
        return f"{result.unit}: {result.error}"
    return f"{result.unit}: {'claimed' if result.news else 'was claimed already'}, its key is {result.fingerprint}"
