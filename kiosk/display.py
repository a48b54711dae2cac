"""The screen as a lamp: dark by the hours, woken by a finger or a code, dimmed by the light around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.auto_dim import LIGHT_LIFE_S
from drivers.brightness import Brightness
from drivers.newest import Newest
from drivers.readings import Light, Reading
from kiosk.pages import Welcome
from kiosk.sleep_settings import night

if TYPE_CHECKING:
    from kiosk.kiosk import Kiosk


class Display:
    """The screen of one kiosk. It is never dark while a guest is at it, nor in an evacuation."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk
        self._lights = Newest[Light](life_s=LIGHT_LIFE_S)
        self._awake_until_s = 0.0
        self.asleep = False
        parts = kiosk.parts
        self.brightness = Brightness(parts.config.auto_dim, self._light, parts.backlight, parts.reporter, parts.clock)

    def touched(self) -> bool:
        """A finger came down anywhere. False: it only wakes the screen."""
        asleep = self.asleep
        self.wake()
        return not asleep

    def wake(self) -> None:
        """Somebody is there: lit for a while."""
        now_s = self._kiosk.clock.monotonic_s()
        self._awake_until_s = now_s + self._kiosk.config.sleep.awake_after_touch_s
        if self.asleep:
            self._kiosk.refresh()
            self._kiosk.network.wake()

    def take(self, reading: Reading, light: Light) -> None:
        """A sensor told the light."""
        self._lights.take(reading.source, reading.monotonic_s, light)

    def follow(self) -> None:
        """Look at the clock and at the light; the backlight follows."""
        self.asleep = self._is_asleep()
        self.brightness.follow(asleep=self.asleep)

    def _is_asleep(self) -> bool:
        kiosk = self._kiosk
        if not isinstance(kiosk.state.page, Welcome) or kiosk.identifying or not kiosk.clock.synchronised():
            return False
        if kiosk.clock.monotonic_s() < self._awake_until_s:
            return False
        return night(kiosk.clock.now(), kiosk.config.sleep, kiosk.parts.setup.zone)

    def _light(self, source: str) -> Light | None:
        return self._lights.value(self._kiosk.clock.monotonic_s(), source)
