"""Reception and admins at the kiosk: the PIN, who is in the building, reprints, the evacuation; and restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from common.clock import ManualClock
from common.pin import hash_pin
from kiosk.pages import Admin, Evacuating, InBuilding, Person, Pin
from kiosk.view import DoneView, ListView, MessageView, PinView, Verb
from simulator.server import Simulator
from tests.kiosk.site import LOUISE, MORNING, OFFICE, PIN, Site, running, settings, sign_in

NAME = "Karl Åge Guest"
Story = Callable[[Site], Awaitable[None]]


def lives(folder: Path, *stories: Story, **sections: Any) -> None:
    """One life of the kiosk after the other, with the same files; it signs in in the first."""

    async def main() -> None:
        clock = ManualClock(MORNING)
        with Simulator.start(OFFICE, clock=clock) as sim:
            config = settings(sim, folder, admin={"pin_hash": hash_pin(PIN)}, **sections)
            for number, story in enumerate(stories):
                async with running(sim, clock, config) as here:
                    if not number:
                        await sign_in(here)
                    await story(here)

    asyncio.run(main())


async def behind_pin(here: Site) -> None:
    here.tap(Verb.ADMIN)
    here.tap(Verb.PIN, PIN)
    await here.until(lambda: not isinstance(here.kiosk.state.page, Pin))


async def people(here: Site) -> ListView:
    """The list of who is in the building, once it is read."""
    here.tap(Verb.ADMIN_PAGE, "building")
    await here.until(lambda: isinstance(page := here.kiosk.state.page, InBuilding) and page.people is not None)
    return await here.page_of(ListView)


def test_a_wrong_pin_opens_nothing(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        here.tap(Verb.ADMIN)
        here.tap(Verb.PIN, "000000")
        await here.until(lambda: isinstance(here.page, PinView) and here.page.message and not here.page.digits)
        here.tap(Verb.ADMIN_PAGE, "building")
        assert isinstance(here.kiosk.state.page, Pin)

    lives(tmp_path, story)


def test_status_list_reprint_and_sign_out(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.walk_in(NAME)
        await here.until(lambda: len(here.labels) == 1)
        here.tap(Verb.HOME)
        await behind_pin(here)
        await here.flow_page(Admin)
        await here.until(lambda: here.kiosk.admin_facts.on_site == 1)
        assert NAME not in str(here.page)
        listed = await people(here)
        assert [row.title for row in listed.rows] == [NAME]
        here.tap(Verb.PICK, "0")
        await here.flow_page(Person)
        (visit,) = here.inside
        here.tap(Verb.REPRINT, visit.id)
        await here.until(lambda: len(here.labels) == 2)
        assert here.labels[0].texts == here.labels[1].texts
        here.tap(Verb.LEAVE, visit.id)
        await here.until(lambda: not here.inside)
        await here.until(lambda: isinstance(page := here.kiosk.state.page, InBuilding) and page.people == ())

    lives(tmp_path, story)


def test_an_evacuation_outlives_a_restart(tmp_path: Path) -> None:
    async def before(here: Site) -> None:
        await here.walk_in(NAME)
        await here.until(lambda: len(here.labels) == 1)
        here.tap(Verb.HOME)
        await behind_pin(here)
        here.tap(Verb.EVACUATE, "on")
        await here.until(lambda: isinstance(page := here.kiosk.state.page, InBuilding) and bool(page.people))
        here.tap(Verb.TICK, here.inside[0].id)
        here.tap(Verb.PRINT_LIST)
        await here.until(lambda: len(here.labels) == 2)
        assert NAME in " ".join(here.labels[1].texts)

    async def after(here: Site) -> None:
        await here.flow_page(Evacuating)
        here.tap(Verb.VISIT)
        await here.flow_page(Evacuating)
        await behind_pin(here)
        await here.until(lambda: isinstance(page := here.kiosk.state.page, InBuilding) and bool(page.people))
        listed = await here.page_of(ListView)
        assert [(row.title, row.marked) for row in listed.rows] == [(NAME, True)]
        here.tap(Verb.EVACUATE, "off")
        await here.until(lambda: not here.kiosk.busy)

    async def later(here: Site) -> None:
        await here.home()
        assert not here.kiosk.state.evacuation

    lives(tmp_path, before, after, later)


def test_without_a_network_a_restarted_kiosk_finds_hosts_and_tells_them_later(tmp_path: Path) -> None:
    async def before(here: Site) -> None:
        assert here.kiosk.parts.hosts.age is not None

    async def after(here: Site) -> None:
        await here.control("POST", "faults", kind="drop", path="/v1.0/")
        await here.walk_in(NAME)
        await here.says("Intet netværk")
        assert await here.chat() == []

    async def again(here: Site) -> None:
        """The fault is gone with the end of the life before; the guest is still in, the message still to be sent."""
        await here.until(lambda: here.inside)
        assert here.inside[0].host.address == LOUISE
        await until_told(here)
        await here.until(lambda: here.kiosk.state.health.network)
        assert len(await here.chat()) == 1

    lives(tmp_path, before, after, again)


async def until_told(here: Site) -> None:
    """Let at most five minutes pass until the host has read it."""
    for _ in range(60):
        if await here.chat():
            return
        await here.step(5)
        await asyncio.sleep(0.01)
    raise AssertionError("the host was not told")


def test_a_sign_in_is_finished_although_the_kiosk_is_restarted_at_once(tmp_path: Path) -> None:
    async def before(here: Site) -> None:
        await here.to_details()
        here.keys(NAME, "name")
        here.tap(Verb.NEXT)
        await here.page_of(DoneView)

    async def after(here: Site) -> None:
        await here.until(lambda: here.inside)
        await until_told(here)
        (told,) = await here.chat()
        assert NAME in told
        assert not isinstance(here.page, MessageView)

    lives(tmp_path, before, after)
