"""mydesk-fleet: from a bare Raspberry Pi to a working panel over SSH, and all panels of a company after that."""

from __future__ import annotations

import typer

from common.errors import MyDeskError
from provisioning import (
    cli_bundle,
    cli_claim,
    cli_doctor,
    cli_image,
    cli_inventory,
    cli_lifetime,
    cli_operations,
    cli_provision,
    cli_push,
    cli_rollout,
    cli_sign_in,
)
from provisioning.fleet_error import WrongUseError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The fleet: inventory, cards, claims, releases.")
app.add_typer(cli_inventory.app, name="inventory")
cli_claim.add_to(app)
app.add_typer(cli_bundle.app, name="bundle")
cli_push.add_to(app)
app.add_typer(cli_rollout.app, name="rollout")
app.add_typer(cli_image.app, name="image")
cli_provision.add_to(app)
cli_operations.add_to(app)
cli_doctor.add_to(app)
cli_sign_in.add_to(app)
cli_lifetime.add_to(app)


def main() -> None:
    """Entry point: expected failures are one sentence on standard error and exit code 1, or 2 for wrong use."""
    try:
        app()
    except MyDeskError as error:
        typer.echo(f"mydesk-fleet: {error}", err=True)
        raise SystemExit(2 if isinstance(error, WrongUseError) else 1) from error
