"""Home Assistant's rules for a device payload, transcribed from 2026.11 (reference/fleet.md 3.2), as a checker.

Home Assistant itself needs a newer Python than units have, so it is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

TOPIC_PART = re.compile(r"[a-zA-Z0-9_-]+")
TOPIC = re.compile(r"homeassistant/device/(?:[a-zA-Z0-9_-]+/)?[a-zA-Z0-9_-]+/config")

ROOT = {
    "dev",
    "o",
    "cmps",
    "cdevs",
    "avty_t",
    "avty_tpl",
    "avty",
    "avty_mode",
    "cmd_t",
    "stat_t",
    "qos",
    "e",
    "msg_exp_int",
}
DEVICE = {"ids", "cns", "name", "mf", "mdl", "mdl_id", "hw", "sw", "sa", "sn", "cu"}
ORIGIN = {"name", "sw", "url"}

_ENTITY = {
    "p",
    "name",
    "uniq_id",
    "def_ent_id",
    "ent_cat",
    "ic",
    "dev_cla",
    "en",
    "qos",
    "json_attr_t",
    "json_attr_tpl",
}
KEYS = {
    "sensor": _ENTITY | {"stat_t", "val_tpl", "exp_aft", "stat_cla", "unit_of_meas", "ops", "sug_dsp_prc"},
    "binary_sensor": _ENTITY | {"stat_t", "val_tpl", "exp_aft", "pl_on", "pl_off", "off_dly"},
    "button": _ENTITY | {"cmd_t", "cmd_tpl", "pl_prs", "ret"},
}
NEEDED = {"sensor": {"stat_t"}, "binary_sensor": {"stat_t"}, "button": {"cmd_t"}}
CLASSES = {
    "sensor": {"carbon_dioxide", "temperature", "enum", "humidity", "illuminance", "duration", "signal_strength"},
    "binary_sensor": {"occupancy", "problem", "safety", "connectivity", "motion", "running"},
    "button": {"identify", "restart", "update"},
}
UNITS = {"carbon_dioxide": {"ppm"}, "temperature": {"°C", "°F", "K"}}
CATEGORIES = {"diagnostic", "config"}


def complaints(topic: str, payload: Mapping[str, Any]) -> list[str]:
    """Everything that Home Assistant would refuse or warn of."""
    return list(_found(topic, payload))


def _found(topic: str, payload: Mapping[str, Any]) -> Iterator[str]:
    if not TOPIC.fullmatch(topic):
        yield f"topic {topic}"
    yield from (f"unknown key {key}" for key in payload.keys() - ROOT)
    device, origin = payload.get("dev", {}), payload.get("o", {})
    if not device.get("ids") and not device.get("cns"):
        yield "a device needs ids or cns"
    if not origin.get("name"):
        yield "an origin needs a name"
    yield from (f"unknown key dev.{key}" for key in device.keys() - DEVICE)
    yield from (f"unknown key o.{key}" for key in origin.keys() - ORIGIN)
    components = payload.get("cmps") or {}
    if not components and not payload.get("cdevs"):
        yield "neither cmps nor cdevs"
    for key, component in components.items():
        yield from (f"cmps.{key}: {text}" for text in _component(key, component))
    ids = [component.get("uniq_id") for component in components.values()]
    if len(set(ids)) != len(ids):
        yield "unique_id twice"


def _component(key: str, component: Mapping[str, Any]) -> Iterator[str]:
    platform = component.get("p", "")
    if not TOPIC_PART.fullmatch(key):
        yield "is no id"
    if platform not in KEYS:
        yield f"platform {platform!r}"
        return
    yield from (f"unknown key {name}" for name in component.keys() - KEYS[platform])
    yield from (f"needs {name}" for name in (NEEDED[platform] | {"uniq_id"}) - component.keys())
    dev_cla = component.get("dev_cla")
    if dev_cla is not None and dev_cla not in CLASSES[platform]:
        yield f"device class {dev_cla}"
    if dev_cla in UNITS and component.get("unit_of_meas") not in UNITS[dev_cla]:
        yield f"unit {component.get('unit_of_meas')}"
    if component.get("ent_cat") not in CATEGORIES | {None}:
        yield f"category {component.get('ent_cat')}"
    if platform == "sensor":
        yield from _sensor(component)
    if platform != "button" and component.get("ent_cat") == "config":
        yield "a sensor cannot be of category config"
    if not component.get("def_ent_id", f"{platform}.x").startswith(f"{platform}."):
        yield "default_entity_id of another platform"


def _sensor(component: Mapping[str, Any]) -> Iterator[str]:
    enum = component.get("dev_cla") == "enum"
    if enum is not ("ops" in component):
        yield "options and device class enum go together"
    if enum and ("stat_cla" in component or "unit_of_meas" in component):
        yield "an enum has neither state class nor unit"
    if component.get("stat_cla") not in {None, "measurement", "total", "total_increasing"}:
        yield "state class"
