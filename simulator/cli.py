"""mydesk-sim: a Microsoft 365 tenant on localhost, from the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from simulator import when
from simulator.clock import SimulatedClock
from simulator.office import Office, OfficeError
from simulator.office_file import load, sample
from simulator.server import Simulator
from simulator.tenant import Tenant

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def root() -> None:
    """A Microsoft 365 tenant on localhost that fails like the real one.

    Example: mydesk-sim serve --port 8443 --clock 11:42
    """


@app.command()
def serve(
    office: Annotated[Path | None, typer.Option(help="Office file (TOML); the sample office if left out.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port on 127.0.0.1; 0 takes any.")] = 0,
    plain_http: Annotated[bool, typer.Option("--plain-http", help="No TLS (msal does not sign in over it).")] = False,
    state_dir: Annotated[
        Path | None, typer.Option(help="Where ca.pem and the keys go; else a temporary folder.")
    ] = None,
    clock: Annotated[str, typer.Option(help="The office's time at the start: 11:42, now+2h or ISO 8601.")] = "now",
    rate: Annotated[float, typer.Option(min=0, help="Simulated seconds for each real one; 0 stands still.")] = 1.0,
    auto_approve: Annotated[str, typer.Option(help="Account that approves every sign-in by itself.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Say where it listens as one line of JSON.")] = False,
) -> None:
    """Serve an office until Ctrl-C or SIGTERM.

    Example: mydesk-sim serve --office simulator/offices/nordhavn.toml --port 8443 --auto-approve mydesk
    """
    tenant = _tenant(_load(office or sample()), clock, rate, auto_approve)
    try:
        simulator = Simulator(tenant, host="127.0.0.1", port=port, tls=not plain_http, state_dir=state_dir)
    except OSError as error:
        _fail(f"cannot listen on port {port} or write certificates: {error}. Try --port 0 or another --state-dir.", 1)
        return
    _announce(simulator, as_json=as_json)
    with simulator:
        simulator.serve()


@app.command()
def check(office: Annotated[Path, typer.Argument(help="Office file (TOML).")]) -> None:
    """Read an office file and say everything that is wrong with it.

    Example: mydesk-sim check my-office.toml
    """
    found = _load(office, code=1)
    typer.echo(f"{found.name}: {len(found.people)} people, {len(found.rooms)} rooms, {len(found.meetings)} meetings")


def _load(path: Path, code: int = 2) -> Office:
    try:
        return load(path)
    except OfficeError as error:
        _fail(str(error), code)
        raise


def _tenant(office: Office, clock: str, rate: float, auto_approve: str) -> Tenant:
    try:
        start = when.parse(clock, datetime.now(UTC), office.zone)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--clock") from None
    tenant = Tenant(office, SimulatedClock(start, rate=rate))
    if auto_approve:
        account = tenant.directory.named(auto_approve)
        if account is None:
            raise typer.BadParameter(f"{auto_approve!r} is nobody in this office", param_hint="--auto-approve")
        tenant.sign_in.auto_approve = account
    return tenant


def _announce(simulator: Simulator, *, as_json: bool) -> None:
    office = simulator.tenant.office
    facts = {
        "url": simulator.url,
        "port": simulator.port,
        "ca_file": str(simulator.ca_file) if simulator.ca_file else None,
        "authority": f"{simulator.url}/{office.tenant_id}",
        "graph": f"{simulator.url}/v1.0",
        "tenant_id": office.tenant_id,
    }
    if as_json:
        typer.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        typer.echo(f"{name:10} {value}")


def _fail(message: str, code: int) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def main() -> None:
    """The command mydesk-sim."""
    app()
