"""A printer with its own worker: `print` returns at once, and nobody waits for paper, a stall or a pulled plug."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from drivers.codec import Counters
from drivers.device import Condition, Health
from drivers.errors import DeviceError, LinkLost, UsageError
from drivers.link import Link
from drivers.printers.document import Document, Paper
from drivers.printers.jobs import Job, JobQueue
from drivers.printers.language import Language
from drivers.printers.session import Session, Timing
from drivers.printers.status import PrinterStatus, Trouble

__all__ = ["PrinterPort"]

FOREIGN_BYTES = 32
"""So much that is no status, and no status: something else answers there."""

PATIENT = Timing()
_JITTER = 0.2
_SENTENCES = {
    Trouble.PAPER_OUT: "Out of paper: put in a new roll.",
    Trouble.COVER_OPEN: "The cover is open: close it.",
    Trouble.OFFLINE: "Paused: press the printer's pause or feed button.",
    Trouble.SILENT: "Does not answer: is it switched on, has it paper and a closed cover, are language and baud right?",
}
_log = logging.getLogger(__name__)


class PrinterPort:
    """Opens its port again and again (1 to 30 s apart), asks for the status between jobs, prints one job at a time.

    A job that waits while the printer is away, open or out of paper is printed afterwards, unless it is older than
    10 minutes. A job that was begun and not finished has failed; it is never repeated by itself, and what the printer
    still holds of it is cleared. `on_job` is called in the loop with each change of a job; `before` is awaited before
    the first byte of one, so that what is to be on the disk by then can be.
    """

    def __init__(
        self, language: Language, open_link: Callable[[], Link], *, monotonic_s: Callable[[], float],
        name: str = "printer", on_job: Callable[[Job], None] = lambda _: None, most_queued: int = 20,
        before: Callable[[Job], Awaitable[None]] | None = None,
        timing: Timing = PATIENT, offload: Callable[[Callable[[], bytes]], Awaitable[bytes]] = asyncio.to_thread,
    ) -> None:  # fmt: skip
        self._language = language
        self._open_link = open_link
        self._monotonic_s = monotonic_s
        self._name = name
        self._timing = timing
        self._offload = offload
        self._queue = JobQueue(monotonic_s, on_job, most_queued)
        self._before = before
        self._wake = asyncio.Event()
        self._session: Session | None = None
        self._past = Counters()
        self._openings = 0
        self._problem = ""
        self._closed = False

    @property
    def paper(self) -> Paper:
        """What pictures are drawn for."""
        return self._language.paper

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The last 200, the oldest first."""
        return self._queue.jobs

    @property
    def status(self) -> PrinterStatus | None:
        """What the printer last said; None when it is away or has said nothing."""
        return self._session.talk.status if self._session and not self._silent() else None

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing would be printed now; None when all is well, or not known yet."""
        if self._session is None:
            return Trouble.UNPLUGGED if self._problem else None
        if self._silent():
            return Trouble.SILENT
        return self._session.talk.status.trouble if self._session.talk.status else None

    def health(self) -> Health:
        """For status, the admin page and telemetry."""
        talk = self._session.talk.counters if self._session else Counters()
        heard_s = self._session.heard_s if self._session else None
        return Health(
            self._name,
            self._language.name,
            self._condition(),
            None if heard_s is None else self._monotonic_s() - heard_s,
            self._sentence(),
            self._past.frames + talk.frames,
            self._past.bad_frames + talk.bad_frames,
            self._past.junk_bytes + talk.junk_bytes,
            max(0, self._openings - 1),
        )

    def lacking(self, document: Document) -> str:
        """Characters that this printer cannot print in lines without a picture."""
        return self._language.lacking(document)

    def print(self, document: Document, *, age_s: float = 0.0) -> Job:
        """Queue a document and return at once; the job has FAILED already when too many wait.

        `age_s` of the ten minutes are over already.

        Raises:
            UsageError: the printer is closed.
        """
        if self._closed:
            raise UsageError("the printer is closed.")
        job = self._queue.add(document, age_s=age_s)
        self._wake.set()
        return job

    def job(self, job_id: int) -> Job | None:
        """What became of a job; None once it is forgotten."""
        return self._queue.get(job_id)

    def close(self) -> None:
        """Print nothing more: what waits has failed. The worker ends when its task is cancelled."""
        self._closed = True
        self._queue.fail_all(Trouble.CLOSED)
        self._wake.set()

    async def run(self) -> None:
        """The worker; give it to common.tasks.Supervisor. Returns after `close`."""
        failures = 0
        while not self._closed:
            try:
                self._session = self._opened()
                await self._serve(self._session)
                failures = 0
            except DeviceError as error:
                self._told(error)
                heard = self._session is not None and self._session.heard_s is not None
                failures = 1 if heard else failures + 1
            finally:
                self._end_session()
            if failures:
                await self._wait(self._back_off_s(failures))

    def _opened(self) -> Session:
        session = Session(self._open_link(), self._language.converse(), self._monotonic_s, self._timing)
        self._openings += 1
        return session

    def _told(self, error: DeviceError) -> None:
        if self._problem != str(error):
            self._problem = str(error)
            _log.warning("printer %s: %s", self._name, error)

    def _end_session(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        session.close()
        counters = session.talk.counters
        self._past.frames += counters.frames
        self._past.bad_frames += counters.bad_frames
        self._past.junk_bytes += counters.junk_bytes

    def _back_off_s(self, failures: int) -> float:
        base_s = min(self._timing.reopen_first_s * 2.0 ** min(failures - 1, 10), self._timing.reopen_most_s)
        return base_s * (1 + random.uniform(-_JITTER, _JITTER))  # noqa: S311 - spreads attempts, guards nothing

    async def _serve(self, session: Session) -> None:
        """Print what comes, until the port must be opened anew: after a failed job, or a reset of a stuck printer."""
        if await session.open():
            await self._wait(self._timing.reopen_first_s)
            return
        busy_since_s: float | None = None
        while not self._closed:
            trouble = await session.check()
            status = session.talk.status
            if trouble is None and self._problem:
                # Not before: a port that opens and dies at once is not back.
                _log.info("printer %s is back", self._name)
                self._problem = ""
            if trouble is Trouble.STALLED:
                # A lost XON, or one XOFF out of noise, would keep us waiting for ever.
                return
            if trouble is None and status is not None and status.ready and (taken := self._queue.take()):
                busy_since_s = None
                if not await self._print(session, *taken):
                    return
                continue
            busy_since_s = self._busy_since(busy_since_s, trouble, status)
            if busy_since_s is not None and self._monotonic_s() - busy_since_s > self._timing.busy_s:
                _log.warning("printer %s says that it is busy and does nothing: reset", self._name)
                return
            await self._wait(self._timing.poll_waiting_s if len(self._queue) else self._timing.poll_s)

    def _busy_since(self, since_s: float | None, trouble: Trouble | None, status: PrinterStatus | None) -> float | None:
        """When a printer that is busy, and nothing else, began to say so."""
        only_busy = trouble is None and status is not None and status.busy and status.trouble is None
        if not only_busy:
            return None
        return self._monotonic_s() if since_s is None else since_s

    async def _print(self, session: Session, job: Job, document: Document) -> bool:
        """Print one job; False when the port must be opened anew to clear what the printer still holds."""
        trouble: Trouble | None = Trouble.CLOSED
        try:
            if self._before:
                await self._before(job)
            data = await self._offload(lambda: self._language.render(document))
            trouble = await session.print(data, document.copies)
        except UsageError:
            trouble = Trouble.NOT_PRINTABLE
            return True
        except LinkLost:
            trouble = Trouble.UNPLUGGED
            raise
        finally:
            self._queue.end(job, trouble)
            if trouble is not None:
                _log.warning("printer %s: job %d failed: %s", self._name, job.id, trouble)
        return trouble is None

    async def _wait(self, seconds: float) -> None:
        """Until a job comes, or so long; what waits too long meanwhile is abandoned."""
        # A job that waits already must not end the wait: only a new one does.
        self._wake.clear()
        if not self._closed:
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                pass
        self._queue.expire()

    def _silent(self) -> bool:
        session = self._session
        if session is None:
            return False
        since_s = session.opened_s if session.heard_s is None else session.heard_s
        patience_s = self._timing.stalled_s + self._timing.confirm_s + self._timing.poll_s
        if session.heard_s is None:
            patience_s = self._timing.answer_s * 2
        return self._monotonic_s() - since_s > patience_s

    def _condition(self) -> Condition:
        session = self._session
        if session is None:
            return Condition.ABSENT if self._problem else Condition.STARTING
        if session.heard_s is None and session.talk.counters.junk_bytes >= FOREIGN_BYTES:
            return Condition.FOREIGN
        if self._silent():
            return Condition.STALE
        return Condition.STARTING if session.heard_s is None else Condition.HEALTHY

    def _sentence(self) -> str:
        if self._condition() is Condition.FOREIGN:
            return "Something answers that is no printer of this language: check port, language and baud rate."
        trouble = self.trouble
        if trouble is Trouble.ERROR and self.status is not None and self.status.error is not None:
            return f"The printer reports a fault ({self.status.error}): see its display or its manual."
        if self._session is None:
            return self._problem
        return "" if trouble is None else _SENTENCES[trouble]
