"""Makes panels of units: converge them, have their certificates signed, install the first release, start the services.

pyinfra, in its child process, does all that is state of the system; certificate and release go over connections of
their own (asyncssh). Units where one of these was done are converged once more: that starts the panel's services, and
finds nothing else to do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import msgspec

from provisioning.converge_run import converge, unclaimed
from provisioning.converge_wire import OPERATION_TIMEOUT_S, Event, Facts, Step, Wish
from provisioning.converge_wish import wish_for
from provisioning.converge_words import CERTIFICATE, RELEASE
from provisioning.enrolment import enrol
from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet
from provisioning.many_units import Reach, is_unknown, on_each
from provisioning.plain_text import plain_line
from provisioning.push import Offered, activate, push, update_status
from provisioning.restart_waits import restart_waits

__all__ = ["Order", "UnitResult", "provision"]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: with `dry` nothing is changed. `bundles` are first releases, `debs` packages as files."""

    dry: bool
    limit: int
    bundles: tuple[tuple[Path, Offered], ...] = ()
    debs: tuple[Path, ...] | None = None
    now: bool = False
    """Panels are restarted at once, whoever is there."""

    timeout_s: float = OPERATION_TIMEOUT_S
    """For one operation on a unit; certificate and release together are one."""


@dataclass(slots=True)
class UnitResult:
    """What became of one unit. `done` are the operations that changed something; `unknown`: it did not answer."""

    unit: str
    steps: tuple[Step, ...] = ()
    done: list[str] = field(default_factory=list)
    failed: str = ""
    error: str = ""
    unknown: bool = False
    facts: Facts | None = None
    role: str = "room"
    waits: str = ""
    """Whom the panel's restart would disturb; it follows when that is over."""

    @property
    def state(self) -> str:
        """ok, failed or unknown."""
        return "unknown" if self.unknown else "failed" if self.error else "ok"

    @property
    def later(self) -> tuple[str, ...]:
        """Operations that wait until the others are done."""
        return tuple(step.name for step in self.steps if step.later and step.name not in self.done)

    def word_of(self, step: Step, *, dry: bool) -> str:
        """What became of one operation."""
        if step.name == self.failed:
            return "failed"
        if dry:
            return "would change" if step.is_change or step.fault else "no change"
        if step.name in self.done:
            return "changed"
        return "not done" if step.is_change else "no change"


Told = Callable[[str, str], None]
"""Hears of each unit what it is at; "" at its end."""


async def provision(
    fleet: Fleet, units: Sequence[Unit], reach: Reach, order: Order, told: Told
) -> dict[str, UnitResult]:
    """Provision `units`; one that fails stops no other.

    Raises:
        FleetError: the child process cannot run.
    """
    results = {unit.id: UnitResult(unit.id, role=unit.role) for unit in units}
    wishes = _wishes(fleet, units, order, results)
    for name, error in unclaimed(list(wishes), reach).items():
        _fail(results[name], "", error)
    await _pass(_well(wishes, results), units, reach, order, results, told)
    waiting = [unit for unit in units if not results[unit.id].error and results[unit.id].later]
    if waiting and not order.dry:
        await _later(fleet, waiting, wishes, reach, order, results, told)
        again = {unit.id: wishes[unit.id] for unit in waiting if not results[unit.id].error}
        await _pass(again, units, reach, order, results, told)
    return results


def _wishes(fleet: Fleet, units: Sequence[Unit], order: Order, results: Mapping[str, UnitResult]) -> dict[str, Wish]:
    manifests = [offer.manifest for _, offer in order.bundles]
    made: dict[str, Wish] = {}
    for unit in units:
        try:
            made[unit.id] = msgspec.structs.replace(wish_for(fleet, unit, manifests), now=order.now)
        except FleetError as error:
            _fail(results[unit.id], "", error)
    return made


def _well(wishes: Mapping[str, Wish], results: Mapping[str, UnitResult]) -> dict[str, Wish]:
    return {name: wish for name, wish in wishes.items() if not results[name].error}


def _fail(result: UnitResult, step: str, error: FleetError) -> None:
    result.failed, result.error, result.unknown = step, str(error), is_unknown(error)


async def _pass(
    wishes: Mapping[str, Wish],
    units: Sequence[Unit],
    reach: Reach,
    order: Order,
    results: Mapping[str, UnitResult],
    told: Told,
) -> None:
    """One run of the child process over these units."""
    if not wishes:
        return
    places = {unit.id: (unit.address, unit.ssh_port) for unit in units if unit.id in wishes}
    async for event in converge(
        wishes, reach, places, order.timeout_s, dry=order.dry, limit=order.limit, debs=order.debs
    ):
        _take(results[event.unit], event, dry=order.dry)
        told(event.unit, "" if event.kind in ("ended", "unreachable", "failed") else event.step or event.kind)


def _take(result: UnitResult, event: Event, *, dry: bool) -> None:
    """Remember what an event says. On the second run what the first one changed still counts."""
    if event.kind == "planned":
        result.steps = _merged(result.steps, event.steps)
        result.facts = event.facts
        result.waits = restart_waits(event.facts.waiting, event.facts.waits) if event.facts else ""
    elif event.kind == "told":
        result.waits = _waits(event.text)
    elif event.kind == "done" and event.step not in result.done:
        step = next((one for one in result.steps if one.name == event.step), None)
        if step is not None and step.is_change and not step.later:
            result.done.append(event.step)
    elif event.kind in ("failed", "unreachable"):
        result.failed, result.error = event.step, event.text
        result.unknown = event.kind == "unreachable"
    elif event.kind == "ended" and not dry and not result.error:
        _take_end(result)


def _waits(text: str) -> str:
    """What the last line says of the panel's restart (mydesk-update restart)."""
    try:
        return plain_line(json.loads(text.splitlines()[-1])["waits"], 200)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return ""


def _take_end(result: UnitResult) -> None:
    """What was neither done nor failed was cut off: how the unit is now, nobody knows."""
    left = [step.name for step in result.steps if step.is_change and not step.later and step.name not in result.done]
    if left:
        result.failed, result.unknown = left[0], True
        result.error = "the connection was lost. Provision it again when it is back."


def _merged(before: tuple[Step, ...], now: tuple[Step, ...]) -> tuple[Step, ...]:
    """Of two plans the first is shown where it had something to do."""
    if not before:
        return now
    return tuple(old if old.is_change and not new.is_change else new for old, new in zip(before, now, strict=True))


async def _later(
    fleet: Fleet,
    units: Sequence[Unit],
    wishes: Mapping[str, Wish],
    reach: Reach,
    order: Order,
    results: Mapping[str, UnitResult],
    told: Told,
) -> None:
    """Certificates and first releases, over connections of their own."""

    async def one(unit: Unit, connection: asyncssh.SSHClientConnection) -> None:
        result, wish = results[unit.id], wishes[unit.id]
        for step in (CERTIFICATE, RELEASE):
            if step not in result.later:
                continue
            told(unit.id, step)
            result.failed = step
            if step == CERTIFICATE and wish.certificate is not None:
                await enrol(fleet, unit, wish.certificate, connection, reach)
            elif step == RELEASE:
                await _first_release(order, result, connection, lambda text: told(unit.id, f"release: {text}"))
            result.done.append(step)
            result.failed = ""

    done = await on_each(units, one, reach=reach, limit=order.limit, timeout_s=order.timeout_s)
    for name, outcome in done.items():
        if isinstance(outcome, FleetError):
            _fail(results[name], results[name].failed, outcome)
        told(name, "")


async def _first_release(
    order: Order, result: UnitResult, connection: asyncssh.SSHClientConnection, told: Callable[[str], None]
) -> None:
    facts = result.facts
    if facts is None:
        raise FleetError("nobody knows how the unit is.", hint="Provision it again.")
    fitting = [
        path for path, offer in order.bundles
        if (offer.manifest.architecture, offer.manifest.python) == (facts.machine, facts.python)
    ]  # fmt: skip
    if not fitting:
        raise FleetError(f"no --bundle is for {facts.machine} and Python {facts.python}.", hint="Build one.")
    before = await update_status(connection)
    if before.current is None:
        pushed = await push(connection, fitting[0], told)
        if not facts.offline:
            told("activating")
            await activate(connection, pushed.release, now=True)
