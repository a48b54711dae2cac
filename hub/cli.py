"""mydesk-hub: serve a site, configure its broker, enrol and revoke units, look at what they told."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from common.clock import SystemClock
from common.config import example_toml
from common.errors import MyDeskError
from common.pin import hash_password
from common.process import run_as
from hub import cli_visits, overview, settings
from hub.authority import Authority
from hub.broker_config import BrokerOptions, write, write_revoked
from hub.overview import Chosen
from hub.roles import Role
from hub.settings import HubConfig
from hub.store import Store
from hub.visits.clock_trust import trusted

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The site hub.")

BROKER_FOLDER = "/etc/mosquitto"
NAME = "mydesk-hub"

ConfigOption = Annotated[Path, typer.Option("--config", help="The hub's configuration file.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output.")]
BrokerFolder = Annotated[Path, typer.Option("--broker-folder", help="Where Mosquitto's files are.")]
UnitArgument = Annotated[str, typer.Argument(help="Id of the unit: 1 to 32 of a-z, 0-9 and -.")]


class Format(StrEnum):
    """What an export looks like."""

    CSV = "csv"
    JSONL = "jsonl"


@app.command()
def serve(config: ConfigOption) -> None:
    """Run the hub until it is told to stop.

    Example: mydesk-hub serve --config /etc/mydesk-hub/hub.toml
    """
    from hub.serve import serve as serve_hub  # the pages are of no use to the other commands

    run_as(NAME, lambda: asyncio.run(serve_hub(settings.load(config))))


@app.command("broker-config")
def broker_config(
    config: ConfigOption,
    out: Annotated[Path, typer.Option("--out", help="Folder to write into.")] = Path(BROKER_FOLDER),
    address: Annotated[str, typer.Option("--address", help="Address to listen on; else all.")] = "",
    data: Annotated[str, typer.Option("--data", help="Where Mosquitto keeps sessions.")] = "/var/lib/mosquitto/",
    home_assistant: Annotated[
        bool, typer.Option("--home-assistant", help="Let Home Assistant in: rights, certificate and key.")
    ] = False,
    log_denied: Annotated[
        bool, typer.Option("--log-denied", help="Log what is denied, and much else: for finding a fault.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write Mosquitto's configuration, rights and certificates; makes the site CA the first time.

    Example: mydesk-hub broker-config --config /etc/mydesk-hub/hub.toml --out /etc/mosquitto
    """
    options = BrokerOptions(
        out.absolute(),
        _read(config).broker.port,
        address,
        data_folder=data,
        home_assistant=home_assistant,
        log_denied=log_denied,
    )
    with _opened(config) as (hub, authority, _):
        files = write(authority, tuple(dict.fromkeys((hub.broker.host, "localhost"))), options)
    if as_json:
        _print_json({"files": [str(path) for path in files]})
        return
    typer.echo("\n".join(str(path) for path in files))
    typer.echo("Then: systemctl restart mosquitto")


@app.command()
def enrol(
    unit: UnitArgument,
    config: ConfigOption,
    csr: Annotated[Path | None, typer.Option("--csr", help="Request (PEM) made on the unit; else a key too.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for unit.pem, site-ca.pem (and unit.key).")] = Path(),
    role: Annotated[str, typer.Option("--role", help="room or kiosk.")] = "",
    name: Annotated[str, typer.Option("--name", help="For people.")] = "",
    site: Annotated[str, typer.Option("--site", help="Building.")] = "",
    floor: Annotated[str, typer.Option("--floor", help="Floor or area.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Give a unit its certificate: the best is for a request that was made on it, so that its key never travels.

    Example: mydesk-hub enrol room-ada --config /etc/mydesk-hub/hub.toml --csr room-ada.csr --name Ada --floor 2
    """
    if role not in ("", "room", "kiosk"):
        raise typer.BadParameter("--role is room or kiosk")
    request = _bytes(csr) if csr is not None else None
    with _opened(config) as (_, authority, _):
        made = authority.enrol(unit, request, role=role, name=name[:60], site=site[:60], floor=floor[:30])
    files = {"unit.pem": made.certificate_pem, "site-ca.pem": made.ca_pem, "unit.key": made.key_pem}
    written = [_write(out / file, content) for file, content in files.items() if content is not None]
    if as_json:
        _print_json({"unit": unit, "expires": made.expires.isoformat(), "files": written})
        return
    typer.echo("\n".join(written))
    typer.echo(f"Good until {made.expires.date()}; the unit renews it by itself.")


@app.command()
def revoke(
    unit: UnitArgument,
    config: ConfigOption,
    broker_folder: BrokerFolder = Path(BROKER_FOLDER),
    as_json: JsonFlag = False,
) -> None:
    """Refuse a unit from now on, for example one that was stolen.

    Example: mydesk-hub revoke room-ada --config /etc/mydesk-hub/hub.toml && systemctl restart mosquitto
    """
    with _opened(config) as (_, authority, _):
        count = authority.revoke(unit)
        path = write_revoked(authority, broker_folder)
    if as_json:
        _print_json({"unit": unit, "revoked": count, "file": str(path)})
        return
    typer.echo(f"{count} certificates of {unit} are revoked in {path}.")
    typer.echo("Then: systemctl restart mosquitto   (reload keeps a connection that is open)")


@app.command()
def password() -> None:
    """Make the value for password_hash in section local_admin; the password is asked for, or read from standard input.

    Example: mydesk-hub password
    """
    typed = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    typer.echo(f'password_hash = "{hash_password(typed)}"')


@app.command()
def status(config: ConfigOption, as_json: JsonFlag = False) -> None:
    """Units, alarms, certificates and the database, in numbers.

    Example: mydesk-hub status --config /etc/mydesk-hub/hub.toml --json
    """
    with _store(_read(config)) as store:
        clock = SystemClock()
        found = overview.status(store, int(clock.now().timestamp() * 1000))
        found["clock_synchronised"] = trusted(clock)
    if as_json:
        _print_json(found)
        return
    for key, value in found.items():
        typer.echo(f"{key.replace('_', ' '):32} {'-' if value is None else value}")


@app.command()
def units(config: ConfigOption, as_json: JsonFlag = False) -> None:
    """Every unit: where it is, whether it is online, when it was last heard, when its certificate ends.

    Example: mydesk-hub units --config /etc/mydesk-hub/hub.toml --json
    """
    with _store(_read(config)) as store:
        found = overview.units(store)
    if as_json:
        _print_json(found)
        return
    shown = ("unit", "role", "name", "site", "floor", "state", "last_seen", "cert_expires", "revoked")
    widths = {key: max(len(key), *(len(str(unit[key] or "-")) for unit in found), 0) for key in shown}
    for unit in ({key: key for key in shown}, *found):
        typer.echo("  ".join(str(unit[key] or "-").ljust(widths[key]) for key in shown).rstrip())


@app.command()
def export(
    config: ConfigOption,
    unit: Annotated[str, typer.Option("--unit", help="Only this one.")] = "",
    topic: Annotated[str, typer.Option("--topic", help="Only this topic, e/room, or kind, e/ or m/.")] = "",
    begin: Annotated[datetime | None, typer.Option("--from", help="From then on, UTC.")] = None,
    end: Annotated[datetime | None, typer.Option("--to", help="Until before then, UTC.")] = None,
    form: Annotated[Format, typer.Option("--format", help="A table, or a JSON object a line.")] = Format.CSV,
    out: Annotated[Path | None, typer.Option("--out", help="File to write; else standard output.")] = None,
) -> None:
    """Write out history, by time.

    Example: mydesk-hub export --config /etc/mydesk-hub/hub.toml --topic e/room --from 2026-11-01 --format jsonl
    """
    chosen = Chosen(unit, topic, _ms(begin), _ms(end))
    write_out = overview.export_csv if form is Format.CSV else overview.export_jsonl
    with _store(_read(config)) as store, _writable(out) as stream:
        count = write_out(store, chosen, stream)
    typer.echo(f"{count} rows", err=True)


@app.command()
def notify(
    config: ConfigOption,
    test: Annotated[bool, typer.Option("--test", help="Send a test to each of them now.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Who hears of alarms: mail and webhooks, what waits for each, and whether a test arrives there.

    Example: mydesk-hub notify --test --config /etc/mydesk-hub/hub.toml
    """
    from hub import notify_report  # mail and HTTP are of no use to the other commands

    hub = _read(config)
    with _store(hub) as store:
        found = notify_report.report(hub, store, SystemClock(), test=test)
    if as_json:
        _print_json(found)
    for line in () if as_json else notify_report.lines(found):
        typer.echo(line)
    if any(channel["problem"] for channel in found):
        raise typer.Exit(1)


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="Which program it is for; one of that name is replaced.")],
    config: ConfigOption,
    role: Annotated[list[Role] | None, typer.Option("--role", help="What it may; may be given again.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How long it is good.")] = 365,
    end: Annotated[bool, typer.Option("--revoke", help="End it instead.")] = False,
) -> None:
    """Make a bearer token for a program that reads the API or /metrics; it is shown once.

    Example: mydesk-hub token prometheus --config /etc/mydesk-hub/hub.toml --role floor-plan
    """
    from hub.web import api_tokens

    now_ms = int(SystemClock().now().timestamp() * 1000)
    with _store(_read(config)) as store, store.begin() as connection:
        if end:
            typer.echo("Ended." if api_tokens.revoke(connection, name) else f"There is no token {name!r}.")
            return
        roles = role or [Role.USER]
        typer.echo(api_tokens.issue(connection, name[:60], roles, getpass.getuser(), days * 86_400_000, now_ms))


@app.command("example-config")
def example_config() -> None:
    """Print a configuration file with every key, its default and what it means.

    Example: mydesk-hub example-config > hub.toml
    """
    typer.echo(example_toml(HubConfig))


cli_visits.add_to(app)


def _read(config: Path) -> HubConfig:
    return settings.load(config)


@contextmanager
def _store(config: HubConfig) -> Iterator[Store]:
    store = Store.open(config.database.url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _opened(config: Path) -> Iterator[tuple[HubConfig, Authority, Store]]:
    hub = _read(config)
    with _store(hub) as store:
        folder = Path(hub.authority.folder)
        authority = Authority(folder, hub.site.name, store, SystemClock(), unit_days=hub.authority.unit_days)
        authority.prepare()
        yield hub, authority, store


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MyDeskError(f"{path}: {error.strerror}.", hint="Name the file with the request.") from error


def _write(path: Path, content: bytes) -> str:
    from common.sealed_file import replace_whole

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_whole(path, content)
    except OSError as error:
        raise MyDeskError(f"{path}: {error.strerror}.", hint="Name another folder with --out.") from error
    return str(path)


@contextmanager
def _writable(out: Path | None) -> Iterator[IO[str]]:
    if out is None:
        yield sys.stdout
        return
    try:
        stream = out.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise MyDeskError(f"{out}: {error.strerror}.", hint="Name another file with --out.") from error
    with stream:
        yield stream


def _ms(when: datetime | None) -> int | None:
    return None if when is None else int(when.replace(tzinfo=when.tzinfo or UTC).timestamp() * 1000)


def _print_json(answer: Any) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False))


def main() -> None:
    """Entry point: expected failures are one sentence on standard error and exit code 1."""
    try:
        app()
    except MyDeskError as error:
        typer.echo(f"{NAME}: {error}", err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
