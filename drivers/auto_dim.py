"""How bright the screen is by the light around it: three steps with hysteresis, a hold time and a floor. Pure.

    dim = AutoDim.start(settings)
    dim = dim.step(light, now_s)           # as often as one likes; None: no sensor tells the light
    dim.percent                            # of the perceived brightness; drivers.backlight maps it to the lamp

- Dark below `dark_below` (the floor), bright above `bright_above`, half-way between them otherwise. A step back needs
  a fifth more or less light than the step there: a lamp that flickers about a threshold changes nothing.
- A change takes `hold_s` of light that asks for it without a break, and is one step; the next needs as long again. So
  between two changes there are at least `hold_s`, and where it is never darker it is never shown darker.
- Without light that is known the screen is as bright as it may be: a sign that cannot be read is worse than a lamp.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import msgspec
from msgspec import Meta

from drivers.readings import Light
from drivers.sensor_config import SensorConfig

HYSTERESIS = 1.2
BRIGHTEST = 2
"""The highest of the steps 0 (dark), 1 and 2 (bright)."""


LIGHT_KINDS = ("bh1750", "veml7700", "ld2410")
LIGHT_LIFE_S = 60.0
"""What a sensor said so long ago is not the light of now."""


class AutoDimConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[auto_dim]: brightness of the screen by the light around it."""

    enabled: Annotated[bool, Meta(description="Follow a light sensor.", examples=[False])] = False
    source: Annotated[
        str, Meta(description="Name of the sensor; empty takes the first that tells light.", examples=["corridor"])
    ] = ""
    floor_percent: Annotated[int, Meta(ge=5, le=100, description="Never darker than this.", examples=[25])] = 25
    bright_percent: Annotated[int, Meta(ge=10, le=100, description="In full light.", examples=[100])] = 100
    dark_below: Annotated[
        float, Meta(ge=0, le=100000, description="Dark below this (lux, or raw 0-255 of a radar).", examples=[20.0])
    ] = 20.0
    bright_above: Annotated[float, Meta(ge=0, le=100000, description="Bright above this.", examples=[150.0])] = 150.0
    hold_s: Annotated[
        int, Meta(ge=1, le=300, description="A change of light counts when it lasts this long.", examples=[10])
    ] = 10

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        if self.dark_below >= self.bright_above:
            yield "bright_above", "must be larger than dark_below"
        if self.floor_percent > self.bright_percent:
            yield "floor_percent", "must not be larger than bright_percent"


def light_sources(sensors: Iterable[SensorConfig]) -> tuple[str, ...]:
    """Names of the sensors that tell light."""
    return tuple(sensor.name for sensor in sensors if sensor.kind in LIGHT_KINDS)


def auto_dim_problems(auto_dim: AutoDimConfig, sensors: Iterable[SensorConfig]) -> Iterator[tuple[str, str]]:
    """What must hold between [auto_dim] and [[sensors]], for common.config."""
    lights = light_sources(sensors)
    if auto_dim.enabled and not lights:
        yield "auto_dim.enabled", f"needs a sensor that tells light: {_either(LIGHT_KINDS)} in [[sensors]]"
    elif auto_dim.enabled and auto_dim.source and auto_dim.source not in lights:
        yield "auto_dim.source", f"must be one of the sensors that tell light: {', '.join(lights) or 'none yet'}"


def _either(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


@dataclass(frozen=True, slots=True)
class AutoDim:
    """The brightness, and the change that the light asks for since `asked_s`."""

    settings: AutoDimConfig
    level: int = BRIGHTEST
    asked: int = 0
    """-1 darker, 1 brighter, 0 neither"""
    asked_s: float = 0.0

    @classmethod
    def start(cls, settings: AutoDimConfig) -> AutoDim:
        """Bright, before any light is known."""
        return cls(settings)

    @property
    def percent(self) -> int:
        """5 to 100, never less than the floor."""
        floor, bright = self.settings.floor_percent, self.settings.bright_percent
        return floor + (bright - floor) * self.level // BRIGHTEST if self.settings.enabled else bright

    def step(self, light: Light | None, now_s: float) -> AutoDim:
        """With the light of `now_s` (monotonic seconds)."""
        asked = self._asks(_amount(light))
        if asked == 0 or asked != self.asked:
            return replace(self, asked=asked, asked_s=now_s)
        if now_s - self.asked_s < self.settings.hold_s:
            return self
        changed = replace(self, level=self.level + asked, asked_s=now_s)
        return replace(changed, asked=changed._asks(_amount(light)))

    def _asks(self, amount: float | None) -> int:
        """Whether this much light asks for another step: -1, 0 or 1."""
        dark, bright = self.settings.dark_below, self.settings.bright_above
        brighter_above = (min(dark * HYSTERESIS, bright), bright)
        darker_below = (dark, max(bright / HYSTERESIS, dark))
        if self.level < BRIGHTEST and (amount is None or amount > brighter_above[self.level]):
            return 1
        return -1 if self.level > 0 and amount is not None and amount < darker_below[self.level - 1] else 0


def _amount(light: Light | None) -> float | None:
    """Lux, or the raw brightness of a radar; None where nothing is told."""
    if light is None:
        return None
    return light.lux if light.lux is not None else light.raw
