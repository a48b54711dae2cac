"""A rollout over OpenSSH's sshd to the real updater, with real bundles: the words and states are the product's own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.fleet_state import FleetState
from provisioning.inventory_load import Fleet
from provisioning.known_hosts import HostKey, remember
from provisioning.many_units import Reach
from provisioning.on_unit.state import Step
from provisioning.rollout_runner import RolloutRunner
from provisioning.rollout_start import Order, Wishes, parcels_of, planned, releases_of
from provisioning.rollout_state import Event, Resume, Rollout, Status
from provisioning.rollout_store import RolloutStore
from provisioning.rollout_unit import Phase
from tests.provisioning.bundle_kit import Signer, signer
from tests.provisioning.fleet_kit import fleet, unit_text
from tests.provisioning.rollout_kit import TICK_S, quick
from tests.provisioning.sshd_kit import USER, SshUnit, ssh_unit
from tests.provisioning.sshd_updater_kit import updater_behind
from tests.provisioning.unit_kit import WELL, Unit

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return signer(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def panel(keys: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SshUnit, Unit]]:
    with ssh_unit() as machine, updater_behind(machine, keys) as unit:
        monkeypatch.setenv("PATH", f"{unit.tools}:{os.environ['PATH']}")
        yield machine, unit


def inventory(machine: SshUnit) -> Fleet:
    """One door panel: this machine."""
    row = unit_text("real", address="127.0.0.1", hardware="here").replace(
        'id = "real"', f'id = "real"\nssh_port = {machine.port}'
    )
    hardware = '\n[hardware.here]\nboard = "x86"\n'
    return fleet(('name = "contoso"', f'name = "contoso"\nssh_user = "{USER}"'), more=hardware + row)


async def rolled_out(machine: SshUnit, state: FleetState, unit: Unit, path: Path, event: Event | None) -> Rollout:
    """Roll `path` out, while the unit judges what it tries, as mydesk-update-verify.service does."""
    here = inventory(machine)
    remember(
        state,
        "real",
        "127.0.0.1",
        machine.port,
        HostKey.parse((machine.root / "etc/ssh/ssh_host_ed25519_key.pub").read_text()),
    )
    parcels, version = parcels_of([path])
    units = [here.unit("real")]
    with RolloutStore(state.folder) as store:
        kept = store.last() if event else None
        if kept is None:
            rollout = planned(here, units, parcels, quick(), Wishes("1", order=Order.GIVEN), {})
            kept = store.add(rollout, releases_of(here, units, parcels), parcels, version)
        runner = RolloutRunner(store, kept, here, Reach.of(here, state, machine.identity), tick_s=TICK_S)
        judge = asyncio.create_task(_judge(unit))
        try:
            return await asyncio.wait_for(runner.run(event), 60)
        finally:
            judge.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await judge


async def _judge(unit: Unit) -> None:
    while True:
        if unit.state.step is Step.TRYING:
            await asyncio.to_thread(unit.do, "verify")
        await asyncio.sleep(0.05)


def test_a_good_release_is_kept_and_a_bad_one_goes_back(panel: tuple[SshUnit, Unit], tmp_path: Path) -> None:
    machine, unit = panel
    unit.install("1.0.0")
    state = FleetState.open(tmp_path / "state")
    ended = asyncio.run(rolled_out(machine, state, unit, unit.bundle("1.1.0"), None))
    assert (ended.status, ended.units["real"].phase, unit.runs()) == (Status.FINISHED, Phase.DONE, "1.1.0")
    assert (unit.state.step, [line for line in machine.commands if "activate" in line][1:]) == (Step.COMMITTED, [])
    unit.show("ActiveState=failed\nNRestarts=5\n")
    ended = asyncio.run(rolled_out(machine, state, unit, unit.bundle("1.2.0"), None))
    assert (ended.status, ended.units["real"].phase, unit.runs()) == (Status.STOPPED, Phase.FAILED, "1.1.0")
    assert "app.service is failed" in ended.units["real"].note
    unit.show(WELL)


def test_a_release_that_fails_its_self_test_stops_it(panel: tuple[SshUnit, Unit], tmp_path: Path) -> None:
    machine, unit = panel
    one = unit.install("1.0.0")
    state = FleetState.open(tmp_path / "state")
    path = unit.bundle("1.1.0", code=3)
    ended = asyncio.run(rolled_out(machine, state, unit, path, None))
    assert ended.reason == "the canary real failed."
    assert ended.units["real"].note.startswith("the self-test app failed (3)")
    assert asyncio.run(rolled_out(machine, state, unit, path, Resume())).status is Status.STOPPED
    assert (unit.current, unit.places.all_releases()) == (one, [one])
