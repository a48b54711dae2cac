"""mydesk-fleet sign-in: units one after the other, each with its code."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import asyncssh
import typer

from provisioning.cli_options import print_json
from provisioning.cli_units import Chosen, Patience, finish, on_units
from provisioning.counts import count_of
from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.many_units import on_each
from provisioning.sign_in_walk import Invitation, Signed, is_microsoft, way_of
from provisioning.sign_in_walk import sign_in as sign_in_unit

PATIENCE = Patience(1000.0, "Seconds for one unit; a code is good for 15 minutes.")

WORDS = {
    "signed-in": "is signed in",
    "was-signed-in": "was signed in already",
    "certificate": "signs in with its certificate: there is nothing to do here (mydesk-graph doctor checks it)",
}


def add_to(app: typer.Typer) -> None:
    """Add the command to mydesk-fleet."""
    app.command("sign-in")(sign_in)


@on_units(or_all=False, patience=PATIENCE)
def sign_in(
    chosen: Chosen,
    again: Annotated[bool, typer.Option("--again", help="Also units that are signed in.")] = False,
) -> None:
    """Sign units in to Microsoft 365: shows the code of each, one after the other, and waits until it was typed.

    Example: mydesk-fleet sign-in --site cph
    """

    def show(invitation: Invitation) -> None:
        _invite(invitation, as_json=chosen.as_json)

    async def work(unit: Unit, connection: asyncssh.SSHClientConnection) -> Signed:
        return await sign_in_unit(unit, connection, way=way_of(chosen.fleet, unit), show=show, again=again)

    def told(name: str, result: Signed | FleetError) -> None:
        if isinstance(result, Signed) and not chosen.as_json:
            typer.echo(f"{name}: {WORDS[result.state]} {result.account}".rstrip())

    results = asyncio.run(
        on_each(chosen.units, work, reach=chosen.reach, limit=1, timeout_s=chosen.timeout_s, told=told)
    )  # one at a time: somebody types

    def ended(found: Mapping[str, Signed | FleetError]) -> None:
        good = sum(isinstance(result, Signed) for result in found.values())
        typer.echo(f"signed in: {good} of {count_of(len(found), 'unit')}")

    finish(results, as_json=chosen.as_json, fields=asdict, show=ended)


def _invite(invitation: Invitation, *, as_json: bool) -> None:
    trusted = is_microsoft(invitation.address)
    if as_json:
        print_json({**asdict(invitation), "microsoft": trusted})
        return
    if not trusted:
        typer.echo(f"{invitation.unit}: CAREFUL, the next page is not Microsoft's. Type no password there.", err=True)
    lasts = f"   (good for {invitation.expires_in_s // 60} minutes)" if invitation.expires_in_s else ""
    typer.echo(f"{invitation.unit}: open {invitation.address}")
    if invitation.code:
        typer.echo(f"{invitation.unit}: code {invitation.code}{lasts}")
