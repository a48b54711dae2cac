"""Which of the configured sensors say something of people. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.sensors import SensorConfig
from roomdisplay.occupancy import Input, InputKind

PEOPLE = {
    "pir": InputKind.PIR,
    "ld2410": InputKind.RADAR,
    "ld2450": InputKind.TRACKER,
    "door": InputKind.DOOR,
    "button": InputKind.BUTTON,
}
ALONE = (InputKind.PIR, InputKind.RADAR, InputKind.TRACKER)
"""The kinds that can tell of an empty room; doors and buttons only help."""


def inputs(sensors: Iterable[SensorConfig]) -> tuple[Input, ...]:
    """What takes part in the fusion."""
    return tuple(Input(sensor.name, PEOPLE[sensor.kind]) for sensor in sensors if sensor.kind in PEOPLE)


def presence_inputs(sensors: Iterable[SensorConfig]) -> tuple[Input, ...]:
    """Those without which presence is never known."""
    return tuple(found for found in inputs(sensors) if found.kind in ALONE)
