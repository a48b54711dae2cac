"""What a printer says about itself, the same for all languages. None means: this printer has not said, or cannot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

XON, XOFF = 0x11, 0x13

__all__ = ["FlowControl", "PrinterError", "PrinterStatus", "Trouble"]


class PrinterError(StrEnum):
    """What is wrong beyond paper and cover."""

    CUTTER = "cutter"
    FEED = "feed"
    """media cannot be fed, or is jammed"""
    WRONG_MEDIA = "wrong-media"
    """other labels are loaded than configured, or than the job asks for"""
    RIBBON_OUT = "ribbon-out"
    TOO_HOT = "too-hot"
    TOO_COLD = "too-cold"
    MEMORY = "memory"
    BUFFER_FULL = "buffer-full"
    COMMUNICATION = "communication"
    RECOVERABLE = "recoverable"
    """goes by itself, or after a cause is removed"""
    UNRECOVERABLE = "unrecoverable"
    """switch the printer off and on"""
    TURNED_OFF = "turned-off"
    UNSPECIFIED = "unspecified"


class Trouble(StrEnum):
    """Why a job failed, or why the next one waits."""

    PAPER_OUT = "paper-out"
    COVER_OPEN = "cover-open"
    OFFLINE = "offline"
    """paused, or switched off-line at its own buttons"""
    ERROR = "error"
    """`PrinterStatus.error` says which"""
    STALLED = "stalled"
    """it takes no more bytes"""
    UNPLUGGED = "unplugged"
    SILENT = "silent"
    """it does not answer: switched off, a wrong baud rate, or another device"""
    UNCONFIRMED = "unconfirmed"
    """all was sent, but the printer did not say that it printed"""
    NOT_PRINTABLE = "not-printable"
    """the document has letters that the printer lacks, or does not fit"""
    QUEUE_FULL = "queue-full"
    NO_PRINTER = "no-printer"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class FlowControl:
    """A printer asked for a pause by XOFF (`stopped`), or ended it by XON."""

    stopped: bool


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """One whole statement. `ready` only when everything that this language can tell is known and good."""

    ready: bool
    paper_out: bool | None = None
    paper_low: bool | None = None
    cover_open: bool | None = None
    busy: bool | None = None
    offline: bool | None = None
    error: PrinterError | None = None
    media_width_mm: int | None = None
    media_length_mm: int | None = None
    """0: endless"""

    @property
    def trouble(self) -> Trouble | None:
        """The one thing to tell a person; an open cover first, for it hides the media (seen on QL printers)."""
        if self.cover_open:
            return Trouble.COVER_OPEN
        if self.paper_out:
            return Trouble.PAPER_OUT
        if self.error is not None:
            return Trouble.ERROR
        return Trouble.OFFLINE if self.offline else None
