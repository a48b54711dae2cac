"""The unit for Home Assistant, held against its own rules, with templates rendered by Jinja as it does."""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import jinja2
import pytest

from roomdisplay.kinds import Kind
from telemetry import messages
from telemetry.command_expiry import refusal
from telemetry.discovery import ROOM_STATES, discovery
from telemetry.discovery_sender import DiscoverySender
from telemetry.messages import Command, Status
from telemetry.now_values import kiosk_now, room_now
from telemetry.settings import AgentUnit
from telemetry.topics import HA_STATUS, Topics, parse
from tests.telemetry.agent_kit import ROOM_STATUS, MemoryBus
from tests.telemetry.ha_rules import complaints
from tests.waiting import until_async

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADA = AgentUnit(id="room-ada", role="room", name="Ada", site="Nordhavn", floor="2")
LOBBY = AgentUnit(id="cph-lobby", role="kiosk")
KIOSK_STATUS = {
    "page": "Welcome", "evacuation": False, "on_site": 3, "network": True, "register": "ok", "printer_trouble": None,
    "printer": {"condition": "healthy"}, "labels_left": 80, "signed_in": True, "scanner": {"condition": "healthy"},
}  # fmt: skip


def render(template: str, value: Any = None) -> str:
    """As Home Assistant's templates: `value_json`, and `now()` for buttons."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    return environment.from_string(template).render(value_json=value, now=lambda: NOW)


@pytest.mark.parametrize("unit", [ADA, LOBBY], ids=lambda unit: unit.role)
def test_home_assistant_takes_it(unit: AgentUnit) -> None:
    topics, payload = Topics(unit.id), json.loads(json.dumps(discovery(unit, "1.4.0")))
    assert complaints(topics.discovery, payload) == []
    assert len(json.dumps(payload)) < 16_000
    for component in payload["cmps"].values():
        topic = parse(component.get("stat_t") or component["cmd_t"])
        assert topic is not None
        assert topic.unit == unit.id


def test_what_is_in_it() -> None:
    room, kiosk = discovery(ADA, "1.4.0"), discovery(LOBBY, "1.4.0")
    assert room["dev"] == {
        "ids": ["mydesk-room-ada"], "name": "Ada", "mf": "MyDesk", "mdl": "Room display", "sw": "1.4.0",
        "sa": "Nordhavn 2",
    }  # fmt: skip
    assert set(room["cmps"]) == {
        *("presence", "co2", "temperature", "state", "calendar", "sensors", "release_warning"),
        *("check_in", "release", "app", "alarms", "identify", "restart"),
    }
    assert kiosk["dev"]["name"] == "cph-lobby"
    assert {"evacuation", "guests", "printer", "identify", "restart"} < set(kiosk["cmps"])
    assert set(ROOM_STATES) == {str(kind) for kind in Kind} | {"unknown"}


BREAKAGE: list[tuple[list[str], Any]] = [
    (["dev", "ids"], []),
    (["o", "name"], ""),
    (["cmps"], {}),
    (["dev", "manufacturer"], "x"),
    (["status_topic"], "x"),
    (["cmps", "co2", "p"], "climate"),
    (["cmps", "co2", "uniq_id"], "mydesk-room-ada-temperature"),
    (["cmps", "co2", "unit_of_meas"], "%"),
    (["cmps", "co2", "cmd_t"], "x"),
    (["cmps", "state", "ops"], None),
    (["cmps", "alarms", "ent_cat"], "config"),
    (["cmps", "restart", "dev_cla"], "reboot"),
    (["cmps", "a/b"], {"p": "sensor", "stat_t": "x", "uniq_id": "y"}),
]


@pytest.mark.parametrize(("path", "value"), BREAKAGE, ids=lambda value: str(value)[:30])
def test_the_checker_sees_what_is_wrong(path: list[str], value: Any) -> None:
    payload = deepcopy(discovery(ADA, "1.4.0"))
    table = payload
    for part in path[:-1]:
        table = table[part]
    if value is None:
        del table[path[-1]]
    else:
        table[path[-1]] = value
    assert complaints(Topics("room-ada").discovery, payload)


def states(unit: AgentUnit, now: dict[str, Any]) -> dict[str, str]:
    made = discovery(unit, "1.4.0")["cmps"]
    return {key: render(one["val_tpl"], now | {"alarms": 1}) for key, one in made.items() if "val_tpl" in one}


def test_what_a_room_looks_like() -> None:
    assert states(ADA, room_now(ROOM_STATUS)) == {
        "presence": "OFF", "co2": "640", "temperature": "21.5", "state": "free", "calendar": "OFF", "sensors": "OFF",
        "release_warning": "OFF", "app": "OFF", "alarms": "ON",
    }  # fmt: skip
    doubtful = ROOM_STATUS | {"doubt": "stale", "state": "offline", "presence": "occupied", "climate": {}}
    assert states(ADA, room_now(doubtful)) | {"calendar": "ON", "presence": "ON", "co2": "None"} == states(
        ADA, room_now(doubtful)
    )


def test_what_is_unknown_is_never_a_state() -> None:
    room, kiosk = states(ADA, room_now(None)), states(LOBBY, kiosk_now(None))
    for key in ("presence", "co2", "temperature", "calendar", "sensors"):
        assert room[key] == "None"
    for key in ("evacuation", "guests", "labels", "network", "register"):
        assert kiosk[key] == "None"
    assert (room["state"], room["app"], kiosk["app"]) == ("unknown", "ON", "ON")


def test_what_a_kiosk_looks_like() -> None:
    seen = states(LOBBY, kiosk_now(KIOSK_STATUS | {"evacuation": True, "printer_trouble": "paper-out"}))
    assert seen == {
        "evacuation": "ON", "guests": "3", "labels": "80", "printer": "ON", "register": "OFF", "network": "OFF",
        "app": "OFF", "alarms": "ON",
    }  # fmt: skip


@pytest.mark.parametrize("state", ["online", "lost", "offline"])
def test_only_online_is_available(state: Literal["online", "lost", "offline"]) -> None:
    payload = messages.encode(Status(s=state, boot="b", n=1))
    expected = "online" if state == "online" else "offline"
    assert render(discovery(ADA, "1.4.0")["avty_tpl"], json.loads(payload)) == expected


@pytest.mark.parametrize("button", ["check_in", "release", "identify", "restart"])
def test_a_button_sends_a_command_that_expires(button: str) -> None:
    component = discovery(ADA, "1.4.0")["cmps"][button]
    command = messages.decode(render(component["cmd_tpl"]).encode(), Command)
    now_ms = int(NOW.timestamp() * 1000)
    assert command.expires_ms == now_ms + 60_000
    assert refusal(command.expires_ms, now_ms, synced=True) == ""
    assert refusal(command.expires_ms, now_ms + int(timedelta(minutes=2).total_seconds() * 1000), synced=True)
    assert command.by == "home-assistant"
    operation, level = component["cmd_t"].split("/")[-2:]
    assert (operation.replace("-", "_"), level) == (button, "ha")
    assert command.id is not None
    assert command.id.startswith(f"ha-{operation}-{now_ms}-")


def test_it_is_sent_again_when_home_assistant_is_born() -> None:
    async def story() -> None:
        bus = MemoryBus()
        sender = DiscoverySender(ADA, "1.4.0", bus, spread_s=0.01)
        sender.listen()
        assert len(bus.sent) == 1
        running = asyncio.create_task(sender.run())
        await bus.bring(HA_STATUS, b"offline")
        await bus.bring(HA_STATUS, b"online")
        await until_async(lambda: len(bus.sent) == 2)
        assert bus.sent[0] == bus.sent[1] == (Topics("room-ada").discovery, bus.retained[Topics("room-ada").discovery])
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(story())


def test_switched_off_it_is_taken_away() -> None:
    bus = MemoryBus()
    DiscoverySender(ADA, "1.4.0", bus, enabled=False).listen()
    assert bus.retained == {Topics("room-ada").discovery: b""}
