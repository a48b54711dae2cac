"""A relay: how it is configured, what it can do, and how one is opened."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from drivers.errors import UsageError

PULSE_LEAST_S = 0.05
PULSE_MOST_S = 60.0


class Relay(Protocol):
    """One relay. Safe to call from any thread; it has one owner, and a second one of the same pin is refused."""

    @property
    def is_on(self) -> bool: ...

    def on(self) -> None:
        """Switch on until `off`.

        Raises:
            DriverError: it could not be switched, and was let go, which makes it off.
        """
        ...

    def off(self) -> None: ...

    def pulse(self, seconds: float) -> None:
        """Switch on, and off by itself after `seconds` (0.05 to 60); returns at once. A new pulse begins anew."""
        ...

    def close(self) -> None:
        """Switch off and give the pin back; may be called again."""
        ...


class RelayConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[relay]: a relay on one GPIO pin, such as a door opener."""

    driver: Annotated[
        Literal["none", "gpiozero", "emulated"],
        Meta(description="What drives the relay; emulated only remembers.", examples=["gpiozero"]),
    ] = "none"
    pin: Annotated[int, Meta(ge=0, le=27, description="GPIO (BCM number) of the relay.", examples=[23])] = 23
    active_high: Annotated[
        bool, Meta(description="False for a board that switches on a low level.", examples=[False])
    ] = True


def pulse_length(seconds: float) -> float:
    """Return `seconds`.

    Raises:
        UsageError: no length for a pulse.
    """
    if not PULSE_LEAST_S <= seconds <= PULSE_MOST_S:
        raise UsageError(f"a pulse lasts {PULSE_LEAST_S:g} to {PULSE_MOST_S:g} s, not {seconds:g} s.")
    return seconds


def open_relay(config: RelayConfig) -> Relay | None:
    """Open the relay that `config` names, off; None with driver = "none".

    Raises:
        NoPinFactory: no GPIO on this machine.
        PinBusy: the pin has an owner already.
        DeviceError: the GPIO may not be used by this user, or failed.
    """
    if config.driver == "gpiozero":
        from drivers.gpio.relay import GpioRelay

        return GpioRelay(config)
    if config.driver == "emulated":
        from drivers.emulators.gpio import EmulatedRelay

        return EmulatedRelay()
    return None
