"""Pushes over OpenSSH's sshd to the real updater: what arrives is staged whole, or nothing is left."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
import pytest

from provisioning import rollout_visit
from provisioning.bundle_lock import Target
from provisioning.fleet_error import FleetError
from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.places import locked
from provisioning.on_unit.state import Step
from provisioning.push import UnitRefusedError, UnitUpdate, activate, offered, push, rollback, update_status
from provisioning.rollout_plan import Rules
from provisioning.rollout_start import parcels_of
from provisioning.rollout_state import Task
from provisioning.rollout_unit import Look
from provisioning.rollout_visit import visit
from provisioning.ssh import SilentUnitError
from tests.provisioning.bundle_kit import Signer, signer
from tests.provisioning.fleet_kit import fleet
from tests.provisioning.sshd_kit import SshUnit, ssh_unit
from tests.provisioning.sshd_updater_kit import signed_in, updater_behind
from tests.provisioning.unit_kit import WELL, Unit, answering

T = TypeVar("T")
Machine = tuple[SshUnit, Unit]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return signer(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def ssh() -> Iterator[SshUnit]:
    with ssh_unit() as machine:
        yield machine


@pytest.fixture
def machine(ssh: SshUnit, keys: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    with updater_behind(ssh, keys) as unit:
        monkeypatch.setenv("PATH", f"{unit.tools}:{os.environ['PATH']}")
        yield ssh, unit


def over_ssh(machine: Machine, work: Callable[[asyncssh.SSHClientConnection], Awaitable[T]]) -> T:
    async def go() -> T:
        async with signed_in(machine[0]) as connection:
            return await work(connection)

    return asyncio.run(go())


def refused(machine: Machine, work: Callable[[asyncssh.SSHClientConnection], Awaitable[object]]) -> UnitRefusedError:
    with pytest.raises(UnitRefusedError) as caught:
        over_ssh(machine, work)
    return caught.value


def noise(size: int) -> str:
    """That does not compress to much less than `size`."""
    return "# " + random.Random(1).randbytes(size // 2).hex() + "\n"


def test_a_release_arrives_and_runs_only_when_told(machine: Machine) -> None:
    unit, told = machine[1], list[str]()
    path = unit.bundle("1.1.0", files={"mydesk_noise.py": noise(2_000_000)})
    name = offered(path).release
    done = over_ssh(machine, lambda connection: push(connection, path, told.append))
    assert (done.release, done.state, done.sent_bytes) == (name, "staged", path.stat().st_size)
    assert told[-1] == "sent; the unit unpacks and tests it"
    assert len(told) > 5
    assert (unit.current, unit.places.all_releases()) == (None, [name])
    seen = over_ssh(machine, lambda connection: activate(connection, name))
    assert (seen.current, seen.step, seen.staged, unit.runs()) == (name, "trying", None, "1.1.0")
    again = over_ssh(machine, lambda connection: push(connection, path))
    assert (again.state, again.sent_bytes) == ("trying", 0), "what it has is not sent again"


@pytest.mark.slow
def test_rollback_goes_to_the_release_before(machine: Machine) -> None:
    unit = machine[1]
    one = unit.install("1.0.0")
    unit.install("1.1.0")
    seen = over_ssh(machine, rollback)
    assert (seen.current, seen.step, unit.runs()) == (one, "rolled_back", "1.0.0")


@pytest.mark.parametrize(
    "percent", [50, pytest.param(1, marks=pytest.mark.slow), pytest.param(99, marks=pytest.mark.slow)]
)
def test_a_push_that_is_cut_off_leaves_nothing(machine: Machine, percent: int) -> None:
    unit = machine[1]
    one = unit.install("1.0.0")
    path = unit.bundle("1.1.0", files={"mydesk_noise.py": noise(8_000_000)})

    async def cut(connection: asyncssh.SSHClientConnection) -> None:
        def told(text: str) -> None:
            if text.startswith((f"sent {percent} %", "sent;")):
                connection.abort()

        await push(connection, path, told)

    with pytest.raises(SilentUnitError, match=r"connection was lost|did not end"):
        over_ssh(machine, cut)
    with at_rest(unit):
        assert (unit.current, unit.runs(), unit.places.all_releases()) == (one, "1.0.0", [one])
        assert unit.state.step in (Step.FAILED, Step.COMMITTED)
    again = over_ssh(machine, lambda connection: push(connection, path))
    assert (again.state, unit.state.release) == ("staged", again.release)


@contextmanager
def at_rest(unit: Unit) -> Iterator[None]:
    """When the updater, which sees the end of its input a little later, has ended."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with locked(unit.places):
                yield
            return
        except UpdateError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_what_the_unit_says_is_told(machine: Machine, keys: Signer, tmp_path: Path) -> None:
    unit = machine[1]
    unit.install("1.0.0")
    refusals: tuple[tuple[dict[str, Any], str], ...] = (
        ({"target": Target("3.11", "aarch64")}, "the bundle is for aarch64; this unit is x86_64."),
        ({"code": 3}, "the self-test app failed (3)"),
        ({"min_from": "3.0.0"}, "1.1.0 may follow 3.0.0 or later; this unit runs 1.0.0."),
    )
    for kinds, said in refusals:
        path = unit.bundle("1.1.0", **kinds)
        error = refused(machine, partial(push, bundle=path))
        assert (str(error).startswith(said), error.later) == (True, False), error
    stranger = signer(tmp_path / "stranger")
    foreign = Unit(unit.places, unit.tools, stranger, unit.bundles).bundle("1.2.0")
    assert "signature" in str(refused(machine, lambda connection: push(connection, foreign)))


@pytest.mark.slow
def test_a_failed_bundle_is_refused_until_somebody_insists(machine: Machine) -> None:
    unit = machine[1]
    unit.install("1.0.0")
    path = unit.bundle("1.1.0")
    over_ssh(machine, lambda connection: push(connection, path))
    over_ssh(machine, lambda connection: activate(connection, offered(path).release))
    unit.show("ActiveState=failed\nNRestarts=5\n")
    assert unit.do("verify") == 1
    unit.show(WELL)
    seen = over_ssh(machine, update_status)
    assert (seen.step, list(seen.failed)) == ("rolled_back", [offered(path).release])
    assert "failed here before" in str(refused(machine, lambda connection: push(connection, path)))
    assert over_ssh(machine, lambda connection: push(connection, path, again=True)).state == "staged"


def test_what_may_be_asked_again_later(machine: Machine, tmp_path: Path) -> None:
    """The real updater says so by its exit code."""
    unit = machine[1]
    unit.install("1.0.0")
    first, second = unit.bundle("1.1.0"), unit.bundle("1.2.0")
    with locked(unit.places):
        assert refused(machine, lambda connection: push(connection, first)).later
    over_ssh(machine, lambda connection: push(connection, first))
    socket = str(tmp_path / "app.sock")
    text = unit.places.settings.read_text()
    unit.places.settings.write_text(text.replace('control_socket = ""', f'control_socket = "{socket}"'))
    with answering(socket, lambda: {"state": "busy"}):
        name = offered(first).release
        error = refused(machine, lambda connection: activate(connection, name))
        assert (error.later, "a meeting runs (busy): not now." in str(error)) == (True, True)
        assert over_ssh(machine, lambda connection: activate(connection, name, now=True)).step == "trying"
    error = refused(machine, lambda connection: push(connection, second))
    assert (error.later, "is still trying" in str(error)) == (True, True)
    assert not refused(machine, lambda connection: activate(connection, name)).later, "nothing is staged"


def test_two_laptops_never_activate_one_another_s(machine: Machine) -> None:
    unit = machine[1]
    unit.install("1.0.0")
    mine, other = unit.bundle("1.1.0"), unit.bundle("1.2.0")
    for path in (mine, other):
        over_ssh(machine, partial(push, bundle=path))
    names = [offered(path).release for path in (mine, other)]
    error = refused(machine, lambda connection: activate(connection, names[0], now=True))
    assert str(error).startswith(f"{names[1]} is staged, not {names[0]}: somebody else brought it. Stage yours again.")
    assert (error.later, unit.runs(), unit.state.step) == (False, "1.0.0", Step.STAGED)
    assert over_ssh(machine, lambda connection: activate(connection, names[1])).current == names[1]


def test_a_rollout_tells_whose_release_is_there_now(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another laptop stages its own between the look and the activation."""
    unit = machine[1]
    unit.install("1.0.0")
    mine, other = unit.bundle("1.1.0"), unit.bundle("1.2.0")
    over_ssh(machine, partial(push, bundle=mine))
    (parcel,), _ = parcels_of([mine])

    async def after_another(connection: asyncssh.SSHClientConnection, release: str, *, now: bool) -> UnitUpdate:
        await push(connection, other)
        return await activate(connection, release, now=now)

    monkeypatch.setattr(rollout_visit, "activate", after_another)
    rules = Rules()
    ada = fleet().unit("ada")
    seen = over_ssh(machine, lambda link: visit(ada, link, Task.ACTIVATE, [parcel], rules, lambda text: None))
    assert isinstance(seen, Look), seen
    assert (seen.staged, seen.runs, seen.other) == (False, False, offered(other).release)
    assert unit.runs() == "1.0.0"


def test_a_machine_without_an_updater(machine: Machine) -> None:
    (machine[0].root / "command").write_text("#!/bin/sh\necho sh: mydesk-update: command not found >&2; exit 127\n")
    with pytest.raises(FleetError, match=r"no mydesk-update on it\. Provision it"):
        over_ssh(machine, update_status)
    (machine[0].root / "command").write_text("#!/bin/sh\necho []\n")
    with pytest.raises(FleetError, match="nothing that can be read"):
        over_ssh(machine, update_status)


def test_what_is_no_bundle_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "a.bundle").write_bytes(b"no bundle" * 200)
    with pytest.raises(FleetError, match=r"a\.bundle: "):
        offered(tmp_path / "a.bundle")
    with pytest.raises(FleetError, match=r"b\.bundle: No such file"):
        offered(tmp_path / "b.bundle")
