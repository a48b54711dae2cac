"""Two panels at one room of one simulated tenant: they share check-ins, and one of them gives a no-show's room back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from roomdisplay.assembly import assembled
from roomdisplay.release import Step, turn
from roomdisplay.state import GREEN, Kind
from roomdisplay.view import Verb
from telemetry.payloads import Event, NoShow
from tests.roomdisplay.site import Site, settings, sign_in, site
from tests.roomdisplay.test_presence_stories import busy, declined, told

DOORS = ("test-panel", "test-panel-2")
SHARED: dict[str, Any] = {
    "check_in": {"enabled": True},
    "release": {"enabled": True, "exchange_auto_release": "off", "without_sensors": True, "panels": 2},
}


@asynccontextmanager
async def two(folder: Path) -> AsyncIterator[tuple[Site, Site]]:
    """Both panels on one clock, signed in."""
    async with site(folder, **SHARED) as first:
        other = folder / "other"
        other.mkdir()
        config = settings(first.sim, other, unit={"id": DOORS[1], "state_folder": str(other)}, **SHARED)
        async with assembled(config, first.clock) as panel:
            task = asyncio.create_task(panel.run())
            second = Site(first.sim, first.clock, panel)
            try:
                await sign_in(second)
                yield first, second
            finally:
                await second.until(lambda: not panel.reader.reading)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


async def live(doors: tuple[Site, Site], until: str, every_s: float) -> None:
    """Let the day pass for both."""
    clock, zone = doors[0].clock, doors[0].panel.config.room.zone
    hour, minute, second = (int(part) for part in until.split(":"))
    target = clock.now().astimezone(zone).replace(hour=hour, minute=minute, second=second, microsecond=0)
    while (left_s := (target - clock.now()).total_seconds()) > 0:
        clock.step(min(every_s, left_s))
        for door in doors:
            door.panel.tick()
        await asyncio.sleep(0)
        for door in doors:
            await at_rest(door)


async def at_rest(door: Site) -> None:
    await door.until(lambda: not door.panel.reader.reading and door.panel.effects.idle)


async def heard(doors: tuple[Site, Site]) -> None:
    """A touch at the first shows both that the tenant lets them share check-ins."""
    first, second = doors
    await live(doors, "12:54:00", 600)
    await live(doors, "12:58:00", 20)
    await first.kind(Kind.CHECK_IN)
    first.touch(Verb.CHECK_IN)
    await first.result()
    await live(doors, "13:02:00", 20)
    await second.until(lambda: not second.panel.state.check_in_key)
    assert [door.panel.no_shows.shared for door in doors] == [True, True]


def play(folder: Path, story: Callable[[tuple[Site, Site]], Awaitable[None]]) -> None:
    async def main() -> None:
        async with two(folder) as doors:
            await story(doors)

    asyncio.run(main())


def attempts(found: list[Event]) -> list[str]:
    return [event.step for event in found if isinstance(event, NoShow) and event.step in ("released", "failed")]


def test_only_one_of_two_panels_gives_the_room_back(tmp_path: Path) -> None:
    turns = [turn(door) for door in DOORS]
    assert turns[1] - turns[0] > timedelta(seconds=30)

    async def story(doors: tuple[Site, Site]) -> None:
        first, second = doors
        await heard(doors)
        found = told(first), told(second)
        await live(doors, "14:54:00", 600)
        await live(doors, "15:10:15", 20)
        assert [door.panel.state.kind for door in doors] == [Kind.RELEASE_WARNING] * 2
        assert [door.panel.no_shows.verdict.step for door in doors] == [Step.WARN] * 2, "its time, and nobody's turn"
        await live(doors, "15:10:20", 5)
        assert not await busy(first)
        await live(doors, "15:14:00", 5)
        assert [attempts(each) for each in found] == [["released"], []]
        assert len(await declined(first)) == 1
        assert second.panel.state.kind in GREEN

    play(tmp_path, story)
