"""mydesk-fleet certificates, os-update, replace and decommission: what comes after the first day."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import asyncssh
import typer

from provisioning.cli_options import print_json
from provisioning.cli_units import Chosen, Patience, finish, on_units, print_table, word_of
from provisioning.counts import count_of
from provisioning.fleet_error import FleetError
from provisioning.hub_side import restart_broker, revoke
from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet
from provisioning.maintenance import window_of
from provisioning.maintenance_window import is_open
from provisioning.many_units import on_each
from provisioning.op_certificate import CertificateState, certificate_state
from provisioning.op_decommission import NotConfirmedError, StepDone, forget_keys, is_done, not_needed, stepped, wipe
from provisioning.op_os_update import Updated, update_os
from provisioning.op_power import BACK_TIMEOUT_S, wait_until_back
from provisioning.op_replace import Card, advance, refuse_alive, what_next
from provisioning.replacement import Replacement

SOON = timedelta(days=14)
OS_UPDATE = Patience(3600.0, "Seconds for the updates of one unit; a reboot comes on top.")

YesFlag = Annotated[bool, typer.Option("--yes", help="It is meant.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to mydesk-fleet."""
    for command in (certificates, replace, decommission):
        app.command()(command)
    app.command("os-update")(os_update)


@on_units(or_all=True)
def certificates(chosen: Chosen) -> None:
    """When the units' certificates for the hub end, and why one was not renewed; agents renew them by themselves.

    Example: mydesk-fleet certificates --json
    """
    with_hub = tuple(unit for unit in chosen.units if chosen.fleet.hub_of(unit) is not None)
    results = chosen.of(with_hub).each(certificate_state, doing="certificates")
    now = datetime.now(UTC)

    def show(found: Mapping[str, CertificateState | FleetError]) -> None:
        rows = [[name, *_certificate_cells(one, now)] for name, one in found.items()]
        print_table(
            ("Unit", "Ends", "Days left", "Renewal"), rows, notes=[f"{count_of(len(found), 'unit')} with a hub"]
        )

    finish(
        results,
        as_json=chosen.as_json,
        fields=lambda one: {**asdict(one), "days_left": one.days_left(now)},
        show=show,
        failed=lambda one: bool(one.fault) or (one.days_left(now) or 0) < SOON.days,
    )


def _certificate_cells(one: CertificateState | FleetError, now: datetime) -> list[str]:
    if isinstance(one, FleetError):
        return [word_of(one), "", ""]
    left = one.days_left(now)
    return [one.expires or "none", "-" if left is None else str(left), one.fault or "by itself"]


@on_units(or_all=False, patience=OS_UPDATE)
def os_update(
    chosen: Chosen,
    now: Annotated[bool, typer.Option("--now", help="Also outside the maintenance window.")] = False,
    reboot: Annotated[
        bool, typer.Option("--reboot/--no-reboot", help="If it is needed and nobody is disturbed.")
    ] = True,
) -> None:
    """Debian's security updates, in the unit's maintenance window; reboots where it is needed and nobody is disturbed.

    Units do the same by themselves, each night in their window (`maintenance` in the inventory).

    Example: mydesk-fleet os-update --site cph --now
    """
    timeout_s = chosen.timeout_s

    async def work(unit: Unit, connection: asyncssh.SSHClientConnection) -> Updated:
        _refuse_outside(chosen.fleet, unit, now=now)
        updated = await update_os(unit, connection, reboot=reboot, timeout_s=timeout_s)
        if updated.boot:
            await wait_until_back(unit, updated.boot, reach=chosen.reach)
        return updated

    results = chosen.each(work, timeout_s=timeout_s + BACK_TIMEOUT_S, doing="os-update")

    def show(found: Mapping[str, Updated | FleetError]) -> None:
        for name, one in found.items():
            if isinstance(one, Updated):
                typer.echo(f"{name}: {_updated_words(one)}")

    finish(results, as_json=chosen.as_json, fields=_updated_fields, show=show)


def _refuse_outside(fleet: Fleet, unit: Unit, *, now: bool) -> None:
    window = window_of(fleet, unit)
    zone = ZoneInfo(fleet.time_zone_of(unit))
    local = datetime.now(zone)
    if not now and not is_open(window, local):
        text = f"its window is {window}, and it is {local:%H:%M} there."
        raise FleetError(text, hint="It updates by itself then; --now does it at once.")


def _updated_words(one: Updated) -> str:
    words = "updated" if one.changed else "nothing to update"
    if one.boot:
        return f"{words}, was rebooted"
    if one.busy:
        return f"{words}; needs a reboot, which waits for its window: {one.busy}"
    return f"{words}; needs a reboot" if one.reboot_required else words


def _updated_fields(one: Updated) -> dict[str, Any]:
    return {
        "changed": one.changed,
        "reboot_required": one.reboot_required,
        "rebooted": bool(one.boot),
        "busy": one.busy,
    }


@on_units(or_all=False)
def replace(
    chosen: Chosen,
    to: Annotated[Path | None, typer.Option("--to", help="Boot partition of the new card.")] = None,
    skip_revoke: Annotated[bool, typer.Option("--skip-revoke", help="Go on where the hub cannot be asked.")] = False,
    yes: YesFlag = False,
    give_up: Annotated[bool, typer.Option("--give-up", help="Forget how far it was.")] = False,
) -> None:
    """A dead unit's role on new hardware, step by step: run it again and it goes on where it was.

    Example: mydesk-fleet replace cph-2-ada --to /media/bootfs
    """
    unit, state = chosen.one, chosen.state
    at = Replacement.of(state, unit.id)
    if give_up:
        at.end()
        typer.echo(f"{unit.id}: forgotten how far it was.")
        return
    if not (at.done or at.skipped or yes):
        asyncio.run(refuse_alive(unit, chosen.reach))
    at, told = asyncio.run(advance(chosen.fleet, unit, chosen.reach, Card(to, skip_revoke)))
    after = tuple(what_next(at))
    if chosen.as_json:
        print_json(
            {"unit": unit.id, "done": at.done, "skipped": at.skipped, "next": at.next, "told": told, "do": after}
        )
        return
    for line in (*told, *after):
        typer.echo(f"{unit.id}: {line}")


@on_units(or_all=False)
def decommission(
    chosen: Chosen,
    yes: YesFlag = False,
    gone: Annotated[bool, typer.Option("--gone", help="It is dead or stolen: do the rest without it.")] = False,
    power_off: Annotated[bool, typer.Option("--power-off/--stay-on", help="When it is wiped.")] = True,
) -> None:
    """Take units out of service: wipe keys, tokens, visits and programs, revoke at the hub, forget the SSH key.

    What could not be done is told, and the same again goes on. Then take the unit out of the inventory.

    Example: mydesk-fleet decommission cph-2-ada --yes
    """
    names = ", ".join(unit.id for unit in chosen.units)
    if not yes:
        raise NotConfirmedError(f"this wipes {names}, and cannot be undone.", hint="If that is meant: --yes")
    done = asyncio.run(_decommission(chosen, gone=gone, power_off=power_off))
    for name, steps in done.items():
        if chosen.as_json:
            print_json({"unit": name, "complete": is_done(steps), "steps": [asdict(step) for step in steps]})
    if not chosen.as_json:
        rows = [[name, one.step, one.state, one.text] for name, steps in done.items() for one in steps]
        print_table(("Unit", "Step", "", ""), rows)
    raise typer.Exit(0 if all(map(is_done, done.values())) else 1)


async def _decommission(chosen: Chosen, *, gone: bool, power_off: bool) -> dict[str, list[StepDone]]:
    async def work(unit: Unit, connection: asyncssh.SSHClientConnection) -> None:
        await wipe(unit, connection, power_off=power_off)

    wiped = {} if gone else await on_each(chosen.units, work, reach=chosen.reach, limit=chosen.limit, timeout_s=400.0)
    done = {unit.id: await _rest(chosen, unit, wiped.get(unit.id), gone=gone) for unit in chosen.units}
    sections = {unit.id: hub.enrol for unit in chosen.units if (hub := chosen.fleet.hub_of(unit)) and hub.enrol}
    for section in dict.fromkeys(sections.values()):
        told = await stepped("its broker knows", functools.partial(restart_broker, section, chosen.reach))
        for name in (name for name, own in sections.items() if own == section):
            done[name].append(told)
    return done


async def _rest(chosen: Chosen, unit: Unit, fault: FleetError | None, *, gone: bool) -> list[StepDone]:
    """What is done without the unit. Its key is kept as long as it may still be wiped."""
    step = "the unit is wiped"
    if gone:
        steps = [StepDone(step, "not done", "its card still has keys and settings: destroy it if you find it")]
    else:
        steps = [StepDone(step, "not done", str(fault)) if fault else StepDone(step, "done")]
    steps.append(await stepped("the hub refuses it", lambda: revoke(chosen.fleet, unit, chosen.reach)))
    if fault is None:
        return [*steps, forget_keys(unit, chosen.state)]
    return [*steps, not_needed("this laptop forgets its key", "kept, so that it can be wiped; --gone forgets it")]
