"""mydesk-fleet doctor and drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import asyncssh
import typer

from provisioning.cli_units import Chosen, finish, on_units, print_table, word_of
from provisioning.converge_wire import Wish
from provisioning.converge_wish import wish_for
from provisioning.counts import count_of
from provisioning.doctor import SETTLE_S, Examined, treat
from provisioning.drift import Drift, drift_of, most_common_release
from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.restart_waits import NOTE


def add_to(app: typer.Typer) -> None:
    """Add the commands to mydesk-fleet."""
    app.command()(doctor)
    app.command()(drift)


@on_units(or_all=True)
def doctor(
    chosen: Chosen,
    fix: Annotated[bool, typer.Option("--fix", help="Do what is safe, and look again.")] = False,
) -> None:
    """What is wrong with units and how to mend it; --fix does what disturbs nobody and may be done twice.

    Example: mydesk-fleet doctor --site cph --fix
    """

    async def work(unit: Unit, connection: asyncssh.SSHClientConnection) -> Examined:
        return await treat(unit, connection, has_hub=chosen.fleet.hub_of(unit) is not None, fix=fix)

    def show(results: Mapping[str, Examined | FleetError]) -> None:
        print_table(("Unit", "Check", "What is wrong", "What to do"), _rows(results), notes=_notes(results, fix=fix))

    results = chosen.each(work, timeout_s=chosen.timeout_s + (SETTLE_S + 120 if fix else 0), doing="doctor")
    finish(results, as_json=chosen.as_json, fields=_fields, show=show, failed=lambda found: bool(found.findings))


def _rows(results: Mapping[str, Examined | FleetError]) -> list[list[str]]:
    rows = []
    for name, result in results.items():
        if isinstance(result, FleetError):
            rows.append([name, word_of(result), result.message, result.hint])
            continue
        rows += [[name, one.check, _outcome(one.gone, one.fault), one.text] for one in result.mended]
        rows += [[name, one.check, one.text, one.do + (" [--fix]" if one.fix else "")] for one in result.findings]
    return rows


def _outcome(gone: bool, fault: str) -> str:
    return "mended" if gone else f"could not be mended: {fault}" if fault else "was tried, and is still there"


def _notes(results: Mapping[str, Examined | FleetError], *, fix: bool) -> list[str]:
    found = [one for result in results.values() if isinstance(result, Examined) for one in result.findings]
    well = sum(isinstance(result, Examined) and not result.findings for result in results.values())
    fixable = sum(one.fix is not None for one in found)
    notes = [f"{count_of(len(results), 'unit')}: {well} well, {count_of(len(found), 'finding')}"]
    return [*notes, f"{fixable} of them can be mended with --fix"] if fixable and not fix else notes


def _fields(found: Examined) -> dict[str, Any]:
    findings = [{"check": one.check, "text": one.text, "do": one.do, "fix": bool(one.fix)} for one in found.findings]
    return {"findings": findings, "mended": [asdict(one) for one in found.mended]}


@on_units(or_all=True)
def drift(
    chosen: Chosen,
    diff: Annotated[bool, typer.Option("--diff", help="Show what differs in files, without secrets.")] = False,
) -> None:
    """What on units is not as the inventory says: files, packages, services, certificate, and odd releases.

    Example: mydesk-fleet drift --diff cph-2-ada
    """
    wishes, faults = _wishes(chosen)

    async def work(unit: Unit, connection: asyncssh.SSHClientConnection) -> Drift:
        if unit.id in faults:
            raise faults[unit.id]
        return await drift_of(connection, wishes[unit.id])

    results = chosen.each(work, doing="drift")
    usual = most_common_release({name: found for name, found in results.items() if isinstance(found, Drift)})

    def show(found: Mapping[str, Drift | FleetError]) -> None:
        _show_drift(found, usual, diff=diff)

    finish(
        results,
        as_json=chosen.as_json,
        fields=lambda one: {**asdict(one), "odd_release": _is_odd(one, usual)},
        show=show,
        failed=lambda one: bool(one.changes) or _is_odd(one, usual),
    )


def _wishes(chosen: Chosen) -> tuple[dict[str, Wish], dict[str, FleetError]]:
    wishes, faults = {}, {}
    for unit in chosen.units:
        try:
            wishes[unit.id] = wish_for(chosen.fleet, unit)
        except FleetError as error:
            faults[unit.id] = error
    return wishes, faults


def _is_odd(one: Drift, usual: str) -> bool:
    return bool(usual) and one.release != usual


def _show_drift(results: Mapping[str, Drift | FleetError], usual: str, *, diff: bool) -> None:
    for name, found in results.items():
        if isinstance(found, FleetError):
            continue
        odd = [f"runs {found.release or 'no release'}, most run {usual}"] if _is_odd(found, usual) else []
        lines = [*odd, *found.changes]
        typer.echo(f"{name}: {'as the inventory says' if not lines else f'{len(lines)} differences'}")
        for line in lines:
            typer.echo(f"  {line}")
        if found.restart_waits:
            typer.echo(f"  {NOTE.format(found.restart_waits)}")
        if diff and found.diff:
            typer.echo(found.diff)
