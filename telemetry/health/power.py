"""The supply of a Raspberry Pi: under-voltage by its hwmon driver, throttling by its firmware.

The driver (raspberrypi-hwmon) asks the firmware every 2 s and takes the sticky bit away, so a look a minute misses
nearly all dips. It notifies in0_lcrit_alarm at each change, though, and each of those is counted here.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from common.clock import Clock
from telemetry.health import readings
from telemetry.health.kernel_event import KernelEvent
from telemetry.health.kernel_files import as_int, entries, read_text

_FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
_LOW = {"1": True, "0": False}
_UNDER_VOLTAGE, _CAPPED, _THROTTLED, _SOFT_LIMIT = 1 << 0, 1 << 1, 1 << 2, 1 << 3


class Power:
    """`watch` in the loop, `read` anywhere. On other boards everything is unknown."""

    def __init__(self, clock: Clock, root: Path = Path("/")) -> None:
        self._clock = clock
        self._hwmon = root / "sys/class/hwmon"
        self._firmware = root / _FIRMWARE
        self._event: KernelEvent | None = None
        self._low: bool | None = None
        self._dips = 0
        self._dip_at_s: float | None = None

    def watch(self) -> None:
        """Listen for dips from now on, if there is such a driver; may be called again, when it was loaded late."""
        if self._event is not None:
            return
        attribute = self._attribute()
        if attribute is not None:
            with contextlib.suppress(OSError):  # a kernel that does not notify it: then it is read at each look
                self._event = KernelEvent(attribute, self.told, self._gone)

    def close(self) -> None:
        """Listen no more."""
        event, self._event = self._event, None
        if event is not None:
            event.close()

    def told(self, text: str) -> None:
        """The driver says `1`: below 4.63 V, or `0`: well again."""
        low = _LOW.get(text)
        if low and not self._low:
            self._dips += 1
        if low or self._low:
            self._dip_at_s = self._clock.monotonic_s()
        self._low = low

    def read(self) -> readings.Power:
        flags = as_int(read_text(self._firmware), 16)
        low = self._low if self._event is not None else self._sampled()
        if low is None:
            low = _bit(flags, _UNDER_VOLTAGE)
        since_s = None if self._dip_at_s is None else round(self._clock.monotonic_s() - self._dip_at_s, 1)
        return readings.Power(
            under_voltage=low,
            under_voltage_events=self._dips,
            since_under_voltage_s=since_s,
            throttled=_bit(flags, _THROTTLED),
            frequency_capped=_bit(flags, _CAPPED),
            soft_limited=_bit(flags, _SOFT_LIMIT),
            throttled_flags=flags,
        )

    def _attribute(self) -> Path | None:
        found = (path / "in0_lcrit_alarm" for path in entries(self._hwmon))
        return next((path for path in found if path.exists()), None)

    def _sampled(self) -> bool | None:
        attribute = self._attribute()
        return _LOW.get(read_text(attribute) or "") if attribute else None

    def _gone(self) -> None:
        self._event, self._low = None, None


def _bit(flags: int | None, bit: int) -> bool | None:
    return None if flags is None else bool(flags & bit)
