"""/sys/class/pwm as the kernel keeps it (its drivers/pwm/sysfs.c): real files, and the refusals of a kernel."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from drivers.gpio.sysfs_pwm import RIGHTS
from drivers.sysfs import Sysfs


class PwmKernel(Sysfs):
    """A chip below `folder`; `duties` keeps every change of a duty as (channel, nanoseconds)."""

    def __init__(self, folder: Path, *, channels: int = 2, chip: int = 0) -> None:
        super().__init__(RIGHTS)
        self.chip = folder / f"pwmchip{chip}"
        self.chip.mkdir()
        for name, text in (("npwm", str(channels)), ("export", ""), ("unexport", "")):
            (self.chip / name).write_text(text)
        self.held: set[int] = set()
        """channels that a driver of the kernel has"""
        self.fails: OSError | None = None
        self.duties: list[tuple[int, int]] = []

    def write(self, path: Path, value: str | int) -> None:
        try:
            self._judge(path, str(value))
        except OSError as error:
            raise self._translated(path, error) from error
        super().write(path, value)
        if path.name == "duty_cycle":
            self.duties.append((int(path.parent.name.removeprefix("pwm")), int(value)))

    def _judge(self, path: Path, value: str) -> None:
        if self.fails is not None:
            raise self.fails
        if path.parent == self.chip:
            self._channel(path.name, int(value))
        else:
            self._attribute(path, value)

    def _channel(self, what: str, number: int) -> None:
        place = self.chip / f"pwm{number}"
        if what == "export":
            if number in self.held or place.exists():
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
            place.mkdir()
            for name, text in (("period", "0"), ("duty_cycle", "0"), ("enable", "0"), ("polarity", "normal")):
                (place / name).write_text(f"{text}\n")
        else:
            shutil.rmtree(place)

    def _attribute(self, path: Path, value: str) -> None:
        def now(name: str) -> int:
            return self.read_number(path.parent / name)

        refused = {
            "period": int(value) < now("duty_cycle") if path.name == "period" else False,
            "duty_cycle": path.name == "duty_cycle" and (now("period") == 0 or int(value) > now("period")),
            "enable": path.name == "enable" and value == "1" and now("period") == 0,
            "polarity": path.name == "polarity" and now("enable") == 1,
        }
        if refused.get(path.name):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    def attribute(self, channel: int, name: str) -> str:
        return (self.chip / f"pwm{channel}" / name).read_text().strip()

    def leave(self, channel: int, **attributes: int | str) -> None:
        """A channel as a killed program leaves it behind."""
        place = self.chip / f"pwm{channel}"
        place.mkdir()
        for name, value in {"period": 0, "duty_cycle": 0, "enable": 0, "polarity": "normal", **attributes}.items():
            (place / name).write_text(f"{value}\n")
