"""How bright the glass is: never above what the admin set, less in the dark, dark when the panel sleeps.

With a backlight that can be set, the lamp behind the glass is dimmed; without one the picture is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from common.clock import Clock
from drivers.auto_dim import AutoDim, AutoDimConfig
from drivers.backlight import Backlight, BacklightConfig, open_backlight
from drivers.errors import DriverError
from drivers.readings import Light

log = logging.getLogger(__name__)


def usable_backlight(config: BacklightConfig) -> Backlight | None:
    """Open the backlight; None where there is none, or it cannot be used: then the picture is dimmed."""
    try:
        return open_backlight(config)
    except DriverError as error:
        log.error("backlight: %s", error)
        return None


class Told(Protocol):
    """Who hears of a backlight that fails, and that works (again); each may be told many times."""

    def backlight_failed(self, error: DriverError) -> None: ...

    def backlight_works(self) -> None: ...


class Brightness:
    """The brightness of one panel. `follow` as often as one likes; only changes reach the backlight.

    `light` gives the light of a sensor, or of any for ""; None: none tells it.
    """

    def __init__(
        self,
        settings: AutoDimConfig,
        light: Callable[[str], Light | None],
        backlight: Backlight | None,
        reporter: Told,
        clock: Clock,
    ) -> None:
        self.ceiling_percent = 100
        self._source = settings.source
        self._dim = AutoDim.start(settings) if settings.enabled else None
        self._light = light
        self._backlight = backlight
        self._reporter = reporter
        self._clock = clock
        self._works = backlight is not None

    @property
    def percent(self) -> int:
        """What the glass should have, awake."""
        return min(self.ceiling_percent, self._dim.percent) if self._dim else self.ceiling_percent

    @property
    def by_software(self) -> float:
        """What is left for the picture to do, 0 to 1."""
        return 1.0 if self._works else self.percent / 100

    def follow(self, *, asleep: bool) -> None:
        """Look at the light, and set the backlight."""
        if self._dim:
            self._dim = self._dim.step(self._light(self._source), self._clock.monotonic_s())
        if self._backlight is None:
            return
        try:
            self._backlight.show(0 if asleep else self.percent)
        except DriverError as error:
            self._works = False
            self._reporter.backlight_failed(error)
        else:
            self._works = True
            self._reporter.backlight_works()
