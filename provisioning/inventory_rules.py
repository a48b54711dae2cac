"""What must hold between the parts of an inventory. Pure: raw tables in, (dotted key, message) out.

Works on the tables as they stand in the file, before they are converted: so an admin sees a duplicate address in the
same run as a misspelt key, and mends the file once. What has the wrong type is passed over: the conversion tells it.
"""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from zoneinfo import available_timezones

from provisioning.raw_tables import Found, Row, rows_of, table_of, text_of
from provisioning.settings_layers import references
from provisioning.window_rules import broken_windows

HUB_NAME: Final = "hub"

OWN_KEYS: Final = {
    "overrides": {
        "unit.id": "id",
        "room.address": "mailbox",
        "unit.outbox_file": "[hub]",
        "graph.tenant_id": "[microsoft365]",
        "release.panels": "panels",
    },
    "agent": {"unit.id": "id", "unit.role": "role", "hub.host": "[hub]"},
}
"""Settings that decide who a unit is: they have their own key, and are no overrides."""


def broken_rules(tables: Row) -> Iterator[Found]:
    """Everything that is wrong between the parts."""
    sites = rows_of(tables, "sites")
    units = rows_of(tables, "units")
    yield from _zones(tables, sites)
    yield from _hubs(tables, sites)
    yield from broken_windows(tables)
    for index, site in enumerate(sites):
        yield from ((f"sites[{index}].{key}", text) for key, text in _site(site))
    yield from _duplicates("sites", sites, ("id",))
    yield from _units(tables, sites, units)
    yield from _apps(tables, units)
    yield from _secret_references(tables, sites, units)


def _zones(tables: Row, sites: list[Row]) -> Iterator[Found]:
    known = available_timezones()
    places = [("fleet.time_zone", table_of(tables, "fleet"))]
    places += [(f"sites[{index}].time_zone", site) for index, site in enumerate(sites)]
    for key, row in places:
        zone = text_of(row, "time_zone")
        if zone and zone not in known:
            yield key, f"{zone!r} is not an IANA time zone{_guess(zone, known) or '; an example is Europe/Copenhagen'}"


def _hubs(tables: Row, sites: list[Row]) -> Iterator[Found]:
    places = [("hub", tables), *((f"sites[{index}].hub", site) for index, site in enumerate(sites))]
    for key, row in places:
        hub = table_of(row, "hub")
        if hub and not text_of(hub, "ca_file") and not text_of(hub, "ca_fingerprint"):
            yield f"{key}.ca_file", "is needed, or ca_fingerprint: units must know their hub"


def _site(site: Row) -> Iterator[Found]:
    floors = site.get("floors")
    if isinstance(floors, list):
        yield from (("floors", f"{floor!r} stands there twice") for floor in _twice(floors))
    if text_of(site, "gateway") and _address(text_of(site, "gateway")) is None:
        yield "gateway", f"{text_of(site, 'gateway')!r} is no IP address"
    servers = site.get("dns_servers")
    for server in servers if isinstance(servers, list) else ():
        if isinstance(server, str) and _address(server) is None:
            yield "dns_servers", f"{server!r} is no IP address"


def _twice(values: Iterable[Any]) -> list[Any]:
    seen: list[Any] = []
    again: list[Any] = []
    for value in values:
        (again if value in seen else seen).append(value)
    return again


def _duplicates(section: str, rows: list[Row], keys: tuple[str, ...]) -> Iterator[Found]:
    seen: dict[tuple[object, ...], int] = {}
    for index, row in enumerate(rows):
        value = tuple(_folded(row, key) for key in keys)
        if not value[0]:
            continue
        first = seen.setdefault(value, index)
        if first != index:
            whose = f"{section}[{first}] ({text_of(rows[first], 'id') or 'no id'})"
            yield f"{section}[{index}].{keys[0]}", f"{text_of(row, keys[0])!r} is that of {whose} already"


def _folded(row: Row, key: str) -> object:
    return row.get(key, 22) if key == "ssh_port" else text_of(row, key).casefold()


def _units(tables: Row, sites: list[Row], units: list[Row]) -> Iterator[Found]:
    yield from _duplicates("units", units, ("id",))
    yield from _duplicates("units", units, ("address", "ssh_port"))
    yield from _duplicates("units", units, ("static_address",))
    yield from _mailboxes(units)
    by_id = {text_of(site, "id"): site for site in sites}
    kinds = table_of(tables, "hardware")
    for index, unit in enumerate(units):
        yield from ((f"units[{index}].{key}", text) for key, text in _unit(unit, by_id, kinds))


def _unit(unit: Row, sites: Mapping[str, Row], kinds: Row) -> Iterator[Found]:
    kind = text_of(unit, "hardware")
    if kind and kind not in kinds:
        yield "hardware", f"there is no [hardware.{kind}]{_guess(kind, kinds)}"
    name = text_of(unit, "site")
    if name and name not in sites:
        yield "site", f"there is no site {name!r}{_guess(name, sites)}"
    yield from _place(unit, sites.get(name, {}))
    yield from _own_keys(unit)
    if text_of(unit, "id") == HUB_NAME:
        yield "id", f"{HUB_NAME!r} is the name of the site hub itself"
    if unit.get("role") == "room" and not text_of(unit, "mailbox"):
        yield "mailbox", "is needed: whose room is it?"
    if unit.get("role") == "kiosk" and text_of(unit, "mailbox"):
        yield "mailbox", "only rooms have one; who signs in at a kiosk is `account`"


def _place(unit: Row, site: Row) -> Iterator[Found]:
    floors, floor = site.get("floors"), text_of(unit, "floor")
    if isinstance(floors, list) and floors and floor and floor not in floors:
        yield "floor", f"{floor!r} is none of site {text_of(site, 'id')}: {', '.join(map(str, floors))}"
    if site and unit.get("link") == "wifi" and not table_of(site, "wifi"):
        yield "link", f"site {text_of(site, 'id')} has no [sites.wifi]"
    own = text_of(unit, "static_address")
    if own:
        yield from _static(own, text_of(site, "gateway"))


def _static(own: str, gateway: str) -> Iterator[Found]:
    try:
        address = ipaddress.ip_interface(own)
    except ValueError:
        yield "static_address", f"{own!r} is no address with a prefix; an example is 10.1.2.20/24"
        return
    router = _address(gateway)
    if "/" not in own:
        yield "static_address", f"{own!r} lacks its prefix; an example is {own}/24"
    elif router is not None and router not in address.network:
        yield "static_address", f"the site's gateway {gateway} is not in {address.network}"


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _own_keys(unit: Row) -> Iterator[Found]:
    for place, keys in OWN_KEYS.items():
        for key, own in keys.items():
            section, _, name = key.partition(".")
            if name in table_of(table_of(unit, place), section):
                yield f"{place}.{key}", f"is no override; it follows from {own}"


def _mailboxes(units: list[Row]) -> Iterator[Found]:
    """A room with two doors has two panels with its mailbox, and both say so."""
    rooms: dict[str, list[int]] = {}
    for index, unit in enumerate(units):
        if text_of(unit, "mailbox"):
            rooms.setdefault(text_of(unit, "mailbox").casefold(), []).append(index)
    for indexes in rooms.values():
        for index in indexes[1:] if len(indexes) > 1 else ():
            said = {units[each].get("panels", 1) for each in indexes}
            if said != {len(indexes)}:
                first = text_of(units[indexes[0]], "id")
                text = f"{text_of(units[index], 'mailbox')!r} is that of {first} already; if it is one room with "
                yield f"units[{index}].mailbox", f"{text}{len(indexes)} panels, say panels = {len(indexes)} at each"


def _apps(tables: Row, units: list[Row]) -> Iterator[Found]:
    tenant = table_of(tables, "microsoft365")
    for role in ("room", "kiosk"):
        if any(unit.get("role") == role for unit in units) and not text_of(tenant, f"{role}_client_id"):
            yield f"microsoft365.{role}_client_id", f"is needed, because there are units with role {role}"


def _secret_references(tables: Row, sites: list[Row], units: list[Row]) -> Iterator[Found]:
    places: list[tuple[str, Row]] = [(key, table_of(tables, key)) for key in ("room", "kiosk", "agent")]
    for index, site in enumerate(sites):
        places += [(f"sites[{index}].{key}", table_of(site, key)) for key in ("room", "kiosk")]
    for index, unit in enumerate(units):
        places += [(f"units[{index}].{key}", table_of(unit, key)) for key in ("overrides", "agent")]
    for name, settings in places:
        for key, reference in references(settings):
            if reference.fault:
                yield f"{name}.{key}", reference.fault


def _guess(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {near[0]}?" if near else ""
