"""mydesk-room: run a door panel, render any state of it, and talk to one that runs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from common.app_cli import answer_lines, ask, end_in_words, take_picture, typed_pin
from common.config import example_toml
from common.config_check import check_files
from common.pin import hash_pin
from roomdisplay.config import RoomConfig, load
from roomdisplay.process import become
from roomdisplay.replay import DEFAULT_OCCUPANCY, DEFAULT_PRESENCE, replay_lines, speed_of
from roomdisplay.sample_day import Picture
from roomdisplay.status_text import lines

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The meeting-room display.")
ctl = typer.Typer(no_args_is_help=True, help="Talk to a panel that runs on this machine.")
app.add_typer(ctl, name="ctl")

SOCKET = "/run/mydesk/room.sock"
SIZES = ("1280x800", "800x480", "720x1280")

JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output.")]
SocketOption = Annotated[Path, typer.Option("--socket", help="Control socket of the panel.")]


@app.command()
def run(
    config: Annotated[Path, typer.Option("--config", help="The panel's configuration file.")],
    headless: Annotated[
        bool, typer.Option("--headless", help="Without a screen: calendar, lamp and telemetry only.")
    ] = False,
) -> None:
    """Run the panel until it is told to stop.

    Example: mydesk-room run --config /etc/mydesk/room.toml
    """
    become(config, headless=headless)


@app.command()
def preview(
    state: Annotated[Picture, typer.Option("--state", help="What to draw.")],
    out: Annotated[Path, typer.Option("--out", help="PNG to write.")],
    lang: Annotated[str, typer.Option("--lang", help="da, en or es.")] = "da",
    size: Annotated[str, typer.Option("--size", help="Width x height in pixels.")] = "1280x800",
    busy_colour: Annotated[str, typer.Option("--busy-colour", help="red or purple.")] = "red",
    sheet: Annotated[str, typer.Option("--sheet", help="A sub-view over it, such as booking; 'list' names them.")] = "",
) -> None:
    """Draw any state of the panel to a PNG, without a tenant and without a display.

    Example: mydesk-room preview --state busy --lang da --size 1280x800 --out busy.png
    """
    from roomdisplay.preview import SHEETS, draw
    from ui.panel_size import parse_size

    if sheet == "list":
        typer.echo("\n".join(SHEETS))
        return
    out.write_bytes(draw(state, lang=lang, size=parse_size(size), busy_colour=busy_colour, sheet=sheet))


@app.command()
def pin() -> None:
    """Make the value for pin_hash in section admin; the PIN is asked for, or read from standard input.

    Example: mydesk-room pin
    """
    typer.echo(f'pin_hash = "{hash_pin(typed_pin())}"')


@app.command("check-config")
def check_config(
    files: Annotated[list[Path], typer.Argument(help="Configuration files.")], as_json: JsonFlag = False
) -> None:
    """Say everything that is wrong with configuration files; nothing is started.

    Example: mydesk-room check-config /etc/mydesk/room.toml
    """
    if not check_files(files, RoomConfig, typer.echo, as_json=as_json):
        raise typer.Exit(1)


@app.command("example-config")
def example_config() -> None:
    """Print a configuration file with every key, its default and what it means.

    Example: mydesk-room example-config > room.toml
    """
    typer.echo(example_toml(RoomConfig))


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="Recording, as made by mydesk-drivers record.")],
    speed: Annotated[
        float,
        typer.Option(
            "--speed", parser=speed_of, metavar="N|max", show_default="max", help="N times as fast; max never waits."
        ),
    ] = math.inf,
    config: Annotated[
        Path | None, typer.Option("--config", help="Take the settings of occupancy and presence from it.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Play a recording of sensors: each change of what they tell together, and what the lamp would show.

    Example: mydesk-room replay monday.jsonl --speed 60
    """
    settings = load(config) if config else None
    occupancy = settings.occupancy if settings else DEFAULT_OCCUPANCY
    presence = settings.presence if settings else DEFAULT_PRESENCE
    for line in replay_lines(file, speed=speed, settings=occupancy, presence=presence, as_json=as_json):
        typer.echo(line)


@ctl.command()
def status(
    socket: SocketOption = Path(SOCKET),
    full: Annotated[bool, typer.Option("--full", help="With the meetings as on screen; root only.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """State, until when, calendar age, lamp, presence, last error.

    Example: mydesk-room ctl status --json
    """
    _print(ask(socket, "status", full=full), as_json=as_json)


@ctl.command()
def screenshot(
    out: Annotated[Path, typer.Option("--out", help="PNG to write; - is standard output.")],
    socket: SocketOption = Path(SOCKET),
    as_json: JsonFlag = False,
) -> None:
    """Draw what the panel shows, with blocks in place of names, subjects and typed text.

    Example: mydesk-room ctl screenshot --out screen.png
    """
    told = take_picture(socket, out)
    if told is not None:
        _print(told, as_json=as_json)


@ctl.command()
def identify(socket: SocketOption = Path(SOCKET), as_json: JsonFlag = False) -> None:
    """Show the unit's name on the screen and pulse the lamp for 30 seconds.

    Example: mydesk-room ctl identify
    """
    _print(ask(socket, "identify"), as_json=as_json)


@ctl.command()
def reload(socket: SocketOption = Path(SOCKET), as_json: JsonFlag = False) -> None:
    """Read the configuration and the calendar again.

    Example: mydesk-room ctl reload
    """
    _print(ask(socket, "reload"), as_json=as_json)


@ctl.command("check-in")
def check_in(socket: SocketOption = Path(SOCKET), as_json: JsonFlag = False) -> None:
    """Check in to the meeting that waits for it.

    Example: mydesk-room ctl check-in
    """
    _print(ask(socket, "check-in"), as_json=as_json)


def _print(answer: dict[str, Any], *, as_json: bool) -> None:
    for line in answer_lines(answer, lines, as_json=as_json):
        typer.echo(line)


def main() -> None:
    """Entry point."""
    end_in_words("mydesk-room", app)
