"""What the updater does is told to the hub: the states that it really writes, each change once, and nothing odd."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from provisioning.on_unit.places import Places, write_durably
from provisioning.on_unit.state import State, Step, save
from telemetry import update_watch
from telemetry.topics import Topics
from telemetry.update_watch import UpdateWatch, update_facts
from tests.telemetry.agent_kit import MemoryBus
from tests.waiting import until_async

NAME, BEFORE = "1.1.0-0123456789ab", "1.0.0-ba9876543210"
TRYING = State(Step.TRYING, NAME, BEFORE, "", baseline={"signed in": True}, failed={"0.9.0-x": "it crashed."})


def unit(root: Path) -> Places:
    places = Places(root)
    places.state.parent.mkdir(parents=True, exist_ok=True)
    places.releases.mkdir(parents=True)
    places.current.symlink_to(f"releases/{NAME}")
    return places


def test_the_files_are_those_of_the_updater() -> None:
    places = Places(Path("/"))
    found = [update_watch.STATE, update_watch.WANTED, update_watch.ANSWERED, *update_watch.LINKS.values()]
    expected = [places.state, places.wanted, places.answered, places.current, places.previous]
    assert [Path("/") / one for one in found] == expected


def test_a_unit_without_an_updater_is_idle(tmp_path: Path) -> None:
    assert update_facts(tmp_path) == {"step": "idle"}


def test_what_is_told(tmp_path: Path) -> None:
    places = unit(tmp_path)
    save(places, TRYING)
    assert update_facts(tmp_path) == {"step": "trying", "release": NAME, "origin": BEFORE, "current": NAME}
    save(places, replace(TRYING, step=Step.ROLLED_BACK, reason="it crashed."))
    write_durably(places.wanted, b'{"release": "1.2.0", "said": "waits: a meeting runs (busy)."}')
    write_durably(places.answered, b'{"release": "1.1.0", "said": "activated."}')
    found = update_facts(tmp_path)
    assert (found["step"], found["reason"]) == ("rolled_back", "it crashed.")
    assert (found["wanted"], found["answered"]) == ("1.2.0: waits: a meeting runs (busy).", "1.1.0: activated.")


@pytest.mark.parametrize("content", [b"", b"[]", b"[" * 90_000, b"\xff", b'{"step": 7, "reason": ["x"]}'])
def test_an_odd_file_is_idle(tmp_path: Path, content: bytes) -> None:
    places = unit(tmp_path)
    places.state.write_bytes(content)
    places.wanted.write_bytes(content)
    found = update_facts(tmp_path)
    assert found["step"] == "idle"
    assert len(json.dumps(found)) < 1000


def tells(bus: MemoryBus, step: Step) -> bool:
    return bool(bus.sent) and step in bus.sent[-1][1].decode()


def test_each_change_is_told_once_and_kept(tmp_path: Path) -> None:
    places = unit(tmp_path)

    async def story() -> list[dict[str, Any]]:
        bus = MemoryBus()
        watching = asyncio.create_task(UpdateWatch(Topics("room-ada"), bus, tmp_path, look_s=0.01).run())
        for step in (Step.STAGED, Step.TRYING, Step.COMMITTED):
            save(places, replace(TRYING, step=step))
            await until_async(partial(tells, bus, step))
        watching.cancel()
        assert all(topic == "mydesk/1/room-ada/twin/update" for topic, *_ in bus.sent)
        return [json.loads(sent[1]) for sent in bus.sent]

    told = asyncio.run(story())
    assert [one["step"] for one in told if one["step"] != "idle"] == ["staged", "trying", "committed"]
