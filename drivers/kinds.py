"""Which serial devices there are, by the kind that the configuration and the command line name.

>>> device = SERIAL_KINDS["ld2410"].device()            # doctest: +SKIP

Modules are loaded on first use: a panel with one radar loads no scanner, and a unit no emulator.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from drivers.device import SerialDevice, Traits
from drivers.emulators.emulator import Emulator
from drivers.errors import UsageError


@dataclass(frozen=True, slots=True)
class SerialKind:
    """One kind of serial device; its classes are named `module:Class` and are made without arguments."""

    kind: str
    device_class: str
    emulator_class: str

    def device(self) -> SerialDevice:
        """Make what speaks with one opening of the port."""
        return cast("SerialDevice", _made(self.device_class))

    def emulator(self) -> Emulator:
        """Make one emulated device."""
        return cast("Emulator", _made(self.emulator_class))

    @property
    def traits(self) -> Traits:
        return self.device().traits


def _made(name: str) -> object:
    module, _, class_name = name.partition(":")
    return getattr(import_module(module), class_name)()


_ALL = (
    SerialKind("ld2410", "drivers.hilink.ld2410:Ld2410Device", "drivers.emulators.ld2410:Ld2410Emulator"),
    SerialKind("ld2450", "drivers.hilink.ld2450:Ld2450Device", "drivers.emulators.ld2450:Ld2450Emulator"),
    SerialKind("mhz19", "drivers.mhz19:Mhz19Device", "drivers.emulators.mhz19:Mhz19Emulator"),
    SerialKind("senseair-s8", "drivers.senseair:SenseairS8Device", "drivers.emulators.senseair:SenseairS8Emulator"),
    SerialKind("scd30", "drivers.scd30:Scd30Device", "drivers.emulators.scd30:Scd30Emulator"),
    SerialKind("gm65", "drivers.scanner:ScannerDevice", "drivers.emulators.scanner:ScannerEmulator"),
)
SERIAL_KINDS: dict[str, SerialKind] = {entry.kind: entry for entry in _ALL}


def serial_kind(kind: str) -> SerialKind:
    """Return the entry of `kind`.

    Raises:
        UsageError: there is no such kind.
    """
    try:
        return SERIAL_KINDS[kind]
    except KeyError:
        raise UsageError(f"There is no serial device {kind!r}.", hint=f"Known: {', '.join(SERIAL_KINDS)}.") from None
