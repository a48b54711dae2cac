"""What a printer language is to the port: a renderer, and a conversation that lives as long as one opening."""

from __future__ import annotations

from typing import Protocol

from drivers.codec import Counters
from drivers.printers.document import Document, Paper
from drivers.printers.status import PrinterStatus

__all__ = ["Conversation", "Language"]


class Conversation(Protocol):
    """One opening of the port. Sans-IO; nothing that a printer sends raises."""

    asks_to_confirm: bool
    """whether the printer is asked after a job; else it speaks by itself, and must not be asked before"""

    @property
    def counters(self) -> Counters: ...

    @property
    def status(self) -> PrinterStatus | None:
        """The newest whole statement, None before the first."""
        ...

    @property
    def answered(self) -> bool:
        """Whether all that the last `ask` asked for has come."""
        ...

    @property
    def stopped(self) -> bool:
        """Whether the printer asked for a pause (XOFF)."""
        ...

    @property
    def printed(self) -> bool:
        """Whether the printer says that all of the job is on paper."""
        ...

    def opened(self) -> bytes:
        """What to write first: forget what came before."""
        ...

    def ask(self) -> bytes:
        """The request for a status. Raises UsageError where the printer must not be asked now."""
        ...

    def job_begins(self, copies: int) -> None:
        """The next bytes are a job."""
        ...

    def job_sent(self) -> None:
        """All of the job was handed to the kernel."""
        ...

    def feed(self, data: bytes) -> None:
        """What the printer sent."""
        ...


class Language(Protocol):
    """One printer language with its paper."""

    @property
    def name(self) -> str:
        """As in the configuration."""
        ...

    @property
    def paper(self) -> Paper: ...

    def converse(self) -> Conversation:
        """Begin anew: the port was opened."""
        ...

    def lacking(self, document: Document) -> str:
        """Characters that the printer's font lacks, in lines without a picture; "" where all can be printed."""
        ...

    def render(self, document: Document) -> bytes:
        """The whole job.

        Raises:
            DocumentNotPrintable: it does not fit, or `lacking` is not empty.
        """
        ...
