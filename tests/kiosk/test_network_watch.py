"""Off-line is known before a guest's message fails: the rhythm of the watch, and a wire that is pulled out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.clock import ManualClock
from graph.reach import Contact, Seen
from kiosk.network_watch import NetworkWatch
from kiosk.view import WelcomeView
from simulator.server import Simulator
from tests.kiosk.network_switch import NetworkSwitch
from tests.kiosk.site import MORNING, OFFICE, Site, running, settings, sign_in

TOLD_WITHIN_S, GONE_WITHIN_S = 90, 60


pytestmark = pytest.mark.slow


class Line:
    """Microsoft 365, as far as the watch sees it."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.answer = Contact.ANSWERED
        self.seen = Seen(Contact.NONE, clock.monotonic_s())
        self.probes: list[float] = []

    async def probe(self, timeout_s: float) -> Seen:
        self.probes.append(self.clock.monotonic_s())
        self.met(self.answer)
        return self.seen

    def met(self, contact: Contact) -> None:
        self.seen = Seen(contact, self.clock.monotonic_s())


class Night:
    """A watch, second by second."""

    def __init__(self, chance: float = 0.5) -> None:
        self.clock = ManualClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
        self.line, self.lit, self.back = Line(self.clock), True, 0
        self.watch = NetworkWatch(
            self.line, self.clock, lit=lambda: self.lit, on_back=self._on_back, chance=lambda: chance
        )

    def _on_back(self) -> None:
        self.back += 1

    def live(self, seconds: int) -> None:
        async def seconds_pass() -> None:
            for _ in range(seconds):
                self.clock.step(1)
                await self.watch.look()

        asyncio.run(seconds_pass())

    def gaps(self) -> list[float]:
        return [after - before for before, after in zip(self.line.probes, self.line.probes[1:], strict=False)]


@pytest.mark.parametrize(("lit", "chance", "wait_s"), [(True, 0, 40), (True, 1, 60), (False, 0, 240), (False, 1, 360)])
def test_when_nothing_is_heard_it_asks_with_jitter(lit: bool, chance: float, wait_s: int) -> None:
    night = Night(chance)
    night.lit = lit
    night.live(3 * wait_s + 5)
    assert night.gaps() == [wait_s, wait_s]


def test_while_others_ask_it_asks_nothing() -> None:
    night = Night()
    for _ in range(30):
        night.live(30)
        night.line.met(Contact.ANSWERED)
    assert night.line.probes == []


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_a_loss_is_asked_about_soon_and_then_less_often_but_never_seldom(chance: float) -> None:
    night = Night(chance)
    night.line.met(Contact.ANSWERED)
    night.live(10)
    night.line.answer = Contact.LOST
    night.line.met(Contact.LOST)  # somebody's message
    assert not night.watch.up
    night.live(300)
    gaps = night.gaps()
    assert gaps[0] <= 10
    assert 12 <= max(gaps) <= 20
    night.line.answer = Contact.ANSWERED
    night.live(20)
    assert (night.watch.up, night.back) == (True, 1)
    night.live(200)
    assert night.back == 1


def test_another_request_tells_that_it_is_back() -> None:
    night = Night()
    night.line.answer = Contact.LOST
    night.live(61)
    assert not night.watch.up
    night.line.met(Contact.ANSWERED)
    night.live(1)
    assert (night.watch.up, night.back) == (True, 1)


def test_a_dark_kiosk_does_not_ask_all_night() -> None:
    night = Night()
    night.lit, night.line.answer = False, Contact.LOST
    night.live(8 * 3600)
    assert len(night.line.probes) <= 8 * 3600 / 120 + 6


def test_waking_asks_unless_something_was_heard_just_now() -> None:
    night = Night()
    night.lit = False
    night.live(100)
    night.watch.wake()
    night.live(1)
    assert len(night.line.probes) == 1
    night.watch.wake()
    night.live(1)
    assert len(night.line.probes) == 1


def test_signed_out_is_not_up_and_is_asked_about_calmly() -> None:
    night = Night()
    night.line.answer = Contact.SIGNED_OUT
    night.live(61)
    assert not night.watch.up
    night.live(600)
    assert len(night.line.probes) <= 13
    night.line.answer = Contact.ANSWERED
    night.watch.wake()
    night.live(1)
    assert (night.watch.up, night.back) == (True, 1)


async def passes(here: Site, most_s: int, done: Callable[[], object]) -> int:
    """Let time pass, until `done()` or so long; returns how long it took. Requests take no time of the story's."""
    for second in range(most_s + 1):
        if done():
            return second
        here.clock.step(1)
        here.kiosk.network._woken.set()
        await asyncio.sleep(0.01)
        await here.until(lambda: not here.kiosk.network.working)
        here.kiosk.health_changed()
    raise AssertionError(f"not within {most_s} s; the kiosk shows {here.page}")


def notice(here: Site) -> str:
    return here.page.notice if isinstance(here.page, WelcomeView) else ""


@pytest.mark.parametrize("way", ["pulled out", "nobody answers"])
def test_the_notice_comes_and_goes_with_the_wire(tmp_path: Path, way: str) -> None:
    """Nobody signs in: the kiosk finds out by itself, and sends nothing meanwhile."""

    async def story(here: Site, switch: NetworkSwitch) -> None:
        assert "Intet netværk" not in notice(here)
        if way == "pulled out":
            await switch.off()
        else:
            await here.control("POST", "faults", kind="hang", path="/v1.0/")
        took_s = await passes(here, TOLD_WITHIN_S, lambda: "Intet netværk" in notice(here))
        assert took_s > 0
        until_s = here.clock.monotonic_s() + 60
        await passes(here, 60, lambda: here.clock.monotonic_s() >= until_s)
        assert "Intet netværk" in notice(here)
        await switch.on()
        await here.control("DELETE", "faults")
        await passes(here, GONE_WITHIN_S, lambda: "Intet netværk" not in notice(here))
        assert here.kiosk.state.health.network

    async def main() -> None:
        clock = ManualClock(MORNING)
        with Simulator.start(OFFICE, clock=clock) as sim:
            async with NetworkSwitch(sim.port) as switch:
                url = f"https://localhost:{switch.port}"
                urls = {"authority_url": url, "graph_url": f"{url}/v1.0"}
                plain = settings(sim, tmp_path)
                graph = {name: getattr(plain.graph, name) for name in plain.graph.__struct_fields__} | urls
                async with running(sim, clock, settings(sim, tmp_path, graph=graph)) as here:
                    await sign_in(here)
                    await story(here, switch)
                    await switch.on()

    asyncio.run(main())
