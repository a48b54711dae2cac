"""What is told of the app at this moment: on change and each minute, never a name, unknown where nothing is known."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.clock import ManualClock
from common.control import ControlError
from telemetry.app_client import AppClient
from telemetry.now import Now
from telemetry.now_values import changed, kiosk_now, room_now, room_twin
from telemetry.settings import AgentUnit
from telemetry.topics import Topics
from tests.telemetry.agent_kit import ROOM_STATUS, AppDouble, MemoryBus
from tests.waiting import until_async

ADA = AgentUnit(id="room-ada", role="room", name="Ada", site="Nordhavn", floor="2")
TOPICS = Topics("room-ada")
CLOCK = ManualClock(datetime(2026, 11, 23, tzinfo=UTC))


def now_of(bus: MemoryBus) -> list[dict[str, Any]]:
    return [json.loads(payload) for topic, payload in bus.sent if topic == TOPICS.now("room")]


def test_only_what_is_known_and_nothing_that_has_a_name() -> None:
    found = room_now(ROOM_STATUS | {"current": {"title": "Salary of Ida"}, "lamp": 3, "signed_in": "yes"})
    assert (found["state"], found["temperature_c"], found["calendar_ok"]) == ("free", 21.5, True)
    assert (found["lamp"], found["signed_in"]) == (None, None)
    assert "Salary" not in json.dumps(found)
    assert "Ida" not in json.dumps(kiosk_now({"page": "Done", "guest": "Ida Berg", "people": ["Ida"]}))


@pytest.mark.parametrize("status", [{}, {"climate": 3, "sensors": "x", "release": None, "state": 7}, {"sensors": [3]}])
def test_an_odd_status_is_unknown_not_an_error(status: dict[str, Any]) -> None:
    assert room_now(status)["state"] == kiosk_now(status)["page"] == "unknown"
    assert room_twin("room", "", "", "", status)["sensors"] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [({"frame_age_s": 3.0, "calendar_age_s": 9.0}, False), ({"state": "busy"}, True), ({"climate": {}}, True)],
)
def test_ages_are_no_change(change: dict[str, Any], told: bool) -> None:
    assert changed(room_now(ROOM_STATUS), room_now(ROOM_STATUS | change)) is told


def test_changes_are_told_at_once_and_all_each_minute(tmp_path: Path) -> None:
    async def story() -> None:
        async with AppDouble(tmp_path / "app.sock") as app:
            bus, client = MemoryBus(), AppClient(app.path, CLOCK, poll_s=0.01)
            now = Now(ADA, client, TOPICS, bus, CLOCK, alarms=lambda: 2, again_s=0.5)
            now.listen()
            polling = asyncio.create_task(client.run())
            await until_async(lambda: now_of(bus))
            assert now_of(bus)[0] | {"state": "free", "alarms": 2, "app": True} == now_of(bus)[0]
            asked = app.asked("status")
            await until_async(lambda: app.asked("status") > asked + 2)
            assert len(now_of(bus)) == 1
            app.status["state"] = "busy"
            await until_async(lambda: now_of(bus)[-1]["state"] == "busy")
            assert len(now_of(bus)) == 2
            again = asyncio.create_task(now.run())
            await until_async(lambda: len(now_of(bus)) == 3)
            app.refusals["status"] = "hung"
            await until_async(lambda: now_of(bus)[-1]["app"] is False)
            assert json.loads(bus.retained[TOPICS.twin("room")]) == {
                "role": "room", "name": "Ada", "site": "Nordhavn", "floor": "2",
                "sensors": [{"name": "ceiling", "kind": "ld2410"}],
            }  # fmt: skip
            for task in (polling, again):
                task.cancel()
            await asyncio.wait([polling, again])

    asyncio.run(story())


def test_the_app_is_asked_no_more_than_needed(tmp_path: Path) -> None:
    async def story() -> None:
        async with AppDouble(tmp_path / "app.sock") as app:
            clock = ManualClock(datetime(2026, 11, 23, tzinfo=UTC))
            client = AppClient(app.path, clock, poll_s=10)
            await asyncio.gather(*(client.status() for _ in range(5)))
            assert app.asked("status") == 1
            clock.step(11)
            await client.status()
            await client.status(max_age_s=0)
            assert app.asked("status") == 3
            app.refusals["status"] = "it starts"
            with pytest.raises(ControlError, match="it starts"):
                await client.status(max_age_s=0)
            assert client.latest is None

    asyncio.run(story())
