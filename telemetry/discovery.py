"""The unit for Home Assistant: one retained device payload (reference/fleet.md 3.2). Pure.

Keys are Home Assistant's own abbreviations. What is unknown is sent as None, which Home Assistant shows as unknown.
"""

from __future__ import annotations

from typing import Any

from telemetry.settings import AgentUnit
from telemetry.topics import HA_COMMAND_ID, Topics

EXPIRE_S = 300
"""`now/...` comes each minute; older values are shown as unavailable."""

COMMAND_LIFE_MS = 60_000
ROOM_STATES = (
    *("free", "free-soon", "busy", "ending-soon", "check-in", "booked-empty", "release-warning", "in-use"),
    *("released", "overlap", "offline", "needs-sign-in", "no-room", "starting", "asleep", "unknown"),
)
"""roomdisplay.kinds.Kind, and unknown."""

_MODELS = {"room": "Room display", "kiosk": "Lobby kiosk"}

Component = dict[str, Any]


def discovery(unit: AgentUnit, version: str) -> dict[str, Any]:
    """The payload of `Topics.discovery` for a unit."""
    topics = Topics(unit.id)
    made = _Components(unit, topics)
    components = _room(made) if unit.role == "room" else _kiosk(made)
    device = {
        "ids": [f"mydesk-{unit.id}"],
        "name": unit.name or unit.id,
        "mf": "MyDesk",
        "mdl": _MODELS[unit.role],
        "sw": version,
    }
    area = " ".join(part for part in (unit.site, unit.floor) if part)
    return {
        "dev": device | ({"sa": area} if area else {}),
        "o": {"name": "mydesk-agent", "sw": version},
        "avty_t": topics.status,
        "avty_tpl": "{{ 'online' if value_json.s == 'online' else 'offline' }}",
        "qos": 1,
        "cmps": components | _unit(made),
    }


def _room(made: _Components) -> dict[str, Component]:
    presence = "{{ {'occupied': 'ON', 'vacant': 'OFF'}.get(value_json.presence, 'None') }}"
    return {
        "presence": made.binary("presence", "Presence", presence, dev_cla="occupancy"),
        "co2": made.measured("co2", "CO2", "co2_ppm", dev_cla="carbon_dioxide", unit_of_meas="ppm"),
        "temperature": made.measured(
            "temperature", "Temperature", "temperature_c", dev_cla="temperature", unit_of_meas="°C"
        ),
        "state": made.sensor(
            "state", "Room", "{{ value_json.state }}", dev_cla="enum", ops=list(ROOM_STATES), ic="mdi:door"
        ),
        "calendar": made.problem("calendar", "Calendar", _not("calendar_ok")),
        "sensors": made.problem("sensors", "Sensors", _not("sensors_ok")),
        "release_warning": made.binary(
            "release_warning", "Release warning", _yes("release_warning"), ic="mdi:timer-sand"
        ),
        "check_in": made.button("check-in", "Check in", ic="mdi:check"),
        "release": made.button("release", "Release the room", ic="mdi:door-open"),
    }


def _kiosk(made: _Components) -> dict[str, Component]:
    printer = "{{ 'ON' if value_json.printer_trouble else 'OFF' }}"
    register = "{{ {'ok': 'OFF', 'unknown': 'None'}.get(value_json.register, 'ON') }}"
    return {
        "evacuation": made.binary("evacuation", "Evacuation", _yes("evacuation"), dev_cla="safety"),
        "guests": made.measured("guests", "Guests in the building", "on_site", ic="mdi:account-group"),
        "labels": made.measured("labels", "Labels left", "labels_left", ic="mdi:label", ent_cat="diagnostic"),
        "printer": made.problem("printer", "Printer", printer),
        "register": made.problem("register", "Register", register),
        "network": made.problem("network", "Microsoft 365", _not("network")),
    }


def _unit(made: _Components) -> dict[str, Component]:
    alarms = "{{ 'ON' if value_json.alarms > 0 else 'OFF' }}"
    return {
        "app": made.problem("app", "Program", _not("app")),
        "alarms": made.problem("alarms", "Alarms", alarms),
        "identify": made.button("identify", "Identify", dev_cla="identify", ent_cat="diagnostic"),
        "restart": made.button("restart", "Restart", dev_cla="restart", ent_cat="config"),
    }


def _yes(key: str) -> str:
    """A template: true is ON, false OFF, anything else unknown."""
    return f"{{{{ {{true: 'ON', false: 'OFF'}}.get(value_json.{key}, 'None') }}}}"


def _not(key: str) -> str:
    """A template for a problem: false is ON, true OFF, anything else unknown."""
    return f"{{{{ {{true: 'OFF', false: 'ON'}}.get(value_json.{key}, 'None') }}}}"


class _Components:
    """Makes components whose state is in `now/<role>`."""

    def __init__(self, unit: AgentUnit, topics: Topics) -> None:
        self._unit = unit.id
        self._topics = topics
        self._now = topics.now(unit.role)

    def sensor(self, key: str, name: str, template: str, **more: Any) -> Component:
        return self._entity("sensor", key, name) | self._state(template) | more

    def measured(self, key: str, name: str, value: str, **more: Any) -> Component:
        """A number that changes over time, None where it is unknown."""
        template = f"{{{{ value_json.{value} if value_json.{value} is not none else 'None' }}}}"
        return self.sensor(key, name, template, stat_cla="measurement", **more)

    def binary(self, key: str, name: str, template: str, **more: Any) -> Component:
        return self._entity("binary_sensor", key, name) | self._state(template) | more

    def problem(self, key: str, name: str, template: str) -> Component:
        return self.binary(key, name, template, dev_cla="problem", ent_cat="diagnostic")

    def button(self, operation: str, name: str, **more: Any) -> Component:
        """A command with an id of its own and an end: a broker that was away delivers no old presses."""
        now_ms = "(now().timestamp() * 1000) | int"
        template = (
            f'{{"id": "ha-{operation}-{{{{ {now_ms} }}}}-{{{{ range(1000, 10000) | random }}}}", '
            f'"expires_ms": {{{{ {now_ms} + {COMMAND_LIFE_MS} }}}}, "by": "home-assistant"}}'
        )
        topic = self._topics.command(operation, HA_COMMAND_ID)
        key = operation.replace("-", "_")
        return self._entity("button", key, name) | {"cmd_t": topic, "cmd_tpl": template} | more

    def _entity(self, platform: str, key: str, name: str) -> Component:
        slug = self._unit.replace("-", "_")
        return {
            "p": platform,
            "name": name,
            "uniq_id": f"mydesk-{self._unit}-{key}",
            "def_ent_id": f"{platform}.mydesk_{slug}_{key}",
        }

    def _state(self, template: str) -> Component:
        return {"stat_t": self._now, "val_tpl": template, "exp_aft": EXPIRE_S}
