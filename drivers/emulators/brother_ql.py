"""A Brother QL label printer: obeys the commands of drivers.printers.brother_ql_commands, and refuses all others.

It speaks by itself while it prints; a request for its status then is a refusal, and in `asked_while_printing`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.emulators.emulator import Fault
from drivers.emulators.label_picture import Label, PrintedPicture
from drivers.emulators.printing import PrinterEmulator
from drivers.errors import UsageError
from drivers.printers.bitmap import Bitmap, unpack_bits
from drivers.printers.brother_ql import PHASES, STATUS_TYPES, Phase, StatusType
from drivers.printers.brother_ql_commands import MEDIA, MODELS

__all__ = ["BrotherQlEmulator"]

_CODES = {
    "QL-600": 0x47, "QL-700": 0x35, "QL-800": 0x38, "QL-810W": 0x39, "QL-820NWB": 0x41, "QL-1100": 0x43,
    "QL-1110NWB": 0x44,
}  # fmt: skip
_TYPE_CODES = {kind: code for code, kind in STATUS_TYPES.items()}
_PHASE_CODES = {phase: code for code, phase in PHASES.items()}
_ENDLESS, _DIE_CUT = 0x0A, 0x0B
_MAX_ROWS = 11_811
_ESC = {0x21: 1, 0x61: 1, 0x7A: 10, 0x4D: 1, 0x41: 1, 0x4B: 1, 0x64: 2, 0x53: 0}
"""ESC i ... -> how many bytes follow"""
_NO_MEDIA, _END_OF_MEDIA = 0x01, 0x02
_WRONG_MEDIA, _COVER_OPEN = 0x01, 0x10


@dataclass(slots=True)
class _Page:
    announced: int = 0
    packed: bool = False
    margin: int = 0
    rows: list[bytes] = field(default_factory=list)


class BrotherQlEmulator(PrinterEmulator):
    """Faults: PAPER_OUT, COVER_OPEN, STALL, SILENCE, NOISE. `media` may be changed: another roll."""

    FAULTS = frozenset((Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.STALL, Fault.SILENCE, Fault.NOISE))

    def __init__(
        self, on_label: Callable[[Label], None] = lambda _: None, *, model: str = "QL-820NWB", media: str = "62x100"
    ) -> None:
        super().__init__(on_label)
        self.model = MODELS[model]
        self.media = MEDIA[media]
        self.asked_while_printing = 0
        self._page: _Page | None = None
        self._raster = not self.model.modes
        self._failed = False

    def _tick(self) -> None:
        if self._page is not None and not self._failed and self._error_bits() != (0, 0):
            self._fail()

    def _command(self) -> int:
        first = self._buffer[0]
        if first == 0x00:
            return len(self._buffer) - len(self._buffer.lstrip(b"\0"))
        if first == 0x1B:
            return self._escape()
        if Fault.STALL in self.faults:
            return 0
        if first == 0x4D:
            return self._compression(self._bytes(1, 1)[0])
        if first == 0x67:
            return self._row()
        if first in (0x5A, 0x0C, 0x1A):
            return self._short(first)
        self._refuse(f"unknown byte {first:02x}")
        return 1

    def _escape(self) -> int:
        second = self._bytes(1, 1)[0]
        if second == 0x40:
            self._page, self._failed = None, False
            return 2
        code = self._bytes(2, 1)[0] if second == 0x69 else 0
        if code not in _ESC:
            self._refuse(f"unknown command 1b {second:02x} {code:02x}")
            return 2
        parameters = self._bytes(3, _ESC[code])
        if code == 0x53:
            self._asked()
        elif code == 0x61:
            self._mode(parameters[0])
        elif Fault.STALL in self.faults:
            return 0
        elif code == 0x7A:
            self._begin(parameters)
        elif code == 0x64 and self._page is not None:
            self._page.margin = parameters[0] | parameters[1] << 8
        return 3 + len(parameters)

    def _asked(self) -> None:
        if self._page is not None and not self._failed:
            self.asked_while_printing += 1
            self._refuse("a status request while printing")
        else:
            self._say(StatusType.REPLY)

    def _mode(self, mode: int) -> None:
        if self.model.modes:
            self._raster = mode == 1
        else:
            self._refuse("this model has one mode")

    def _begin(self, parameters: bytes) -> None:
        if not self._raster:
            self._refuse("a raster job in another mode")
            return
        self._page = _Page(int.from_bytes(parameters[4:8], "little"))
        loaded = (_DIE_CUT if self.media.die_cut else _ENDLESS, *self._size())
        wrong = tuple(parameters[1:4]) != loaded
        if wrong or self._error_bits() != (0, 0):
            self._fail(wrong=wrong)

    def _compression(self, mode: int) -> int:
        if self._page is None or not self.model.packs:
            self._refuse("compression that this model does not have")
        else:
            self._page.packed = mode == 2
        return 2

    def _row(self) -> int:
        count = self._bytes(1, 2)[1]
        data = self._bytes(3, count)
        page = self._page
        if page is None or self._failed:
            return 3 + count
        try:
            row = unpack_bits(data, self.model.row_bytes) if page.packed else data
        except UsageError:
            row = b""
        if len(row) != self.model.row_bytes:
            self._refuse(f"a row of {len(row)} bytes")
        else:
            self._add(page, row)
        return 3 + count

    def _add(self, page: _Page, row: bytes) -> None:
        if len(page.rows) < _MAX_ROWS:
            page.rows.append(row)
        else:
            self._refuse("a label of more than a metre")

    def _short(self, code: int) -> int:
        page = self._page
        if page is None or self._failed:
            if not self._failed:
                self._refuse(f"{code:02x} outside a page")
        elif code == 0x5A:
            if page.packed:
                self._add(page, bytes(self.model.row_bytes))
            else:
                self._refuse("a white row without compression")
        else:
            self._finish(page)
            self._page = None
        return 1

    def _finish(self, page: _Page) -> None:
        if len(page.rows) != page.announced or not page.rows:
            self._refuse(f"{len(page.rows)} rows, announced {page.announced}")
            self._fail(wrong=True)
            return
        head = Bitmap(self.model.head_dots, len(page.rows), b"".join(page.rows)).mirrored()
        left = self.model.head_dots - self.media.width_dots - self.media.offset_dots - self.model.right_dots
        picture = head.cut(left, self.media.width_dots)
        self._say(StatusType.PHASE_CHANGE, Phase.PRINTING)
        self._print(Label(picture.width_dots, picture.height_dots, (PrintedPicture(picture, 0, 0),)))
        self._say(StatusType.PRINTED, Phase.PRINTING)
        self._say(StatusType.PHASE_CHANGE)

    def _fail(self, *, wrong: bool = False) -> None:
        """An error ends the job: all up to the next ESC @ is thrown away."""
        self._failed = True
        self._say(StatusType.ERROR, wrong=wrong)

    def _error_bits(self) -> tuple[int, int]:
        if Fault.COVER_OPEN in self.faults:
            return 0, _COVER_OPEN
        return (_END_OF_MEDIA if self._page else _NO_MEDIA, 0) if Fault.PAPER_OUT in self.faults else (0, 0)

    def _size(self) -> tuple[int, int]:
        return self.media.width_mm, self.media.length_mm

    def _say(self, kind: StatusType, phase: Phase = Phase.RECEIVING, *, wrong: bool = False) -> None:
        """32 bytes; as from a real QL: a reply without media sets no error bit, and an open cover hides the media."""
        frame = bytearray(32)
        frame[:8] = bytes((0x80, 0x20, 0x42, 0x34, _CODES[self.model.name], 0x30, 0x04, 0x00))
        frame[8], frame[9] = self._error_bits()
        frame[9] |= _WRONG_MEDIA * wrong
        if kind is StatusType.REPLY and Fault.PAPER_OUT in self.faults:
            frame[8] = 0
        elif Fault.COVER_OPEN not in self.faults:
            frame[10], frame[17] = self._size()
            frame[11] = _DIE_CUT if self.media.die_cut else _ENDLESS
        hidden = kind is StatusType.REPLY and frame[9] & _COVER_OPEN
        frame[18] = _TYPE_CODES[StatusType.ERROR if hidden else kind]
        frame[19] = _PHASE_CODES[phase]
        self._out += frame
