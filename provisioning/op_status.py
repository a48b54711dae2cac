"""How a unit is, asked over SSH: its app, its agent, its updater, systemd and its disk; each may fail by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncssh

from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.plain_text import plain_line
from provisioning.restart_waits import restart_waits
from provisioning.unit_commands import AGENT, UPDATE, Answer, app, app_service, ask, fields

__all__ = ["AGENT_SERVICE", "Look", "UnitStatus", "look", "look_at", "status_of"]

AGENT_SERVICE: Final = "mydesk-agent.service"
_SHOWN: Final = "--property=Id,LoadState,ActiveState,SubState,Result,NRestarts"
_MOST_ALARMS: Final = 40
MOST_NUMBER: Final = 1e15


@dataclass(frozen=True, slots=True)
class Look:
    """What the parts of a unit said, as they said it; an empty table with a reason in `faults` where they did not."""

    app: Mapping[str, Any] = field(default_factory=dict)
    agent: Mapping[str, Any] = field(default_factory=dict)
    update: Mapping[str, Any] = field(default_factory=dict)
    services: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    clock: Mapping[str, str] = field(default_factory=dict)
    disk_free_percent: float | None = None
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnitStatus:
    """For people and programs; None is not known. `state` is a room's state or a kiosk's page. All texts are plain."""

    release: str | None
    step: str | None
    state: str | None
    services: Mapping[str, str]
    frame_age_s: float | None
    calendar_age_s: float | None
    signed_in: bool | None
    alarms: tuple[str, ...]
    hub_connected: bool | None
    certificate_expires: str | None
    clock_synchronised: bool | None
    disk_free_percent: float | None
    restart_waits: str | None
    """Whom the restart would disturb that new settings wait for; "" when none waits."""

    faults: Mapping[str, str]


async def look_at(unit: Unit, connection: asyncssh.SSHClientConnection, *, has_hub: bool = True) -> UnitStatus:
    """The status of one unit. Raises as `provisioning.unit_commands.ask`."""
    return status_of(await look(unit, connection, has_hub=has_hub))


async def look(unit: Unit, connection: asyncssh.SSHClientConnection, *, has_hub: bool = True) -> Look:
    """Ask all parts at once; without a hub there is no agent. Raises as `provisioning.unit_commands.ask`."""
    services = [app_service(unit), *([AGENT_SERVICE] if has_hub else [])]
    asked = {
        "services": ask(connection, ["systemctl", "show", _SHOWN, *services]),
        "clock": ask(connection, ["timedatectl", "show", "--property=NTPSynchronized"]),
        "disk": ask(connection, ["df", "--block-size=1M", "--output=avail,size", "/"]),
        "app": ask(connection, app(unit, "ctl", "status", "--json"), user="mydesk"),
        "update": ask(connection, [*UPDATE, "status"]),
    }
    if has_hub:
        asked["agent"] = ask(connection, [*AGENT, "status", "--json"], user="mydesk-agent")
    said = dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))
    faults: dict[str, str] = {}
    return Look(
        app=_table(said["app"], "app", faults),
        agent=_table(said["agent"], "agent", faults) if has_hub else {},
        update=_table(said["update"], "update", faults),
        services=_services(said["services"].text),
        clock=fields(said["clock"].text),
        disk_free_percent=_free_percent(said["disk"].text),
        faults=faults,
    )


def _table(answer: Answer, name: str, faults: dict[str, str]) -> dict[str, Any]:
    try:
        return answer.json()
    except FleetError as error:
        faults[name] = plain_line(error)
        return {}


def _services(text: str) -> dict[str, dict[str, str]]:
    """`systemctl show` of several units: blocks with an empty line between them."""
    blocks = [dict(fields(block)) for block in text.split("\n\n")]
    return {plain_line(block["Id"], 80): block for block in blocks if "Id" in block}


def _free_percent(text: str) -> float | None:
    numbers = text.split()[-2:]
    if (
        len(numbers) != 2
        or not all(number.isdigit() and len(number) < 12 for number in numbers)
        or int(numbers[1]) == 0
    ):
        return None
    return round(100 * int(numbers[0]) / int(numbers[1]), 1)


def status_of(found: Look) -> UnitStatus:
    """What `look` found, checked: a value of another kind than expected is not known. Pure."""
    own, agent = found.app, found.agent
    clock = _yes(own.get("clock_synchronised"))
    if clock is None and "NTPSynchronized" in found.clock:
        clock = found.clock["NTPSynchronized"] == "yes"
    return UnitStatus(
        release=_text(found.update.get("current")),
        step=_text(found.update.get("step")),
        state=_text(own.get("state") or own.get("page")),
        services={name: service_word(block) for name, block in found.services.items()},
        frame_age_s=number(own.get("frame_age_s")),
        calendar_age_s=number(own.get("calendar_age_s")),
        signed_in=_yes(own.get("signed_in")),
        alarms=_texts(agent.get("alarms")),
        hub_connected=_yes(_inside(agent, "hub").get("connected")),
        certificate_expires=_text(_inside(agent, "certificate").get("expires")),
        clock_synchronised=clock,
        disk_free_percent=found.disk_free_percent,
        restart_waits=_restart_waits(found.update.get("restart")),
        faults=found.faults,
    )


def _restart_waits(told: object) -> str | None:
    """What `mydesk-update status` says of it; None where it says nothing."""
    match told:
        case {"services": list(services), "said": str(said)}:
            return restart_waits(services, said)
    return None


def service_word(block: Mapping[str, str]) -> str:
    """How a service is, in one word: active, failed, inactive, missing."""
    if block.get("LoadState") == "not-found":
        return "missing"
    return plain_line(block.get("ActiveState", "unknown"), 20)


def number(value: object) -> float | None:
    """A finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MOST_NUMBER:
        return None
    return float(value)


def _inside(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = table.get(key)
    return found if isinstance(found, Mapping) else {}


def _yes(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return plain_line(value, 120) if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...]:
    found: Sequence[object] = value if isinstance(value, list) else ()
    return tuple(plain_line(one, 60) for one in found[:_MOST_ALARMS] if isinstance(one, str))
