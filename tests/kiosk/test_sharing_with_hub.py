"""Two kiosks' registers and the real hub's book of visits between them; only the broker is missing."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from common.visiting.sealed_visit import VisitRefused
from common.visiting.shared_visit import HUB
from hub.visits.access_requests import erase_guest
from hub.visits.book import Origin
from kiosk.events import Badge
from kiosk.model import LeftBy, VisitState
from telemetry.messages import SharingKeys, encode
from tests.hub.visits.kit import MONDAY, SITE, Hub, hub
from tests.hub.wire import batch, row
from tests.kiosk.register_kit import DAY_S, guest, visit_id
from tests.kiosk.sharing_kit import Lobby, outbox_bodies

TODAY = MONDAY.date()


class Between:
    """What agents and broker do: carries keys, rows and commands."""

    def __init__(self, there: Hub, *lobbies: Lobby) -> None:
        self.there = there
        self.lobbies = lobbies
        self._had = dict.fromkeys(lobbies, 0)
        self.refused = 0

    async def carry(self, rounds: int = 4) -> None:
        """A few rounds of everything."""
        for _ in range(rounds):
            self.there.parts.look()
            for lobby in self.lobbies:
                await self._keys(lobby)
                await lobby.sharing.turn()
                self._rows(lobby)
            self.there.parts.deliveries.look()
            for lobby in self.lobbies:
                await self._commands(lobby)

    async def _keys(self, lobby: Lobby) -> None:
        told = self.there.parts.book.ring.public_keys(self.there.clock.now().date())
        keys = {day.isoformat(): base64.urlsafe_b64encode(key).decode().rstrip("=") for day, key in told.items()}
        answer = await lobby.sharing.exchange(keys)
        self.there.latest(lobby.unit, "reported/sharing", encode(SharingKeys(keys=answer["keys"])))

    def _rows(self, lobby: Lobby) -> None:
        for seq, topic, body in outbox_bodies(lobby.folder / "outbox.db", self._had[lobby]):
            self._had[lobby] = seq
            if topic == "e/visit":
                self.there.say(lobby.unit, batch(row(seq, body=json.dumps(body))))

    async def _commands(self, lobby: Lobby) -> None:
        state = "successful"
        for blob in self.there.commands(lobby.unit):
            try:
                await lobby.sharing.take(base64.b64decode(blob))
            except VisitRefused:
                self.refused += 1
                state = "failed"
        self.there.answer(state)


Story = Callable[[Between, Lobby, Lobby], Awaitable[None]]


@pytest.fixture
def site(tmp_path: Path) -> Callable[[Story], None]:
    """`site(story)` lives it with two kiosks and a hub over SQLite."""

    def lived(story: Story) -> None:
        async def told(there: Hub) -> None:
            made = [Lobby(tmp_path / unit, unit, there.clock) for unit in ("a-lobby", "z-lobby")]
            try:
                for lobby in made:
                    await lobby.open()
                    there.kiosk(lobby.unit, shares=False)
                await story(Between(there, *made), *made)
            finally:
                for lobby in made:
                    await lobby.close()

        (tmp_path / "hub").mkdir()
        with hub(tmp_path / "hub") as there:
            asyncio.run(told(there))

    return lived


def test_a_guest_comes_at_one_and_leaves_at_the_other(site: Callable[[Story], None]) -> None:
    async def story(between: Between, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1, 2)
        printed = a.badges.token(visit_id(1), a.clock.now(), clock_sure=True)
        await between.carry()
        assert a.inside == b.inside == [1, 2]
        assert between.there.readable() == {1, 2}
        assert await b.reader().read(printed) == Badge(visit_id(1))
        await b.register.sign_out(visit_id(1), LeftBy.SCAN)
        await between.carry()
        kept = between.there.get(1)
        assert kept is not None
        assert (kept.state, kept.by, kept.origin) == ("left", "z-lobby", "a-lobby")
        assert a.inside == b.inside == [2]
        assert between.refused == 0

    site(story)


def test_reception_signs_out_at_the_hub(site: Callable[[Story], None]) -> None:
    async def story(between: Between, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1)
        await between.carry()
        kept = between.there.get(1)
        assert kept is not None
        left = msgspec.structs.replace(
            kept, version=kept.version + 1, by=HUB, state="left", left_by="reception", out_at=MONDAY
        )
        with between.there.store.begin() as connection:
            assert between.there.parts.book.put(connection, left, Origin(HUB, SITE), MONDAY)
        await between.carry()
        ends = [await lobby.register.by_id(visit_id(1)) for lobby in (a, b)]
        assert [(one.state, one.out_by) for one in ends if one] == [(VisitState.LEFT, LeftBy.RECEPTION)] * 2

    site(story)


def test_who_is_erased_at_the_hub_is_gone_at_the_kiosks(site: Callable[[Story], None]) -> None:
    async def story(between: Between, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1, 2)
        await between.carry()
        await a.register.sign_out(visit_id(1), LeftBy.SCAN)
        await between.carry()
        there = between.there
        erase_guest(there.store, there.parts.book, guest(1).email, MONDAY, "ida@nordhavn.example")
        a.clock.step(120)
        await between.carry()
        a.clock.step(120)
        await a.sign_in(3)
        await between.carry()
        for lobby in (a, b):
            assert await lobby.register.by_id(visit_id(1)) is None
            assert lobby.inside == [2, 3]
        assert there.readable() == {2, 3}

    site(story)


def test_after_fourteen_days_nobody_knows_anybody(site: Callable[[Story], None]) -> None:
    async def story(between: Between, a: Lobby, b: Lobby) -> None:
        await a.sign_in(1)
        await between.carry()
        a.clock.step(14 * DAY_S + timedelta(hours=1).total_seconds())
        between.there.parts.forget()
        for lobby in (a, b):
            await lobby.evening()
        await between.carry()
        assert between.there.readable() == set()
        assert [await lobby.rows("visits") for lobby in (a, b)] == [0, 0]
        assert [await lobby.rows("shares") for lobby in (a, b)] == [0, 0]

    site(story)
