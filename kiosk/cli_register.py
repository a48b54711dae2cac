"""The commands of mydesk-kiosk about the register: forget, prove-forgotten, export, erase, check-register.

Beside a running kiosk they go through its control socket; without one they open the register themselves, as the user
who owns it. `add_to` mounts them.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from common.clock import SystemClock
from common.control import ControlError, Request
from common.control import request as ask_socket
from common.database_trial import try_migrations
from common.errors import MyDeskError
from kiosk.audit import Actor
from kiosk.config import KioskConfig, load
from kiosk.forgetting import Forgetting
from kiosk.register import Register
from kiosk.register_control import RegisterControl
from kiosk.register_folder import RegisterBusyError, is_held
from kiosk.register_tables import migrations
from telemetry.outbox import NullOutbox

CONFIG = Path("/etc/mydesk/kiosk.toml")
TIMEOUT_S = 60.0

ConfigOption = Annotated[Path, typer.Option("--config", help="The kiosk's configuration file.")]
SocketOption = Annotated[
    Path | None, typer.Option("--socket", help="Control socket of the kiosk; without it the one of the configuration.")
]
GuestOption = Annotated[
    str, typer.Option("--guest", help="E-mail address, telephone number or full name; - reads it from standard input.")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output.")]


class NoRegisterError(MyDeskError):
    """Error raised where no kiosk has ever kept a register: none is made, for it would belong to whoever asks."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is no register in {folder}.",
            hint="The kiosk makes it when it first runs; is this the kiosk's configuration?",
        )


def forget(
    now: Annotated[bool, typer.Option("--now", help="Do it; there is nothing else to ask for.")] = False,
    config: ConfigOption = CONFIG,
    socket: SocketOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Forget all visits whose day has come, as the kiosk does by itself every hour.

    Example: mydesk-kiosk forget --now
    """
    if not now:
        raise typer.BadParameter("say --now: the kiosk forgets every hour by itself.")
    answer = _ask("forget", load(config), socket)
    _print(answer, as_json=as_json)
    if not answer["compacted"]:
        raise typer.Exit(1)


def prove_forgotten(
    texts: Annotated[
        list[str], typer.Argument(help="Names, addresses, numbers; - reads one a line, which no history keeps.")
    ],
    config: ConfigOption = CONFIG,
    socket: SocketOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Look for texts in every byte of the register and its copies, and in all that its keys still open.

    Exit code 1 when one is found. A text is told by its number, never by itself.

    Example: mydesk-kiosk prove-forgotten "Maja Krogh" maja@krogh.example
    """
    wanted = [line for text in texts for line in (_lines() if text == "-" else [text])]
    answer = _ask("prove-forgotten", load(config), socket, texts=wanted)
    if as_json:
        typer.echo(json.dumps(answer))
    else:
        for found in answer["findings"]:
            typer.echo(f"text {found['text'] + 1}: {found['how']}, {found['file']}")
        typer.echo(
            f"{len(answer['findings'])} findings in {answer['files']} files of {answer['size_bytes']} bytes"
            f" and {answer['rows_read']} readable visits"
        )
    if answer["findings"]:
        raise typer.Exit(1)


def export(
    guest: GuestOption, config: ConfigOption = CONFIG, socket: SocketOption = None, as_json: JsonFlag = False
) -> None:
    """Show all that is known of a guest, for a request of access (GDPR article 15).

    Example: mydesk-kiosk export --guest maja@krogh.example --json
    """
    visits = _ask("export-guest", load(config), socket, guest=_text(guest))["visits"]
    if as_json:
        typer.echo(json.dumps(visits, ensure_ascii=False, indent=2))
        return
    for visit in visits:
        _print(visit, as_json=False)
        typer.echo("")
    typer.echo(f"{len(visits)} visit{'' if len(visits) == 1 else 's'}")


def erase(
    guest: GuestOption, config: ConfigOption = CONFIG, socket: SocketOption = None, as_json: JsonFlag = False
) -> None:
    """Erase a guest's visits now (GDPR article 17); copies of those days become unreadable, counts stay.

    Visits of a guest who is in the building stay until they are signed out: exit code 1 then.

    Example: mydesk-kiosk erase --guest maja@krogh.example
    """
    answer = _ask("erase-guest", load(config), socket, guest=_text(guest))
    _print(answer, as_json=as_json)
    if answer["on_site"]:
        typer.echo("The guest is in the building: sign the visit out, then erase again.", err=True)
    if answer["on_site"] or not answer["compacted"]:
        raise typer.Exit(1)


def check_register() -> None:
    """Try on standard input, a copy of a register, whether this release can take it over; nothing is changed.

    Example: mydesk-kiosk check-register < register.db
    """
    try_migrations(sys.stdin.buffer.read(), migrations())


def add_to(app: typer.Typer) -> None:
    """Mount the commands on the kiosk's command line."""
    app.command("forget")(forget)
    app.command("prove-forgotten")(prove_forgotten)
    app.command("export")(export)
    app.command("erase")(erase)
    app.command("check-register")(check_register)


def _ask(op: str, config: KioskConfig, socket: Path | None, **args: object) -> dict[str, Any]:
    """Through the socket where one is named or a kiosk has the register; else by opening the register.

    Raises:
        ControlError: the kiosk refused, or does not answer.
        RegisterBusyError: another process than a kiosk with this socket has the register.
        NoRegisterError: there is none to open.
    """
    folder = Path(config.register.folder)
    if socket is None and not folder.is_dir():
        raise NoRegisterError(folder)
    if socket is None and not is_held(folder):
        return asyncio.run(_alone(op, folder, config, args))
    try:
        return ask_socket(socket or Path(config.unit.control_socket), op, timeout_s=TIMEOUT_S, **args)
    except ControlError as error:
        if isinstance(error.__cause__, ConnectionRefusedError | FileNotFoundError) and is_held(folder):
            raise RegisterBusyError(folder) from error
        raise


async def _alone(op: str, folder: Path, config: KioskConfig, args: Mapping[str, object]) -> dict[str, Any]:
    migrations()  # its library is read while we still may: Python itself can lie where only root reads
    _become_owner(folder)
    zone, shared = ZoneInfo(config.site.time_zone), config.sharing.enabled
    register = Register(folder, config.register, zone, SystemClock(), unit=config.unit.id, shared=shared)
    try:
        await register.open()
        control = RegisterControl(register, Forgetting(register, NullOutbox()), Actor.ADMIN)
        # Whoever may open the register by itself may read all of it: the file's mode has decided, not this.
        return await control.handlers()[op](Request(op, args, 0, os.getpid()))
    finally:
        await register.close()


def _become_owner(folder: Path) -> None:
    """Root must leave no file behind that the kiosk cannot write: it becomes the kiosk's user for good."""
    if os.geteuid() != 0 or not folder.is_dir():
        return
    owner = folder.stat()
    if owner.st_uid:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def _lines() -> list[str]:
    return [line.strip() for line in sys.stdin if line.strip()]


def _text(given: str) -> str:
    return sys.stdin.readline().strip() if given == "-" else given


def _print(answer: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    for key, value in answer.items():
        typer.echo(f"{key.replace('_', ' '):20} {_shown(value)}")


def _shown(value: object) -> str:
    """For people: the guest who asked is handed it."""
    if value is None or value in ([], {}):
        return "-"
    match value:
        case dict():
            return ", ".join(f"{key}: {_shown(each)}" for key, each in value.items() if each is not None)
        case list():
            return "; ".join(map(_shown, value))
    return str(value)
