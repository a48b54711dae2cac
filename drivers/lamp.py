"""The light at the door: what it may show, how it is configured, and how one is opened."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from drivers.errors import UsageError


class LampColour(StrEnum):
    """What the lamp says. Dark means that the controller is off, so a stale green is impossible."""

    OFF = "off"
    FREE = "free"
    """green"""
    BUSY = "busy"
    """red, also where the screen is purple"""
    ATTENTION = "attention"
    """amber: check-in due, starting soon"""
    NEUTRAL = "neutral"
    """blue, or dim white with PWM: nothing certain is known"""


class Lamp(Protocol):
    """One lamp. Safe to call from any thread."""

    @property
    def shown(self) -> LampColour:
        """The colour that the lamp has, as far as is known; OFF after a failure."""
        ...

    def show(self, colour: LampColour, *, pulse: bool = False) -> None:
        """Show `colour`, steady or slowly blinking. Showing the same again changes nothing.

        Raises:
            DriverError: the lamp could not be set; it is dark then if that is possible, and the next call tries anew.
        """
        ...

    def close(self) -> None:
        """Go dark and give the pins back; may be called again."""
        ...


_Pin = Annotated[int, Meta(ge=0, le=27)]


class LampConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[lamp]: the light at the door, an RGB LED with a resistor per colour."""

    driver: Annotated[
        Literal["none", "gpiozero", "sysfs-pwm", "emulated"],
        Meta(
            description="What drives the lamp; sysfs-pwm is hardware PWM, emulated only remembers.",
            examples=["gpiozero"],
        ),
    ] = "none"
    red_pin: Annotated[_Pin, Meta(description="GPIO (BCM number) of red.", examples=[17])] = 17
    green_pin: Annotated[_Pin, Meta(description="GPIO (BCM number) of green.", examples=[27])] = 27
    blue_pin: Annotated[_Pin, Meta(description="GPIO (BCM number) of blue.", examples=[22])] = 22
    pwm: Annotated[
        bool,
        Meta(description="With gpiozero: mix colours by PWM; costs CPU and may flicker under load.", examples=[True]),
    ] = False
    pwm_chip: Annotated[
        int, Meta(ge=0, le=31, description="With sysfs-pwm: number N of /sys/class/pwm/pwmchipN.", examples=[0])
    ] = 0
    pwm_channels: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=15)], ...],
        Meta(
            min_length=2,
            max_length=3,
            description="With sysfs-pwm: channels of red and green, and of blue, else blue is the plain pin blue_pin.",
            examples=[[0, 1]],
        ),
    ] = (0, 1)
    active_high: Annotated[
        bool, Meta(description="True for a common cathode, false for a common anode.", examples=[False])
    ] = True

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        if self.driver == "sysfs-pwm":
            yield from self._pwm_problems()
            return
        if self.green_pin == self.red_pin:
            yield "green_pin", f"is the same pin as red_pin ({self.red_pin})"
        if self.blue_pin in (self.red_pin, self.green_pin):
            yield "blue_pin", f"is the same pin as red_pin or green_pin ({self.blue_pin})"

    def _pwm_problems(self) -> Iterable[tuple[str, str]]:
        if len(set(self.pwm_channels)) < len(self.pwm_channels):
            yield "pwm_channels", "must be different channels"
        if not self.active_high:
            yield "active_high", "must be true with sysfs-pwm: a common anode would light up when the program ends"

    @property
    def pins(self) -> dict[str, int]:
        """The GPIOs that the lamp claims, by configuration key; those of PWM channels are the overlay's."""
        if self.driver == "gpiozero":
            return {"red_pin": self.red_pin, "green_pin": self.green_pin, "blue_pin": self.blue_pin}
        if self.driver == "sysfs-pwm" and len(self.pwm_channels) < 3:
            return {"blue_pin": self.blue_pin}
        return {}


class NoLamp:
    """A panel without a lamp."""

    def __init__(self) -> None:
        self._shown = LampColour.OFF
        self._closed = False

    @property
    def shown(self) -> LampColour:
        return self._shown

    def show(self, colour: LampColour, *, pulse: bool = False) -> None:
        if self._closed:
            raise UsageError("the lamp is closed.")
        self._shown = colour

    def close(self) -> None:
        self._shown = LampColour.OFF
        self._closed = True


def open_lamp(config: LampConfig) -> Lamp:
    """Open the lamp that `config` names.

    Raises:
        NoPinFactory: no GPIO on this machine.
        PinBusy: a pin or a PWM channel has an owner already.
        DeviceError: the GPIO or the PWM chip is not there, may not be used by this user, or failed.
    """
    # Imported here: a panel without a lamp needs no GPIO library, and the emulator is not loaded on a unit.
    if config.driver == "gpiozero":
        from drivers.gpio.lamp import GpioLamp

        return GpioLamp(config)
    if config.driver == "sysfs-pwm":
        from drivers.gpio.sysfs_lamp import SysfsPwmLamp

        return SysfsPwmLamp(config)
    if config.driver == "emulated":
        from drivers.emulators.lamp import EmulatedLamp

        return EmulatedLamp()
    return NoLamp()
