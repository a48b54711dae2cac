"""One input pin on gpiozero, with the traps of its threads avoided (reference/drivers.md 3)."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from typing import Any, Protocol

from gpiozero import DigitalInputDevice, InputDevice

from drivers.errors import DriverError, UsageError
from drivers.gpio.board import pin_factory, translated

_PULL_UP = {"up": True, "down": False, "none": None}


class PinConfig(Protocol):
    """What a wire needs of drivers.sensor_config.SensorConfig."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def pin(self) -> int: ...
    @property
    def active_high(self) -> bool: ...
    @property
    def pull(self) -> str: ...


class EdgeDevice(DigitalInputDevice):  # type: ignore[misc] # gpiozero has no types
    """A DigitalInputDevice that hands its edges to one function that never changes.

    `when_activated` is looked up twice per edge: a close in between calls None in lgpio's only thread, which dies.
    """

    def __init__(self, on_edge: Callable[[bool], None], pin: int, **options: Any) -> None:
        self._on_edge = on_edge
        super().__init__(pin, **options)

    def _fire_activated(self) -> None:
        self._on_edge(True)

    def _fire_deactivated(self) -> None:
        self._on_edge(False)


class GpioWire:
    """The pin of `config`, closed at first. `on_edge(active)` is called from a thread of the pin factory.

    All methods but `close` raise the DriverErrors of drivers.gpio.board.translated.
    """

    def __init__(self, config: PinConfig, on_edge: Callable[[bool], None]) -> None:
        self._config = config
        self._on_edge = on_edge
        # With a pull resistor gpiozero fixes which level is active; what the wiring says may be the opposite.
        pull_up = _PULL_UP[config.pull]
        self._inverted = pull_up is not None and config.active_high is pull_up
        self._instead = f'give {config.name!r} driver = "emulated" in [[sensors]], or remove it'
        self._device: Any = None
        self._retired: Any = None

    def open(self, *, edges: bool = True) -> None:
        """Claim the pin; with `edges` False only its level can be read, and edges cost nothing."""
        self.close()
        config = self._config
        pull_up = _PULL_UP[config.pull]
        options = {"pull_up": pull_up, "active_state": config.active_high if pull_up is None else None}
        try:
            with self._translated():
                options["pin_factory"] = pin_factory(self._instead)
                if edges:
                    self._device = EdgeDevice(self._edge, config.pin, **options)
                else:
                    self._device = InputDevice(config.pin, **options)
        except DriverError as error:
            # A half-made device lives on in the traceback and would keep its pin from the next attempt.
            traceback.clear_frames(error.__cause__.__traceback__ if error.__cause__ else None)
            raise

    def active(self) -> bool:
        """Read the level."""
        if self._device is None:
            raise UsageError(f"the pin of {self._config.name} is closed.")
        with self._translated():
            return bool(self._device.value) is not self._inverted

    def close(self) -> None:
        """Give the pin back; may be called again. One that is gone cannot be closed and holds nothing."""
        device, self._device = self._device, None
        if device is not None:
            # Kept: lgpio may still have edges for it in its pipe. For a device that is gone its thread would release
            # the pin itself, while we claim it anew, and die of the error.
            self._retired = device
            with contextlib.suppress(DriverError), self._translated():
                device.close()

    def _edge(self, active: bool) -> None:
        self._on_edge(active is not self._inverted)

    def _translated(self) -> contextlib.AbstractContextManager[None]:
        config = self._config
        return translated(
            f"the {config.kind} {config.name!r}",
            busy_hint=f"Choose a free pin for {config.name!r} in [[sensors]], now pin = {config.pin};"
            " gpioinfo names their users.",
            instead=self._instead,
        )
