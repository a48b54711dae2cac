"""An input whose time stands still, on gpiozero's mock pins or on a line moved by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.gpio.inputs import GpioInput, open_input
from drivers.readings import Level, Reading


@dataclass(frozen=True)
class Config:
    """What an input needs of drivers.sensor_config.SensorConfig."""

    name: str = "pir-door"
    kind: str = "pir"
    driver: str = "device"
    pin: int = 4
    active_high: bool = True
    pull: str = "down"


@dataclass
class Site:
    """An input, its clock, and what it published."""

    config: Config
    now_s: float = 100.0
    readings: list[Reading] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.input: GpioInput = open_input(self.config, self.readings.append, lambda: self.now_s)

    def after(self, seconds: float) -> list[Level]:
        """Let time pass, then one turn: what was published in it."""
        self.now_s += seconds
        before = len(self.readings)
        self.input.turn()
        return [reading.value for reading in self.readings[before:] if isinstance(reading.value, Level)]


ON, OFF = Level(True, edge=True), Level(False, edge=True)
SEEN_ON, SEEN_OFF = Level(True, edge=False), Level(False, edge=False)
