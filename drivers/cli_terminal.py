"""What `mydesk-drivers` prints: lines of JSON for machines, short lines for people."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

from drivers.device import Condition, Health
from drivers.emulators.emulator import Emulator
from drivers.emulators.pty_device import PtyDevice
from drivers.readings import Climate, Level, Light, Radar, Reading, Scan, Targets, Value

JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output: one JSON object a line.")]


EMULATED = "emulated"
"""In place of a port: a device that is not there."""


@contextlib.contextmanager
def port_or_emulated(port: str, make: Callable[[], Emulator]) -> Iterator[str]:
    """The port to open: that one, or a pty with what `make` makes behind it."""
    if port != EMULATED:
        yield port
        return
    with PtyDevice(make()) as device:
        yield device.path


def print_json(value: Any) -> None:
    """One line, at once, for whoever reads along. All ASCII: a code may hold characters that end a line elsewhere."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def said(value: Value) -> str:
    """A reading in words."""
    match value:
        case Radar():
            return str(value)
        case Targets(targets=targets):
            each = (f"({one.x_mm / 1000:.2f} m, {one.y_mm / 1000:.2f} m, {one.speed_cm_s} cm/s)" for one in targets)
            return ", ".join(each) or "nobody"
        case Level(active=active):
            return "active" if active else "quiet"
        case Climate():
            parts = (
                (value.co2_ppm, "{} ppm"),
                (value.temperature_c, "{:.1f} °C"),
                (value.humidity_percent, "{:.0f} % humidity"),
            )
            return ", ".join(form.format(part) for part, form in parts if part is not None)
        case Light():
            return f"{value.lux:.0f} lux" if value.lux is not None else f"light {value.raw} of 255"
        case Scan(text=text):
            return text


def reading_json(reading: Reading, kind: str) -> dict[str, Any]:
    """A reading as an object."""
    from drivers.decoding import as_json

    value = reading.value
    fields = {"state": str(value)} if isinstance(value, Radar) else as_json(value)
    fields.pop("event", None)
    return {"at_s": round(reading.monotonic_s, 3), "source": reading.source, "kind": kind, **fields}


def health_json(health: Health) -> dict[str, Any]:
    """A sensor's health as an object."""
    age_s = None if health.frame_age_s is None else round(health.frame_age_s, 2)
    names = ("name", "kind", "condition", "problem", "frames", "bad_frames", "junk_bytes", "reopened")
    return {"health": {name: getattr(health, name) for name in names} | {"frame_age_s": age_s}}


def health_line(health: Health) -> str:
    """A sensor's health in a line."""
    mark = {Condition.HEALTHY: "ok", Condition.STARTING: "..."}.get(health.condition, "!!")
    return f"{mark:3} {health.name}: {health.condition} {health.problem}".rstrip()
