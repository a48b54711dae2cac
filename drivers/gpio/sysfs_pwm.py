"""One channel of hardware PWM through /sys/class/pwm: steady at any load of the CPU, unlike lgpio's software PWM.

Overlay and pins: docs/drivers.md. `dtoverlay=pwm-2chan` in /boot/firmware/config.txt gives pwmchip0 with the channels
0 and 1 (GPIO18 and GPIO19 on a Pi 3 or 4; on a Pi 5 channels 0 to 3 are GPIO12, 13, 18 and 19, and the chip may have
another number: ls /sys/class/pwm).

A channel runs on when its program is killed. It is dark again as soon as the program starts anew, or when systemd
runs `ExecStopPost=` of the unit; a clean end makes it dark by itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

from drivers.errors import DeviceError, DriverError, PinBusy, UsageError
from drivers.sysfs import Sysfs

FOLDER = Path("/sys/class/pwm")
PERIOD_NS = 1_000_000
"""1 kHz: no flicker, also not for a camera."""
RIGHTS = (
    "Is this user in the group gpio? A udev rule must give that group the channels: "
    """SUBSYSTEM=="pwm", RUN+="/bin/sh -c 'chgrp -R gpio /sys%p; chmod -R g=u /sys%p'"."""
)
UDEV_WAIT_S = 0.5
_UDEV_STEP_S = 0.02


class SysfsPwm:
    """Channel `channel` of pwmchip`chip`, exported, enabled and dark; one owner, held by a lock on its folder.

    Raises:
        DeviceError: no such chip or channel, or no rights; with the line to change.
        PinBusy: another program or driver has the channel.
    """

    def __init__(self, chip: int, channel: int, *, folder: Path = FOLDER, sysfs: Sysfs | None = None) -> None:
        self._sysfs = sysfs or Sysfs(RIGHTS)
        self._name = f"channel {channel} of pwmchip{chip}"
        self._chip = folder / f"pwmchip{chip}"
        self._channel = channel
        self._folder = self._chip / f"pwm{channel}"
        self._lock = -1
        try:
            self._check_chip(folder)
            self._export()
            self._claim()
            self._start()
        except DriverError:
            self.close()
            raise

    def set(self, share: float) -> None:
        """Be on for `share` (0 to 1) of the time.

        Raises:
            DeviceError: the channel is gone, or refused.
        """
        if self._lock < 0:
            raise UsageError(f"{self._name} is closed.")
        if not 0 <= share <= 1:
            raise UsageError(f"a share of PWM is 0 to 1, not {share:g}.")
        self._sysfs.write(self._folder / "duty_cycle", round(share * PERIOD_NS))

    def close(self) -> None:
        """Go dark and give the channel back; may be called again. One that is gone is dark already."""
        if self._lock < 0:
            return
        for path, value in (
            (self._folder / "duty_cycle", 0),
            (self._folder / "enable", 0),
            (self._chip / "unexport", self._channel),
        ):
            with contextlib.suppress(DriverError):
                self._sysfs.write(path, value)
        os.close(self._lock)
        self._lock = -1

    def _check_chip(self, folder: Path) -> None:
        if not self._chip.is_dir():
            there = ", ".join(sorted(path.name for path in folder.glob("pwmchip*"))) or "none"
            hint = "Is dtoverlay=pwm-2chan in /boot/firmware/config.txt? Set [lamp] pwm_chip to one that is there."
            raise DeviceError(f"{self._chip} is not there; there is: {there}.", hint=hint)
        count = self._sysfs.read_number(self._chip / "npwm")
        if self._channel >= count:
            hint = f"Set [lamp] pwm_channels to numbers of 0 to {count - 1}, or use an overlay with more."
            raise DeviceError(f"{self._chip.name} has {count} channels, and no channel {self._channel}.", hint=hint)

    def _export(self) -> None:
        """Make the channel's folder appear; one that a crash left behind is taken over."""
        if self._folder.is_dir():
            return
        try:
            self._sysfs.write(self._chip / "export", self._channel)
        except PinBusy as error:
            hint = "Choose another of [lamp] pwm_channels; a fan or the audio jack may use this one."
            raise PinBusy(f"{self._name} is held by a driver of the kernel.", hint=hint) from error
        deadline_s = time.monotonic() + UDEV_WAIT_S
        # udev hands the new files to the group a moment later.
        while not os.access(self._folder / "duty_cycle", os.W_OK) and time.monotonic() < deadline_s:
            time.sleep(_UDEV_STEP_S)

    def _claim(self) -> None:
        try:
            self._lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise DeviceError(f"{self._folder} cannot be opened: {error.strerror}.", hint=RIGHTS) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            self._lock = -1
            hint = "Choose other [lamp] pwm_channels, or end the other program: fuser -v " + str(self._folder)
            raise PinBusy(f"{self._name} is used by another lamp.", hint=hint) from error

    def _start(self) -> None:
        """The order is the kernel's: while it is enabled neither polarity nor a period below the duty is taken."""
        if self._sysfs.read(self._folder / "enable") == "1":
            self._sysfs.write(self._folder / "enable", 0)
        if self._sysfs.read_number(self._folder / "period") > 0:
            self._sysfs.write(self._folder / "duty_cycle", 0)
        self._sysfs.write(self._folder / "period", PERIOD_NS)
        self._sysfs.write(self._folder / "duty_cycle", 0)
        if self._sysfs.read(self._folder / "polarity") != "normal":
            self._sysfs.write(self._folder / "polarity", "normal")
        self._sysfs.write(self._folder / "enable", 1)
