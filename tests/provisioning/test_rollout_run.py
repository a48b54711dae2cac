"""Rollouts over a fake fleet: each unit over a real SSH connection, with faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from provisioning.fleet_error import FleetError
from provisioning.rollout_plan import Amount
from provisioning.rollout_runner import RolloutRunner, applied
from provisioning.rollout_start import Wishes
from provisioning.rollout_state import Abort, Pause, Resume, Rollout, Status
from provisioning.rollout_store import RolloutStore
from provisioning.rollout_unit import Phase
from tests.provisioning.fake_fleet import FakeFleet, served
from tests.provisioning.fake_unit import FakeUnit, Fault, Said
from tests.provisioning.rollout_kit import TICK_S, commands, kept_rollout, quick, release_bundle, rolled_out
from tests.waiting import until_async

Work = Callable[[FakeFleet, RolloutStore], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def with_fleet(tmp_path: Path) -> Callable[[int, Work], None]:
    def run(count: int, work: Work) -> None:
        async def go() -> None:
            async with served(tmp_path, count) as fake:
                with RolloutStore(fake.state.folder) as store:
                    await asyncio.wait_for(work(fake, store), 120)

        asyncio.run(go())

    return run


def test_thirty_units_get_the_release_once_and_in_waves(with_fleet: Callable[[int, Work], None], bundle: Path) -> None:
    waves_seen: list[tuple[int, int]] = []

    def watch(before: Rollout, after: Rollout, doing: object) -> None:
        if after.begun != before.begun:
            waves_seen.append((after.begun, after.counts()[Phase.DONE]))

    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        kept = kept_rollout(fake, store, [bundle], quick(limit=8))
        ended = await rolled_out(fake, store, kept, watch=watch)
        assert (ended.status, dict(ended.counts())) == (Status.FINISHED, {Phase.DONE: 30})
        assert waves_seen == [(1, 0), (2, 1), (3, 3), (4, 15)]
        assert set(commands(fake, "mydesk-update stage").values()) == {1}
        assert set(commands(fake, "mydesk-update activate").values()) == {1}
        assert all(unit.update["step"] == "committed" for unit in fake.units.values())
        assert fake.most_at_once <= 2 * 8
        assert store.last() is not None

    with_fleet(30, work)


def test_five_percent_bad_units_stop_it_at_its_threshold(with_fleet: Callable[[int, Work], None], bundle: Path) -> None:
    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        for name in ("u-004", "u-007", "u-012", "u-029"):
            fake[name].faults.add(Fault.BAD_RELEASE)
        kept = kept_rollout(fake, store, [bundle], quick(max_fail=Amount(2)))
        ended = await rolled_out(fake, store, kept)
        assert (ended.status, ended.counts()[Phase.FAILED]) == (Status.STOPPED, 3)
        assert ended.reason == "3 units failed; 2 may (--max-fail)."
        assert ended.units["u-004"].note == "the calendar was reachable before, and is not now."
        assert ended.counts()[Phase.WAITING] == 15, "the last wave never began"
        assert fake["u-029"].update["current"] == "1.0.0-000000000000"
        done = [name for name, one in ended.units.items() if one.phase is Phase.DONE]
        assert done
        assert all(fake[name].update["step"] == "committed" for name in done), "the well ones stay"
        assert not commands(fake, "rollback")
        again = await rolled_out(fake, store, kept, Resume(quick(max_fail=Amount(10), strict_canary=False)))
        assert (again.status, again.counts()[Phase.FAILED]) == (Status.FINISHED, 4)
        assert set(commands(fake, "mydesk-update stage").values()) == {1}, "who failed is not offered it again"

    with_fleet(30, work)


def test_a_failing_canary_stops_all(with_fleet: Callable[[int, Work], None], bundle: Path) -> None:
    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        fake["u-001"].faults.add(Fault.BAD_RELEASE)
        ended = await rolled_out(fake, store, kept_rollout(fake, store, [bundle], quick(max_fail=Amount(3))))
        assert (ended.status, ended.reason) == (Status.STOPPED, "the canary u-001 failed.")
        assert commands(fake, "mydesk-update stage") == {"u-001": 1}

    with_fleet(5, work)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.DISK_FULL, "200 MiB must be free"),
        (Fault.BAD_SIGNATURE, "not signed by a key that this unit trusts"),
        (Fault.APP_DOWN, "the app does not answer"),
    ],
)
def test_what_is_a_failure(with_fleet: Callable[[int, Work], None], bundle: Path, fault: Fault, said: str) -> None:
    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        fake["u-002"].faults.add(fault)
        ended = await rolled_out(fake, store, kept_rollout(fake, store, [bundle], wishes=Wishes("2")))
        assert (ended.units["u-002"].phase, said in ended.units["u-002"].note) == (Phase.FAILED, True)
        assert ended.status is Status.STOPPED

    with_fleet(3, work)


@pytest.mark.parametrize("fault", [Fault.OFF, Fault.NEVER_BACK, Fault.REFUSES_KEY, Fault.CHANGED_KEY, Fault.CLOSES])
def test_a_silent_unit_is_unknown_holds_the_next_wave_and_is_asked_again(
    with_fleet: Callable[[int, Work], None], bundle: Path, fault: Fault
) -> None:
    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        fake["u-002"].faults.add(fault)
        kept = kept_rollout(fake, store, [bundle], quick(patience_s=0.3), Wishes("2"))
        ended = await rolled_out(fake, store, kept)
        assert (ended.status, ended.units["u-002"].phase) == (Status.PAUSED, Phase.UNKNOWN)
        assert ended.reason.startswith("nobody knows how u-002 is: silent for too long. The next wave waits")
        assert ended.units["u-003"].phase is Phase.WAITING
        fake["u-002"].faults.clear()
        again = await rolled_out(fake, store, kept, Resume())
        assert (again.status, again.counts()[Phase.DONE]) == (Status.FINISHED, 3)
        assert set(commands(fake, "mydesk-update activate").values()) == {1}

    with_fleet(3, work)


def test_fewer_may_be_enough_for_the_next_wave(with_fleet: Callable[[int, Work], None], bundle: Path) -> None:
    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        fake["u-002"].faults.add(Fault.OFF)
        kept = kept_rollout(fake, store, [bundle], quick(patience_s=0.3, need_percent=60), Wishes("3"))
        ended = await rolled_out(fake, store, kept)
        assert (ended.status, ended.counts()[Phase.DONE]) == (Status.FINISHED, 5)
        assert ended.reason == "nobody knows how u-002 is: silent for too long."
        fake["u-002"].faults.clear()
        assert (await rolled_out(fake, store, kept, Resume())).counts()[Phase.DONE] == 6

    with_fleet(6, work)


def test_busy_units_are_waited_for(with_fleet: Callable[[int, Work], None], bundle: Path) -> None:
    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        fake["u-001"].faults.add(Fault.BUSY)
        run = asyncio.create_task(rolled_out(fake, store, kept_rollout(fake, store, [bundle], quick(patience_s=0.1))))
        await until_async(lambda: commands(fake, "mydesk-update activate").get("u-001", 0) >= 3)
        last = store.last()
        assert last is not None
        one = last.rollout.units["u-001"]
        assert (one.phase, "a meeting runs" in one.note) == (Phase.STAGED, True)
        fake["u-001"].faults.clear()
        assert (await run).status is Status.FINISHED

    with_fleet(2, work)


def phase_of(store: RolloutStore, unit: str) -> Phase | None:
    last = store.last()
    return None if last is None else last.rollout.units[unit].phase


def test_orders_reach_the_runner(with_fleet: Callable[[int, Work], None], bundle: Path) -> None:
    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        for unit in fake.units.values():
            unit.soak_s = 0.2
        kept = kept_rollout(fake, store, [bundle], wishes=Wishes("2"))
        run = asyncio.create_task(rolled_out(fake, store, kept))
        await until_async(lambda: len(commands(fake, "mydesk-update activate")) == 2)
        with RolloutStore(fake.state.folder) as other:
            assert other.is_running()
            with pytest.raises(FleetError, match=r"a rollout of this fleet runs in process \d+ on "):
                applied(other, kept, Pause())
            other.order(kept.number, "pause")
        paused = await run
        assert (paused.status, paused.counts()[Phase.DONE], paused.counts()[Phase.WAITING]) == (Status.PAUSED, 2, 4)
        assert applied(store, kept, Abort()).status is Status.ABORTED
        assert (await rolled_out(fake, store, kept, Resume())).status is Status.ABORTED

    with_fleet(6, work)


def test_an_abort_cuts_what_is_under_way(with_fleet: Callable[[int, Work], None], bundle: Path) -> None:
    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        fake["u-001"].faults.add(Fault.HANGS)
        kept = kept_rollout(fake, store, [bundle])
        run = asyncio.create_task(rolled_out(fake, store, kept))
        await until_async(lambda: len(commands(fake, "mydesk-update")) == 1)
        store.order(kept.number, "abort")
        assert (await run).status is Status.ABORTED

    with_fleet(2, work)


def test_only_one_rollout_is_open(with_fleet: Callable[[int, Work], None], bundle: Path) -> None:
    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        kept = kept_rollout(fake, store, [bundle])
        with pytest.raises(FleetError, match=r"rollout 1 of 1\.1\.0 is running, and only one may be open.*abort"):
            kept_rollout(fake, store, [bundle])
        applied(store, kept, Abort())
        assert kept_rollout(fake, store, [bundle]).number == 2

    with_fleet(2, work)


def test_somebody_else_rolls_out_from_another_laptop(with_fleet: Callable[[int, Work], None], bundle: Path) -> None:
    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        fake["u-001"].faults.add(Fault.BUSY)
        kept = kept_rollout(fake, store, [bundle])
        run = asyncio.create_task(rolled_out(fake, store, kept))
        await until_async(lambda: phase_of(store, "u-001") is Phase.STAGED)
        fake["u-001"].update.update(release="1.2.0-cccccccccccc")
        ended = await run
        assert (ended.status, ended.units["u-001"].phase) == (Status.PAUSED, Phase.OFFERED)
        assert "u-001: what was staged is gone, 1.2.0-cccccccccccc is there. Does somebody else" in ended.reason

    with_fleet(2, work)


def test_a_bundle_for_each_kind_of_unit(tmp_path: Path, bundle: Path) -> None:
    async def go() -> None:
        units = [FakeUnit("u-001"), FakeUnit("u-002"), FakeUnit("lobby", "kiosk")]
        units[1].answers["python3"] = lambda unit, words, data: Said(b"3.11\n")
        units[0].answers["python3"] = lambda unit, words, data: Said(b"3.13\n")
        paths = [bundle, release_bundle(tmp_path, python="3.11"), release_bundle(tmp_path, architecture="x86_64")]
        async with served(tmp_path, units) as fake:
            with RolloutStore(fake.state.folder) as store:
                ended = await rolled_out(fake, store, kept_rollout(fake, store, paths))
        assert ended.status is Status.FINISHED
        assert len({unit.update["current"] for unit in units}) == 3

    asyncio.run(go())


def test_a_unit_that_failed_is_left_out_of_the_next_rollout(
    with_fleet: Callable[[int, Work], None], bundle: Path
) -> None:
    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        fake["u-002"].faults.add(Fault.DISK_FULL)
        first = kept_rollout(fake, store, [bundle], wishes=Wishes("2"))
        assert (await rolled_out(fake, store, first)).status is Status.STOPPED
        applied(store, first, Abort())
        fake["u-002"].faults.clear()
        second = await rolled_out(fake, store, kept_rollout(fake, store, [bundle]))
        assert (second.status, second.units["u-002"].phase) == (Status.FINISHED, Phase.LEFT_OUT)
        third = await rolled_out(fake, store, kept_rollout(fake, store, [bundle], quick(again=True)))
        assert third.counts()[Phase.DONE] == 3

    with_fleet(3, work)


def test_a_runner_that_was_killed_anywhere_goes_on(with_fleet: Callable[[int, Work], None], bundle: Path) -> None:
    """Cancelled after each of its first steps in turn; what was begun goes on by itself on the units."""

    async def work(fake: FakeFleet, store: RolloutStore) -> None:
        kept = kept_rollout(fake, store, [bundle], quick(limit=4))
        for steps in range(1, 60, 2):
            last = store.last()
            assert last is not None
            if last.rollout.status is Status.FINISHED:
                break
            await _cut_after(fake, store, steps)
        ended = await rolled_out(fake, store, kept)
        assert (ended.status, ended.counts()[Phase.DONE]) == (Status.FINISHED, 8)
        assert set(commands(fake, "mydesk-update activate").values()) == {1}

    with_fleet(8, work)


async def _cut_after(fake: FakeFleet, store: RolloutStore, steps: int) -> None:
    last = store.last()
    assert last is not None
    count = 0
    cut = asyncio.Event()

    def watch(before: Rollout, after: Rollout, doing: object) -> None:
        nonlocal count
        count += before is not after
        if count >= steps:
            cut.set()

    runner = RolloutRunner(store, last, fake.fleet, fake.reach, tick_s=TICK_S, watch=watch)
    run = asyncio.create_task(runner.run())
    await asyncio.wait([run, asyncio.create_task(cut.wait())], return_when=asyncio.FIRST_COMPLETED)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    cut.set()
