"""The thin line: tenant -> calendarView -> state -> view and lamp, and a booking back into the tenant."""

from __future__ import annotations

import asyncio
from pathlib import Path

from drivers.lamp import LampColour
from roomdisplay.state import Kind
from roomdisplay.view import Result, Verb
from tests.roomdisplay.site import site


def test_reads_shows_and_lights(tmp_path: Path) -> None:
    async def story() -> None:
        async with site(tmp_path) as here:
            await here.kind(Kind.FREE)
            assert here.home.headline == "Ledig"
            assert here.home.subline == "indtil 13:00 · 1 t 18 min"
            assert here.lamp() is LampColour.FREE
            await here.step(79 * 60)
            await here.kind(Kind.BUSY)
            assert here.home.title == "Projektmøde Nordhavn"
            assert here.lamp() is LampColour.BUSY

    asyncio.run(story())


def test_books_now(tmp_path: Path) -> None:
    async def story() -> None:
        async with site(tmp_path) as here:
            await here.kind(Kind.FREE)
            here.touch(Verb.BOOK, 1)
            sheet = await here.result()
            assert sheet.result is Result.DONE
            assert here.state().kind is Kind.BUSY
            truth = await here.truth()
            assert truth["busy"]
            assert here.lamp() is LampColour.BUSY

    asyncio.run(story())
