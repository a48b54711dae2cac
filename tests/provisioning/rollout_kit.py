"""Rollouts over a fake fleet: a bundle, quick rules, and a runner."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from provisioning import bundle
from provisioning.bundle_lock import Target
from provisioning.rollout_plan import Amount, Pace, Rules
from provisioning.rollout_runner import RolloutRunner
from provisioning.rollout_start import Order, Wishes, parcels_of, planned, releases_of
from provisioning.rollout_state import Event, Rollout
from provisioning.rollout_store import Kept, RolloutStore
from tests.provisioning.bundle_kit import CREATED_S, wheel
from tests.provisioning.fake_fleet import FakeFleet

PACE = Pace(trial_look_s=0.03, soak_look_s=0.03, busy_s=0.05, first_silent_s=0.05, most_silent_s=0.2, ill_s=0.3)
QUICK = Rules(soak_s=0.05, patience_s=2.0, pace=PACE)
TICK_S = 0.01
WAVES = (Amount(10, is_percent=True), Amount(50, is_percent=True))


def release_bundle(
    folder: Path, version: str = "1.1.0", *, size: int = 0, architecture: str = "aarch64", python: str = "3.13"
) -> Path:
    """An unsigned bundle of at least `size` bytes: fake units read no more than its head."""
    place = folder / "wheels"
    wheels = [wheel(place, "mydesk_firmware", version, {"mydesk_app.py": f"VERSION = {version!r}\n"})]
    if size:
        wheels.append(place / "ballast-1.0-py3-none-any.whl")
        with zipfile.ZipFile(wheels[-1], "w") as archive:
            archive.writestr(zipfile.ZipInfo("ballast.bin"), random.Random(1).randbytes(size))
    path = folder / f"mydesk-{version}-py{python}-{architecture}.bundle"
    bundle.build(bundle.Release(version, Target(python, architecture), CREATED_S), wheels, path)
    return path


def kept_rollout(
    fake: FakeFleet, store: RolloutStore, paths: Sequence[Path], rules: Rules = QUICK, wishes: Wishes | None = None
) -> Kept:
    """A new rollout of the bundles to the whole fleet."""
    fleet = fake.fleet
    parcels, version = parcels_of(paths)
    units = fleet.inventory.units
    failed = store.failed_before({one.release for one in parcels})
    rollout = planned(fleet, units, parcels, rules, wishes or Wishes("1", WAVES, Order.GIVEN), failed)
    return store.add(rollout, releases_of(fleet, units, parcels), parcels, version)


async def rolled_out(
    fake: FakeFleet, store: RolloutStore, kept: Kept, event: Event | None = None, **options: Any
) -> Rollout:
    """Run it to where nothing is to be done."""
    return await RolloutRunner(store, kept, fake.fleet, fake.reach, tick_s=TICK_S, **options).run(event)


def commands(fake: FakeFleet, word: str) -> dict[str, int]:
    """How often each unit was asked to do that; only those that were."""
    found = {name: sum(word in line for line in unit.commands) for name, unit in fake.units.items()}
    return {name: count for name, count in found.items() if count}


def quick(**changes: Any) -> Rules:
    """The quick rules with changes."""
    return replace(QUICK, **changes)
