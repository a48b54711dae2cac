"""Brother QL as a whole: a document becomes one picture; the printer itself says when it has printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.codec import Counters
from drivers.errors import UsageError
from drivers.printers import brother_ql_commands as commands
from drivers.printers.bitmap import Bitmap
from drivers.printers.brother_ql import BrotherQlStatus, BrotherQlStatusCodec, MediaType, Phase, StatusType
from drivers.printers.brother_ql_commands import Media, Model
from drivers.printers.document import Document, DocumentNotPrintable, Paper, Text, composed
from drivers.printers.status import PrinterError, PrinterStatus

__all__ = ["BrotherQlConversation", "BrotherQlLanguage"]

SHORTEST_ROWS = 150
"""An endless label is at least 12.7 mm long."""

COOLING_BEGAN, COOLING_ENDED = 3, 4

_ERRORS: Mapping[str, PrinterError] = {
    "wrong-media": PrinterError.WRONG_MEDIA,
    "cutter-jam": PrinterError.CUTTER,
    "cannot-feed": PrinterError.FEED,
    "turned-off": PrinterError.TURNED_OFF,
    "system": PrinterError.UNRECOVERABLE,
    "fan": PrinterError.UNRECOVERABLE,
    "communication": PrinterError.COMMUNICATION,
    "buffer-full": PrinterError.BUFFER_FULL,
    "image": PrinterError.UNSPECIFIED,
}


class BrotherQlConversation:
    """Never asks while a job is under way. Only answers and errors speak of the media; the rest tells the phase."""

    asks_to_confirm = False
    stopped = False

    def __init__(self, model: Model, media: Media) -> None:
        self._model, self._media = model, media
        self._codec = BrotherQlStatusCodec()
        self._status: PrinterStatus | None = None
        self._pages_to_go = 0
        self._phase = Phase.RECEIVING
        self._cooling = False
        self.answered = False

    @property
    def counters(self) -> Counters:
        return self._codec.counters

    @property
    def status(self) -> PrinterStatus | None:
        return self._status

    @property
    def printed(self) -> bool:
        return self._pages_to_go <= 0

    def opened(self) -> bytes:
        return commands.opening(self._model)

    def ask(self) -> bytes:
        if not self.printed:
            raise UsageError("A Brother QL must not be asked for its status while it prints.")
        self.answered = False
        return commands.STATUS_REQUEST

    def job_begins(self, copies: int) -> None:
        self._pages_to_go = copies

    def job_sent(self) -> None:
        pass

    def feed(self, data: bytes) -> None:
        for said in self._codec.feed(data):
            self._take(said)

    def _take(self, said: BrotherQlStatus) -> None:
        self._phase = said.phase
        if said.type is StatusType.PRINTED:
            self._pages_to_go -= 1
        elif said.type is StatusType.NOTIFICATION and said.notification in (COOLING_BEGAN, COOLING_ENDED):
            self._cooling = said.notification == COOLING_BEGAN
        elif said.type in (StatusType.REPLY, StatusType.ERROR, StatusType.TURNED_OFF):
            # An error may be the answer to a question: a QL-820NWB with its cover open answered so.
            self._status, self.answered = self._judged(said), True

    def _judged(self, said: BrotherQlStatus) -> PrinterStatus:
        cover_open = "cover-open" in said.errors
        empty = said.media is MediaType.NONE and not said.media_width_mm
        # With the cover open no media is told, although it is there.
        paper_out = None if cover_open else empty or "no-media" in said.errors or "end-of-media" in said.errors
        error = self._error(said, known=bool(cover_open or paper_out))
        busy = said.phase is Phase.PRINTING or self._cooling or "in-use" in said.errors
        ready = not (cover_open or paper_out or error or busy)
        return PrinterStatus(
            ready,
            paper_out,
            cover_open=cover_open,
            busy=busy,
            error=error,
            media_width_mm=said.media_width_mm or None,
            media_length_mm=None if empty else said.media_length_mm,
        )

    def _error(self, said: BrotherQlStatus, *, known: bool) -> PrinterError | None:
        named = next((token for name, token in _ERRORS.items() if name in said.errors), None)
        if named or known:
            return named
        if said.type is StatusType.TURNED_OFF:
            return PrinterError.TURNED_OFF
        if said.type is StatusType.ERROR:
            return PrinterError.UNSPECIFIED
        loaded = (said.media_width_mm, said.media_length_mm)
        return PrinterError.WRONG_MEDIA if loaded != (self._media.width_mm, self._media.length_mm) else None


@dataclass(frozen=True, slots=True)
class BrotherQlLanguage:
    """Prints `Document.raster`, or a document whose texts all have their `drawn` picture."""

    model: Model
    media: Media
    name: str = "brother-ql"

    @property
    def paper(self) -> Paper:
        return Paper(self.media.width_dots, commands.DOTS_PER_MM, self.media.rows)

    def converse(self) -> BrotherQlConversation:
        return BrotherQlConversation(self.model, self.media)

    def lacking(self, document: Document) -> str:
        if document.raster is not None:
            return ""
        lines = (each for each in document.elements if isinstance(each, Text) and each.drawn is None)
        return "".join(dict.fromkeys("".join(each.text for each in lines)))

    def render(self, document: Document) -> bytes:
        picture = composed(document, self.paper)
        if not self.media.die_cut and picture.height_dots < SHORTEST_ROWS:
            rest = Bitmap.blank(picture.width_dots, SHORTEST_ROWS - picture.height_dots)
            picture = Bitmap.stacked((picture, rest), picture.width_dots)
        try:
            return commands.job(picture, self.model, self.media, copies=document.copies)
        except UsageError as error:
            raise DocumentNotPrintable(error.message) from error
