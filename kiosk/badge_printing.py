"""Print jobs of the kiosk: what each is for, where it stands, and what the guest's and the admin's screens are told.

The printer has its own worker (drivers.printers.port): nothing here waits for paper. A document is handed over and not
kept; kiosk.badge_jobs makes it from the register, again after a power cut. After ten minutes a waiting job is abandoned
by the printer's queue, so that no label of a guest who has gone comes out of a mended printer.

>>> printing = BadgePrinting(counter, on_change=tell)                                    # doctest: +SKIP
>>> printing.use(open_printer(config.printer, monotonic_s=..., on_job=printing.on_job))  # doctest: +SKIP
>>> printing.print_badges(request_id, [Badge(visit.id, document)])                       # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from drivers.printers.document import Document, DocumentNotPrintable
from drivers.printers.jobs import Job, JobState
from drivers.printers.printer import Printer
from drivers.printers.status import Trouble
from kiosk.badge import badge_view
from kiosk.events import PrintChanged
from kiosk.label_counter import LabelCounter
from kiosk.print_table import PrintJob, PrintKind
from kiosk.view import BadgeView

__all__ = ["Badge", "BadgePrinting", "PrintEntry"]

HISTORY = 100
_WORST_FIRST = (JobState.FAILED, JobState.ABANDONED, JobState.QUEUED, JobState.PRINTING, JobState.DONE)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge to print. `document` None: it cannot be laid out on this paper. `job` is its row in the register.

    `age_s` of its ten minutes are over already.
    """

    visit_id: str
    document: Document | None = field(repr=False)
    job: PrintJob | None = None
    age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PrintEntry:
    """One job, for telemetry and the register; it names nobody. `job_id` is negative for what no printer was asked."""

    job_id: int
    kind: PrintKind
    state: JobState
    labels: int = 1
    visit_id: str = ""
    request_id: str = ""
    reason: Trouble | None = None
    job: PrintJob | None = None

    @property
    def ended(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED, JobState.ABANDONED)


class BadgePrinting:
    """For the event loop only.

    `on_change` is told of the badges of a sign-in, with the picture of the first; `on_entry` of each job, for the
    register, and `on_begin` is awaited before its first byte goes out; `on_labels` is told of each mark that the roll
    passes.
    """

    def __init__(
        self,
        counter: LabelCounter,
        *,
        on_change: Callable[[PrintChanged], None] = lambda _: None,
        on_entry: Callable[[PrintEntry], None] = lambda _: None,
        on_begin: Callable[[], Awaitable[None]] | None = None,
        on_labels: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.counter = counter
        self._on_change = on_change
        self._on_entry = on_entry
        self._on_begin = on_begin
        self._on_labels = on_labels
        self._printer: Printer | None = None
        self._entries: OrderedDict[int, PrintEntry] = OrderedDict()
        self._early: dict[int, Job] = {}
        self._refused = 0
        self._counted = asyncio.Event()

    def use(self, printer: Printer) -> None:
        """The printer, made with `on_job=self.on_job` and `before=self.before`."""
        self._printer = printer

    @property
    def entries(self) -> tuple[PrintEntry, ...]:
        """The newest first."""
        return tuple(reversed(self._entries.values()))

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing would be printed now."""
        return self._printer.trouble if self._printer else Trouble.NO_PRINTER

    def print_badges(self, request_id: str, badges: Sequence[Badge]) -> PrintChanged:
        """Queue the badges of one sign-in; says where they stand, as `on_change` does."""
        picture = self._picture(badges[0].document) if badges else None
        for badge in badges:
            self.print_badge(badge, request_id)
        told = replace(self._standing(request_id), badge=picture)
        self._on_change(told)
        return told

    def print_badge(self, badge: Badge, request_id: str = "") -> PrintEntry:
        """Queue one badge, for an admin or after a power cut; on no guest's screen, unless there is a request."""
        kind = badge.job.kind if badge.job else PrintKind.BADGE
        entry = PrintEntry(0, kind, JobState.QUEUED, 1, badge.visit_id, request_id, job=badge.job)
        return self._print(entry, badge.document, badge.age_s)

    def print_list(self, documents: Sequence[Document]) -> tuple[PrintEntry, ...]:
        """Print the pages of the evacuation list; none at all: they do not fit this paper."""
        entry = PrintEntry(0, PrintKind.LIST, JobState.QUEUED)
        return tuple(self._print(entry, each) for each in documents) or (self._print(entry, None),)

    def on_job(self, job: Job) -> None:
        """The printer tells of a job."""
        entry = self._entries.get(job.id)
        if entry is None:
            self._early[job.id] = job  # `print` has not returned yet
            return
        self._noted(replace(entry, state=job.state, reason=job.reason))

    async def before(self, job: Job) -> None:
        """The printer is about to get the first byte of a job: what stands in the register by now is awaited."""
        entry = self._entries.get(job.id)
        if self._on_begin and entry and entry.job:
            await self._on_begin()

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

    def _print(self, entry: PrintEntry, document: Document | None, age_s: float = 0.0) -> PrintEntry:
        if self._printer is None:
            raise RuntimeError("BadgePrinting.use was not called")
        if document is None:
            self._refused -= 1
            entry = replace(entry, job_id=self._refused, state=JobState.FAILED, reason=Trouble.NOT_PRINTABLE)
        else:
            job = self._printer.print(document, age_s=age_s)
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
        found = [entry for entry in reversed(self._entries.values()) if entry.request_id == request_id]
        worst = next((state for state in _WORST_FIRST if any(one.state is state for one in found)), JobState.FAILED)
        reasons = (one.reason for one in found if one.state is worst)
        return PrintChanged(request_id, worst, reason=next(reasons, None))

    def _trim(self) -> None:
        ended = [job_id for job_id, entry in self._entries.items() if entry.ended]
        for job_id in ended[: max(0, len(self._entries) - HISTORY)]:
            del self._entries[job_id]

    def _picture(self, document: Document | None) -> BadgeView | None:
        try:
            return badge_view(document, self._printer.paper) if self._printer and document else None
        except DocumentNotPrintable:
            return None
