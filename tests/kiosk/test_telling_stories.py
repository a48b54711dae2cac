"""Reception signs a guest in at the hub, and a kiosk tells the host: hub, kiosks and Microsoft 365, all but the broker.

Desk -> visit -> deliveries -> control socket -> register -> messenger -> the simulated tenant, and what the kiosk says
of it by its outbox -> ingest -> the words on reception's page.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from common.clock import ManualClock
from hub.visits import tellings
from hub.visits.guest_form import GuestForm
from hub.web.visitor_telling import said_of
from hub.web.wording import LocalTime
from kiosk.control import status_of
from simulator.server import Simulator
from telemetry.messages import SharingKeys, encode
from telemetry.now_values import kiosk_now
from tests.hub.visits.kit import SITE, Hub, hub
from tests.hub.wire import batch, row
from tests.kiosk.register_kit import ZONE
from tests.kiosk.sharing_kit import outbox_bodies
from tests.kiosk.site import BENTE, DESK, LOUISE, MORNING, OFFICE, Site, running, settings, sign_in
from tests.kiosk.test_sharing_stories import asked

FORM = GuestForm("Bo Dam", "Louise Holm", LOUISE)
BY_NAME = GuestForm("Bo Dam", "louise holm")
TO_BENTE = GuestForm("Bo Dam", "Bente Jensen", BENTE)
TOPICS = ("e/visit", tellings.TOPIC)
HERE = "kiosk: Din gæst Bo Dam er kommet og venter i lobbyen (Nordhavn Kontorhus, kl. 10:00)."


class Agent:
    """What agent and broker do for one kiosk: keys, facts and rows to the hub, visits to the kiosk."""

    def __init__(self, there: Hub, here: Site, unit: str, outbox: Path) -> None:
        self.there, self.here, self.unit, self.outbox = there, here, unit, outbox
        self.deaf = False
        """nothing of this kiosk reaches the hub"""
        self._had = 0
        there.kiosk(unit, shares=False)

    async def up(self) -> None:
        """What the kiosk tells."""
        told = self.there.parts.book.ring.public_keys(self.there.clock.now().date())
        keys = {day.isoformat(): base64.urlsafe_b64encode(key).decode().rstrip("=") for day, key in told.items()}
        answer = await asked(self.here, "sharing", keys=keys)
        if self.deaf:
            return
        self.there.latest(self.unit, "reported/sharing", encode(SharingKeys(keys=answer["keys"])))
        now = kiosk_now(await status_of(self.here.kiosk))
        self.there.latest(self.unit, "now/kiosk", msgspec.json.encode(now))
        for seq, topic, body in outbox_bodies(self.outbox, self._had) if self.outbox.exists() else ():
            self._had = seq
            if topic in TOPICS:
                text, at_ms = json.dumps(body), self.there.now_ms()
                self.there.say(self.unit, batch(row(seq, body=text, ts=at_ms)), topic)

    async def down(self) -> None:
        """What the hub has for it, done; a kiosk that is deaf does it, and nobody hears of that."""
        for blob in self.there.commands(self.unit):
            await asked(self.here, "visit", record=blob)
            if not self.deaf:
                self.there.answer(unit=self.unit)


class Place:
    """The hub's desk, and its kiosks."""

    def __init__(self, there: Hub, agents: list[Agent]) -> None:
        self.there, self.agents = there, agents
        self.clock: ManualClock = there.clock

    async def carry(self) -> None:
        for agent in self.agents:
            await agent.up()
        self.there.parts.look()
        for agent in self.agents:
            await agent.down()

    async def until(self, said: str, visit: str) -> None:
        """Until that stands on reception's page; without letting time pass."""
        try:
            async with asyncio.timeout(15):
                while said not in self.page(visit):
                    await self.carry()
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"reception reads {self.page(visit)!r}") from None

    def page(self, visit: str) -> str:
        """What the page says of telling the host."""
        found, _ = self.there.parts.desk.find(visit)
        with self.there.store.reading() as connection:
            telling = tellings.of_visit(connection, visit)
        moment = LocalTime(ZONE, self.clock.now()).moment
        said = said_of(found, telling, {}, moment, self.there.now_ms())
        return said.text if said else ""

    async def pass_time(self, seconds: int) -> None:
        for _ in range(0, seconds, 2):
            await self.agents[0].here.step(2)
            self.there.orders.expire()
            await self.carry()


Story = Callable[[Place], Awaitable[None]]


def lived(folder: Path, story: Story, *units: str) -> None:
    """`story` with these kiosks of one tenant, signed in, and the hub's desk."""

    async def told() -> None:
        clock = ManualClock(MORNING)
        (folder / "hub").mkdir()
        with Simulator.start(OFFICE, clock=clock) as sim, hub(folder / "hub", clock=clock) as there:
            async with AsyncExitStack() as stack:
                agents = []
                for unit in units:
                    own = folder / unit
                    own.mkdir()
                    outbox = own / "outbox.db"
                    sections: dict[str, Any] = {
                        "unit": {"id": unit, "outbox_file": str(outbox)}, "sharing": {"enabled": True},
                    }  # fmt: skip
                    here = await stack.enter_async_context(running(sim, clock, settings(sim, own, **sections)))
                    await sign_in(here)
                    agents.append(Agent(there, here, unit, outbox))
                place = Place(there, agents)
                await place.carry()
                await story(place)

    asyncio.run(told())


def test_the_host_is_told_once_and_reception_reads_so(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        here = place.agents[0].here
        made = place.there.parts.desk.sign_in(FORM, SITE, "bente")
        assert place.page(made) == "The kiosk lobby is telling Louise Holm."
        await place.until("Louise Holm was told in Teams at 10:00. No answer yet.", made)
        for _ in range(3):
            await place.carry()
        (line,) = await here.chat()
        assert line.startswith(HERE)
        await here.answers("kommer nu")
        await here.step(6)
        await place.until("Louise Holm is coming: answered 10:00.", made)
        assert await here.mails() == []

    lived(tmp_path, story, "lobby")


def test_a_host_who_is_named_only_is_found_in_the_directory_of_the_kiosk(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        here, desk = place.agents[0].here, place.there.parts.desk
        made = desk.sign_in(BY_NAME, SITE, "bente")
        await place.until("louise holm was told in Teams at 10:00.", made)
        desk.correct(made, FORM, "bente")
        await place.until("Louise Holm was told in Teams at 10:00.", made)
        assert len(await here.chat()) == 1, "it was her all along"

    lived(tmp_path, story, "lobby")


def test_a_name_that_no_host_has_is_receptions(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        made = place.there.parts.desk.sign_in(GuestForm("Bo Dam", "Nobody Here"), SITE, "bente")
        await place.until("The kiosk lobby could not tell Nobody Here; reception has a mail about it.", made)
        (mail,) = await place.agents[0].here.mails()
        assert mail["to"] == [DESK]

    lived(tmp_path, story, "lobby")


def test_another_host_is_told_and_the_first_no_more(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        here, desk = place.agents[0].here, place.there.parts.desk
        made = desk.sign_in(FORM, SITE, "bente")
        await place.until("Louise Holm was told in Teams", made)
        desk.correct(made, TO_BENTE, "bente")
        assert place.page(made) == "The kiosk lobby is telling Bente Jensen."
        await place.until("Bente Jensen was told in Teams", made)
        await place.pass_time(70)
        await place.until("Bente Jensen was told by mail too", made)
        assert (len(await here.chat(LOUISE)), len(await here.chat(BENTE))) == (1, 1)
        assert [mail["to"] for mail in await here.mails()] == [[BENTE]]

    lived(tmp_path, story, "lobby")


def test_a_host_of_no_directory_who_does_not_answer_until_reception_hears_of_it(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        here = place.agents[0].here
        made = place.there.parts.desk.sign_in(GuestForm("Bo Dam", "Ida Berg", "ida@lejer.example"), SITE, "bente")
        await place.until("Ida Berg was told by mail", made)
        await place.pass_time(310)
        await place.until("Nobody has answered for Ida Berg; reception has a mail about it", made)
        assert "Call Ida Berg, ida@lejer.example." in place.page(made)
        assert [mail["to"] for mail in await here.mails()] == [["ida@lejer.example"], [DESK]]

    lived(tmp_path, story, "lobby")


@pytest.mark.parametrize("took_it", [False, True], ids=["never heard of it", "told, and was cut off"])
def test_a_kiosk_that_is_cut_off_and_another_that_tells(tmp_path: Path, took_it: bool) -> None:
    """Whether or not the first one told, the host has one message in the end: both write as one account."""

    async def story(place: Place) -> None:
        first, second = place.agents
        made = place.there.parts.desk.sign_in(FORM, SITE, "bente")
        assert place.there.parts.desk.find(made)[0].teller == first.unit
        first.deaf = True
        if took_it:
            await place.carry()
            await first.here.until(lambda: first.here.kiosk.parts.register.open_visits())
            async with asyncio.timeout(10):
                while not await first.here.chat():
                    await asyncio.sleep(0.02)
        else:
            place.agents = [second]
        await place.pass_time(58)
        assert place.there.parts.desk.find(made)[0].teller == first.unit
        await place.pass_time(4)
        await place.until("Louise Holm was told in Teams", made)
        assert place.there.parts.desk.find(made)[0].teller == second.unit
        (line,) = [one for one in await second.here.chat() if one.startswith("kiosk: Din gæst Bo Dam")]
        assert ("(gentaget)" in line) is not took_it

    lived(tmp_path, story, "a-lobby", "b-lobby")
