"""Jobs of a printer and what became of them. A document is held only while its job waits or prints: it names people."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.printers.document import Document
from drivers.printers.status import Trouble

__all__ = ["Job", "JobQueue", "JobState"]

LIFE_S = 600.0
"""A badge that waited longer is that of somebody who has left: it is not printed."""

HISTORY = 200


class JobState(StrEnum):
    """What became of a job."""

    QUEUED = "queued"
    PRINTING = "printing"
    DONE = "done"
    FAILED = "failed"
    ABANDONED = "abandoned"
    """too old by the time that the printer was well again"""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is now; `reason` says why it failed."""

    id: int
    state: JobState
    created_s: float
    reason: Trouble | None = None
    ended_s: float | None = None

    @property
    def ended(self) -> bool:
        return self.ended_s is not None


class JobQueue:
    """At most `most_queued` waiting jobs; the states of the last 200 are remembered, without their documents."""

    def __init__(
        self, monotonic_s: Callable[[], float], on_job: Callable[[Job], None] = lambda _: None, most_queued: int = 20
    ) -> None:
        self._monotonic_s = monotonic_s
        self._on_job = on_job
        self._most_queued = most_queued
        self._waiting: OrderedDict[int, Document] = OrderedDict()
        self._jobs: OrderedDict[int, Job] = OrderedDict()
        self._last_id = 0

    def __len__(self) -> int:
        """Jobs that wait."""
        return len(self._waiting)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The oldest remembered first."""
        return tuple(self._jobs.values())

    def get(self, job_id: int) -> Job | None:
        """The job, while it is remembered."""
        return self._jobs.get(job_id)

    def add(self, document: Document, refuse: Trouble | None = None, age_s: float = 0.0) -> Job:
        """Queue a document; FAILED at once for the reason `refuse`, or because too many wait.

        `age_s`: it has waited so long already, elsewhere.
        """
        self._last_id += 1
        now_s = self._monotonic_s()
        self.expire()
        if refuse is None and len(self._waiting) >= self._most_queued:
            refuse = Trouble.QUEUE_FULL
        job = Job(self._last_id, JobState.QUEUED, now_s - age_s)
        if refuse is None:
            self._waiting[job.id] = document
        else:
            job = replace(job, state=JobState.FAILED, reason=refuse, ended_s=now_s)
        return self._tell(job)

    def take(self) -> tuple[Job, Document] | None:
        """The oldest job that is young enough, now PRINTING."""
        self.expire()
        if not self._waiting:
            return None
        job_id, document = self._waiting.popitem(last=False)
        return self._tell(replace(self._jobs[job_id], state=JobState.PRINTING)), document

    def end(self, job: Job, trouble: Trouble | None) -> Job:
        """The job is DONE, or FAILED because of `trouble`."""
        state = JobState.DONE if trouble is None else JobState.FAILED
        return self._tell(replace(job, state=state, reason=trouble, ended_s=self._monotonic_s()))

    def expire(self) -> None:
        """Abandon what has waited too long."""
        now_s = self._monotonic_s()
        old = [job_id for job_id in self._waiting if now_s - self._jobs[job_id].created_s > LIFE_S]
        for job_id in old:
            del self._waiting[job_id]
            self._tell(replace(self._jobs[job_id], state=JobState.ABANDONED, ended_s=now_s))

    def fail_all(self, trouble: Trouble) -> None:
        """Nothing will be printed any more."""
        while self._waiting:
            job_id, _ = self._waiting.popitem(last=False)
            self.end(self._jobs[job_id], trouble)

    def _tell(self, job: Job) -> Job:
        self._jobs[job.id] = job
        while len(self._jobs) > HISTORY:
            oldest = next(job_id for job_id in self._jobs if job_id not in self._waiting)
            del self._jobs[oldest]
        self._on_job(job)
        return job
