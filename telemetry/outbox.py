"""The writing side of the outbox: `put` never blocks and never raises; a worker thread writes in batches.

>>> outbox = open_outbox("/var/lib/mydesk/outbox/outbox.db", clock)     # doctest: +SKIP
>>> outbox.put(Started("mydesk-room", "1.4.0"))                         # doctest: +SKIP
>>> outbox.close()                                                      # doctest: +SKIP

A disk that is full, read-only or damaged is logged once. Events wait in RAM then, up to a bound, are written when the
disk is well again, and those that did not fit are counted and told by an `EventsLost` of their own.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from common.clock import Clock
from common.database import StoreError, StoreFault
from telemetry.outbox_store import DEFAULT_LIMITS, Limits, OutboxStore, set_aside
from telemetry.payloads import Event, EventsLost, Record, Stamp, record

_log = logging.getLogger(__name__)

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_BATCH_ROWS = 500


@dataclass(frozen=True, slots=True)
class Pace:
    """How often is written, and how soon again after a failure."""

    commit_interval_s: float = 2.0
    retry_first_s: float = 1.0
    retry_most_s: float = 60.0


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How the outbox is doing, for `status`. `fault` is empty while it works."""

    waiting: int
    written: int
    lost: int
    fault: str = ""


class EventSink(Protocol):
    """Where a program puts its events."""

    def put(self, event: Event) -> None:
        """Take `event`. Never blocks, never raises; safe from any thread."""
        ...

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits and end. Takes at most `timeout_s`; may be called again."""
        ...

    @property
    def state(self) -> OutboxState: ...


class NullOutbox:
    """No hub is configured: nothing is kept."""

    def put(self, event: Event) -> None:
        pass

    def close(self, timeout_s: float = 5.0) -> None:
        pass

    @property
    def state(self) -> OutboxState:
        return OutboxState(0, 0, 0)


def open_outbox(path: str | Path | None, clock: Clock) -> EventSink:
    """Return the outbox at `path`, or one that keeps nothing when `path` is empty. Opens no file by itself."""
    return Outbox(Path(path), clock) if path else NullOutbox()


class Outbox:
    """Events on their way to the hub, by way of the file at `path`."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        limits: Limits = DEFAULT_LIMITS,
        pace: Pace = Pace(),
        most_waiting: int = 1000,
    ) -> None:
        self._path = path
        self._clock = clock
        self._limits = limits
        self._pace = pace
        self._most_waiting = most_waiting
        self._boot = boot_id()
        self._changed = threading.Condition()
        self._waiting: deque[Record] = deque()
        self._written = 0
        self._lost = 0
        self._untold = 0
        self._fault = ""
        self._retry_s = 0.0
        self._closing = False
        self._store: OutboxStore | None = None
        self._worker = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._worker.start()

    @property
    def state(self) -> OutboxState:
        with self._changed:
            alive = self._closing or self._worker.is_alive()
            return OutboxState(len(self._waiting), self._written, self._lost, self._fault if alive else "stopped")

    def put(self, event: Event) -> None:
        """Take `event`, stamped now. Full or closed: it is counted as lost."""
        made = record(event, self._stamp())
        with self._changed:
            if self._closing or len(self._waiting) >= self._most_waiting:
                self._lose(1)
                return
            self._waiting.append(made)
            self._changed.notify_all()

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits and end; what cannot be written is counted as lost."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._worker.join(timeout_s)
        if self._worker.is_alive():
            _log.error("outbox: the disk did not answer within %g s; %d events are lost", timeout_s, len(self._waiting))

    def _stamp(self) -> Stamp:
        wall_ms = int(self._clock.now().timestamp() * 1000)
        return Stamp(wall_ms, int(self._clock.monotonic_s() * 1000), self._boot, self._clock.synchronised())

    def _lose(self, count: int) -> None:
        self._lost += count
        self._untold += count

    def _run(self) -> None:
        delay_s = 0.0
        while self._wait_for_work(delay_s):
            delay_s = self._write()
        self._finish()

    def _wait_for_work(self, delay_s: float) -> bool:
        """Wait until there is something to write and it is time to; False once the outbox is to be closed."""
        due_s = time.monotonic() + delay_s
        with self._changed:
            while not self._closing:
                left_s = due_s - time.monotonic()
                if self._waiting and left_s <= 0:
                    return True
                self._changed.wait(left_s if left_s > 0 else None)
        return False

    def _write(self) -> float:
        """Write one batch and return the seconds to wait before the next."""
        with self._changed:
            batch = [self._waiting[index] for index in range(min(len(self._waiting), _BATCH_ROWS))]
            untold = self._untold
        report = [record(EventsLost(untold, self._fault or "overflow"), self._stamp())] if untold else []
        try:
            self._opened().append(batch + report)
        except StoreError as error:
            return self._failed(error)
        with self._changed:
            for _ in batch:
                self._waiting.popleft()
            self._written += len(batch)
            self._untold -= untold
        self._recovered()
        return self._pace.commit_interval_s

    def _opened(self) -> OutboxStore:
        if self._store is not None and self._store.replaced:
            self._drop_store()
        if self._store is None:
            self._store = OutboxStore(self._path, self._limits)
        return self._store

    def _failed(self, error: StoreError) -> float:
        """Note the failure and return the seconds until the next try; a damaged file is replaced at once."""
        self._drop_store()
        if error.fault is StoreFault.DAMAGED:
            with contextlib.suppress(StoreError):
                set_aside(self._path)
        first = not self._fault
        with self._changed:
            self._fault = str(error.fault)
        if first:
            _log.error("outbox: %s Events wait in memory.", error)
            self._retry_s = 0.0 if error.fault is StoreFault.DAMAGED else self._pace.retry_first_s
        else:
            self._retry_s = min(max(self._retry_s, self._pace.retry_first_s) * 2, self._pace.retry_most_s)
        return self._retry_s

    def _recovered(self) -> None:
        if self._fault:
            _log.warning("outbox: works again")
        with self._changed:
            self._fault = ""

    def _finish(self) -> None:
        while self._waiting or self._untold:
            if self._write() and self._fault:
                break
        with self._changed:
            self._lose(len(self._waiting))
            self._waiting.clear()
        self._drop_store()

    def _drop_store(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()


def boot_id() -> str:
    """Return the kernel's id of this boot, or one of this process where there is none."""
    with contextlib.suppress(OSError):
        return _BOOT_ID.read_text().strip()
    return str(uuid.uuid4())
