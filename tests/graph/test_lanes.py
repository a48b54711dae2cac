from __future__ import annotations

import asyncio

import pytest

from graph.errors import Throttled
from graph.lanes import Lanes, RetryAfterGate
from tests.graph.wire_doubles import clock
from tests.virtual_time import run


def test_at_most_one_of_each_and_the_users_first() -> None:
    async def scenario() -> list[str]:
        lanes, story = Lanes(), list[str]()

        async def work(name: str, *, user: bool) -> None:
            async with lanes.enter(user=user):
                story.append(f"+{name}")
                await asyncio.sleep(1)
                story.append(f"-{name}")

        async with asyncio.TaskGroup() as group:
            group.create_task(work("poll 1", user=False))
            await asyncio.sleep(0.5)
            for name, user in (("poll 2", False), ("tap 1", True), ("tap 2", True)):
                group.create_task(work(name, user=user))
        return story

    assert run(scenario()) == [
        "+poll 1", "+tap 1", "-poll 1", "-tap 1", "+tap 2", "-tap 2", "+poll 2", "-poll 2",
    ]  # fmt: skip


@pytest.mark.parametrize("user", [False, True])
def test_a_lane_is_free_after_a_failure_and_after_a_cancel(user: bool) -> None:
    async def scenario() -> None:
        lanes = Lanes()
        with pytest.raises(ZeroDivisionError):
            async with lanes.enter(user=user):
                _ = 1 / 0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1), lanes.enter(user=user):
                await asyncio.sleep(5)
        for other in (False, True):
            async with lanes.enter(user=other):
                pass

    run(scenario())


def test_a_background_request_that_waits_for_the_user_can_be_given_up() -> None:
    async def scenario() -> None:
        lanes = Lanes()
        async with lanes.enter(user=True):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1), lanes.enter(user=False):
                    raise AssertionError("the user's request is still under way")
        async with lanes.enter(user=False):
            pass

    run(scenario())


def test_the_gate_keeps_the_longest_order() -> None:
    time = clock()
    gate = RetryAfterGate(time)
    gate.check("calendar")
    gate.close("calendar", 30)
    gate.close("calendar", 5)
    time.step(29)
    assert gate.remaining_s("calendar") == 1
    gate.check("people")
    with pytest.raises(Throttled) as caught:
        gate.check("calendar")
    assert caught.value.retry_after_s == 1
    time.step(1)
    gate.check("calendar")
