"""The backlight on real files, without the rights, without a panel, with two of them."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from pathlib import Path

import pytest

from common.config import ConfigError, parse
from drivers.backlight import (
    RIGHTS,
    Backlight,
    BacklightConfig,
    SysfsBacklight,
    open_backlight,
    raw_brightness,
)
from drivers.emulators.backlight import EmulatedBacklight
from drivers.errors import DeviceError, UsageError
from drivers.sysfs import Sysfs
from tests.ordinary_user import ordinary_user


def panel(folder: Path, name: str = "10-0045", *, maximum: int = 255, scale: str = "", lit: int = 255) -> Path:
    """A backlight as the kernel shows it: its folder is a link to the device's."""
    device = folder.parent / "devices" / name
    device.mkdir(parents=True)
    for attribute, value in (("brightness", lit), ("max_brightness", maximum), ("bl_power", 0), ("type", "raw")):
        (device / attribute).write_text(f"{value}\n")
    if scale:
        (device / "scale").write_text(f"{scale}\n")
    folder.mkdir(exist_ok=True)
    (folder / name).symlink_to(device)
    return folder / name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backlight"


def now(place: Path) -> tuple[int, int]:
    return int((place / "brightness").read_text()), int((place / "bl_power").read_text())


RAW = [
    (100, 255, True, 255),
    (50, 255, True, 55),
    (25, 255, True, 12),
    (5, 255, True, 1),
    (1, 255, True, 1),
    (0, 255, True, 0),
    (-1, 255, True, 0),
    (100, 31, True, 31),  # Touch Display 2
    (50, 31, True, 7),
    (25, 31, True, 1),
    (1, 31, True, 1),
    (100, 4096, True, 4096),
    (50, 255, False, 128),
    (1, 31, False, 1),
    (25, 1, True, 1),
]


@pytest.mark.parametrize(("percent", "maximum", "linear", "raw"), RAW)
def test_percent_are_what_the_eye_sees(percent: int, maximum: int, linear: bool, raw: int) -> None:
    assert raw_brightness(percent, maximum, linear=linear) == raw


@pytest.mark.parametrize("linear", [True, False])
@pytest.mark.parametrize("maximum", [1, 7, 31, 100, 255, 65535])
def test_more_percent_are_never_darker_and_one_is_never_off(maximum: int, linear: bool) -> None:
    raws = [raw_brightness(percent, maximum, linear=linear) for percent in range(101)]
    assert raws == sorted(raws)
    assert raws[0] == 0
    assert raws[1] >= 1
    assert raws[100] == maximum


@pytest.mark.parametrize("name", ["rpi_backlight", "10-0045", "11-0045", "4-0045"])
def test_the_only_one_is_taken_whatever_its_name(folder: Path, name: str) -> None:
    place = panel(folder, name)
    light = SysfsBacklight(folder=folder)
    light.show(50)
    assert now(place) == (55, 0)
    light.close()


def percent(light: SysfsBacklight) -> int | None:
    return light.percent


def test_dark_and_lit_again(folder: Path) -> None:
    place = panel(folder)
    light = SysfsBacklight(folder=folder)
    assert percent(light) is None
    light.show(50)
    light.show(0)
    assert now(place) == (55, 4), "0 is on"
    assert percent(light) == 0
    light.show(25)
    assert now(place) == (12, 0)
    light.show(0)
    light.close()
    light.close()
    assert now(place) == (255, 0), "a screen without a program is lit"
    with pytest.raises(UsageError, match="the backlight is closed"):
        light.show(50)


def test_one_left_dark_is_lit_by_the_first_show(folder: Path) -> None:
    place = panel(folder)
    (place / "bl_power").write_text("1\n")
    light = SysfsBacklight(folder=folder)
    light.show(100)
    assert now(place) == (255, 0)
    light.close()


@pytest.mark.parametrize(("scale", "raw"), [("", 55), ("unknown", 55), ("linear", 55), ("non-linear", 128)])
def test_a_driver_with_a_curve_of_its_own_gets_percent(folder: Path, scale: str, raw: int) -> None:
    place = panel(folder, scale=scale)
    light = SysfsBacklight(folder=folder)
    light.show(50)
    assert now(place)[0] == raw
    light.close()


class Written(Sysfs):
    """Notes every write."""

    def __init__(self) -> None:
        super().__init__(RIGHTS)
        self.writes: list[tuple[str, str]] = []

    def write(self, path: Path, value: str | int) -> None:
        self.writes.append((path.name, str(value)))
        super().write(path, value)


def test_the_same_again_writes_nothing_and_light_comes_before_power(folder: Path) -> None:
    panel(folder)
    sysfs = Written()
    light = SysfsBacklight(folder=folder, sysfs=sysfs)
    for percent in (50, 50, 0, 0, 25, 25):
        light.show(percent)
    assert sysfs.writes == [
        ("brightness", "55"),
        ("bl_power", "0"),
        ("bl_power", "4"),
        ("brightness", "12"),
        ("bl_power", "0"),
    ]
    light.close()


@pytest.mark.parametrize("percent", [-1, 101])
@pytest.mark.parametrize("driver", ["sysfs", "emulated"])
def test_a_brightness_is_0_to_100(folder: Path, driver: str, percent: int) -> None:
    panel(folder)
    light: Backlight = SysfsBacklight(folder=folder) if driver == "sysfs" else EmulatedBacklight()
    with pytest.raises(UsageError, match="0 to 100 percent"):
        light.show(percent)
    light.close()


def test_none_there(folder: Path) -> None:
    with pytest.raises(DeviceError, match="there is no backlight in") as caught:
        SysfsBacklight(folder=folder)
    assert 'driver = "none"' in caught.value.hint
    with pytest.raises(DeviceError, match="no backlight '11-0045'"):
        SysfsBacklight("11-0045", folder=folder)


def test_several_there(folder: Path) -> None:
    panel(folder, "10-0045")
    other = panel(folder, "11-0045")
    with pytest.raises(DeviceError, match="10-0045, 11-0045") as caught:
        SysfsBacklight(folder=folder)
    assert caught.value.hint == 'Set [backlight] name = "10-0045".'
    light = SysfsBacklight("11-0045", folder=folder)
    light.show(50)
    assert now(other) == (55, 0)
    light.close()
    with pytest.raises(DeviceError) as wrong:
        SysfsBacklight("rpi_backlight", folder=folder)
    assert "10-0045, 11-0045" in wrong.value.hint


def test_without_rights_the_line_is_told(folder: Path) -> None:
    place = panel(folder)
    light = SysfsBacklight(folder=folder)
    with ordinary_user(folder), pytest.raises(DeviceError, match="brightness may not be used by this user") as caught:
        light.show(50)
    assert caught.value.hint == RIGHTS
    assert "z /sys/class/backlight/*/{brightness,bl_power} 0664 root video" in RIGHTS
    assert light.percent is None
    light.show(50)
    assert now(place) == (55, 0), "and works once the right is given"
    light.close()


def test_a_panel_that_comes_back_under_another_number(folder: Path) -> None:
    place = panel(folder)
    light = SysfsBacklight(folder=folder)
    light.show(50)
    place.unlink()
    with pytest.raises(DeviceError, match="is not there"):
        light.show(25)
    with pytest.raises(DeviceError, match="there is no backlight"):
        light.show(25)
    assert light.percent is None
    other = panel(folder, "11-0045", maximum=31)
    light.show(50)
    assert now(other) == (7, 0)
    light.close()


def test_one_that_is_gone_can_be_closed(folder: Path) -> None:
    panel(folder)
    light = SysfsBacklight(folder=folder)
    shutil.rmtree(folder)
    light.close()


WRONG = [("max_brightness", "0\n", "cannot be dimmed"), ("max_brightness", "many\n", "where a number belongs")]


@pytest.mark.parametrize(("attribute", "text", "words"), WRONG)
def test_a_strange_driver(folder: Path, attribute: str, text: str, words: str) -> None:
    (panel(folder) / attribute).write_text(text)
    with pytest.raises(DeviceError, match=words):
        SysfsBacklight(folder=folder)


def test_an_error_of_the_bus_is_told(folder: Path) -> None:
    class Broken(Sysfs):
        def write(self, path: Path, value: str | int) -> None:
            raise self._translated(path, OSError(errno.EIO, os.strerror(errno.EIO)))

    panel(folder)
    light = SysfsBacklight(folder=folder, sysfs=Broken(RIGHTS))
    with pytest.raises(DeviceError, match="Input/output error"):
        light.show(50)
    light.close()


def test_many_threads_may_show(folder: Path) -> None:
    place = panel(folder)
    light = SysfsBacklight(folder=folder)

    def flip(number: int) -> None:
        for turn in range(100):
            light.show((turn * 7 + number) % 101)

    threads = [threading.Thread(target=flip, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    light.show(0)
    light.show(50)
    assert now(place) == (55, 0)
    light.close()


def test_the_configuration_chooses(folder: Path) -> None:
    assert open_backlight(BacklightConfig()) is None
    assert isinstance(open_backlight(BacklightConfig(driver="emulated")), EmulatedBacklight)
    panel(folder, "4-0045")
    light = open_backlight(BacklightConfig(driver="sysfs", name="4-0045"), folder=folder)
    assert isinstance(light, SysfsBacklight)
    light.close()


@pytest.mark.parametrize(("text", "key"), [("name = '../x'", "name"), ("driver = 'ddc'", "driver"), ("max = 3", "max")])
def test_a_wrong_section_is_told(text: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, BacklightConfig)
    assert [problem.key for problem in caught.value.problems] == [key]


def test_the_emulated_one_remembers_and_can_be_gone() -> None:
    light = EmulatedBacklight()
    for percent in (40, 40, 0):
        light.show(percent)
    light.gone = True
    with pytest.raises(DeviceError, match="gone"):
        light.show(50)
    assert light.percent is None
    light.gone = False
    light.show(0)
    light.close()
    light.close()
    assert list(light.history) == [40, 0, 0, 100]
    with pytest.raises(UsageError, match="closed"):
        light.show(1)
