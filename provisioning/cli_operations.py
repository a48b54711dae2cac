"""mydesk-fleet status, logs, screenshot, identify, reboot, shell and run."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import asyncssh
import typer
from typer.core import TyperCommand

from common.sealed_file import replace_whole
from provisioning.cli_units import Chosen, finish, on_units, print_table
from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.many_units import on_one
from provisioning.op_logs import Logs, follow, logs_of
from provisioning.op_power import BACK_TIMEOUT_S, wait_until_back
from provisioning.op_power import reboot as reboot_unit
from provisioning.op_screen import identify as identify_unit
from provisioning.op_screen import screenshot as screenshot_of
from provisioning.op_shell import Ran, run_command, ssh_command
from provisioning.op_status import UnitStatus, look_at
from provisioning.restart_waits import NOTE
from provisioning.status_table import COLUMNS, row, summary

FOLLOW_TIMEOUT_S = 86_400.0

T = TypeVar("T")


class _WithCommand(TyperCommand):
    """Takes what stands after -- as the words of --command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if "--" in args:
            at = args.index("--")
            args = [*args[:at], *(word for each in args[at + 1 :] for word in ("--command", each))]
        return super().parse_args(ctx, args)


def add_to(app: typer.Typer) -> None:
    """Add the commands to mydesk-fleet."""
    for command in (status, logs, screenshot, identify, reboot, shell):
        app.command()(command)
    app.command(cls=_WithCommand)(run)


@on_units(or_all=True)
def status(chosen: Chosen) -> None:
    """How units are: state, release, services, last frame, calendar, clock, hub, disk, alarms. All, if none is named.

    Example: mydesk-fleet status --site cph
    """

    async def work(unit: Unit, connection: asyncssh.SSHClientConnection) -> UnitStatus:
        return await look_at(unit, connection, has_hub=chosen.fleet.hub_of(unit) is not None)

    def show(results: Mapping[str, UnitStatus | FleetError]) -> None:
        rows = [row(unit, results[unit.id]) for unit in chosen.units]
        print_table(COLUMNS, rows, notes=[summary(results), *_notes(results)])

    finish(chosen.each(work, doing="status"), as_json=chosen.as_json, fields=asdict, show=show)


def _notes(results: Mapping[str, UnitStatus | FleetError]) -> list[str]:
    found = [(name, result) for name, result in results.items() if isinstance(result, UnitStatus)]
    waiting = [f"{name}: {NOTE.format(one.restart_waits)}" for name, one in found if one.restart_waits]
    return [*waiting, *(f"{name}: {fault}" for name, one in found for fault in one.faults.values())]


@on_units(or_all=False)
def logs(
    chosen: Chosen,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=20_000, help="The last so many.")] = 200,
    since: Annotated[str, typer.Option("--since", help='Only newer ones, as journalctl has it: "1 hour ago".')] = "",
    to: Annotated[Path | None, typer.Option("--to", help="Folder for a file of each unit.")] = None,
    follow_on: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes; one unit.")] = False,
) -> None:
    """The logs of our services, without addresses, names of hosts and secrets.

    Example: mydesk-fleet logs cph-2-ada --since "1 hour ago"
    """
    if follow_on:
        _follow(chosen, lines)
        return
    work = functools.partial(logs_of, lines=lines, since=since)
    results = {name: _kept(name, result, to) for name, result in chosen.each(work, doing="logs").items()}

    def show(found: Mapping[str, Logs | FleetError]) -> None:
        for name, result in found.items():
            if isinstance(result, Logs) and to is None:
                typer.echo("\n".join(f"{name}: {line}" if len(found) > 1 else line for line in result.lines))
        if to is not None:
            typer.echo(f"{sum(isinstance(result, Logs) for result in found.values())} files in {to}")

    finish(results, as_json=chosen.as_json, fields=lambda found: {"lines": found.lines, "cut": found.cut}, show=show)


def _kept(name: str, result: Logs | FleetError, to: Path | None) -> Logs | FleetError:
    if to is None or isinstance(result, FleetError):
        return result
    text = "".join(f"{line}\n" for line in result.lines)
    return _written(to / f"{name}.log", text.encode(), result)


def _written(path: Path, content: bytes, result: T) -> T | FleetError:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_whole(path, content)
    except OSError as error:
        return FleetError(f"{path}: {error.strerror}.", hint="Name another folder with --to.")
    return result


def _follow(chosen: Chosen, lines: int) -> None:
    work = functools.partial(follow, tell=typer.echo, lines=lines)
    try:
        asyncio.run(on_one(chosen.one, work, reach=chosen.reach, timeout_s=FOLLOW_TIMEOUT_S))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@on_units(or_all=False)
def screenshot(
    chosen: Chosen,
    to: Annotated[Path, typer.Option("--to", help="Folder for a PNG of each unit.")] = Path(),
) -> None:
    """A picture of the screen, in which names, subjects and typed text are blocks.

    Example: mydesk-fleet screenshot --site cph --to pictures
    """
    taken = chosen.each(screenshot_of, doing="screenshot")
    results = {name: _picture(to / f"{name}.png", found) for name, found in taken.items()}

    def show(found: Mapping[str, Path | FleetError]) -> None:
        for name, path in found.items():
            if isinstance(path, Path):
                typer.echo(f"{name}: {path}")

    finish(results, as_json=chosen.as_json, fields=lambda path: {"file": str(path)}, show=show)


def _picture(path: Path, found: bytes | FleetError) -> Path | FleetError:
    return found if isinstance(found, FleetError) else _written(path, found, path)


@on_units(or_all=False)
def identify(chosen: Chosen) -> None:
    """Show the unit's name on its screen and pulse its lamp, for 30 seconds.

    Example: mydesk-fleet identify cph-2-ada
    """
    results = chosen.each(identify_unit, doing="identify")

    def show(found: Mapping[str, str | FleetError]) -> None:
        for name, result in found.items():
            if isinstance(result, str):
                typer.echo(f"{name}: shows its name for 30 s")

    finish(results, as_json=chosen.as_json, fields=lambda name: {}, show=show)


@on_units(or_all=False)
def reboot(
    chosen: Chosen,
    force: Annotated[bool, typer.Option("--force", help="Also while a meeting runs or a guest is busy.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Until it is back.")] = True,
) -> None:
    """Reboot units; not while a meeting runs or a guest is busy there, unless forced.

    Example: mydesk-fleet reboot --floor 2
    """
    back_s = BACK_TIMEOUT_S if wait else 0.0

    async def work(unit: Unit, connection: asyncssh.SSHClientConnection) -> str:
        boot = await reboot_unit(unit, connection, force=force)
        if wait:
            await wait_until_back(unit, boot, reach=chosen.reach, timeout_s=back_s)
        return "is back" if wait else "goes down"

    results = chosen.each(work, timeout_s=chosen.timeout_s + back_s, doing="reboot")

    def show(found: Mapping[str, str | FleetError]) -> None:
        for name, result in found.items():
            if isinstance(result, str):
                typer.echo(f"{name}: {result}")

    finish(results, as_json=chosen.as_json, fields=lambda word: {"state": word}, show=show)


@on_units(or_all=False)
def shell(chosen: Chosen) -> None:
    """A shell on one unit, over ssh that accepts only the key of its claim.

    Example: mydesk-fleet shell cph-2-ada
    """
    words = ssh_command(chosen.one, chosen.state, chosen.reach.user, chosen.reach.identity)
    try:
        os.execvp(words[0], words)  # noqa: S606 - our own words, no shell
    except OSError as error:
        raise FleetError(f"ssh cannot be run: {error.strerror}.", hint="Install OpenSSH's client.") from error


@on_units(or_all=False)
def run(
    chosen: Chosen,
    command: Annotated[
        list[str], typer.Option("--command", "-c", help="What to run there, by sh; or as words after --.")
    ],
    as_root: Annotated[bool, typer.Option("--root", help="As root.")] = False,
) -> None:
    """Run a command on units and show what each says; it fails where the command fails.

    Example: mydesk-fleet run --site cph -- uptime -p
    """
    work: Any = functools.partial(run_command, words=command, as_root=as_root, timeout_s=chosen.timeout_s)
    results: dict[str, Ran | FleetError] = chosen.each(work, doing="run")

    def show(found: Mapping[str, Ran | FleetError]) -> None:
        for name, result in found.items():
            if isinstance(result, Ran):
                _show_ran(name, result)

    finish(results, as_json=chosen.as_json, fields=asdict, show=show, failed=lambda ran: ran.status != 0)


def _show_ran(name: str, ran: Ran) -> None:
    ended = f"failed ({ran.status})" if ran.status else "ok"
    typer.echo(f"== {name}: {ended}")
    for text in (ran.out, ran.said):
        if text:
            typer.echo(text)
