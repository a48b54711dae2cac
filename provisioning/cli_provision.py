"""mydesk-fleet provision: a unit that is claimed becomes a panel, and stays one however often it is run."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from provisioning.cli_options import print_json
from provisioning.cli_units import Chosen, Patience, on_units, print_table
from provisioning.deb_list import name_of_deb
from provisioning.fleet_error import FleetError
from provisioning.plain_text import plain
from provisioning.provision import Order, UnitResult, provision
from provisioning.provision_progress import progress_of
from provisioning.push import offered

WIDE: Final = 150
"""Columns of a terminal in which a table of all operations fits."""

PATIENCE: Final = Patience(3600.0, "Seconds for one operation on a unit.")

BundleOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--bundle",
        exists=True,
        dir_okay=False,
        help="First release for units without one; one for each architecture and Python.",
    ),
]
PackagesOption = Annotated[
    Path | None,
    typer.Option(
        "--packages", exists=True, file_okay=False, help="Folder of .deb files to carry to units without internet."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the command to mydesk-fleet."""
    app.command("provision")(command)


@on_units(or_all=False, patience=PATIENCE)
def command(
    chosen: Chosen,
    bundle: BundleOption = None,
    packages: PackagesOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Change several units without a dry run first.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Restart panels at once, also while somebody is busy.")] = False,
) -> None:
    """Make panels of units: packages, users, files, settings, certificate, first release, services. Again: no change.

    One unit is changed at once; several are only looked at, until you say --yes. A panel with new settings restarts
    when nobody is disturbed by it: no meeting, no guest, no busy hours.

    Example: mydesk-fleet provision cph-2-ada --bundle releases/mydesk-1.2.0-py3.13-aarch64.bundle
    """
    dry = dry_run or (len(chosen.units) > 1 and not yes)
    bundles = tuple((path, offered(path)) for path in bundle or ())
    _check_signers(chosen, bundles=bool(bundles))
    order = Order(dry, chosen.limit, bundles, None if packages is None else _debs(packages), now, chosen.timeout_s)
    with progress_of(len(chosen.units), quiet=chosen.as_json) as told:
        results = asyncio.run(provision(chosen.fleet, chosen.units, chosen.reach, order, told))
    if chosen.as_json:
        for result in results.values():
            print_json(_object(result, dry=dry))
    else:
        _show(results, dry=dry, hint=dry and not dry_run)
    raise typer.Exit(1 if any(result.error for result in results.values()) else 0)


def _check_signers(chosen: Chosen, *, bundles: bool) -> None:
    if bundles and not chosen.fleet.inventory.fleet.release_keys:
        hint = "Put the public key of whoever signs your releases there: mydesk-fleet bundle sign --help"
        raise FleetError("units would take no release: [fleet] release_keys is empty.", hint=hint)


def _debs(folder: Path) -> tuple[Path, ...]:
    found = tuple(path for path in sorted(folder.glob("*.deb")) if name_of_deb(path.name))
    if not found:
        hint = "Fetch them with apt-get install --download-only on a machine like the units."
        raise FleetError(f"{folder} has no Debian packages (NAME_VERSION_ARCHITECTURE.deb).", hint=hint)
    return found


def _object(result: UnitResult, *, dry: bool) -> dict[str, Any]:
    rows = [
        {
            "name": step.name,
            "result": result.word_of(step, dry=dry),
            "changes": list(step.changes),
            "note": step.note,
            "diff": step.diff,
        }
        for step in result.steps
    ]
    changed = any(row["result"] in ("changed", "would change") for row in rows)
    return {
        "unit": result.unit,
        "result": result.state,
        "error": plain(result.error),
        "step": result.failed,
        "dry_run": dry,
        "changed": changed,
        "restart": bool(result.facts and result.facts.restart) or _needs_restart(result),
        "restart_waits": plain(result.waits),
        "steps": rows,
    }


def _needs_restart(result: UnitResult) -> bool:
    return any("restarted" in step.note for step in result.steps)


def _show(results: Mapping[str, UnitResult], *, dry: bool, hint: bool) -> None:
    for result in results.values():
        _show_changes(result, dry=dry)
    names = [step.name for step in next((one.steps for one in results.values() if one.steps), ())]
    if shutil.get_terminal_size((WIDE, 1)).columns >= WIDE:
        print_table(("unit", "result", *names), [_row(result, names, dry=dry) for result in results.values()])
    else:
        rows = [_short_row(result, dry=dry) for result in results.values()]
        print_table(("unit", "result", "operations"), rows)
    for result in results.values():
        for step in result.steps:
            if step.note:
                typer.echo(f"{result.unit}: {step.name}: {step.note}")
        if result.waits:
            typer.echo(f"{result.unit}: restarts when the {result.role} is free: {plain(result.waits)}")
        if result.error:
            where = f" at {result.failed}" if result.failed else ""
            typer.echo(f"{result.unit}: {result.state}{where}: {plain(result.error)}", err=True)
    if hint:
        typer.echo("Nothing was changed. To change it: the same with --yes.")


def _show_changes(result: UnitResult, *, dry: bool) -> None:
    for step in result.steps:
        if not step.is_change:
            continue
        typer.echo(f"{result.unit}: {step.name}: {result.word_of(step, dry=dry)}")
        for change in step.changes:
            typer.echo(f"    {plain(change)}")
        if dry and step.diff:
            typer.echo("".join(f"    {line}\n" for line in step.diff.splitlines()), nl=False)


def _short_row(result: UnitResult, *, dry: bool) -> list[str | Text]:
    """For a narrow terminal: what is not "no change" by name, the others counted."""
    words = {step.name: result.word_of(step, dry=dry) for step in result.steps}
    told = [f"{name}: {word}" for name, word in words.items() if word != "no change"]
    rest = len(words) - len(told)
    return [result.unit, _colored(result), ", ".join([*told, *([f"no change: {rest}"] if rest else [])])]


def _colored(result: UnitResult) -> Text:
    return Text(result.state, style="green" if result.state == "ok" else "red")


def _row(result: UnitResult, names: list[str], *, dry: bool) -> list[str | Text]:
    words = {step.name: result.word_of(step, dry=dry) for step in result.steps}
    styles = {"failed": "red", "changed": "yellow", "would change": "yellow", "not done": "red"}
    cells = [Text(words.get(name, "-"), style=styles.get(words.get(name, ""), "")) for name in names]
    return [result.unit, _colored(result), *cells]
