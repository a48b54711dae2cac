"""mydesk-graph: sign a unit in, look at its rooms, and check or write its set-up in Entra and Exchange."""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

import typer

from common.clock import SystemClock
from common.config import ConfigError
from common.errors import MyDeskError
from graph import agenda as day
from graph import cli_setup, exchange, unit_file
from graph.cli_setup import ConfigOption, JsonFlag
from graph.doctor import judge
from graph.doctor_facts import Asked, Facts
from graph.doctor_probe import Probe, WitnessClock, unique
from graph.features import Feature
from graph.findings import Finding, Level, worst
from graph.model import Place
from graph.reading import reader
from graph.session import Session
from graph.setup_rooms import rooms_of
from graph.signing_in import (
    Invitation,
    Verdict,
    app_answers,
    check_writable,
    through_app,
    with_browser,
    with_browser_through_app,
)
from graph.signing_in import with_device_code as by_device_code
from graph.terminal import findings_json, print_error, print_findings, print_json, print_table
from graph.unit_file import UnitFile

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Microsoft 365 of a unit: sign it in, look at its rooms, check and write its set-up.",
)

DEFAULT_PORT = 8400


class CommandError(MyDeskError):
    """Error raised when what was asked for did not come about."""


@app.command("sign-in")
def sign_in(
    config: ConfigOption,
    socket: Annotated[
        Path | None,
        typer.Option("--socket", help="Control socket of the unit's app; else what the file says, if it answers."),
    ] = None,
    auth_code: Annotated[
        bool, typer.Option("--auth-code", help="With a browser (PKCE), where the tenant blocks device codes.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="Loopback port the browser comes back to.")
    ] = DEFAULT_PORT,
    as_json: JsonFlag = False,
) -> None:
    """Sign the unit in: shows an address and a code, waits, and says who signed in.

    Through the unit's running app where there is one: it alone writes the token file.

    Example: mydesk-graph sign-in --config /etc/mydesk/room.toml
    """
    unit = unit_file.read(config)
    if unit.graph.shape == "app-only":
        raise CommandError("An app-only unit signs in with its certificate.", hint="Check it with: mydesk-graph doctor")
    verdict = _signed_in(unit, socket, port if auth_code else None, as_json=as_json)
    if not verdict.signed_in:
        raise CommandError(verdict.text, hint="Try again with: mydesk-graph sign-in")
    if as_json:
        print_json({"state": "signed-in", "account": verdict.account})
    else:
        typer.echo(f"{verdict.text} {verdict.account}".rstrip())


def _signed_in(unit: UnitFile, socket: Path | None, port: int | None, *, as_json: bool) -> Verdict:
    def show(invitation: Invitation) -> None:
        _show(invitation, port, as_json=as_json)

    path = socket or unit.control_socket
    if path is not None and (socket is not None or app_answers(path)):
        return through_app(path, show) if port is None else with_browser_through_app(path, show, port)
    check_writable(Path(unit.graph.token_cache_file))
    return asyncio.run(_directly(unit, show, port))


async def _directly(unit: UnitFile, show: Any, port: int | None) -> Verdict:
    clock = SystemClock()
    session = Session.open(unit.graph, unit.network, clock, features=unit.features)
    try:
        if port is not None:
            return await with_browser(session.auth, show, port)
        return await by_device_code(session.auth, show, clock.monotonic_s)
    finally:
        await session.close()


def _show(invitation: Invitation, port: int | None, *, as_json: bool) -> None:
    if as_json:
        shown = {"address": invitation.address, "code": invitation.code, "expires_in_s": invitation.expires_in_s}
        print_json(shown)
    elif port is not None:
        typer.echo(f"On the computer with the browser:  ssh -L {port}:127.0.0.1:{port} USER@UNIT")
        typer.echo(f"Open there:  {invitation.address}")
        typer.echo("Waiting ...")
    else:
        typer.echo(f"Open:  {invitation.address}")
        typer.echo(f"Code:  {invitation.code}   (good for {invitation.expires_in_s // 60} minutes)")
        typer.echo("Waiting ...")
    sys.stdout.flush()


@app.command()
def agenda(
    config: ConfigOption,
    room: Annotated[str, typer.Argument(help="Address of the room; else the configured one.")] = "",
    on: Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Another day than today.")] = None,
    zone: Annotated[str, typer.Option("--zone", help="IANA time zone of the room; else the configured one.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """A room's meetings of one day, in the room's time zone, as its panel would show them.

    Example: mydesk-graph agenda storebaelt@contoso.example --config /etc/mydesk/room.toml
    """
    unit = unit_file.read(config)
    where = _zone(zone) if zone else unit.zone
    room = room or unit.room
    if "@" not in room:
        raise typer.BadParameter("name the room's address, for example storebaelt@contoso.example")
    account = unit.graph.account
    if unit.graph.shape == "room-account" and account and room.casefold() not in (account.casefold(), unit.room):
        raise CommandError(f"A room account reads its own calendar only: {account}.", hint="Leave the room away.")
    rows = asyncio.run(_agenda(unit, room, on.date() if on else datetime.now(where).date(), where))
    if as_json:
        print_json([_row_json(row) for row in rows])
        return
    print_table(("From", "To", "Title", "Organizer", ""), [_row_cells(row) for row in rows])
    if not rows:
        typer.echo("No meetings.")


async def _agenda(unit: UnitFile, room: str, which: date, zone: ZoneInfo) -> tuple[day.Row, ...]:
    start, end = day.day_window(which, zone)
    screen = unit.sections.get("screen", {})
    subject = screen.get("subject")
    async with reader(unit.graph, unit.network, SystemClock(), frozenset({Feature.AGENDA}) | unit.features) as opened:
        read = await opened.session.calendars.view(room, start, end, zone=zone, user=True)
    return day.rows(
        read.events,
        zone,
        own=(room, unit.graph.account),
        subject=subject if subject in ("organizer", "never") else "full",
        hide_personal=screen.get("hide_personal") is not False,
    )


def _row_json(row: day.Row) -> dict[str, Any]:
    times = {"start": row.start.isoformat(), "end": row.end.isoformat()}
    words = {"title": row.title, "organizer": row.organizer}
    return {**times, **words, "blocks": row.blocks, "pending": row.pending}


def _row_cells(row: day.Row) -> tuple[str, ...]:
    notes = [word for word, on in (("not busy", not row.blocks), ("tentative", row.pending)) if on]
    return f"{row.start:%H:%M}", f"{row.end:%H:%M}", row.title, row.organizer, ", ".join(notes)


@app.command()
def rooms(config: ConfigOption, as_json: JsonFlag = False) -> None:
    """The tenant's rooms, as Places knows them; a new room may take a day to appear.

    Example: mydesk-graph rooms --config /etc/mydesk/room.toml
    """
    found = asyncio.run(_rooms(unit_file.read(config)))
    if as_json:
        print_json([{name: getattr(place, name) for name in place.__dataclass_fields__} for place in found])
        return
    columns = ("Room", "Address", "Building", "Floor", "Seats", "Equipment")
    print_table(columns, [_place_cells(place) for place in found])


async def _rooms(unit: UnitFile) -> tuple[Place, ...]:
    async with reader(unit.graph, unit.network, SystemClock(), unit.features | {Feature.PLACES}) as opened:
        return await opened.session.places.rooms(user=True)


def _place_cells(place: Place) -> tuple[str, ...]:
    floor = place.floor_label or ("" if place.floor_number is None else str(place.floor_number))
    equipment = [place.display_device, place.video_device, place.audio_device]
    seats = "" if place.capacity is None else str(place.capacity)
    return place.name, place.address, place.building, floor, seats, ", ".join(filter(None, equipment))


@app.command()
def doctor(
    config: ConfigOption,
    room: Annotated[list[str] | None, typer.Option("--room", help="A room to check; may be repeated.")] = None,
    rooms_file: Annotated[Path | None, typer.Option("--rooms", help="CSV or TOML with rooms to check.")] = None,
    out_of_scope: Annotated[
        str, typer.Option("--out-of-scope", help="Address of a mailbox that must be refused.")
    ] = "",
    exchange_file: Annotated[
        Path | None, typer.Option("--exchange", help="Answer of the Get-CalendarProcessing line that doctor prints.")
    ] = None,
    write_test: Annotated[
        bool, typer.Option("--write-test", help="Make and delete a free event of a year ago in each room.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 for warnings too.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Check sign-in, consent, rights on each room, certificate, clock and mailbox settings; say what mends each.

    Example: mydesk-graph doctor --config /etc/mydesk/room.toml --out-of-scope ceo@contoso.example
    """
    unit = unit_file.read(config)
    named = [entry.address for entry in rooms_of(room or [], rooms_file)]
    addresses = unique(named or ([unit.room] if unit.room else []))
    settings = exchange.read(exchange_file, addresses) if exchange_file else None
    asked = _asked(unit, addresses, out_of_scope)
    findings = judge(asyncio.run(_examined(unit, asked, settings, write_test=write_test)), SystemClock().now())
    if as_json:
        print_json({"worst": worst(findings), "findings": findings_json(findings)})
    else:
        print_findings(findings)
    _exit_by(findings, strict=strict)


def _asked(unit: UnitFile, addresses: tuple[str, ...], out_of_scope: str) -> Asked:
    return Asked(
        shape=unit.graph.shape,
        client_id=unit.graph.client_id,
        account=unit.graph.account,
        scopes=cli_setup.scope_names(unit.graph, unit.features),
        books=Feature.BOOKING in unit.features,
        rooms=addresses,
        consent_link=cli_setup.consent_link(unit.graph, unit.features),
        out_of_scope=out_of_scope,
        own_release=any(section.get("exchange_auto_release") == "off" for section in unit.sections.values()),
    )


async def _examined(
    unit: UnitFile, asked: Asked, settings: dict[str, exchange.RoomSettings] | None, *, write_test: bool
) -> Facts:
    clock = WitnessClock(SystemClock())
    async with reader(unit.graph, unit.network, clock, unit.features) as opened:
        return await Probe(opened, unit.graph, clock, unit.zone).facts(asked, settings, write_test=write_test)


def _exit_by(findings: tuple[Finding, ...], *, strict: bool) -> None:
    failing = (Level.ERROR, Level.WARNING) if strict else (Level.ERROR,)
    if worst(findings) in failing:
        raise typer.Exit(1)


app.command("consent-url")(cli_setup.consent_url)
app.command("setup-script")(cli_setup.setup_script)


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise typer.BadParameter(f"{name!r} is not an IANA time zone; an example is Europe/Copenhagen")
    return ZoneInfo(name)


def main() -> None:
    """Entry point: expected failures are said in words, with exit code 1, or 2 where the command was used wrongly."""
    logging.basicConfig(level=logging.CRITICAL)
    try:
        app()
    except MyDeskError as error:
        print_error(error, as_json="--json" in sys.argv)
        raise SystemExit(2 if isinstance(error, ConfigError) else 1) from error
    except KeyboardInterrupt:
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
