"""ZPL as a whole: documents become text fields, native QR codes and small graphics; status by ~HS."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.codec import Counters
from drivers.errors import UsageError
from drivers.printers import zpl_commands as commands
from drivers.printers.bitmap import QUIET_MODULES, Bitmap, qr_bitmap
from drivers.printers.document import Align, Document, DocumentNotPrintable, Element, Paper, Picture, Qr, Rule, Text
from drivers.printers.status import FlowControl, PrinterError, PrinterStatus
from drivers.printers.zpl import HostStatus, ZplStatusCodec

__all__ = ["ZplConversation", "ZplLanguage"]

MAX_LENGTH_MM = 1000
SMALLEST_TEXT_MM = 2.0
LINE = 1.2
"""From one line to the next, in heights of its letters."""


class ZplConversation:
    """Asks ~HS; a job is printed when no format waits and no label is to go."""

    asks_to_confirm = True

    def __init__(self) -> None:
        self._codec = ZplStatusCodec()
        self._host: HostStatus | None = None
        self.printed = False
        self.answered = False
        self.stopped = False

    @property
    def counters(self) -> Counters:
        return self._codec.counters

    @property
    def status(self) -> PrinterStatus | None:
        return None if self._host is None else _status(self._host)

    def opened(self) -> bytes:
        return commands.CANCEL_ALL

    def ask(self) -> bytes:
        self.answered = False
        return commands.HOST_STATUS

    def job_begins(self, copies: int) -> None:
        self.printed = False

    def job_sent(self) -> None:
        self.printed = False

    def feed(self, data: bytes) -> None:
        for event in self._codec.feed(data):
            if isinstance(event, FlowControl):
                self.stopped = event.stopped
            else:
                self._host, self.answered = event, True
                self.printed = _status(event).ready


def _status(host: HostStatus) -> PrinterStatus:
    busy = bool(host.formats_waiting or host.labels_to_go or host.partial_format)
    error = next(
        (
            token
            for token, wrong in (
                (PrinterError.RIBBON_OUT, host.ribbon_out and host.thermal_transfer),
                (PrinterError.TOO_HOT, host.too_hot),
                (PrinterError.TOO_COLD, host.too_cold),
                (PrinterError.MEMORY, host.memory_lost),
                (PrinterError.BUFFER_FULL, host.buffer_full),
                (PrinterError.COMMUNICATION, host.diagnostic_mode),
            )
            if wrong
        ),
        None,
    )
    ready = not (host.paper_out or host.head_open or host.paused or busy or error)
    return PrinterStatus(
        ready, host.paper_out, cover_open=host.head_open, busy=busy, offline=host.paused, error=error
    )  # fmt: skip


def _fits_font(text: str) -> str:
    """Font 0 is taken to have what Windows-1252 has; more differs from printer to printer."""
    return "".join(c for c in text if not c.encode("cp1252", "ignore"))


def _width_share(text: str) -> float:
    """About how wide a line of font 0 is, in heights of its letters; rather too wide than too narrow."""
    return sum(0.9 if c in "MWmw@%ÆŒ" else 0.35 if c in " .,:;'!|iljtfrI1" else 0.65 for c in text)


@dataclass(frozen=True, slots=True)
class ZplLanguage:
    """`paper.length_dots` is that of a label; None is continuous media, cut to the contents."""

    paper: Paper
    name: str = "zpl"

    def converse(self) -> ZplConversation:
        return ZplConversation()

    def lacking(self, document: Document) -> str:
        lines = (each for each in document.elements if isinstance(each, Text) and each.drawn is None)
        return "".join(dict.fromkeys(c for each in lines for c in _fits_font(each.text)))

    def render(self, document: Document) -> bytes:
        if missing := self.lacking(document):
            raise DocumentNotPrintable(f"The printer's font may lack {len(missing)} letters of this document.")
        fields, y = [], 0
        elements = document.elements or ((Picture(document.raster),) if document.raster else ())
        for element in elements:
            for field, height in self._element(element, y):
                fields.append(field)
                y += height
        length = self.paper.length_dots or self.paper.dots(document.length_mm or 0) or max(y, 1)
        if y > length or length > self.paper.dots(MAX_LENGTH_MM):
            raise DocumentNotPrintable(f"{y} dots do not fit a label of {length}.")
        return commands.label(
            b"".join(fields), width_dots=self.paper.width_dots, length_dots=length, quantity=document.copies
        )

    def _element(self, element: Element, y: int) -> Iterator[tuple[bytes, int]]:
        """The fields of one element at `y`, each with its height."""
        match element:
            case Text():
                yield self._text(element, y)
            case Qr():
                yield self._qr(element, y)
            case Picture():
                yield self._graphic(element.bitmap, element.align, y)
            case Rule():
                thickness = max(1, self.paper.dots(element.thickness_mm))
                yield commands.rule(x=0, y=y, width_dots=self.paper.width_dots, thickness_dots=thickness), thickness
            case _:
                yield b"", self.paper.dots(element.height_mm)

    def _graphic(self, bitmap: Bitmap, where: Align, y: int) -> tuple[bytes, int]:
        left = self.paper.left(bitmap.width_dots, where)
        return commands.graphic(bitmap, x=left, y=y), bitmap.height_dots

    def _text(self, text: Text, y: int) -> tuple[bytes, int]:
        if text.drawn is not None and _fits_font(text.text):
            return self._graphic(text.drawn, text.align, y)
        share = _width_share(text.text) * (1.15 if text.bold else 1)
        smallest = max(10, self.paper.dots(min(text.height_mm, SMALLEST_TEXT_MM)))
        height = max(10, self.paper.dots(text.height_mm))
        if share * height > self.paper.width_dots:
            height = max(smallest, int(self.paper.width_dots / share))
        # Words do not break where the width is full, so a wrapped line gets some air.
        lines = (
            1 if share * height <= self.paper.width_dots else math.ceil(share * height * 1.3 / self.paper.width_dots)
        )
        box = self.paper.width_dots if lines > 1 or text.align is not Align.LEFT else 0
        # Font 0 has one weight: bold is 15 % wider.
        wide = round(height * 1.15) if text.bold else 0
        field = commands.text(
            text.text, x=0, y=y, height_dots=height, width_dots=wide, box_dots=box, box_lines=lines, where=text.align
        )
        return field, round(height * LINE * lines)

    def _qr(self, code: Qr, y: int) -> tuple[bytes, int]:
        most = self.paper.width_dots // code.modules
        if most < 2:
            raise DocumentNotPrintable(
                f"A QR code of {code.modules} modules does not fit {self.paper.width_dots} dots."
            )
        module = min(10, most, code.module_dots(self.paper.dots_per_mm))
        side = code.modules * module
        if not code.payload.isascii():
            return self._graphic(qr_bitmap(code.payload, module_dots=module, level=code.level), code.align, y)
        left, quiet = self.paper.left(side, code.align), QUIET_MODULES * module
        try:
            field = commands.qr(code.payload, x=left + quiet, y=y + quiet, module_dots=module, level=code.level)
        except UsageError as error:
            raise DocumentNotPrintable(error.message) from error
        return field, side
