"""The lamp behind the glass: how bright it is, how it is configured, and how one is opened.

Percent are of what the eye sees. A DSI panel's `brightness` sets the duty of its light, which is linear in power, so
half of it looks like three quarters: percent go through a gamma of 2.2. A driver whose `scale` says "non-linear" has
such a curve itself and gets percent as they are.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from drivers.errors import DeviceError, DriverError, UsageError
from drivers.sysfs import Sysfs

FOLDER = Path("/sys/class/backlight")
GAMMA = 2.2
POWER_ON, POWER_OFF = 0, 4
"""bl_power is a FB_BLANK value: 0 is on, 4 is off."""
RIGHTS = (
    "Put the line `z /sys/class/backlight/*/{brightness,bl_power} 0664 root video - -` in"
    " /etc/tmpfiles.d/mydesk-backlight.conf, run systemd-tmpfiles --create, and add this user to the group video."
)


class Backlight(Protocol):
    """One backlight. Safe to call from any thread."""

    @property
    def percent(self) -> int | None:
        """What was shown last; None before that and after a failure."""
        ...

    def show(self, percent: int) -> None:
        """Be this bright: 1 to 100, 0 for dark. Showing the same again changes nothing.

        Raises:
            UsageError: no such brightness, or the backlight is closed.
            DeviceError: it is gone or may not be set; the next call looks for it anew.
        """
        ...

    def close(self) -> None:
        """Leave it as bright as a screen without a program should be: fully; may be called again."""
        ...


class BacklightConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[backlight]: the lamp behind the glass, where the panel lets the Pi set it (DSI, not HDMI)."""

    driver: Annotated[
        Literal["none", "sysfs", "emulated"],
        Meta(description="What drives it; without one the picture is dimmed instead.", examples=["sysfs"]),
    ] = "none"
    name: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_.:-]{0,64}$",
            description="Its folder in /sys/class/backlight; empty takes the only one.",
            examples=["11-0045"],
        ),
    ] = ""


def raw_brightness(percent: int, maximum: int, *, linear: bool = True) -> int:
    """Return what `brightness` has to hold of 0 to `maximum`; never 0 for 1 percent or more, which may mean off.

    `linear` says that the value is linear in power, so that the eye's curve is ours to apply.
    """
    if percent <= 0:
        return 0
    share = (percent / 100) ** GAMMA if linear else percent / 100
    return max(1, round(share * maximum))


class SysfsBacklight:
    """The backlight `name` in `folder`, or the only one there.

    >>> backlight = SysfsBacklight("11-0045")           # doctest: +SKIP
    >>> backlight.show(40)                              # doctest: +SKIP
    >>> backlight.show(0)                               # doctest: +SKIP
    >>> backlight.close()                               # doctest: +SKIP

    Raises:
        DeviceError: none there, or several and no name, or no rights; with the line to change.
    """

    def __init__(self, name: str = "", *, folder: Path = FOLDER, sysfs: Sysfs | None = None) -> None:
        self._name, self._folder, self._sysfs = name, folder, sysfs or Sysfs(RIGHTS)
        self._lock = threading.Lock()
        self._percent: int | None = None
        self._closed = False
        self._place: Path | None = self._find()
        self._maximum, self._linear = self._nature(self._place)

    @property
    def percent(self) -> int | None:
        return self._percent

    def show(self, percent: int) -> None:
        if not 0 <= percent <= 100:
            raise UsageError(f"a brightness is 0 to 100 percent, not {percent}.")
        with self._lock:
            if self._closed:
                raise UsageError("the backlight is closed.")
            if percent != self._percent:
                self._show(percent)

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                try:
                    self._show(100)
                except DriverError:
                    return  # one that is gone needs no light

    def _show(self, percent: int) -> None:
        try:
            place = self._place or self._found_again()
            if percent:
                raw = raw_brightness(percent, self._maximum, linear=self._linear)
                self._sysfs.write(place / "brightness", raw)
            if self._percent is None or (percent == 0) != (self._percent == 0):
                self._sysfs.write(place / "bl_power", POWER_ON if percent else POWER_OFF)
        except DriverError:
            self._place = self._percent = None
            raise
        self._percent = percent

    def _found_again(self) -> Path:
        """A panel that was plugged in again may have another number."""
        place = self._find()
        self._maximum, self._linear = self._nature(place)
        self._place = place
        return place

    def _find(self) -> Path:
        there = sorted(path.name for path in self._folder.glob("*"))
        if self._name in there:
            return self._folder / self._name
        names = ", ".join(there)
        if self._name:
            hint = f"Set [backlight] name to one that is there: {names}." if there else _NONE_HINT
            raise DeviceError(f"there is no backlight {self._name!r} in {self._folder}.", hint=hint)
        if not there:
            raise DeviceError(f"there is no backlight in {self._folder}.", hint=_NONE_HINT)
        if len(there) > 1:
            raise DeviceError(f"there are several backlights: {names}.", hint=f'Set [backlight] name = "{there[0]}".')
        return self._folder / there[0]

    def _nature(self, place: Path) -> tuple[int, bool]:
        maximum = self._sysfs.read_number(place / "max_brightness")
        if maximum < 1:
            raise DeviceError(f"{place}/max_brightness is {maximum}: this backlight cannot be dimmed.", hint=_NONE_HINT)
        scale = place / "scale"  # not in kernels before 5.4
        return maximum, not scale.exists() or self._sysfs.read(scale) != "non-linear"


_NONE_HINT = 'An HDMI panel has none: set [backlight] driver = "none", and the picture is dimmed instead.'


def open_backlight(config: BacklightConfig, *, folder: Path = FOLDER) -> Backlight | None:
    """Open the backlight that `config` names; None with driver = "none".

    Raises:
        DeviceError: as SysfsBacklight.
    """
    if config.driver == "sysfs":
        return SysfsBacklight(config.name, folder=folder)
    if config.driver == "emulated":
        from drivers.emulators.backlight import EmulatedBacklight

        return EmulatedBacklight()
    return None
