"""`mydesk-drivers tune`: live bars per gate, sensitivities, 115200 baud, Bluetooth off."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from drivers import decoding
from drivers.cli_terminal import JsonFlag, port_or_emulated, print_json
from drivers.emulators.ld2410 import Ld2410Emulator
from drivers.errors import UsageError
from drivers.hilink import commands
from drivers.hilink.ld2410 import BasicReport, EngineeringReport
from drivers.hilink.protocol import FACTORY, GATES, Parameters
from drivers.tuning import PROVISIONED_BAUD, EmptyRoom, Radar, Sensitivity

BAR = 25


def tune(
    port: Annotated[str, typer.Argument(help="Serial port of the LD2410, or the word emulated.")],
    sensitivity: Annotated[
        list[str] | None,
        typer.Option("--set", help="GATE=MOVING,STILL, 0-100, larger is deafer; may be given again for other gates."),
    ] = None,
    last_gate: Annotated[
        int | None,
        typer.Option("--last-gate", min=2, max=8, help="Nothing farther than this gate (0.75 m each) counts."),
    ] = None,
    hold_s: Annotated[
        int | None, typer.Option("--hold-s", min=0, max=600, help="The module itself says 'somebody' so much longer.")
    ] = None,
    factory: Annotated[bool, typer.Option("--factory", help="Set all sensitivities as delivered.")] = False,
    empty: Annotated[
        float, typer.Option("--empty", min=0.0, help="Watch the EMPTY room for so many seconds and suggest values.")
    ] = 0.0,
    provision: Annotated[
        bool, typer.Option("--provision/--no-provision", help="Store 115200 baud and switch Bluetooth off.")
    ] = True,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.0, help="Show live bars so long; 0: until Ctrl-C.")
    ] = 0.0,
    baud: Annotated[int, typer.Option("--baud", min=0, help="Speed; 0 tries 115200 and 256000.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Tune a presence radar: write what is given, store 115200 baud, Bluetooth off, then show what each gate sees.

    Stop the unit's app first: it holds the port.

    Example: mydesk-drivers tune /dev/serial/by-path/... --last-gate 5 --set 2=50,45 --set 3=45,40
    """
    wanted = [Sensitivity.parse(text) for text in sensitivity or ()]
    with (
        port_or_emulated(port, _somebody_still) as path,
        Radar.found(path, baud) as radar,
        contextlib.suppress(KeyboardInterrupt),
    ):
        _write(radar, wanted, last_gate, hold_s, factory=factory)
        if provision:
            _provision(radar)
        settings = _settings(radar)
        print_json(settings) if as_json else _print_settings(settings)
        radar.tell((commands.engineering(on=True),))
        if empty:
            _suggest(radar, empty, as_json=as_json)
        else:
            _show(radar, seconds, as_json=as_json)


def _somebody_still() -> Ld2410Emulator:
    emulator = Ld2410Emulator()
    emulator.person(220, moving=False)
    return emulator


def _write(
    radar: Radar, wanted: Iterable[Sensitivity], last_gate: int | None, hold_s: int | None, *, factory: bool
) -> None:
    todo: list[bytes] = []
    if factory:
        every = zip(range(GATES), FACTORY.moving_sensitivity, FACTORY.still_sensitivity, strict=True)
        todo += [Sensitivity(*one).command for one in every]
    todo += [one.command for one in wanted]
    if last_gate is not None or hold_s is not None:
        now = radar.parameters()
        gate = now.max_moving_gate if last_gate is None else last_gate
        still = now.max_still_gate if last_gate is None else last_gate
        todo.append(commands.set_range(gate, still, now.timeout_s if hold_s is None else hold_s))
    if todo:
        radar.tell(todo)


def _provision(radar: Radar) -> None:
    """Speed and Bluetooth take effect only after a restart, so nothing is restarted that is right already."""
    todo = [commands.bluetooth(on=False)] if radar.bluetooth_on() else []
    if radar.baud != PROVISIONED_BAUD:
        todo.append(commands.set_baud(PROVISIONED_BAUD))
    if todo:
        radar.tell(todo)
        radar.restart(PROVISIONED_BAUD)


def _settings(radar: Radar) -> dict[str, Any]:
    parameters: Parameters = radar.parameters()
    return {
        "firmware": radar.firmware().version,
        "baud": radar.baud,
        "bluetooth": radar.bluetooth_on(),
        **dataclasses.asdict(parameters),
    }


def _print_settings(settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        shown = " ".join(f"{number:3}" for number in value) if isinstance(value, tuple) else value
        typer.echo(f"{name.replace('_', ' '):20} {shown}")


def _suggest(radar: Radar, seconds: float, *, as_json: bool) -> None:
    room = EmptyRoom()
    for report in radar.reports(seconds):
        if isinstance(report, EngineeringReport):
            room.add(report)
    if not room.reports:
        raise UsageError("The radar sent no report with energies.", hint="Its firmware may be too old for tuning.")
    found = room.suggested()
    if as_json:
        print_json({"reports": room.reports, "suggested": [dataclasses.asdict(one) for one in found]})
    else:
        options = " ".join(f"--set {one.gate}={one.moving},{one.still}" for one in found)
        typer.echo(f"Seen in {room.reports} reports of the empty room; write it with:\n  {options}")


def _show(radar: Radar, seconds: float, *, as_json: bool) -> None:
    """Live bars on a terminal; elsewhere a line a second."""
    parameters, console, last_s = radar.parameters(), Console(), 0.0
    bars = not as_json and console.is_terminal
    with Live(console=console, auto_refresh=False, transient=True) if bars else contextlib.nullcontext() as live:
        for report in radar.reports(seconds):
            if live is not None:
                live.update(_bars(report, parameters), refresh=True)
            elif time.monotonic() - last_s >= 1.0:
                last_s = time.monotonic()
                print_json(_line(report)) if as_json else typer.echo(_words(report))


def _line(report: BasicReport) -> dict[str, Any]:
    return decoding.as_json(report)


def _words(report: BasicReport) -> str:
    energies = ""
    if isinstance(report, EngineeringReport):
        moving, still = (" ".join(f"{one:3}" for one in row) for row in (report.moving_energies, report.still_energies))
        energies = f"  moving {moving}  still {still}  light {report.light}"
    return f"{report.radar!s:8} {report.detection_cm:4} cm{energies}"


def _bars(report: BasicReport, parameters: Parameters) -> Group:
    """One row per gate: energy as a bar, green above its sensitivity, with a mark where that lies."""
    table = Table(box=None, pad_edge=False)
    for column in ("gate", "from", "moving", "", "still", ""):
        table.add_column(column, no_wrap=True)
    if isinstance(report, EngineeringReport):
        rows = zip(report.moving_energies, report.still_energies, strict=True)
        limits = zip(parameters.moving_sensitivity, parameters.still_sensitivity, strict=True)
        for gate, ((moving, still), (most, rest)) in enumerate(zip(rows, limits, strict=True)):
            cells = (_bar(moving, most), Text(f"{moving:3}"), _bar(still, rest), Text(f"{still:3}"))
            table.add_row(str(gate), f"{gate * 0.75:.2f} m", *cells)
    return Group(Text(_words(report).split("  ")[0]), table, Text("Ctrl-C ends"))


def _bar(energy: int, limit: int) -> Text:
    filled, mark = round(energy * BAR / 100), min(BAR - 1, round(limit * BAR / 100))
    signs = ["█" if place < filled else "·" for place in range(BAR)]
    signs[mark] = "┃"
    return Text("".join(signs), style="green" if energy > limit else "dim")
