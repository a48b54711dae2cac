"""What the reader believes of what comes back, in front of the tenant that answers wrongly."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from roomdisplay import reader
from roomdisplay.state import Doubt, Kind
from tests.roomdisplay.site import site

EMPTY = {"kind": "empty", "path": "calendarView"}
IN_A_MEETING_S = 79 * 60


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "CONFIRM_EMPTY_S", 0.0)


@pytest.mark.parametrize(
    ("lies", "requests", "kind"),
    [
        (0, 1, Kind.BUSY),
        (1, 2, Kind.BUSY),
        (2, 2, Kind.FREE),
    ],
    ids=["truth", "one empty answer is a lie", "two are believed"],
)
def test_an_empty_answer_is_asked_for_twice(tmp_path: Path, lies: int, requests: int, kind: Kind) -> None:
    async def story() -> None:
        async with site(tmp_path) as here:
            await here.step(IN_A_MEETING_S)
            await here.read()
            assert here.state().kind is Kind.BUSY
            if lies:
                await here.control("POST", "faults", EMPTY | {"count": lies})
            before = here.panel.reader.requests
            await here.read()
            assert here.panel.reader.requests - before == requests
            assert here.state().kind is kind

    asyncio.run(story())


def test_a_calendar_known_to_be_empty_is_asked_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with site(tmp_path) as here:
            await here.control("POST", "faults", EMPTY)
            await here.read()
            before = here.panel.reader.requests
            await here.read()
            assert here.panel.reader.requests == before + 1

    asyncio.run(story())


def test_a_second_question_that_fails_leaves_what_was_known(tmp_path: Path) -> None:
    async def story() -> None:
        async with site(tmp_path) as here:
            await here.step(IN_A_MEETING_S)
            await here.read()
            lie_then_failure = [EMPTY | {"count": 1}, {"kind": "status", "status": 400, "path": "calendarView"}]
            await here.control("POST", "faults", {"faults": lie_then_failure})
            known = here.panel.reader.schedule
            await here.read()
            assert here.panel.reader.schedule is known
            assert here.panel.reader.error is not None
            assert here.state().kind is Kind.BUSY

    asyncio.run(story())


@pytest.mark.parametrize("jump_s", [-7200, -6, 6, 3600])
def test_a_clock_that_jumps_is_not_believed_until_a_read_compares_it(tmp_path: Path, jump_s: float) -> None:
    async def story() -> None:
        async with site(tmp_path) as here:
            await here.kind(Kind.FREE)
            here.clock.jump(jump_s)
            here.panel.refresh()
            assert here.state().doubt is Doubt.CLOCK
            before = here.panel.reader.requests
            here.panel.tick()
            await here.until(lambda: here.panel.reader.requests > before)

    asyncio.run(story())


def test_a_clock_that_is_nudged_goes_on_being_believed(tmp_path: Path) -> None:
    async def story() -> None:
        async with site(tmp_path) as here:
            await here.kind(Kind.FREE)
            here.clock.jump(4)
            here.panel.refresh()
            assert here.state().kind is Kind.FREE

    asyncio.run(story())
