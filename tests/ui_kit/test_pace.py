"""The pace of the rounds, on an event loop whose time passes by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.virtual_time import run
from ui.pace import HAND_OVER_S, LINGER_S, LIVELY_S, RESTING_S, Pace

NEVER = 1e9


class Bench:
    """A pace and its time."""

    def __init__(self, *, hears: bool) -> None:
        self.pace = Pace(lambda: hears, now_s=self.now_s)

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def round(self, timer_s: float = NEVER) -> float:
        """Wait for the next round; how long that took, in s."""
        began_s = self.now_s()
        await self.pace.until_due(timer_s)
        return self.now_s() - began_s

    def later(self, after_s: float, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(after_s, act)


def lived(story: Callable[[Bench], Coroutine[Any, Any, None]], *, hears: bool = True) -> None:
    async def main() -> None:
        await story(Bench(hears=hears))

    run(main())


@pytest.mark.parametrize(
    ("hears", "timer_s", "waits_s"),
    [
        (True, NEVER, RESTING_S),
        (True, 0.1, 0.1),
        (True, 0.0, LIVELY_S),
        (True, -1.0, LIVELY_S),
        (False, NEVER, LIVELY_S),
    ],
)
def test_how_long_it_waits(hears: bool, timer_s: float, waits_s: float) -> None:
    async def story(bench: Bench) -> None:
        for _ in range(3):
            assert await bench.round(timer_s) == pytest.approx(waits_s, abs=0.002)

    lived(story, hears=hears)


def test_a_finger_wakes_it_and_keeps_it_awake() -> None:
    async def story(bench: Bench) -> None:
        bench.later(0.05, bench.pace.heard)
        assert await bench.round() == pytest.approx(0.05 + HAND_OVER_S, abs=0.002)
        woken_s = bench.now_s()
        while bench.now_s() < woken_s + LINGER_S - 2 * LIVELY_S:
            assert await bench.round() == pytest.approx(LIVELY_S, abs=0.002)
        for _ in range(3):
            waited_s = await bench.round()
        assert waited_s == pytest.approx(RESTING_S, abs=0.002)

    lived(story)


def test_a_finger_that_moves_all_the_time_is_followed_at_the_same_pace() -> None:
    async def story(bench: Bench) -> None:
        for moment in range(1, 200):
            bench.later(moment * 0.008, bench.pace.heard)
        await bench.round()
        rounds = 0
        until_s = bench.now_s() + 1.5
        while bench.now_s() < until_s:
            await bench.round()
            rounds += 1
        assert rounds == pytest.approx(1.5 / LIVELY_S, rel=0.1)

    lived(story)


@pytest.mark.parametrize("after_s", [0.0, 0.001, 0.1])
def test_what_is_to_be_drawn_waits_for_one_round_at_most(after_s: float) -> None:
    async def story(bench: Bench) -> None:
        await bench.round()
        bench.later(after_s, bench.pace.wake)
        assert await bench.round() == pytest.approx(max(after_s, LIVELY_S), abs=0.002)
        assert await bench.round() == pytest.approx(RESTING_S, abs=0.002)

    lived(story)


def test_what_came_while_a_round_was_drawn_is_not_forgotten() -> None:
    async def story(bench: Bench) -> None:
        await bench.round()
        bench.pace.wake()
        assert await bench.round() == pytest.approx(LIVELY_S, abs=0.002)
        bench.pace.heard()
        assert await bench.round() == pytest.approx(HAND_OVER_S, abs=0.002)

    lived(story)
