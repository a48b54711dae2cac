"""mydesk-fleet rollout: plan, start, pause, resume, abort and status."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from provisioning.cli_options import (
    INVENTORY,
    IdentityOption,
    InventoryOption,
    JsonFlag,
    StateOption,
    open_state,
    print_json,
)
from provisioning.cli_units import Chosen, on_units
from provisioning.fleet_error import FleetError
from provisioning.inventory_load import load
from provisioning.many_units import Reach
from provisioning.rollout_plan import Amount, Rules, Window, duration_s
from provisioning.rollout_runner import RolloutRunner, applied, order_event
from provisioning.rollout_start import Order, Wishes, changed_bundles, parcels_of, plan_lines, planned, releases_of
from provisioning.rollout_state import Event, Rollout
from provisioning.rollout_store import Kept, Parcel, RolloutStore
from provisioning.rollout_view import LiveView, changes, exit_code, head_line, summary, table

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Releases to many units, in waves.")

BundleArgument = Annotated[Path, typer.Argument(help="A signed bundle.", exists=True, dir_okay=False)]
AlsoOption = Annotated[
    list[Path] | None,
    typer.Option("--also", exists=True, dir_okay=False, help="The same version for another architecture or Python."),
]
CanaryOption = Annotated[str, typer.Option("--canary", help="So many units first, or their ids with commas.")]
WavesOption = Annotated[str, typer.Option("--waves", help="How many have it after each wave: 5,20 or 10%,50%.")]
OrderOption = Annotated[Order, typer.Option("--order", help="spread: each role, hardware and site early.")]
SoakOption = Annotated[str, typer.Option("--soak", help="So long a unit must be well before it counts: 90s, 10m.")]
FailOption = Annotated[str, typer.Option("--max-fail", help="So many units may fail, or 2%; one more stops all.")]
NeedOption = Annotated[
    float, typer.Option("--need", min=1, max=100, help="Percent of the units so far that must be well before a wave.")
]
PatienceOption = Annotated[str, typer.Option("--patience", help="So long a silent unit is asked: 30m, 2h.")]
WindowOption = Annotated[
    str, typer.Option("--window", help="Hours to restart in, by the clock of each site: 19:00-06:00.")
]
InsistFlag = Annotated[bool, typer.Option("--insist", help="Also while a meeting runs or a guest is there.")]
AgainFlag = Annotated[bool, typer.Option("--again", help="Also to units on which it failed before.")]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the options of `plan` and `start` say."""

    bundles: list[Path]
    rules: Rules
    wishes: Wishes


def _wanted(
    chosen: Chosen,
    bundle: BundleArgument,
    also: AlsoOption = None,
    canary: CanaryOption = "1",
    waves: WavesOption = "10%,50%",
    order: OrderOption = Order.SPREAD,
    soak: SoakOption = "10m",
    max_fail: FailOption = "0",
    need: NeedOption = 100.0,
    patience: PatienceOption = "2h",
    window: WindowOption = "",
    insist: InsistFlag = False,
    again: AgainFlag = False,
) -> _Wanted:
    rules = Rules(
        soak_s=duration_s(soak),
        max_fail=Amount.parse(max_fail),
        need_percent=need,
        patience_s=duration_s(patience),
        limit=chosen.limit,
        window=Window.parse(window) if window else None,
        insist=insist,
        again=again,
    )
    return _Wanted([bundle, *(also or ())], rules, Wishes(canary, _amounts(waves), order))


@app.command()
@on_units(or_all=True, reading=_wanted, patience=None)
def plan(chosen: Chosen, wanted: _Wanted) -> None:
    """Show what `rollout start` with the same words would do. No unit is asked.

    Example: mydesk-fleet rollout plan releases/mydesk-1.2.0-py3.13-aarch64.bundle --waves 10%,50% --window 19:00-06:00
    """
    with RolloutStore(chosen.state.folder) as store:
        rollout, parcels, version = _planned(chosen, store, wanted)
        if chosen.as_json:
            print_json(summary(Kept(0, 0.0, version, parcels, rollout), rollout))
            return
        typer.echo("\n".join(plan_lines(rollout, parcels, version)))


@app.command()
@on_units(or_all=False, reading=_wanted, patience=None)
def start(chosen: Chosen, wanted: _Wanted) -> None:
    """Roll a release out, wave by wave, and follow it. Interrupted, it goes on with `rollout resume`.

    Example: mydesk-fleet rollout start releases/mydesk-1.2.0-py3.13-aarch64.bundle --all --max-fail 2%
    """
    with RolloutStore(chosen.state.folder) as store:
        rollout, parcels, version = _planned(chosen, store, wanted)
        releases = releases_of(chosen.fleet, chosen.units, parcels)
        kept = store.add(rollout, releases, parcels, version)
        runner = RolloutRunner(store, kept, chosen.fleet, chosen.reach)
        _run(runner, kept, None, as_json=chosen.as_json)


@app.command()
def resume(
    max_fail: Annotated[str, typer.Option("--max-fail", help="From now on; canaries may fail, too, then.")] = "",
    need: Annotated[float | None, typer.Option("--need", min=1, max=100, help="From now on.")] = None,
    inventory: InventoryOption = INVENTORY,
    identity: IdentityOption = None,
    state: StateOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Go on with the last rollout: after a pause, a stop, a night's sleep or a crash of this laptop.

    Units that were given up are asked again. One that has the release gets nothing twice.

    Example: mydesk-fleet rollout resume --max-fail 3
    """
    fleet = load(inventory)
    kept_state = open_state(fleet, state)
    with RolloutStore(kept_state.folder) as store:
        kept = _last(store)
        rules = _changed(kept.rollout.rules, max_fail, need)
        if store.is_running():
            store.order(kept.number, "resume", rules)
            typer.echo("It runs in another window, and was told to go on.")
            return
        changed_bundles(kept.parcels)
        runner = RolloutRunner(store, kept, fleet, Reach.of(fleet, kept_state, identity))
        _run(runner, kept, order_event("resume", rules), as_json=as_json)


@app.command()
def pause(inventory: InventoryOption = INVENTORY, state: StateOption = None) -> None:
    """Begin nothing new. Units on which the release is being tried are judged to the end, by themselves.

    Example: mydesk-fleet rollout pause
    """
    _order("pause", inventory, state)


@app.command()
def abort(inventory: InventoryOption = INVENTORY, state: StateOption = None) -> None:
    """Never go on with the last rollout. Units keep what they run.

    Example: mydesk-fleet rollout abort
    """
    _order("abort", inventory, state)


@app.command()
def status(inventory: InventoryOption = INVENTORY, state: StateOption = None, as_json: JsonFlag = False) -> None:
    """How the last rollout is, from what this laptop knows. No unit is asked.

    Example: mydesk-fleet rollout status --json
    """
    with RolloutStore(open_state(load(inventory), state).folder) as store:
        kept = _last(store)
        runs = store.is_running()
    if as_json:
        print_json({**summary(kept, kept.rollout), "runs_here": runs})
    else:
        Console(highlight=False).print(table(kept, kept.rollout, {}))
        if kept.is_open and not runs:
            typer.echo("Nobody runs it now: mydesk-fleet rollout resume")
    raise typer.Exit(exit_code(kept.rollout))


def _planned(chosen: Chosen, store: RolloutStore, wanted: _Wanted) -> tuple[Rollout, tuple[Parcel, ...], str]:
    parcels, version = parcels_of(wanted.bundles)
    failed = store.failed_before({parcel.release for parcel in parcels})
    return planned(chosen.fleet, chosen.units, parcels, wanted.rules, wanted.wishes, failed), parcels, version


def _run(runner: RolloutRunner, kept: Kept, event: Event | None, *, as_json: bool) -> None:
    try:
        if as_json:
            runner.watch = _print_changes
            rollout = asyncio.run(runner.run(event))
            print_json(summary(kept, rollout))
        else:
            with LiveView(kept, Console(stderr=True, highlight=False)) as view:
                runner.watch = view
                rollout = asyncio.run(runner.run(event))
            typer.echo(head_line(kept, rollout))
    except KeyboardInterrupt:
        typer.echo("Interrupted; nothing is lost. To go on: mydesk-fleet rollout resume", err=True)
        raise typer.Exit(1) from None
    raise typer.Exit(exit_code(rollout))


def _print_changes(before: Rollout, after: Rollout, doing: Mapping[str, str]) -> None:
    for change in changes(before, after):
        print_json(change)


def _last(store: RolloutStore) -> Kept:
    kept = store.last()
    if kept is None:
        raise FleetError("there was no rollout yet.", hint="Begin with: mydesk-fleet rollout plan BUNDLE")
    return kept


def _order(word: str, inventory: Path, state: Path | None) -> None:
    with RolloutStore(open_state(load(inventory), state).folder) as store:
        kept = _last(store)
        if not kept.is_open:
            raise FleetError(f"rollout {kept.number} of {kept.version} is {kept.rollout.status} already.")
        if store.is_running():
            store.order(kept.number, word)
            typer.echo(f"The window that runs rollout {kept.number} was told: {word}.")
        else:
            typer.echo(head_line(kept, applied(store, kept, order_event(word))))


def _changed(rules: Rules, max_fail: str, need: float | None) -> Rules:
    if max_fail:
        rules = replace(rules, max_fail=Amount.parse(max_fail), strict_canary=False)
    return rules if need is None else replace(rules, need_percent=need)


def _amounts(text: str) -> tuple[Amount, ...]:
    return tuple(Amount.parse(one) for one in text.split(",") if one.strip())
