"""A host answers by link: from the message in the simulated tenant over the hub's real page, the agent's operation and
the kiosk's socket to what the guest reads. Only the broker between hub and agent is missing.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import insert

from common.clock import ManualClock
from common.control import ControlError, ControlServer, request
from hub.tables import UNITS
from kiosk.control import Control
from kiosk.model import Answer, LeftBy, Progress
from kiosk.view import Verb
from simulator.server import Simulator
from telemetry.answer_operation import answer_operation
from telemetry.app_client import AppClient
from tests.hub.web_kit import Served, served
from tests.kiosk.site import BENTE, DESK, LOUISE, MORNING, OFFICE, Site, running, settings, sign_in, site

NAME = "Karl Åge Guest"
UNIT = "test-lobby"
COMING, FIVE = "er på vej", "er her om cirka fem minutter"
_LINK = re.compile(r"https://\S+/a/test-lobby/[A-Za-z0-9_-]{22}/(?:coming|five)\?lang=\w\w")


def links_in(text: str) -> list[str]:
    return _LINK.findall(text)


def id_of(link: str) -> str:
    return urlsplit(link).path.split("/")[3]


class Way:
    """From a link to the kiosk, as the host's browser, the hub and the agent go it."""

    def __init__(self, hub: Served, here: Site, folder: Path) -> None:
        self.hub = hub
        self.here = here
        self.socket = folder / "kiosk.sock"
        self._operation = answer_operation(AppClient(self.socket, here.clock))
        self._browser = hub.browser()

    async def look(self, link: str) -> httpx.Response:
        return await asyncio.to_thread(self._browser.get, link)

    async def press(self, link: str) -> httpx.Response:
        """The button; what the hub sends to the unit is done there."""
        self.hub.sender.sent.clear()
        page = await asyncio.to_thread(self._browser.post, link)
        for topic, payload, _, _ in self.hub.sender.sent:
            assert topic.startswith(f"mydesk/1/{UNIT}/cmd/answer/")
            assert await self._operation.run(json.loads(payload)["args"]) == {}
        return page

    async def ask(self, **args: Any) -> dict[str, Any]:
        """Straight to the kiosk's socket."""
        return await asyncio.to_thread(request, self.socket, "answer", 5.0, **args)


Story = Callable[[Way, Site], Awaitable[None]]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """`live(story)` lives it at a kiosk whose messages have links to a hub that runs."""
    with ExitStack() as stack:
        (tmp_path / "hub").mkdir()
        hub = stack.enter_context(served(tmp_path / "hub", office=False))
        with hub.parts.store.begin() as connection:
            connection.execute(insert(UNITS).values(unit=UNIT, role="kiosk"))

        def lived(story: Story, **notify: Any) -> None:
            async def main() -> None:
                said = {"answer_url": hub.url, **notify}
                unit = {"id": UNIT, "outbox_file": str(tmp_path / "outbox.db")}
                async with site(tmp_path, unit=unit, notify=said) as here, served_socket(here, tmp_path):
                    await story(Way(hub, here, tmp_path), here)

            asyncio.run(main())

        yield lived


def served_socket(here: Site, folder: Path) -> ControlServer:
    async def reload() -> None:
        """Nothing changes here."""

    return ControlServer(folder / "kiosk.sock", Control(here.kiosk, None, reload).handlers())


async def chat_links(here: Site, person: str = LOUISE) -> list[str]:
    return links_in((await here.chat(person))[-1])


@pytest.mark.parametrize(("which", "said"), [(0, COMING), (1, FIVE)])
def test_a_link_in_the_chat(live: Callable[..., None], which: int, said: str) -> None:
    async def story(way: Way, here: Site) -> None:
        await here.walk_in(NAME)
        await here.says("Louise H. har fået besked på Teams")
        link = (await chat_links(here))[which]
        page = await way.look(link)
        assert (page.status_code, NAME in page.text, "Guest" in page.text) == (200, False, False)
        await here.step(1)
        assert not any(said in line for line in here.lines), "a program that looks at links has answered nothing"
        assert (await way.press(link)).status_code == 200
        await here.says(said)
        here.tap(Verb.MORE_TIME)
        await here.step(400)
        assert await here.mails() == [], "the ladder has ended"

    live(story)


def test_a_mail_in_the_hosts_language_without_chats(live: Callable[..., None]) -> None:
    async def story(way: Way, here: Site) -> None:
        await here.walk_in(NAME)
        await here.says("e-mail")
        (mail,) = await here.mails()
        coming, five = links_in(mail["content"])
        assert coming.endswith("/coming?lang=da")
        assert five.endswith("/five?lang=da")
        assert "Svar med et link" in mail["content"]
        assert '<html lang="da">' in (await way.look(coming)).text
        await way.press(five)
        await here.says(FIVE)
        await way.press(coming)
        await here.says(COMING)

    live(story, first="mail", read_answers_min=0)


def test_the_delegate_answers_and_reception_is_not_asked(live: Callable[..., None]) -> None:
    async def story(way: Way, here: Site) -> None:
        await here.walk_in(NAME)
        await here.says("Louise H. har fået besked på Teams")
        for _ in range(6):
            here.tap(Verb.MORE_TIME)
            await here.step(31)
        await here.says("Bente J. har fået besked på Teams")
        (mail,) = await here.mails()
        first, second, third = await chat_links(here), links_in(mail["content"]), await chat_links(here, BENTE)
        assert len({id_of(link) for link in (*first, *second, *third)}) == 3
        await way.press(third[0])
        await here.says(f"Bente J. {COMING}")

    live(story)


def test_an_answer_after_the_end_of_the_ladder_is_shown_too(live: Callable[..., None]) -> None:
    async def story(way: Way, here: Site) -> None:
        await here.walk_in(NAME)
        await here.says("e-mail")
        link = links_in((await here.mails())[0]["content"])[0]
        for _ in range(12):
            here.tap(Verb.MORE_TIME)
            await here.step(28)
            await here.until(lambda: not here.kiosk.busy)
        await here.until(lambda: not here.kiosk.parts.messenger._active)
        assert [mail["to"] for mail in await here.mails()] == [[LOUISE], [BENTE], [DESK]]
        here.tap(Verb.MORE_TIME)
        await way.press(link)
        await here.says(f"Louise H. {COMING}")

    live(story, first="mail", read_answers_min=0)


def test_wrong_and_old_links_do_nothing_and_look_the_same(live: Callable[..., None]) -> None:
    async def story(way: Way, here: Site) -> None:
        await here.walk_in(NAME)
        await here.says("Louise H. har fået besked på Teams")
        link = (await chat_links(here))[0]
        wrong = link.replace(id_of(link), "A" * 22)
        here.clock.step(1801)
        old, unknown = await way.press(link), await way.press(wrong)
        assert (old.status_code, old.text) == (unknown.status_code, unknown.text)
        assert await way.ask(id=id_of(link), answer="coming") == await way.ask(id="A" * 22, answer="five")
        await here.step(1)
        (visit,) = here.inside
        messages = await here.kiosk.parts.register.messages_of(visit.id)
        assert Progress.ANSWERED not in {one.state for one in messages}

    live(story)


def test_after_the_guest_has_left_nobody_is_answered(live: Callable[..., None]) -> None:
    async def story(way: Way, here: Site) -> None:
        await here.walk_in(NAME)
        await here.says("Louise H. har fået besked på Teams")
        link = (await chat_links(here))[0]
        (visit,) = here.inside
        await here.kiosk.parts.register.sign_out(visit.id, LeftBy.GUEST)
        assert (await way.press(link)).status_code == 200
        await here.step(1)
        await here.until(lambda: not here.kiosk.parts.messenger.working)
        assert {one.state for one in await here.kiosk.parts.register.messages_of(visit.id)} == {Progress.SENT}

    live(story)


@pytest.mark.parametrize("args", [{}, {"id": 7, "answer": "coming"}, {"id": "x", "answer": "no"}, {"id": "x" * 65}])
def test_what_is_no_answer_is_told(live: Callable[..., None], args: dict[str, Any]) -> None:
    async def story(way: Way, here: Site) -> None:
        with pytest.raises(ControlError, match="coming, five"):
            await way.ask(**args)

    live(story)


def test_a_message_that_stands_in_the_chat_is_not_sent_again_for_its_links(tmp_path: Path) -> None:
    """The power goes between Teams' acceptance and our commit: the next life has other links, and the same message."""

    async def main() -> None:
        clock = ManualClock(MORNING)
        with Simulator.start(OFFICE, clock=clock) as sim:
            unit = {"id": UNIT, "outbox_file": str(tmp_path / "outbox.db")}
            config = settings(sim, tmp_path, unit=unit, notify={"answer_url": "https://hub.nordhavn.example:8443"})
            async with running(sim, clock, config) as here:
                await sign_in(here)
                await here.walk_in(NAME)
                await here.says("Louise H. har fået besked på Teams")
                (visit,) = here.inside
                assert len(await chat_links(here)) == 2
                await here.until(lambda: not here.kiosk.busy)
            with sqlite3.connect(tmp_path / "register" / "register.db") as connection:
                assert connection.execute("UPDATE messages SET state = 'sending'").rowcount == 1
            connection.close()
            async with running(sim, clock, config) as here:
                await _sent(here, visit.id)
                assert len(await here.chat()) == 1

    asyncio.run(main())


async def _sent(here: Site, visit_id: str) -> None:
    for _ in range(200):
        messages = await here.kiosk.parts.register.messages_of(visit_id)
        if all(one.state is Progress.SENT for one in messages):
            return
        await here.step(1)
        await asyncio.sleep(0.01)
    raise AssertionError("never sent")


def test_without_an_address_there_are_no_links(tmp_path: Path) -> None:
    async def main() -> None:
        async with site(tmp_path) as here:
            await here.walk_in(NAME)
            await here.says("Louise H. har fået besked på Teams")
            (said,) = await here.chat()
            assert "https://" not in said
            assert not here.kiosk.parts.messenger.answer("A" * 22, Answer.COMING)

    asyncio.run(main())
