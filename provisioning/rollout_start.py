"""From bundles, units and rules to a rollout that can begin. Only reads; `mydesk-fleet rollout plan` ends here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from provisioning.counts import count_of
from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet
from provisioning.push import offered
from provisioning.rollout_plan import Amount, Rules, spread, waves
from provisioning.rollout_state import Rollout
from provisioning.rollout_store import Parcel
from provisioning.rollout_unit import Phase, Progress

__all__ = ["Order", "Wishes", "changed_bundles", "parcels_of", "plan_lines", "planned", "releases_of"]


class Order(StrEnum):
    """Of the units: each kind (role, hardware, site) early, or as they stand in the inventory or were named."""

    SPREAD = "spread"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How units come into waves. `canary` is a number, or ids of units with commas between them."""

    canary: str = "1"
    after: tuple[Amount, ...] = ()
    order: Order = Order.SPREAD


def parcels_of(bundles: Sequence[Path]) -> tuple[tuple[Parcel, ...], str]:
    """The bundles and the version that they have in common. Raises FleetError: they do not fit together."""
    found = [(path, offered(path)) for path in bundles]
    versions = sorted({one.manifest.version for _, one in found})
    if len(versions) != 1:
        raise FleetError(f"these are several versions: {', '.join(versions)}.", hint="One rollout brings one.")
    parcels = tuple(
        Parcel(str(path.resolve()), one.release, one.manifest.architecture, one.manifest.python, one.size_bytes)
        for path, one in found
    )
    kinds = Counter((one.architecture, one.python) for one in parcels)
    if twice := [kind for kind, count in kinds.items() if count > 1]:
        names = ", ".join(f"{architecture} with Python {python}" for architecture, python in twice)
        raise FleetError(f"there are two bundles for {names}.", hint="Give one for each kind of unit.")
    return parcels, versions[0]


def changed_bundles(parcels: Sequence[Parcel]) -> None:
    """Raises FleetError: a bundle is gone, or is not the one any more that the rollout began with."""
    for parcel in parcels:
        if offered(Path(parcel.path)).release != parcel.release:
            hint = "Put it back, or abort this rollout and start another."
            raise FleetError(f"{parcel.path} is not {parcel.release} any more.", hint=hint)


def planned(
    fleet: Fleet,
    units: Sequence[Unit],
    parcels: Sequence[Parcel],
    rules: Rules,
    wishes: Wishes,
    failed_before: Mapping[str, str],
) -> Rollout:
    """The rollout before its beginning; units on which a bundle failed before are left out, unless `rules.again`.

    Raises:
        FleetError: a unit has no bundle for its architecture, or canaries and waves do not fit.
    """
    _check_architectures(fleet, units, parcels)
    left_out = {} if rules.again else {unit.id: failed_before[unit.id] for unit in units if unit.id in failed_before}
    offered_to = [unit for unit in units if unit.id not in left_out]
    if not offered_to:
        raise FleetError("this failed on all of these units before.", hint="--again offers it to them once more.")
    row, canaries = _canaries_first(offered_to, wishes)
    sizes = waves(len(row), canaries, wishes.after)
    numbers = [wave for wave, size in enumerate(sizes) for _ in range(size)]
    progress = [Progress(unit.id, wave, fleet.time_zone_of(unit)) for unit, wave in zip(row, numbers, strict=True)]
    progress += [
        Progress(unit.id, 0, fleet.time_zone_of(unit), Phase.LEFT_OUT, f"it failed here before: {left_out[unit.id]}")
        for unit in units
        if unit.id in left_out
    ]
    rules = replace(rules, strict_canary=rules.strict_canary and canaries > 0)
    return Rollout(rules, {one.unit: one for one in progress})


def releases_of(fleet: Fleet, units: Sequence[Unit], parcels: Sequence[Parcel]) -> dict[str, str]:
    """Which release each unit is for; "" when that depends on its Python."""
    found: dict[str, str] = {}
    for unit in units:
        names = [one.release for one in parcels if one.architecture == fleet.hardware_of(unit).architecture]
        found[unit.id] = names[0] if len(names) == 1 else ""
    return found


def _check_architectures(fleet: Fleet, units: Sequence[Unit], parcels: Sequence[Parcel]) -> None:
    there = {parcel.architecture for parcel in parcels}
    lacking = Counter(fleet.hardware_of(unit).architecture for unit in units)
    for name in there:
        del lacking[name]
    if lacking:
        told = ", ".join(f"{name} ({count_of(count, 'unit')})" for name, count in sorted(lacking.items()))
        raise FleetError(f"there is no bundle for {told}.", hint="Add it with --also, or choose units with --role.")


def _canaries_first(units: Sequence[Unit], wishes: Wishes) -> tuple[list[Unit], int]:
    row = spread(units) if wishes.order is Order.SPREAD else list(units)
    if wishes.canary.isdecimal():
        return row, min(len(row), int(wishes.canary))
    names = [name.strip() for name in wishes.canary.split(",")]
    by_id = {unit.id: unit for unit in units}
    if unknown := [name for name in names if name not in by_id]:
        raise FleetError(
            f"{', '.join(unknown)} is not among these units.", hint="--canary takes a number of units, or their ids."
        )
    first = [by_id[name] for name in dict.fromkeys(names)]
    return [*first, *(unit for unit in row if unit not in first)], len(first)


def plan_lines(rollout: Rollout, parcels: Sequence[Parcel], version: str) -> list[str]:
    """The plan, for people."""
    rules = rollout.rules
    size = " and ".join(f"{one.size_bytes / 1e6:.1f} MB for {one.architecture}" for one in parcels)
    lines = [f"{version}: {count_of(len(rollout.units), 'unit')}, {size}"]
    active = [one for one in rollout.units.values() if one.phase is not Phase.LEFT_OUT]
    for wave, row in groupby(active, key=lambda one: one.wave):
        names = [one.unit for one in row]
        shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        lines.append(f"  {'canary' if wave == 0 else f'wave {wave}'}: {len(names)} ({shown})")
    lines += [f"  left out: {one.unit}: {one.note}" for one in rollout.units.values() if one.phase is Phase.LEFT_OUT]
    window = f"between {rules.window} by the clock of its site" if rules.window else "at any hour"
    busy = "also while somebody is busy" if rules.insist else "when nobody is busy"
    lines.append(f"  each is restarted {window}, {busy}, and watched for {rules.soak_s:g} s")
    lines.append(
        f"  the next wave begins when {rules.need_percent:g} % are well; "
        f"of {len(active)} units {rules.max_fail} may fail, and no canary"
    )
    return lines
