"""What a kiosk tells of an evacuation: each beginning and end once, by whom, and no more than that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from common.control import ControlError, ControlServer, request
from common.database import StoreError, StoreFault
from common.pin import hash_pin
from kiosk.audit import Actor
from kiosk.control import Control
from kiosk.pages import Evacuating, InBuilding
from kiosk.view import Verb
from telemetry.app_client import AppClient
from telemetry.log_bundle import LogSource
from telemetry.operations import UnitParts, operations
from telemetry.power_control import PowerControl
from tests.kiosk.sharing_kit import outbox_bodies
from tests.kiosk.site import PIN, Site, site
from tests.kiosk.test_reception_stories import behind_pin, lives


class Way:
    """The ways to an evacuation: socket, agent, and the glass of `here`."""

    def __init__(self, here: Site, folder: Path) -> None:
        self.here, self._outbox, self.socket = here, folder / "outbox.db", folder / "kiosk.sock"
        power = PowerControl("none.service", boot="b", start="s", agent_service="none.service")
        parts = UnitParts("kiosk", AppClient(self.socket, here.clock), power, LogSource(()), folder)
        self._operation = operations(parts)["evacuation"]

    async def ask(self, **args: object) -> dict[str, object]:
        return await asyncio.to_thread(request, self.socket, "evacuation", 5.0, **args)

    async def command(self, **args: object) -> None:
        await self._operation.run(args)

    async def told(self, most: int) -> list[tuple[bool, str]]:
        """All that was told of evacuations, once it is so many."""
        here = self.here
        await here.until(lambda: len(self._told()) >= most)
        return self._told()

    def _told(self) -> list[tuple[bool, str]]:
        found = [body for _, topic, body in outbox_bodies(self._outbox) if topic == "e/evacuation"]
        assert all(set(body) == {"active", "by", "ago_s"} for body in found)
        return [(bool(body["active"]), body["by"]) for body in found]


Story = Callable[[Way, Site], Awaitable[None]]


def live(folder: Path, story: Story) -> None:
    async def reload() -> None:
        """Nothing changes here."""

    async def main() -> None:
        unit = {"id": "test-lobby", "outbox_file": str(folder / "outbox.db")}
        async with site(folder, unit=unit, admin={"pin_hash": hash_pin(PIN)}) as here:
            handlers = Control(here.kiosk, None, reload).handlers()
            async with ControlServer(folder / "kiosk.sock", handlers):
                await story(Way(here, folder), here)

    asyncio.run(main())


def test_each_way_is_told_once_and_by_whom(tmp_path: Path) -> None:
    async def story(way: Way, here: Site) -> None:
        await behind_pin(here)
        here.tap(Verb.EVACUATE, "on")
        assert await way.told(1) == [(True, "reception")]
        await way.ask(active=True)
        await way.command(active=True, by="hub")
        await here.flow_page(InBuilding)
        here.tap(Verb.EVACUATE, "off")
        await way.told(2)
        here.tap(Verb.HOME)
        await here.home()
        await way.ask(active=True)
        await here.flow_page(Evacuating)
        await way.command(active=False)
        await way.command(active=True, by="hub")
        await way.command(active=False, by="hub")
        assert (await way.told(6))[1:] == [
            (False, "reception"), (True, "control"), (False, "control"), (True, "hub"), (False, "hub"),
        ]  # fmt: skip
        with pytest.raises(ControlError, match="hub or control"):
            await way.ask(active=True, by="reception")
        assert not here.kiosk.state.evacuation

    live(tmp_path, story)


def test_it_begins_and_is_told_although_the_register_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(way: Way, here: Site) -> None:
        async def full(active: bool, actor: Actor) -> bool:
            raise StoreError(Path("register.db"), StoreFault.FULL, "for the test")

        monkeypatch.setattr(here.kiosk.parts.register, "set_evacuation", full)
        with pytest.raises(ControlError):
            await way.ask(active=True)
        await here.flow_page(Evacuating)
        assert await way.told(1) == [(True, "control")]
        with pytest.raises(ControlError):
            await way.ask(active=False)
        assert here.kiosk.state.evacuation, "what cannot be written would come back with the next start"

    live(tmp_path, story)


def test_a_kiosk_that_starts_in_one_says_how_long_ago_it_began(tmp_path: Path) -> None:
    """It may have been killed before its outbox had the beginning on the disk."""
    outbox = tmp_path / "outbox.db"

    def told() -> list[tuple[str, int]]:
        found = [body for _, topic, body in outbox_bodies(outbox) if topic == "e/evacuation"]
        return [(body["by"], int(body["ago_s"])) for body in found]

    async def begun(here: Site) -> None:
        await here.kiosk.desk.set_evacuation(True, "control")
        await here.step(90)

    async def blind(here: Site) -> None:
        await here.flow_page(Evacuating)
        here.clock.sync = False

    async def again(here: Site) -> None:
        await here.flow_page(Evacuating)
        here.clock.sync = True

    async def over(here: Site) -> None:
        await here.until(lambda: told() == [("control", 0), ("restart", 90), ("restart", 90)])
        await here.kiosk.desk.set_evacuation(False, "control")

    async def later(here: Site) -> None:
        await here.until(lambda: len(told()) == 4)

    lives(tmp_path, begun, blind, again, over, later, unit={"id": "test-lobby", "outbox_file": str(outbox)})
    assert told()[-1] == ("control", 0)
