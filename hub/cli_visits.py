"""The commands of mydesk-hub about guests: forget, prove-forgotten, visits export and erase.

They work beside a running hub: the keys of the days have a lock, and what is erased here the hub tells to the kiosks
with its next look. Root's commands leave no file that the hub cannot write.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from common.clock import SystemClock
from common.errors import MyDeskError
from hub import settings
from hub.settings import HubConfig
from hub.store import Store
from hub.visits.access_requests import erase_guest, export_guest
from hub.visits.book import VisitBook
from hub.visits.clock_trust import trusted
from hub.visits.forgetting import forget as forget_due
from hub.visits.parts import book_of
from hub.visits.proof import prove

visits = typer.Typer(no_args_is_help=True, help="Requests of guests.")

BROKER_DATA = Path("/var/lib/mosquitto")

ConfigOption = Annotated[Path, typer.Option("--config", help="The hub's configuration file.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output.")]
GuestOption = Annotated[
    str, typer.Option("--guest", help="E-mail address, telephone number or full name; - reads it from standard input.")
]


class VisitsOffError(MyDeskError):
    """Error raised where guests are not shared."""


def add_to(app: typer.Typer) -> None:
    """Mount the commands on the hub's command line."""
    app.command("forget")(forget)
    app.command("prove-forgotten")(prove_forgotten)
    app.add_typer(visits, name="visits")


def forget(
    config: ConfigOption,
    now: Annotated[bool, typer.Option("--now", help="Do it; there is nothing else to ask for.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Forget all visits whose day has come, as the hub does by itself every hour.

    Example: mydesk-hub forget --now --config /etc/mydesk-hub/hub.toml
    """
    if not now:
        raise typer.BadParameter("say --now: the hub forgets every hour by itself.")
    clock = SystemClock()
    with _opened(config) as (_, store, book):
        at = clock.now()
        now_ms = round(at.timestamp() * 1000)
        done = forget_due(store, book, at.date(), now_ms, trusted=trusted(clock), who=_who())
    _print(asdict(done), as_json=as_json)
    if not done.trusted:
        typer.echo("Nobody keeps this machine's clock: nothing is forgotten by it. Start systemd-timesyncd.", err=True)
    if not (done.trusted and done.compacted):
        raise typer.Exit(1)


def prove_forgotten(
    texts: Annotated[
        list[str], typer.Argument(help="Names, addresses, numbers; - reads one a line, which no history keeps.")
    ],
    config: ConfigOption,
    broker: Annotated[Path, typer.Option("--broker", help="Where Mosquitto keeps sessions.")] = BROKER_DATA,
    besides: Annotated[
        list[Path] | None, typer.Option("--besides", help="Backups and other files or folders; may be repeated.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Look for texts in every byte of the database, the keys, the broker's store and backups, and in all that the keys
    still open. Run it as root, who may read them.

    Exit code 1 when one is found. A text is told by its number, never by itself.

    Example: mydesk-hub prove-forgotten "Maja Krogh" --config /etc/mydesk-hub/hub.toml --besides /var/backups/mydesk
    """
    wanted = [line for text in texts for line in (_lines() if text == "-" else [text])]
    others = [*([broker] if broker.exists() else []), *(besides or [])]
    if missing := [path for path in others if not path.exists()]:
        raise MyDeskError(f"{missing[0]} is not there.", hint="Name what is to be looked at with --besides.")
    with _opened(config) as (hub, store, book):
        proof = prove(store, book, hub.database.url, wanted, others)
    if as_json:
        typer.echo(json.dumps({"forgotten": not proof.findings, **asdict(proof)}))
    else:
        for found in proof.findings:
            typer.echo(f"text {found.text + 1}: {found.how}, {found.file}")
        if not broker.exists():
            typer.echo(f"{broker} is not there: the broker's store was not looked at; name it with --broker.", err=True)
        typer.echo(
            f"{len(proof.findings)} findings in {proof.files} files of {proof.size_bytes} bytes, {proof.rows} rows"
            f" of PostgreSQL and {proof.visits_read} readable visits"
        )
    if proof.findings:
        raise typer.Exit(1)


@visits.command()
def export(guest: GuestOption, config: ConfigOption, as_json: JsonFlag = False) -> None:
    """Show all that the hub knows of a guest, for a request of access (GDPR article 15).

    Example: mydesk-hub visits export --guest maja@krogh.example --config /etc/mydesk-hub/hub.toml --json
    """
    with _opened(config) as (_, store, book):
        found = export_guest(store, book, _text(guest), SystemClock().now(), _who())
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for one in found:
        _print(one, as_json=False)
        typer.echo("")
    typer.echo(f"{len(found)} visits")


@visits.command()
def erase(guest: GuestOption, config: ConfigOption, as_json: JsonFlag = False) -> None:
    """Erase a guest's visits now, here and at the kiosks (GDPR article 17); copies of those days become unreadable.

    Visits of a guest who is in the building stay until they are signed out: exit code 1 then.

    Example: mydesk-hub visits erase --guest maja@krogh.example --config /etc/mydesk-hub/hub.toml
    """
    with _opened(config) as (_, store, book):
        done = erase_guest(store, book, _text(guest), SystemClock().now(), _who())
    _print(asdict(done), as_json=as_json)
    if done.on_site:
        typer.echo("The guest is in the building: sign the visit out, then erase again.", err=True)
    if done.on_site or not done.compacted:
        raise typer.Exit(1)


@contextmanager
def _opened(config: Path) -> Iterator[tuple[HubConfig, Store, VisitBook]]:
    hub = settings.load(config)
    if not hub.visits.enabled:
        raise VisitsOffError("Guests are not shared by this hub.", hint="Set enabled in [visits].")
    store = Store.open(hub.database.url)
    try:
        yield hub, store, book_of(hub.visits)
    finally:
        store.close()


def _who() -> str:
    return f"{getpass.getuser()} (command line)"


def _lines() -> list[str]:
    return [line.strip() for line in sys.stdin if line.strip()]


def _text(given: str) -> str:
    return sys.stdin.readline().strip() if given == "-" else given


def _print(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    for key, value in answer.items():
        typer.echo(f"{key.replace('_', ' '):20} {'-' if value is None else value}")
