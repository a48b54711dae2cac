"""ESC/POS as a whole: documents become text, native QR codes and small pictures; status by DLE EOT and ASB."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from drivers.codec import Counters
from drivers.printers import escpos_commands as commands
from drivers.printers.bitmap import QUIET_MODULES, Bitmap
from drivers.printers.document import Document, DocumentNotPrintable, Element, Paper, Picture, Qr, Rule, Space, Text
from drivers.printers.escpos import AutomaticStatus, EscposEvent, EscposStatusCodec, RealTimeStatus
from drivers.printers.status import FlowControl, PrinterError, PrinterStatus

__all__ = ["EscposConversation", "EscposLanguage"]

LETTER_DOTS = (12, 24)
"""Width and height of font A."""

CLEAN_ANSWERS = 2
"""A job counts as printed after so many whole answers without trouble: ESC/POS has no word for "printed"."""

_ERRORS: Mapping[str, PrinterError] = {
    "unrecoverable": PrinterError.UNRECOVERABLE,
    "cutter": PrinterError.CUTTER,
    "auto-recoverable": PrinterError.RECOVERABLE,
    "recoverable": PrinterError.RECOVERABLE,
    "error": PrinterError.UNSPECIFIED,
}


class EscposConversation:
    """Asks DLE EOT 1 to 4 at once; what is known changes when all four are answered, or with one ASB."""

    asks_to_confirm = True

    def __init__(self) -> None:
        self._codec = EscposStatusCodec()
        self._pending: dict[int, tuple[str, ...]] = {}
        self._status: PrinterStatus | None = None
        self._clean_answers = 0
        self.answered = False
        self.stopped = False

    @property
    def counters(self) -> Counters:
        return self._codec.counters

    @property
    def status(self) -> PrinterStatus | None:
        return self._status

    @property
    def printed(self) -> bool:
        return self._clean_answers >= CLEAN_ANSWERS

    def opened(self) -> bytes:
        # Nothing else: until it has answered, a printer may throw away what follows.
        return commands.CLEAR_BUFFERS

    def ask(self) -> bytes:
        self._codec.forget_asked()
        self._pending.clear()
        self.answered = False
        for n in (1, 2, 3, 4):
            self._codec.asked(n)
        return b"".join(commands.status_request(n) for n in (1, 2, 3, 4))

    def job_begins(self, copies: int) -> None:
        self._clean_answers = 0

    def job_sent(self) -> None:
        self._clean_answers = 0

    def feed(self, data: bytes) -> None:
        for event in self._codec.feed(data):
            self._take(event)

    def _take(self, event: EscposEvent) -> None:
        match event:
            case RealTimeStatus(n=int(n)):
                self._pending[n] = event.flags
                if len(self._pending) == 4:
                    self._status = _status(frozenset(flag for flags in self._pending.values() for flag in flags))
                    self._pending.clear()
                    self.answered = True
                    self._clean_answers += self._status.ready
            case AutomaticStatus():
                self._status = _status(frozenset(event.flags))
            case FlowControl():
                self.stopped = event.stopped
            case _:
                pass


def _status(flags: frozenset[str]) -> PrinterStatus:
    paper_out = "paper-out" in flags or "paper-end-stop" in flags
    error = next((token for flag, token in _ERRORS.items() if flag in flags), None)
    offline, cover_open = "offline" in flags, "cover-open" in flags
    ready = not (paper_out or error or offline or cover_open)
    return PrinterStatus(ready, paper_out, "paper-low" in flags, cover_open, offline=offline, error=error)


@dataclass(frozen=True, slots=True)
class EscposLanguage:
    """`page` is a name of `CODE_PAGES`. The length of a document is that of its contents: receipts have no labels."""

    paper: Paper
    page: str = "cp1252"
    name: str = "escpos"

    def converse(self) -> EscposConversation:
        return EscposConversation()

    def lacking(self, document: Document) -> str:
        lines = (each for each in document.elements if isinstance(each, Text) and each.drawn is None)
        return "".join(dict.fromkeys(c for each in lines for c in commands.encoded(each.text, self.page).missing))

    def render(self, document: Document) -> bytes:
        if missing := self.lacking(document):
            raise DocumentNotPrintable(f"The code page {self.page} lacks {len(missing)} letters of this document.")
        if not document.elements and document.raster is not None:
            parts: list[Element] = [Picture(document.raster)]
        else:
            parts = list(document.elements)
        one = b"".join(piece for part in parts for piece in self._element(part)) + commands.cut()
        return (commands.reset(self.page) + one) * document.copies

    def _element(self, element: Element) -> Iterator[bytes]:
        match element:
            case Text():
                yield from self._text(element)
            case Qr():
                yield from self._qr(element)
            case Space():
                yield commands.feed(self.paper.dots(element.height_mm))
            case Rule():
                thickness = max(1, self.paper.dots(element.thickness_mm))
                yield commands.raster(Bitmap.blank(self.paper.width_dots, thickness, black=True))
            case Picture():
                self.paper.left(element.bitmap.width_dots, element.align)
                yield commands.align(element.align) + commands.raster(element.bitmap)

    def _text(self, text: Text) -> Iterator[bytes]:
        yield commands.align(text.align)
        if text.drawn is not None and commands.encoded(text.text, self.page).missing:
            self.paper.left(text.drawn.width_dots, text.align)
            yield commands.raster(text.drawn)
            return
        width, height = LETTER_DOTS
        high = min(8, max(1, round(self.paper.dots(text.height_mm) / height)))
        wide = min(high, max(1, self.paper.width_dots // (max(1, len(text.text)) * width)))
        yield commands.style(wide=wide, high=min(high, wide + 1), bold=text.bold)
        for line in textwrap.wrap(text.text, self.paper.width_dots // (width * wide)) or [""]:
            yield commands.line(line, self.page)

    def _qr(self, code: Qr) -> Iterator[bytes]:
        most = self.paper.width_dots // code.modules
        if most < 2:
            raise DocumentNotPrintable(
                f"A QR code of {code.modules} modules does not fit {self.paper.width_dots} dots."
            )
        module = min(16, most, code.module_dots(self.paper.dots_per_mm))
        quiet = commands.feed(QUIET_MODULES * module)
        yield commands.align(code.align) + quiet
        yield commands.qr(code.payload, module_dots=module, level=code.level) + quiet
