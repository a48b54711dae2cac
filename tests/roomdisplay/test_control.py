"""What the agent asks of a panel over its control socket, and what the panel tells: no names, and undo at the door."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from common.control import ControlError, Request
from drivers.readings import Climate, Reading
from roomdisplay.control import Control
from roomdisplay.view import Verb
from tests.roomdisplay.site import Site, site
from tests.roomdisplay.test_stories import to


async def _nothing() -> None:
    """The configuration has not changed."""


def asked(here: Site, op: str) -> Any:
    handlers = Control(here.panel, None, _nothing).handlers()
    return handlers[op](Request(op, {}, 1000, 1))


def test_a_release_from_afar_can_be_undone_at_the_door(tmp_path: Path) -> None:
    async def story() -> None:
        async with site(tmp_path, meeting={"release": True}) as here:
            with pytest.raises(ControlError, match="No meeting runs"):
                await asked(here, "release")
            await to(here, "13:02")
            await here.until(lambda: here.state().current)
            assert await asked(here, "release") == {"undo_s": 10}
            await here.until(lambda: here.home.toast)
            here.act(Verb.UNDO)
            await here.result()
            assert (await here.truth())["busy"]
            here.act(Verb.CLOSE)
            await asked(here, "release")
            await here.until(lambda: here.home.toast)
            await here.step(11)
            await here.result()
            assert not (await here.truth())["busy"]

    asyncio.run(story())


def test_a_release_is_refused_where_the_panel_offers_none(tmp_path: Path) -> None:
    async def story() -> None:
        async with site(tmp_path, meeting={"release": False}) as here:
            with pytest.raises(ControlError, match="Releasing is off"):
                await asked(here, "release")

    asyncio.run(story())


def test_the_status_tells_the_air(tmp_path: Path) -> None:
    async def story() -> None:
        async with site(tmp_path) as here:
            assert (await asked(here, "status"))["climate"] == {"temperature_c": None, "co2_ppm": None, "light": None}
            air = Climate(temperature_c=21.5, co2_ppm=640)
            here.panel.senses.take(Reading("air", here.clock.monotonic_s(), air))
            climate = (await asked(here, "status"))["climate"]
            assert (climate["temperature_c"], climate["co2_ppm"]) == (21.5, 640)

    asyncio.run(story())
