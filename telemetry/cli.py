"""mydesk-agent: run the device agent, and ask one that runs how it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from common.config import example_toml
from common.config_check import check_files
from common.control import request as control_request
from common.database_trial import try_migrations
from common.errors import MyDeskError
from telemetry.process import become
from telemetry.settings import AgentConfig

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The device agent: telemetry and commands.")

SOCKET = "/run/mydesk/agent.sock"

JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output.")]
SocketOption = Annotated[Path, typer.Option("--socket", help="Control socket of the agent.")]


@app.command()
def run(
    config: Annotated[Path, typer.Option("--config", help="The agent's configuration file.")],
    socket: SocketOption = Path(SOCKET),
) -> None:
    """Run the agent until it is told to stop.

    Example: mydesk-agent run --config /etc/mydesk/agent.toml
    """
    become(config, socket)


@app.command()
def status(socket: SocketOption = Path(SOCKET), as_json: JsonFlag = False) -> None:
    """Hub, app, alarms, settings, certificate and outbox of the agent that runs on this machine.

    Example: mydesk-agent status --json
    """
    _print(control_request(socket, "status"), as_json=as_json)


@app.command()
def outbox(socket: SocketOption = Path(SOCKET), as_json: JsonFlag = False) -> None:
    """What waits for the hub: rows, the age of the oldest, and what was lost or evicted.

    Example: mydesk-agent outbox --json
    """
    _print(control_request(socket, "outbox"), as_json=as_json)


@app.command("check-config")
def check_config(
    files: Annotated[list[Path], typer.Argument(help="Configuration files.")], as_json: JsonFlag = False
) -> None:
    """Say everything that is wrong with configuration files; nothing is started.

    Example: mydesk-agent check-config /etc/mydesk/agent.toml
    """
    if not check_files(files, AgentConfig, typer.echo, as_json=as_json):
        raise typer.Exit(1)


@app.command("check-outbox")
def check_outbox() -> None:
    """Try on standard input, a copy of an outbox, whether this release can take it over; nothing is changed.

    Example: mydesk-agent check-outbox < outbox.db
    """
    from telemetry.outbox_store import migrations

    try_migrations(sys.stdin.buffer.read(), migrations())


@app.command("example-config")
def example_config() -> None:
    """Print a configuration file with every key, its default and what it means.

    Example: mydesk-agent example-config > agent.toml
    """
    typer.echo(example_toml(AgentConfig), nl=False)


def _print(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    for line in lines(answer):
        typer.echo(line)


def lines(answer: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Each key with its value; a part has its own lines below, set in."""
    for key, value in answer.items():
        label = f"{indent}{key.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield label
            yield from lines(value, indent + "  ")
        else:
            yield f"{label:22} {_text(value)}"


def _text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value)) or "none"
        case None | "":
            return "-"
    return str(value)


def main() -> None:
    """Entry point: expected failures are one sentence on standard error and exit code 1."""
    try:
        app()
    except MyDeskError as error:
        typer.echo(f"mydesk-agent: {error}", err=True)
        raise SystemExit(1) from error
