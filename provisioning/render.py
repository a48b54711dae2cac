"""Makes the files of a unit, room.toml or kiosk.toml and agent.toml, from the inventory. Pure.

The same inventory gives the same bytes, so that a second provisioning finds nothing to change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from provisioning.inventory import Hardware, Unit
from provisioning.inventory_load import Fleet
from provisioning.settings_layers import Reference, merged, replaced, value_at
from provisioning.toml_text import toml_text

__all__ = [
    "SecretSource",
    "agent_settings",
    "agent_text",
    "app_file",
    "app_settings",
    "app_text",
    "key_of",
    "no_secrets",
]

SecretSource = Callable[[str, Reference], str | None]
"""Returns the secret for a dotted key, or None to leave the key out."""

OUTBOX = "/var/lib/mydesk/outbox/outbox.db"
TOKENS = {"token_cache_file": "/var/lib/mydesk/graph-tokens", "token_key_file": "/var/lib/mydesk/graph-tokens.key"}
CERTIFICATE = {"certificate_file": "/etc/mydesk/graph-cert.pem", "private_key_file": "/etc/mydesk/graph-key.pem"}
HEADER = "# Written by mydesk-fleet from the inventory of {fleet} for {unit}. Changes here are overwritten.\n"

_PLACES: Final = {
    "unit.id": "units[{unit}].id",
    "unit": "units[{unit}].id",
    "room.address": "units[{unit}].mailbox",
    "room.name": "units[{unit}].name",
    "room.time_zone": "sites[{site}].time_zone",
    "site.name": "sites[{site}].name",
    "site.time_zone": "sites[{site}].time_zone",
    "graph.tenant_id": "microsoft365.tenant_id",
    "graph.client_id": "microsoft365.{role}_client_id",
    "graph.account": "units[{unit}].account",
    "graph": "microsoft365",
    "screen": "hardware.{hardware}",
    "sensors": "hardware.{hardware}.sensors",
    "lamp": "hardware.{hardware}.lamp",
    "printer": "hardware.{hardware}.printer",
    "scanner": "hardware.{hardware}.scanner",
    "hub": "hub",
}
"""Where in the inventory a key of a unit's file comes from, when no layer of settings has it."""


def no_secrets(key: str, reference: Reference) -> None:
    """A `SecretSource` that leaves all of them out."""


def app_file(unit: Unit) -> str:
    """The name of its app's file below /etc/mydesk."""
    return f"{unit.role}.toml"


def app_settings(fleet: Fleet, unit: Unit) -> dict[str, Any]:
    """What stands in the unit's app file, with references in place of secrets."""
    hardware = fleet.hardware_of(unit)
    own = _room(fleet, unit, hardware) if unit.role == "room" else _kiosk(fleet, unit, hardware)
    return merged(own, *(layer for _, layer in _layers(fleet, unit)))


def agent_settings(fleet: Fleet, unit: Unit) -> dict[str, Any] | None:
    """What stands in its agent.toml; None without a hub."""
    hub = fleet.hub_of(unit)
    if hub is None:
        return None
    place = {"name": unit.shown_name, "site": fleet.site_of(unit).name, "floor": unit.floor}
    own = {"unit": {"id": unit.id, "role": unit.role, **place}, "hub": {"host": hub.host, "port": hub.port}}
    return merged(own, fleet.inventory.agent, unit.agent)


def app_text(fleet: Fleet, unit: Unit, secrets: SecretSource) -> str:
    """Its app's file. Raises what `secrets` raises."""
    return _text(fleet, unit, app_settings(fleet, unit), secrets)


def agent_text(fleet: Fleet, unit: Unit, secrets: SecretSource) -> str | None:
    """Its agent.toml, or None without a hub. Raises what `secrets` raises."""
    settings = agent_settings(fleet, unit)
    return None if settings is None else _text(fleet, unit, settings, secrets)


def key_of(fleet: Fleet, unit: Unit, key: str, *, agent: bool = False) -> str:
    """Where in the inventory the `key` of a unit's file was set: what to mend when an app refuses it."""
    plain = re.sub(r"\[\d+\]", "", key)
    index = fleet.unit_places[unit.id]
    layers = list(_agent_layers(fleet, unit, index) if agent else _layers(fleet, unit, index))
    for place, layer in reversed(layers):
        if value_at(layer, plain) is not None:
            return f"{place}.{plain}"
    site = fleet.site_places[unit.site]
    names = {"unit": index, "site": site, "role": unit.role, "hardware": unit.hardware}
    while plain:
        if plain in _PLACES:
            return _PLACES[plain].format(**names)
        plain = plain.rpartition(".")[0]
    return f"units[{index}]"


def _layers(fleet: Fleet, unit: Unit, index: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    site = fleet.site_of(unit)
    room = unit.role == "room"
    yield unit.role, fleet.inventory.room if room else fleet.inventory.kiosk
    yield f"sites[{fleet.site_places[unit.site]}].{unit.role}", site.room if room else site.kiosk
    yield f"units[{index}].overrides", unit.overrides


def _agent_layers(fleet: Fleet, unit: Unit, index: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "agent", fleet.inventory.agent
    yield f"units[{index}].agent", unit.agent


def _room(fleet: Fleet, unit: Unit, hardware: Hardware) -> dict[str, Any]:
    screen = {"language": _language(fleet, unit), **_screen(hardware)}
    room = {"address": unit.mailbox, "name": unit.shown_name, "time_zone": fleet.time_zone_of(unit)}
    made: dict[str, Any] = {"unit": {**_unit(fleet, unit), "site": fleet.site_of(unit).name}, "room": room}
    made |= {"graph": _graph(fleet, unit), "screen": screen}
    made |= {"release": {"panels": unit.panels}} if unit.panels > 1 else {}
    return made | _wires(hardware, "lamp")


def _kiosk(fleet: Fleet, unit: Unit, hardware: Hardware) -> dict[str, Any]:
    place = {"time_zone": fleet.time_zone_of(unit), "language": _language(fleet, unit)}
    made = {"unit": _unit(fleet, unit), "site": {"name": fleet.site_of(unit).name, **place}}
    return made | {"graph": _graph(fleet, unit), "screen": _screen(hardware)} | _wires(hardware, "printer", "scanner")


def _unit(fleet: Fleet, unit: Unit) -> dict[str, Any]:
    return {"id": unit.id, "outbox_file": OUTBOX if fleet.hub_of(unit) else ""}


def _graph(fleet: Fleet, unit: Unit) -> dict[str, Any]:
    tenant = fleet.inventory.microsoft365
    by_shape = {"delegate": tenant.account, "room-account": unit.mailbox or tenant.account, "app-only": ""}
    made = {
        "tenant_id": tenant.tenant_id,
        "client_id": tenant.room_client_id if unit.role == "room" else tenant.kiosk_client_id,
        "account": unit.account or by_shape[tenant.shape],
        "shape": tenant.shape,
        "sign_in": tenant.sign_in,
        **TOKENS,
    }
    return made | (CERTIFICATE if tenant.sign_in == "certificate" else {})


def _screen(hardware: Hardware) -> dict[str, Any]:
    return {"width_px": hardware.width_px, "height_px": hardware.height_px, "width_mm": hardware.width_mm}


def _wires(hardware: Hardware, *sections: str) -> dict[str, Any]:
    made = {section: getattr(hardware, section) for section in sections if getattr(hardware, section)}
    return made | ({"sensors": list(hardware.sensors)} if hardware.sensors else {})


def _language(fleet: Fleet, unit: Unit) -> str:
    return unit.language or fleet.site_of(unit).language or fleet.inventory.fleet.language


def _text(fleet: Fleet, unit: Unit, settings: Mapping[str, Any], secrets: SecretSource) -> str:
    header = HEADER.format(fleet=fleet.inventory.fleet.name, unit=unit.id)
    return f"{header}\n{toml_text(replaced(settings, secrets))}"
