"""mydesk-kiosk: run a lobby kiosk, draw any page of it, talk to one that runs, invite guests, forget them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from common.app_cli import answer_lines, ask, end_in_words, take_picture, typed_pin
from common.config import example_toml
from common.config_check import check_files
from common.errors import MyDeskError
from common.pin import hash_pin
from kiosk import cli_invite, cli_register
from kiosk.config import KioskConfig
from kiosk.process import become

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The lobby kiosk.")
ctl = typer.Typer(no_args_is_help=True, help="Talk to a kiosk that runs on this machine.")
app.add_typer(ctl, name="ctl")

SOCKET = "/run/mydesk/kiosk.sock"

JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output.")]
SocketOption = Annotated[Path, typer.Option("--socket", help="Control socket of the kiosk.")]


@app.command()
def run(
    config: Annotated[Path, typer.Option("--config", help="The kiosk's configuration file.")],
    headless: Annotated[bool, typer.Option("--headless", help="Without a screen.")] = False,
) -> None:
    """Run the kiosk until it is told to stop.

    Example: mydesk-kiosk run --config /etc/mydesk/kiosk.toml
    """
    become(config, headless=headless)


@app.command()
def preview(
    page: Annotated[str, typer.Option("--page", help="What to draw; 'list' names the pages.")],
    out: Annotated[Path, typer.Option("--out", help="PNG to write.")] = Path("kiosk.png"),
    lang: Annotated[str, typer.Option("--lang", help="da, en or es.")] = "da",
    size: Annotated[str, typer.Option("--size", help="Width x height in pixels.")] = "1280x800",
    large_text: Annotated[bool, typer.Option("--large-text", help="With large text.")] = False,
    high_contrast: Annotated[bool, typer.Option("--high-contrast", help="With high contrast.")] = False,
    low_reach: Annotated[bool, typer.Option("--low-reach", help="With controls in the lower half.")] = False,
    long_names: Annotated[bool, typer.Option("--long-names", help="With names that are too long.")] = False,
) -> None:
    """Draw any page of the kiosk to a PNG, without a tenant and without a display.

    Example: mydesk-kiosk preview --page welcome --lang da --size 1280x800 --out welcome.png
    """
    from kiosk.preview import PAGES, draw
    from ui.panel_size import parse_size

    if page == "list":
        typer.echo("\n".join(PAGES))
        return
    aids = {"large_text": large_text, "high_contrast": high_contrast, "low_reach": low_reach}
    with _file(out):
        out.write_bytes(draw(page, lang, parse_size(size), long_names=long_names, **aids))


@app.command()
def pin() -> None:
    """Make the value for pin_hash in section admin; the PIN is asked for, or read from standard input.

    Example: mydesk-kiosk pin
    """
    typer.echo(f'pin_hash = "{hash_pin(typed_pin())}"')


@app.command("check-config")
def check_config(
    files: Annotated[list[Path], typer.Argument(help="Configuration files.")], as_json: JsonFlag = False
) -> None:
    """Say everything that is wrong with configuration files; nothing is started.

    Example: mydesk-kiosk check-config /etc/mydesk/kiosk.toml
    """
    if not check_files(files, KioskConfig, typer.echo, as_json=as_json):
        raise typer.Exit(1)


@app.command("example-config")
def example_config() -> None:
    """Print a configuration file with every key, its default and what it means.

    Example: mydesk-kiosk example-config > kiosk.toml
    """
    typer.echo(example_toml(KioskConfig))


cli_invite.add_to(app)
cli_register.add_to(app)


@ctl.command()
def status(socket: SocketOption = Path(SOCKET), as_json: JsonFlag = False) -> None:
    """Page, network, directory, messages, printer, scanner, register; no names.

    Example: mydesk-kiosk ctl status --json
    """
    _print(ask(socket, "status"), as_json=as_json)


@ctl.command()
def screenshot(
    out: Annotated[Path, typer.Option("--out", help="PNG to write; - is standard output.")],
    socket: SocketOption = Path(SOCKET),
    as_json: JsonFlag = False,
) -> None:
    """Draw what the kiosk shows, with blocks in place of names and typed text.

    Example: mydesk-kiosk ctl screenshot --out screen.png
    """
    with _file(out):
        told = take_picture(socket, out)
    if told is not None:
        _print(told, as_json=as_json)


@ctl.command()
def identify(socket: SocketOption = Path(SOCKET), as_json: JsonFlag = False) -> None:
    """Show the unit's name on the screen for 30 seconds.

    Example: mydesk-kiosk ctl identify
    """
    _print(ask(socket, "identify"), as_json=as_json)


@ctl.command()
def reload(socket: SocketOption = Path(SOCKET), as_json: JsonFlag = False) -> None:
    """Read the configuration again.

    Example: mydesk-kiosk ctl reload
    """
    _print(ask(socket, "reload"), as_json=as_json)


@ctl.command()
def evacuation(
    begin: Annotated[bool, typer.Option("--begin", help="Block signing in, at the site's other kiosks too.")] = False,
    end: Annotated[bool, typer.Option("--end", help="Back to normal, at this kiosk only.")] = False,
    socket: SocketOption = Path(SOCKET),
    as_json: JsonFlag = False,
) -> None:
    """Who is in the building (root only); begin or end an evacuation.

    Example: mydesk-kiosk ctl evacuation --begin
    """
    if begin and end:
        raise typer.BadParameter("say --begin or --end, not both.")
    wanted: dict[str, object] = {"active": True} if begin else {"active": False} if end else {}
    _print(ask(socket, "evacuation", **wanted), as_json=as_json)


@ctl.command()
def reprint(
    visit: Annotated[str, typer.Argument(help="Id of a visit, or last for the newest badge.")],
    socket: SocketOption = Path(SOCKET),
    as_json: JsonFlag = False,
) -> None:
    """Print the badge of a guest who is in the building once more; what is wrong with the printer is told.

    Example: mydesk-kiosk ctl reprint last
    """
    _print(ask(socket, "reprint", visit_id=visit), as_json=as_json)


@ctl.command("new-roll")
def new_roll(socket: SocketOption = Path(SOCKET), as_json: JsonFlag = False) -> None:
    """Say that a new roll of labels was put in.

    Example: mydesk-kiosk ctl new-roll
    """
    _print(ask(socket, "new-roll"), as_json=as_json)


@ctl.command()
def visit(
    record: Annotated[Path, typer.Argument(help="A sealed record of `mydesk-kiosk invite` or `revoke`.")],
    socket: SocketOption = Path(SOCKET),
    as_json: JsonFlag = False,
) -> None:
    """Give the kiosk the sealed record of an invitation, or a list of revoked ones.

    Example: mydesk-kiosk ctl visit invitation.mdrec
    """
    with _file(record):
        encoded = base64.b64encode(record.read_bytes()).decode()
    _print(ask(socket, "visit", record=encoded), as_json=as_json)


@contextmanager
def _file(path: Path) -> Iterator[None]:
    """A file of the command line that cannot be used is told in a sentence."""
    try:
        yield
    except OSError as error:
        raise MyDeskError(f"{path} cannot be used ({error.strerror}).", hint="Name another file.") from error


def _print(answer: dict[str, Any], *, as_json: bool) -> None:
    for line in answer_lines(answer, _lines, as_json=as_json):
        typer.echo(line)


def _lines(answer: Mapping[str, Any]) -> Iterator[str]:
    for key, value in answer.items():
        shown = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
        yield f"{key.replace('_', ' '):20} {'-' if value is None else shown}"


def main() -> None:
    """Entry point."""
    end_in_words("mydesk-kiosk", app)
