"""From the register to the printer: badges of guests who signed in, of reprints, and of the time before a power cut.

A badge's job is in the register before anything is printed, and what becomes of it is written back. Whatever is found
queued there is laid out and handed to the printer: at a start too, unless it is older than ten minutes or the guest
has left. Where the clock is not yet to be believed nobody knows how old a job of the time before is: it waits for the
clock, ten minutes at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from common.database import StoreError
from drivers.errors import UsageError
from drivers.printers.document import Document
from drivers.printers.jobs import LIFE_S, JobState
from drivers.printers.status import Trouble
from kiosk.badge import badge_document, badge_facts
from kiosk.badge_printing import Badge, PrintEntry
from kiosk.model import Visit, VisitState
from kiosk.print_table import PrintJob, PrintKind

if TYPE_CHECKING:
    from kiosk.kiosk import Kiosk

log = logging.getLogger(__name__)

RETRY_S = 5.0
BEGIN_TIMEOUT_S = 3.0
"""A register that is stuck keeps no badge from its guest."""
CLOCK_TOLERANCE_S = 5.0
HERE = (VisitState.ON_SITE, VisitState.LEFT_ASSUMED)


class BadgeJobs:
    """The print jobs of one kiosk. `wake` after a sign-in; `on_entry` and `begin` are the printer's side."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk
        self._began_s = kiosk.clock.monotonic_s()
        self._woken = asyncio.Event()
        self._newest_left: int | None = None
        """the newest job that was in the register before this process; None: nobody has looked yet"""
        self._known: set[int] = set()
        """handed over, or decided, and not yet written down as ended"""
        self._changes: dict[int, PrintEntry] = {}
        self._waits_for_clock = False
        self._requests: dict[str, str] = {}
        """visit -> the sign-in that is on the last page"""
        self.working = False
        """a turn is under way, or due"""

    def asked(self, request_id: str, visits: Sequence[Visit]) -> None:
        """These are signed in: their badges are to be printed, and the guest's page hears of it."""
        self._requests = {visit.id: request_id for visit in visits}
        self.wake()

    def wake(self) -> None:
        """There is something to print or to write down."""
        self.working = True
        self._woken.set()

    async def reprint(self, visit_id: str) -> PrintJob | None:
        """Print the badge of a guest who is here once more; "last" is the newest badge. None: there is no such guest.

        Raises StoreError.
        """
        job = await self._kiosk.parts.register.reprint(visit_id)
        self.wake()
        return job

    # --- the worker ---

    async def run(self) -> None:
        """Print what is queued, write down what became of it, for ever."""
        self.wake()
        while True:
            self._woken.clear()
            try:
                await self.turn()
            except StoreError as error:
                log.error("badges: the register %s", error.fault)
            self.working = self._woken.is_set()
            await self._pause()

    async def turn(self) -> None:
        """One look at the register. Raises StoreError."""
        await self._write_down()
        if self._newest_left is None:
            left = await self._kiosk.parts.register.print_jobs(1)
            self._newest_left = left[0].id if left else 0
        queued = await self._kiosk.parts.register.badges_queued()
        self._waits_for_clock = False
        await self._hand_over([(job, visit) for job, visit in queued if job.id not in self._known])
        await self._write_down()

    async def take_up(self) -> None:
        """Before the first guest: which jobs are of the time before. A register that fails is asked again later."""
        try:
            await self.turn()
        except StoreError as error:
            log.error("badges: the register %s", error.fault)

    async def settle(self) -> None:
        """Write down what is known before the register is closed."""
        try:
            await self._write_down()
        except StoreError as error:
            log.error("badges: the register %s; a badge may come out twice", error.fault)

    async def _pause(self) -> None:
        waits = self._changes or self._waits_for_clock or self._newest_left is None
        try:
            async with asyncio.timeout(RETRY_S if waits else None):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _hand_over(self, queued: Sequence[tuple[PrintJob, Visit | None]]) -> None:
        badges: dict[str, list[Badge]] = {}
        for job, visit in queued:
            age_s = self._age_s(job)
            if age_s is None:
                self._waits_for_clock = True
            elif age_s > LIFE_S or (visit is not None and visit.state not in HERE):
                self._abandon(job)
            else:
                request_id = self._requests.get(job.visit_id, "") if job.kind is PrintKind.BADGE else ""
                badge = Badge(job.visit_id, self._document(visit) if visit else None, job, age_s)
                badges.setdefault(request_id, []).append(badge)
                await asyncio.sleep(0)  # letters are drawn in the screen's thread
        for request_id, each in badges.items():
            self._known.update(badge.job.id for badge in each if badge.job)
            if request_id:
                self._kiosk.parts.printing.print_badges(request_id, each)
            else:
                for badge in each:
                    self._kiosk.parts.printing.print_badge(badge)

    def _age_s(self, job: PrintJob) -> float | None:
        """How old a job is; infinite where that makes no sense; None: nobody knows yet."""
        clock = self._kiosk.clock
        age_s = (clock.now() - job.made_at).total_seconds()
        if job.id > (self._newest_left or 0):
            return max(age_s, 0.0) if clock.synchronised() else 0.0
        if not clock.synchronised():
            return None if clock.monotonic_s() - self._began_s <= LIFE_S else float("inf")
        return max(age_s, 0.0) if age_s >= -CLOCK_TOLERANCE_S else float("inf")

    def _abandon(self, job: PrintJob) -> None:
        self._known.add(job.id)
        self.on_entry(PrintEntry(0, job.kind, JobState.ABANDONED, visit_id=job.visit_id, job=job))

    def _document(self, visit: Visit) -> Document | None:
        """The badge; None where it does not fit this paper, whatever is left out."""
        kiosk, parts, now = self._kiosk, self._kiosk.parts, self._kiosk.clock.now()
        token = parts.badge_keys.token(visit.id, now, clock_sure=kiosk.clock.synchronised())
        words = parts.catalogues[kiosk.config.site.language]
        facts = badge_facts(visit, parts.setup, words, visit.in_at or now, token)
        try:
            return badge_document(facts, parts.printer.paper, parts.draw)
        except UsageError as error:
            log.error("badge: %s", type(error).__name__)
            return None

    # --- the printer's side ---

    def on_entry(self, entry: PrintEntry) -> None:
        """A job changed. One that a stop of the kiosk ended stays as it is, for the next start."""
        if entry.job is not None:
            if entry.reason is Trouble.CLOSED:
                return
            if entry.state is not JobState.QUEUED:
                self._changes[entry.job.id] = entry
                self.wake()
        self._kiosk.parts.reporter.printed(entry)

    async def begin(self) -> None:
        """A badge is about to go to the printer: found `printing` after a power cut, it is a repeat."""
        try:
            async with asyncio.timeout(BEGIN_TIMEOUT_S):
                await self._write_down()
        except (StoreError, TimeoutError) as error:
            log.error("badges: not noted that one is being printed: %s", type(error).__name__)

    async def _write_down(self) -> None:
        changes, self._changes = self._changes, {}
        if not changes:
            return
        rows = [(one.job, one.state, str(one.reason or "")) for one in changes.values() if one.job]
        try:
            await self._kiosk.parts.register.print_jobs_changed(rows)
        except BaseException:
            self._changes = changes | self._changes
            raise
        self._known.difference_update(row for row, one in changes.items() if one.ended)
