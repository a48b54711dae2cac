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

from dataclasses import dataclass, replace

from drivers.readings import Light
from roomdisplay.presence_settings import AutoDimSection

HYSTERESIS = 1.2
BRIGHTEST = 2
"""The highest of the steps 0 (dark), 1 and 2 (bright)."""


@dataclass(frozen=True, slots=True)
class AutoDim:
    """The brightness, and the change that the light asks for since `asked_s`."""

    settings: AutoDimSection
    level: int = BRIGHTEST
    asked: int = 0
    """-1 darker, 1 brighter, 0 neither"""
    asked_s: float = 0.0

    @classmethod
    def start(cls, settings: AutoDimSection) -> AutoDim:
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
