"""A wire to an emulated printer inside this process, for the demo and the kiosk's `driver = "emulated"`.

>>> fake = EmulatedPrinter("zpl", monotonic_s=time.monotonic, on_label=save)      # doctest: +SKIP
>>> printer = open_printer(config, monotonic_s=time.monotonic, emulated_link=fake.open)
>>> fake.emulator.faults.add(Fault.PAPER_OUT)
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.emulators.brother_ql import BrotherQlEmulator
from drivers.emulators.escpos import EscposEmulator
from drivers.emulators.label_picture import Label
from drivers.emulators.printing import PrinterEmulator
from drivers.emulators.zpl import ZplEmulator
from drivers.errors import LinkLost, PortMissing, UsageError

__all__ = ["EmulatedPrinter"]

CHUNK_BYTES = 512
MAX_UNREAD_BYTES = 64 * 1024


class EmulatedPrinter:
    """One emulated printer that can be unplugged; it keeps its labels and faults over each opening of its port.

    `model` and `media` count for a Brother QL only: what is loaded; `width_dots` for ESC/POS.

    Raises:
        UsageError: an unknown language.
    """

    def __init__(
        self, language: str, *, monotonic_s: Callable[[], float], on_label: Callable[[Label], None] = lambda _: None,
        model: str = "QL-820NWB", media: str = "62x100", width_dots: int = 576,
    ) -> None:  # fmt: skip
        self.emulator: PrinterEmulator
        if language == "brother-ql":
            self.emulator = BrotherQlEmulator(on_label, model=model, media=media)
        elif language == "zpl":
            self.emulator = ZplEmulator(on_label)
        elif language == "escpos":
            self.emulator = EscposEmulator(on_label, width_dots=width_dots)
        else:
            raise UsageError(f"There is no printer language {language!r}.", hint="Known: escpos, zpl, brother-ql.")
        self.plugged = True
        self.monotonic_s = monotonic_s

    def open(self) -> EmulatedPrinterLink:
        """A new opening of its port. Raises PortMissing while unplugged."""
        if not self.plugged:
            raise PortMissing("the emulated printer is not there.", hint="Is it plugged in?")
        return EmulatedPrinterLink(self)


class EmulatedPrinterLink:
    """The port of an emulated printer: bytes arrive at once, at most 512 in one write."""

    name = "emulated printer"

    def __init__(self, printer: EmulatedPrinter) -> None:
        self._printer = printer
        self._unread = bytearray()
        self._closed = False

    def read_available(self) -> bytes:
        self._check()
        self._keep(self._printer.emulator.due(self._printer.monotonic_s()))
        data = bytes(self._unread)
        self._unread.clear()
        return data

    def write(self, data: bytes) -> int:
        self._check()
        if not self._printer.emulator.takes():
            return 0
        taken = data[:CHUNK_BYTES]
        self._keep(self._printer.emulator.receive(taken, self._printer.monotonic_s()))
        return len(taken)

    def close(self) -> None:
        self._closed = True

    def _keep(self, data: bytes) -> None:
        self._unread += data[: MAX_UNREAD_BYTES - len(self._unread)]

    def _check(self) -> None:
        if self._closed:
            raise UsageError("the emulated printer's port is closed.")
        if not self._printer.plugged:
            raise LinkLost("the emulated printer went away.", hint="Check the plug and the cable.")
