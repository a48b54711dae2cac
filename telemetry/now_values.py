"""The app's status -> what is told of it: chosen keys with the types they should have, never a name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNKNOWN = "unknown"
_WELL = frozenset({"healthy", "starting"})
_AGES = frozenset({"calendar_age_s", "frame_age_s"})
"""They grow all the time: no change worth telling."""

_MOST_SENSORS = 32
Status = Mapping[str, Any] | None
"""None: the app does not answer."""


def room_now(status: Status) -> dict[str, Any]:
    """`now/room`. Temperature in °C, CO2 in ppm; None is unknown.

    >>> room_now(None)["state"], room_now({"state": "free", "doubt": None})["calendar_ok"]
    ('unknown', True)
    """
    found = status or {}
    air, release = _part(found, "climate"), _part(found, "release")
    return _app(status) | {
        "state": _word(found, "state") or UNKNOWN,
        "until": _word(found, "until"),
        "presence": _word(found, "presence") or UNKNOWN,
        "temperature_c": _number(air, "temperature_c"),
        "co2_ppm": _number(air, "co2_ppm"),
        "light": _number(air, "light"),
        "lamp": _word(found, "lamp"),
        "calendar_ok": None if status is None else not found.get("doubt"),
        "calendar_doubt": _word(found, "doubt"),
        "calendar_age_s": _number(found, "calendar_age_s"),
        "release_warning": found.get("state") == "release-warning",
        "release_step": _word(release, "step"),
        "release_at": _word(release, "at"),
        "sensors_ok": None if status is None else _sensors_well(found),
    }


def kiosk_now(status: Status) -> dict[str, Any]:
    """`now/kiosk`: how it is, and how many guests are in; never who."""
    found = status or {}
    printer, scanner = _part(found, "printer"), _part(found, "scanner")
    return _app(status) | {
        "page": _word(found, "page") or UNKNOWN,
        "evacuation": _flag(found, "evacuation"),
        "on_site": _number(found, "on_site"),
        "waiting_messages": _number(found, "waiting_messages"),
        "network": _flag(found, "network"),
        "directory_old": _flag(found, "directory_old"),
        "register": _word(found, "register") or UNKNOWN,
        "printer": _word(printer, "condition") or UNKNOWN,
        "printer_trouble": _word(found, "printer_trouble"),
        "labels_left": _number(found, "labels_left"),
        "scanner": _word(scanner, "condition") or UNKNOWN,
    }


def room_twin(role: str, name: str, site: str, floor: str, status: Status) -> dict[str, Any]:
    """`twin/room`: which unit this is for people, and what sensors it has."""
    listed = (status or {}).get("sensors")
    sensors = [
        {"name": _word(sensor, "name"), "kind": _word(sensor, "kind")}
        for sensor in (listed if isinstance(listed, list) else [])[:_MOST_SENSORS]
        if isinstance(sensor, Mapping)
    ]
    return {"role": role, "name": name, "site": site, "floor": floor, "sensors": sensors}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether more than ages is different."""
    return any(before.get(key) != value for key, value in after.items() if key not in _AGES) or not before


def _app(status: Status) -> dict[str, Any]:
    found = status or {}
    return {
        "app": status is not None,
        "signed_in": _flag(found, "signed_in"),
        "clock_ok": _flag(found, "clock_synchronised"),
        "frame_age_s": _number(found, "frame_age_s"),
    }


def _sensors_well(status: Mapping[str, Any]) -> bool:
    listed = status.get("sensors")
    conditions = (
        [one.get("condition") for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    )
    return all(condition in _WELL for condition in conditions)


def _part(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = found.get(key)
    return part if isinstance(part, Mapping) else {}


def _word(found: Mapping[str, Any], key: str) -> str | None:
    value = found.get(key)
    return value[:64] if isinstance(value, str) else None


def _flag(found: Mapping[str, Any], key: str) -> bool | None:
    value = found.get(key)
    return value if isinstance(value, bool) else None


def _number(found: Mapping[str, Any], key: str) -> int | float | None:
    value = found.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
