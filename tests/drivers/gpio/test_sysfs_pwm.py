"""Hardware PWM: the lamp and its channels on real files, with the refusals of the kernel."""

from __future__ import annotations

import errno
import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

from drivers.errors import DeviceError, PinBusy, UsageError
from drivers.gpio.led_lamp import PWM
from drivers.gpio.sysfs_lamp import SysfsPwmLamp
from drivers.gpio.sysfs_pwm import PERIOD_NS, RIGHTS, SysfsPwm
from drivers.lamp import LampColour, LampConfig
from drivers.sysfs import Sysfs
from tests.drivers.gpio.pwm_kernel import PwmKernel
from tests.ordinary_user import ordinary_user

THREE = LampConfig(driver="sysfs-pwm", pwm_channels=(0, 1, 2))
TWO = LampConfig(driver="sysfs-pwm", pwm_channels=(1, 0))


def opened(tmp_path: Path, channel: int = 0) -> tuple[SysfsPwm, PwmKernel]:
    kernel = PwmKernel(tmp_path)
    return SysfsPwm(0, channel, folder=tmp_path, sysfs=kernel), kernel


def test_a_channel_from_export_to_unexport(tmp_path: Path) -> None:
    pwm, kernel = opened(tmp_path)
    state = {name: kernel.attribute(0, name) for name in ("period", "duty_cycle", "enable", "polarity")}
    assert state == {"period": str(PERIOD_NS), "duty_cycle": "0", "enable": "1", "polarity": "normal"}
    for share, duty in ((1, PERIOD_NS), (0.4, 400_000), (0.0001, 100), (0, 0)):
        pwm.set(share)
        assert kernel.attribute(0, "duty_cycle") == str(duty)
    pwm.close()
    pwm.close()
    assert not (kernel.chip / "pwm0").exists()
    with pytest.raises(UsageError, match="channel 0 of pwmchip0 is closed"):
        pwm.set(1)


@pytest.mark.parametrize("share", [-0.1, 1.01, float("nan")])
def test_a_share_is_0_to_1(tmp_path: Path, share: float) -> None:
    pwm, _ = opened(tmp_path)
    with pytest.raises(UsageError, match="0 to 1"):
        pwm.set(share)
    pwm.close()


LEFT_BEHIND = [
    {"period": PERIOD_NS, "duty_cycle": PERIOD_NS, "enable": 1},
    {"period": 20_000_000, "duty_cycle": 15_000_000, "enable": 1},
    {"period": 500, "duty_cycle": 500, "enable": 1},
    {"period": 20_000_000, "duty_cycle": 20_000_000, "enable": 1, "polarity": "inversed"},
    {},
]


@pytest.mark.parametrize("attributes", LEFT_BEHIND, ids=repr)
def test_what_a_killed_program_left_behind_is_taken_over_and_dark(tmp_path: Path, attributes: dict[str, int]) -> None:
    kernel = PwmKernel(tmp_path)
    kernel.leave(0, **attributes)
    pwm = SysfsPwm(0, 0, folder=tmp_path, sysfs=kernel)
    assert kernel.attribute(0, "duty_cycle") == "0"
    assert (kernel.attribute(0, "enable"), kernel.attribute(0, "polarity")) == ("1", "normal")
    pwm.set(1)
    pwm.close()


def test_a_second_owner_is_refused(tmp_path: Path) -> None:
    pwm, kernel = opened(tmp_path)
    pwm.set(0.5)
    with pytest.raises(PinBusy, match="channel 0 of pwmchip0 is used by another lamp") as caught:
        SysfsPwm(0, 0, folder=tmp_path, sysfs=kernel)
    assert "pwm_channels" in caught.value.hint
    assert kernel.attribute(0, "duty_cycle") == "500000", "the first is not disturbed"
    pwm.close()
    SysfsPwm(0, 0, folder=tmp_path, sysfs=kernel).close()


def test_a_channel_that_a_driver_of_the_kernel_has(tmp_path: Path) -> None:
    kernel = PwmKernel(tmp_path)
    kernel.held.add(1)
    with pytest.raises(PinBusy, match="held by a driver of the kernel"):
        SysfsPwm(0, 1, folder=tmp_path, sysfs=kernel)


def test_no_chip_at_all(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="there is: none") as caught:
        SysfsPwm(0, 0, folder=tmp_path)
    assert "dtoverlay=pwm-2chan" in caught.value.hint


def test_another_chip_is_named(tmp_path: Path) -> None:
    PwmKernel(tmp_path, chip=2)
    with pytest.raises(DeviceError, match="there is: pwmchip2"):
        SysfsPwm(0, 0, folder=tmp_path)


def test_a_channel_that_the_chip_does_not_have(tmp_path: Path) -> None:
    kernel = PwmKernel(tmp_path)
    with pytest.raises(DeviceError, match="pwmchip0 has 2 channels, and no channel 2") as caught:
        SysfsPwm(0, 2, folder=tmp_path, sysfs=kernel)
    assert "0 to 1" in caught.value.hint


def test_without_rights_the_udev_rule_is_told(tmp_path: Path) -> None:
    PwmKernel(tmp_path)
    with ordinary_user(tmp_path), pytest.raises(DeviceError, match="export may not be used by this user") as caught:
        SysfsPwm(0, 0, folder=tmp_path)
    assert caught.value.hint == RIGHTS
    assert 'SUBSYSTEM=="pwm"' in RIGHTS


def test_without_rights_on_the_channel(tmp_path: Path) -> None:
    kernel = PwmKernel(tmp_path)
    kernel.leave(0, period=1000)
    with ordinary_user(tmp_path), pytest.raises(DeviceError, match="duty_cycle may not be used") as caught:
        SysfsPwm(0, 0, folder=tmp_path)
    assert caught.value.hint == RIGHTS


def test_the_right_that_udev_gives_a_moment_later_is_waited_for(tmp_path: Path) -> None:
    kernel = PwmKernel(tmp_path)
    for name in ("export", "unexport"):
        (kernel.chip / name).chmod(0o666)
    # the file that appears late stands for the right that comes late
    late = threading.Timer(0.05, lambda: kernel.leave(0))
    late.start()
    pwm = SysfsPwm(0, 0, folder=tmp_path, sysfs=Sysfs(RIGHTS))
    late.join(5)
    assert kernel.attribute(0, "enable") == "1"
    pwm.close()


def test_a_channel_that_does_not_appear(tmp_path: Path) -> None:
    PwmKernel(tmp_path)
    with pytest.raises(DeviceError, match="pwm0 cannot be opened"):
        SysfsPwm(0, 0, folder=tmp_path, sysfs=Sysfs(RIGHTS))


def duties(kernel: PwmKernel, count: int) -> tuple[float, ...]:
    return tuple(int(kernel.attribute(channel, "duty_cycle")) / PERIOD_NS for channel in range(count))


@pytest.mark.parametrize("colour", LampColour)
def test_colours_on_three_channels(tmp_path: Path, colour: LampColour) -> None:
    kernel = PwmKernel(tmp_path, channels=4)
    lamp = SysfsPwmLamp(THREE, folder=tmp_path, sysfs=kernel)
    lamp.show(LampColour.NEUTRAL)
    lamp.show(colour)
    assert duties(kernel, 3) == PWM[colour]
    assert lamp.shown is colour
    lamp.close()
    assert not list(kernel.chip.glob("pwm*"))


def test_two_channels_and_blue_on_a_plain_pin(tmp_path: Path, pins: MockFactory) -> None:
    kernel = PwmKernel(tmp_path)
    lamp = SysfsPwmLamp(TWO, folder=tmp_path, sysfs=kernel)
    lamp.show(LampColour.ATTENTION)
    assert (duties(kernel, 2), pins.pin(22).state) == ((0.4, 1.0), 0), "channel 1 is red"
    lamp.show(LampColour.NEUTRAL)
    assert (duties(kernel, 2), pins.pin(22).state) == ((0.0, 0.0), 1)
    lamp.close()
    assert pins.pin(22).function == "input"


def test_a_lamp_that_cannot_have_all_gives_back_what_it_had(tmp_path: Path, pins: MockFactory) -> None:
    kernel = PwmKernel(tmp_path)
    kernel.held.add(0)
    with pytest.raises(PinBusy, match="channel 0"):
        SysfsPwmLamp(TWO, folder=tmp_path, sysfs=kernel)
    assert not list(kernel.chip.glob("pwm*"))
    assert LampConfig(driver="gpiozero").pins == {"red_pin": 17, "green_pin": 27, "blue_pin": 22}
    assert (TWO.pins, THREE.pins, LampConfig().pins) == ({"blue_pin": 22}, {}, {})


def test_between_two_colours_nothing_else_flashes(tmp_path: Path) -> None:
    kernel = PwmKernel(tmp_path, channels=3)
    lamp = SysfsPwmLamp(THREE, folder=tmp_path, sysfs=kernel)
    for before, after in itertools.permutations(LampColour, 2):
        lamp.show(before)
        kernel.duties.clear()
        lamp.show(after)
        lit = dict(enumerate(PWM[before]))
        changes = [duty / PERIOD_NS - lit[channel] for channel, duty in kernel.duties]
        assert changes == sorted(changes), "what gets darker comes first"
        assert len(changes) == sum(one != other for one, other in zip(PWM[before], PWM[after], strict=True))
    lamp.close()


def waits_for(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(5000):
        if condition():
            return
        waiting.wait(0.001)
    raise AssertionError("did not happen within 5 s")


def test_a_pulse_fades_until_the_next_colour(tmp_path: Path) -> None:
    kernel = PwmKernel(tmp_path, channels=3)
    lamp = SysfsPwmLamp(THREE, folder=tmp_path, sysfs=kernel)
    lamp.show(LampColour.BUSY, pulse=True)
    waits_for(lambda: len(kernel.duties) > 12)
    fade = [duty for channel, duty in kernel.duties if channel == 0][-5:]
    assert fade == sorted(fade, reverse=True)
    assert fade[-1] > 0
    lamp.show(LampColour.FREE)
    assert threading.active_count() == 1
    assert duties(kernel, 3) == PWM[LampColour.FREE]
    lamp.show(LampColour.ATTENTION, pulse=True)
    lamp.close()
    assert threading.active_count() == 1


def test_many_threads_may_show_while_it_fades(tmp_path: Path) -> None:
    kernel = PwmKernel(tmp_path, channels=3)
    lamp = SysfsPwmLamp(THREE, folder=tmp_path, sysfs=kernel)
    failures: list[Exception] = []

    def flip() -> None:
        try:
            for turn in range(30):
                lamp.show((LampColour.BUSY, LampColour.ATTENTION, LampColour.FREE)[turn % 3], pulse=turn % 2 == 0)
        except Exception as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    threads = [threading.Thread(target=flip) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failures == []
    lamp.show(LampColour.NEUTRAL)
    assert duties(kernel, 3) == PWM[LampColour.NEUTRAL]
    lamp.close()


@pytest.mark.parametrize("number", [errno.EIO, errno.ENODEV, errno.EACCES])
def test_a_lamp_that_fails_is_dark_as_far_as_we_know_and_recovers(tmp_path: Path, number: int) -> None:
    kernel = PwmKernel(tmp_path, channels=3)
    lamp = SysfsPwmLamp(THREE, folder=tmp_path, sysfs=kernel)
    lamp.show(LampColour.FREE)
    kernel.fails = OSError(number, "gone")
    for _ in range(2):
        with pytest.raises(DeviceError):
            lamp.show(LampColour.BUSY)
        assert lamp.shown is LampColour.OFF
    kernel.fails = None
    lamp.show(LampColour.BUSY)
    assert duties(kernel, 3) == PWM[LampColour.BUSY]
    lamp.close()


def test_a_fade_that_fails_is_told_and_the_same_colour_is_tried_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kernel = PwmKernel(tmp_path, channels=3)
    lamp = SysfsPwmLamp(THREE, folder=tmp_path, sysfs=kernel)
    lamp.show(LampColour.BUSY, pulse=True)
    kernel.fails = OSError(errno.EIO, "Input/output error")
    waits_for(lambda: lamp.shown is LampColour.OFF)
    assert "the lamp stopped fading" in caplog.text
    kernel.fails = None
    lamp.show(LampColour.BUSY, pulse=True)
    assert lamp.shown is LampColour.BUSY
    assert duties(kernel, 3)[0] > 0
    lamp.close()


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    kernel = PwmKernel(tmp_path)
    (kernel.chip / "npwm").write_text("two\n")
    with pytest.raises(DeviceError, match="holds 'two' where a number belongs"):
        SysfsPwm(0, 0, folder=tmp_path, sysfs=kernel)
