"""mydesk-fleet push: a bundle onto units, to be activated later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import asyncssh
import typer

from provisioning.cli_units import Chosen, Patience, finish, on_units
from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.push import Pushed, activate, offered
from provisioning.push import push as push_to

PATIENCE = Patience(3600.0, "Seconds for one unit; a push ends by itself when the unit takes nothing for a minute.")


def add_to(app: typer.Typer) -> None:
    """Add the command to mydesk-fleet."""
    app.command()(push)


@on_units(or_all=False, patience=PATIENCE)
def push(
    chosen: Chosen,
    bundle: Annotated[Path, typer.Argument(help="A signed bundle.", exists=True, dir_okay=False)],
    activate_too: Annotated[bool, typer.Option("--activate", help="And make it current at once.")] = False,
    now: Annotated[bool, typer.Option("--now", help="With --activate: also while somebody is busy.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also where it failed before.")] = False,
) -> None:
    """Stage a bundle on units, unpacked and tested beside what runs; nothing changes for people until it is activated.

    Waves, soak and a threshold are in `mydesk-fleet rollout`.

    Example: mydesk-fleet push releases/mydesk-1.2.0-py3.13-aarch64.bundle cph-2-ada
    """
    if now and not activate_too:
        raise typer.BadParameter("--now goes with --activate.")
    architecture = offered(bundle).manifest.architecture
    others = [unit.id for unit in chosen.units if chosen.fleet.hardware_of(unit).architecture != architecture]
    if others:
        raise FleetError(f"the bundle is for {architecture}, which {', '.join(others)} is not.", hint="Leave them out.")

    async def work(unit: Unit, connection: asyncssh.SSHClientConnection) -> Pushed:
        done = await push_to(connection, bundle, again=again)
        if not activate_too or done.state != "staged":
            return done
        return Pushed(done.release, (await activate(connection, done.release, now=now)).step, done.sent_bytes)

    def show(results: Mapping[str, Pushed | FleetError]) -> None:
        for name, result in results.items():
            if isinstance(result, Pushed):
                sent = f"{result.sent_bytes / 1e6:.1f} MB sent" if result.sent_bytes else "it has it already"
                typer.echo(f"{name}: {result.release} is {result.state}; {sent}")

    finish(chosen.each(work, doing="push"), as_json=chosen.as_json, fields=asdict, show=show)
