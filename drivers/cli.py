"""mydesk-drivers: what is plugged in, what it says, and how it is tuned."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from common.errors import MyDeskError
from drivers.cli_printer import print_test
from drivers.cli_terminal import JsonFlag, health_json, health_line, port_or_emulated, print_json, reading_json, said
from drivers.cli_tune import tune
from drivers.decoding import CODECS
from drivers.decoding import decode as decoded
from drivers.device import Condition, Health
from drivers.errors import UsageError
from drivers.kinds import SERIAL_KINDS, serial_kind
from drivers.readings import Reading, Scan

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Sensors, readers and printers of a unit.")

_READ_CHARS = 1 << 16


def _members(names: Iterable[str]) -> dict[str, str]:
    return {name.upper().replace("-", "_"): name for name in names}


# mypy wants the members of an enumeration spelled out; these follow the tables of the devices.
Decoded = StrEnum("Decoded", _members(CODECS))  # type: ignore[misc]
Watched = StrEnum("Watched", _members(SERIAL_KINDS))  # type: ignore[misc]
SecondsOption = Annotated[float, typer.Option("--seconds", min=0.0, help="End after so long; 0 goes on until Ctrl-C.")]


@app.command()
def decode(device: Annotated[Decoded, typer.Argument(help="Whose bytes they are; an LD2410B or C is ld2410.")]) -> None:
    """Decode a capture: hexadecimal on standard input, white space anywhere; JSON lines out, the counters last.

    Of a radar `state` is what one report says, and `presence` what two that agree say.

    Example: mydesk-drivers decode ld2410 < capture.txt
    """
    for line in decoded(str(device), _standard_input()):
        print_json(line)


def _standard_input() -> Iterator[str]:
    if sys.stdin is None:
        raise UsageError("Standard input is closed.", hint="Give a capture: mydesk-drivers decode ... < capture.txt")
    while text := sys.stdin.read(_READ_CHARS):
        yield text


@app.command("list")
def list_ports(
    probe: Annotated[
        bool, typer.Option("--probe", help="Ask at each serial port which of our devices is there.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show serial ports, printers, GPIO and I2C chips and backlights, with the name to configure.

    Example: mydesk-drivers list --probe
    """
    from drivers.ports import Port, ports
    from drivers.ports import probe as asked

    def answers(port: Port) -> str:
        if not probe or port.kind != "serial" or port.held_by:
            return ""
        health = asyncio.run(asked(port.use))
        return health.kind if health is not None and health.frames else "nothing that we know"

    found = list(ports())
    for port in found:
        answer = answers(port)
        if as_json:
            print_json({**dataclasses.asdict(port), "answers": answer})
        else:
            about = " · ".join(part for part in (port.chip, port.description, port.held_by, answer) if part)
            typer.echo(f"{port.kind:10} {port.use:40} {about}".rstrip())
    if not found and not as_json:
        typer.echo("Nothing is plugged in that a driver could use. USB adapters appear as /dev/ttyUSB or /dev/ttyACM.")


@app.command()
def watch(
    device: Annotated[Watched, typer.Argument(help="What is connected there.")],
    port: Annotated[str, typer.Argument(help="Its serial port, or the word emulated.")],
    baud: Annotated[int, typer.Option("--baud", min=0, help="Speed; 0 tries those of the device.")] = 0,
    seconds: SecondsOption = 0.0,
    as_json: JsonFlag = False,
) -> None:
    """Show what a sensor or scanner says, as it says it, and how its wire is; exit code 1 if it is not well at the end.

    Example: mydesk-drivers watch ld2410 /dev/serial/by-id/usb-1a86_USB_Serial-if00-port0
    """
    with port_or_emulated(port, serial_kind(str(device)).emulator) as path, contextlib.suppress(KeyboardInterrupt):
        health = asyncio.run(_watched(str(device), path, baud, seconds, as_json=as_json))
        if health.condition is not Condition.HEALTHY:
            raise typer.Exit(1)


async def _watched(kind: str, port: str, baud: int, seconds: float, *, as_json: bool) -> Health:
    """Until the time is over; how the device is then."""
    from drivers.supervisor import SerialSupervisor

    began_s = time.monotonic()
    show = _shower(kind, began_s, as_json=as_json)
    told: tuple[str, str] | None = None
    supervisor = SerialSupervisor(kind, serial_kind(kind).device, port, show, baud=baud)
    running = asyncio.create_task(supervisor.run())
    try:
        while not running.done() and (not seconds or time.monotonic() - began_s < seconds):
            health = supervisor.health()
            if (health.condition, health.problem) != told:
                told = (health.condition, health.problem)
                _show_health(health, as_json=as_json)
            await asyncio.wait((running,), timeout=0.1)
        health = supervisor.health()
        _show_health(health, as_json=as_json)
        return health
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):  # a fault of our own is not hidden
            await running


def _shower(kind: str, began_s: float, *, as_json: bool) -> Callable[[Reading], None]:
    """Prints readings: all of them for a machine, changes for people."""
    last: dict[type, str] = {}

    def show(reading: Reading) -> None:
        at = dataclasses.replace(reading, monotonic_s=reading.monotonic_s - began_s)
        text = said(at.value)
        if as_json:
            print_json(reading_json(at, kind))
        elif last.get(type(at.value)) != text or isinstance(at.value, Scan):
            last[type(at.value)] = text
            typer.echo(f"{at.monotonic_s:9.2f} s  {text}")

    return show


def _show_health(health: Health, *, as_json: bool) -> None:
    if as_json:
        print_json(health_json(health))
    else:
        typer.echo(health_line(health), err=True)


@app.command()
def record(
    out: Annotated[Path, typer.Argument(help="Recording to write; a new file.")],
    config: Annotated[Path, typer.Option("--config", help="Configuration of the unit, for its sensors.")],
    seconds: SecondsOption = 0.0,
) -> None:
    """Record what the unit's sensors say, for `mydesk-room replay`. Codes of a scanner are never written.

    Stop the unit's app first: it holds the ports.

    Example: mydesk-drivers record meeting.jsonl --config /etc/mydesk/room.toml
    """
    from drivers.recorder import record_sensors

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(record_sensors(config, out, seconds, lambda health: typer.echo(health_line(health), err=True)))
    typer.echo(f"{out}: {out.stat().st_size} bytes.", err=True)


app.command()(tune)
app.command("print-test")(print_test)


def main() -> None:
    """Entry point: expected failures are one sentence on standard error and exit code 1."""
    try:
        app()
    except MyDeskError as error:
        typer.echo(f"mydesk-drivers: {error}", err=True)
        raise SystemExit(1) from error
