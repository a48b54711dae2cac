"""What all commands on many units share: how units are chosen, worked on at once, and how each one's result is told.

    @on_units(or_all=True)
    def status(chosen: Chosen) -> None: ...

The decorated function gets its own options and, as its first argument, what was chosen. Commands that share more
options name a function that reads them, and get what it returns as their second argument:

    def wanted(chosen: Chosen, bundle: BundleArgument, soak: SoakOption = "10m") -> Wanted: ...

    @on_units(or_all=True, reading=wanted)
    def plan(chosen: Chosen, wanted: Wanted) -> None: ...
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from provisioning.choosing import Choice
from provisioning.choosing import chosen as choose
from provisioning.cli_options import (
    INVENTORY,
    IdentityOption,
    InventoryOption,
    JsonFlag,
    StateOption,
    open_state,
    print_json,
)
from provisioning.fleet_error import FleetError, WrongUseError
from provisioning.fleet_state import FleetState
from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet, load
from provisioning.many_units import LIMIT, Reach, Work, is_unknown, on_each
from provisioning.plain_text import plain

__all__ = ["Chosen", "Patience", "Role", "finish", "on_units", "print_table", "word_of"]

T = TypeVar("T")

TABLE_WIDTH = 200
"""Where there is no terminal to ask."""


class Role(StrEnum):
    """Of a unit."""

    ROOM = "room"
    KIOSK = "kiosk"


@dataclass(frozen=True, slots=True)
class Patience:
    """The command's --timeout: what it is unless somebody says otherwise, and what it is for."""

    timeout_s: float
    help: str = "Seconds for one unit."


PATIENCE = Patience(60.0)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The units of one command, and how they are reached."""

    fleet: Fleet
    state: FleetState
    reach: Reach
    units: tuple[Unit, ...]
    limit: int
    timeout_s: float
    as_json: bool

    def each(self, work: Work[T], *, timeout_s: float | None = None, doing: str = "") -> dict[str, T | FleetError]:
        """`work` on each, with progress on standard error when somebody looks."""
        with _progress(doing, len(self.units), quiet=self.as_json) as step:
            return asyncio.run(
                on_each(
                    self.units,
                    work,
                    reach=self.reach,
                    limit=self.limit,
                    timeout_s=self.timeout_s if timeout_s is None else timeout_s,
                    told=lambda name, result: step(),
                )
            )

    def of(self, units: tuple[Unit, ...]) -> Chosen:
        """Only these of them."""
        return replace(self, units=units)

    @property
    def one(self) -> Unit:
        """The only one. Raises WrongUseError: there are more."""
        if len(self.units) != 1:
            raise WrongUseError(f"this is for one unit, not {len(self.units)}.", hint="Name one.")
        return self.units[0]


def _shared(
    units: Annotated[list[str] | None, typer.Argument(help="Ids of units.")] = None,
    site: Annotated[str, typer.Option("--site", help="Only units of this site.")] = "",
    floor: Annotated[str, typer.Option("--floor", help="Only units of this floor.")] = "",
    role: Annotated[Role | None, typer.Option("--role", help="Only door panels or only kiosks.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All units.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="Units at once.")] = LIMIT,
    timeout_s: float = 60.0,
    inventory: InventoryOption = INVENTORY,
    identity: IdentityOption = None,
    state: StateOption = None,
    as_json: JsonFlag = False,
) -> None:
    """The options; never called."""


def on_units(
    *, or_all: bool, reading: Callable[..., object] | None = None, patience: Patience | None = PATIENCE
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command of a function whose first parameter is a `Chosen`; `or_all`: all units when none is chosen.

    Without `patience` the command has no --timeout: it has an end of its own.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        shared = _options(patience)
        own = list(inspect.signature(reading or function, eval_str=True).parameters.values())[1:]
        units, *options = shared.values()

        @functools.wraps(function)
        def command(**values: Any) -> None:
            picked = _chosen({name: values.pop(name) for name in shared}, or_all=or_all)
            if reading is None:
                function(picked, **values)
            else:
                function(picked, reading(picked, **values))

        parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*own, units, *options)]
        del command.__wrapped__  # typer would read its signature
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {one.name: one.annotation for one in parameters}
        return command

    return decorate


def _options(patience: Patience | None) -> dict[str, inspect.Parameter]:
    """What all commands share, with the --timeout of this one."""
    found = dict(inspect.signature(_shared, eval_str=True).parameters)
    timeout = found.pop("timeout_s")
    if patience is None:
        return found
    option = Annotated[float, typer.Option("--timeout", min=1, max=7200, help=patience.help)]
    return {**found, "timeout_s": timeout.replace(default=patience.timeout_s, annotation=option)}


def _chosen(values: Mapping[str, Any], *, or_all: bool) -> Chosen:
    fleet = load(values["inventory"])
    words = {name: values[name] for name in ("site", "floor", "everything")}
    choice = Choice(units=values["units"] or (), role=str(values["role"] or ""), **words)
    units = choose(fleet, choice, or_all=or_all)
    state = open_state(fleet, values["state"])
    identity: Path | None = values["identity"]
    reach = Reach.of(fleet, state, identity)
    timeout_s = values.get("timeout_s", PATIENCE.timeout_s)
    return Chosen(fleet, state, reach, units, values["limit"], timeout_s, values["as_json"])


@contextmanager
def _progress(doing: str, count: int, *, quiet: bool) -> Iterator[Callable[[], None]]:
    console = Console(stderr=True)
    if quiet or count < 2 or not console.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(doing, total=count)
        yield lambda: progress.advance(task)


def word_of(result: object) -> str:
    """ok, failed, or unknown: the unit did not answer."""
    if is_unknown(result):
        return "unknown"
    return "failed" if isinstance(result, FleetError) else "ok"


def finish(
    results: Mapping[str, T | FleetError],
    *,
    as_json: bool,
    fields: Callable[[T], Mapping[str, Any]],
    show: Callable[[Mapping[str, T | FleetError]], None],
    failed: Callable[[T], bool] = lambda result: False,
) -> None:
    """Tell all results and end the command: exit code 1 when a unit failed or is unknown, or `failed` says so.

    A JSON object for each unit has its `unit`, `result` and `error`, and what `fields` gives. `show` is for people; why
    units failed is told after it.
    """
    if as_json:
        for name, result in results.items():
            print_json(_object(name, result, fields))
    else:
        show(results)
        _tell_failures(results)
    bad = [result for result in results.values() if isinstance(result, FleetError) or failed(result)]
    raise typer.Exit(1 if bad else 0)


def _object(name: str, result: T | FleetError, fields: Callable[[T], Mapping[str, Any]]) -> dict[str, Any]:
    if isinstance(result, FleetError):
        return {"unit": name, "result": word_of(result), "error": plain(str(result))}
    return {"unit": name, "result": "ok", "error": "", **fields(result)}


def _tell_failures(results: Mapping[str, object]) -> None:
    for name, result in results.items():
        if isinstance(result, FleetError):
            typer.echo(f"{name}: {word_of(result)}: {plain(str(result))}", err=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]], *, notes: Sequence[str] = ()) -> None:
    """A table; texts are taken as they are, without rich's markup."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=TABLE_WIDTH)
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    if rows:
        console.print(table)
    for note in notes:
        console.print(Text(note))
