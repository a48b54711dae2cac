"""Print jobs of the kiosk: what each is for, where it stands, and what the guest's and the admin's screens are told.

The printer has its own worker (drivers.printers.port): nothing here waits for paper. A document is handed over and not
kept; a reprint makes it again from the register. After ten minutes a waiting job is abandoned by the printer's queue,
so that no label of a guest who has gone comes out of a mended printer.

>>> printing = BadgePrinting(counter, on_change=tell)                                    # doctest: +SKIP
>>> printing.use(open_printer(config.printer, monotonic_s=..., on_job=printing.on_job))  # doctest: +SKIP
>>> printing.print_badges(request_id, [(visit.id, document)])                            # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.printers.document import Document, DocumentNotPrintable
from drivers.printers.jobs import Job, JobState
from drivers.printers.printer import Printer
from drivers.printers.status import Trouble
from kiosk.badge import badge_view
from kiosk.events import PrintChanged
from kiosk.label_counter import LabelCounter
from kiosk.view import BadgeView

__all__ = ["BadgePrinting", "PrintEntry", "PrintKind"]

HISTORY = 100
_WORST_FIRST = (JobState.FAILED, JobState.ABANDONED, JobState.QUEUED, JobState.PRINTING, JobState.DONE)
_log = logging.getLogger(__name__)


class PrintKind(StrEnum):
    """What is printed."""

    BADGE = "badge"
    REPRINT = "reprint"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class PrintEntry:
    """One job, for the admin's page and the register; it names nobody."""

    job_id: int
    kind: PrintKind
    state: JobState
    labels: int = 1
    visit_id: str = ""
    request_id: str = ""
    reason: Trouble | None = None

    @property
    def ended(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED, JobState.ABANDONED)


class BadgePrinting:
    """For the event loop only.

    `on_change` is told of the badges of a sign-in, with the picture of the first; `on_entry` of each job, for the
    register; `on_labels` of each mark that the roll passes.
    """

    def __init__(
        self,
        counter: LabelCounter,
        *,
        on_change: Callable[[PrintChanged], None] = lambda _: None,
        on_entry: Callable[[PrintEntry], None] = lambda _: None,
        on_labels: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.counter = counter
        self._on_change = on_change
        self._on_entry = on_entry
        self._on_labels = on_labels
        self._printer: Printer | None = None
        self._entries: OrderedDict[int, PrintEntry] = OrderedDict()
        self._early: dict[int, Job] = {}
        self._counted = asyncio.Event()

    def use(self, printer: Printer) -> None:
        """The printer, made with `on_job=self.on_job`."""
        self._printer = printer

    @property
    def entries(self) -> tuple[PrintEntry, ...]:
        """The newest first."""
        return tuple(reversed(self._entries.values()))

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing would be printed now."""
        return self._printer.trouble if self._printer else Trouble.NO_PRINTER

    def print_badges(self, request_id: str, badges: Sequence[tuple[str, Document]]) -> PrintChanged:
        """Queue the badges of one sign-in, as (visit id, document); says where they stand, as `on_change` does."""
        picture = self._picture(badges[0][1]) if badges else None
        for visit_id, document in badges:
            self._print(PrintEntry(0, PrintKind.BADGE, JobState.QUEUED, 1, visit_id, request_id), document)
        told = replace(self._standing(request_id), badge=picture)
        self._on_change(told)
        return told

    def reprint(self, visit_id: str, document: Document) -> PrintEntry:
        """Print a badge once more, asked for by an admin."""
        return self._print(PrintEntry(0, PrintKind.REPRINT, JobState.QUEUED, 1, visit_id), document)

    def print_list(self, documents: Sequence[Document]) -> tuple[PrintEntry, ...]:
        """Print the pages of the evacuation list."""
        return tuple(self._print(PrintEntry(0, PrintKind.LIST, JobState.QUEUED), each) for each in documents)

    def on_job(self, job: Job) -> None:
        """The printer tells of a job."""
        entry = self._entries.get(job.id)
        if entry is None:
            self._early[job.id] = job  # `print` has not returned yet
            return
        self._noted(replace(entry, state=job.state, reason=job.reason))

    async def run(self) -> None:
        """Writes the label counter down; for common.tasks.Supervisor."""
        while True:
            await self._counted.wait()
            self._counted.clear()
            await asyncio.to_thread(self.counter.write, self.counter.encoded())

    def new_roll(self) -> None:
        """An admin put in a new roll."""
        self.counter.new_roll()
        self._counted.set()

    def _print(self, entry: PrintEntry, document: Document) -> PrintEntry:
        if self._printer is None:
            raise RuntimeError("BadgePrinting.use was not called")
        job = self._printer.print(document)
        job = self._early.pop(job.id, job)
        entry = replace(entry, job_id=job.id, state=job.state, reason=job.reason)
        self._noted(entry, tell=False)
        return entry

    def _noted(self, entry: PrintEntry, *, tell: bool = True) -> None:
        before = self._entries.get(entry.job_id)
        self._entries[entry.job_id] = entry
        self._trim()
        if entry.state is JobState.DONE and (before is None or before.state is not JobState.DONE):
            self._count(entry.labels)
        self._on_entry(entry)
        if tell and entry.request_id:
            self._on_change(self._standing(entry.request_id))

    def _count(self, labels: int) -> None:
        mark = self.counter.count(labels)
        self._counted.set()
        if mark is not None:
            _log.warning("labels: %d left on the roll", self.counter.left)
            self._on_labels(mark)

    def _standing(self, request_id: str) -> PrintChanged:
        """The worst of the badges of one sign-in."""
        states = {entry.state for entry in self._entries.values() if entry.request_id == request_id}
        worst = next((state for state in _WORST_FIRST if state in states), JobState.FAILED)
        return PrintChanged(request_id, worst)

    def _trim(self) -> None:
        ended = [job_id for job_id, entry in self._entries.items() if entry.ended]
        for job_id in ended[: max(0, len(self._entries) - HISTORY)]:
            del self._entries[job_id]

    def _picture(self, document: Document) -> BadgeView | None:
        try:
            return badge_view(document, self._printer.paper) if self._printer else None
        except DocumentNotPrintable:
            return None
