"""Carries the outbox to the hub: reads, sends, and deletes what the hub has committed (telemetry.drain decides).

>>> sender = Sender(config.unit.id, config.outbox, link, clock=clock, events=outbox)     # doctest: +SKIP
>>> supervisor.start("sender", sender.run)                                               # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from common.clock import Clock
from common.database import StoreError, StoreFault
from telemetry import messages
from telemetry.batches import batches
from telemetry.bus import Bus
from telemetry.drain import Drain, DrainPace, Read
from telemetry.link_outgoing import Answer, Told
from telemetry.messages import Ack
from telemetry.outbox import EventSink, boot_id
from telemetry.outbox_reader import Counts, OutboxReader, Window, set_aside_if_damaged
from telemetry.payloads import EventsLost, Trouble
from telemetry.settings import OutboxSection
from telemetry.topics import Topics

POLL_S = 0.5
EXPIRE_EVERY_S = 60.0
COUNT_EVERY_S = 10.0
RETRY_MOST_S = 60.0

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Uplink(Bus, Protocol):
    """A bus that history can be sent over."""

    def send(self, topic: str, payload: bytes, told: Told) -> bool:
        """Send with QoS 1; `told` hears one answer. False: nothing was sent, and `told` hears none."""
        ...


@dataclass(frozen=True, slots=True)
class SenderState:
    """For `status` and alarms. `waiting` rows are in the outbox, the oldest for `oldest_s`; `evicted`, `expired` and
    `unfit` will never be sent. `failures` in a row: sending comes to nothing. `fault`: the file cannot be used."""

    epoch: str = ""
    waiting: int = 0
    oldest_s: float | None = None
    out: int = 0
    acked: int = 0
    evicted: int = 0
    expired: int = 0
    unfit: int = 0
    failures: int = 0
    fault: str = ""


class Sender:
    """All methods belong to one loop, in which `run` runs; the file is used in a thread of its own.

    `events` is where this tells of rows that cannot be sent. `poll_s`: how soon a new row is seen.
    """

    def __init__(
        self,
        unit: str,
        outbox: OutboxSection,
        link: Uplink,
        *,
        clock: Clock,
        events: EventSink,
        pace: DrainPace | None = None,
        poll_s: float = POLL_S,
    ) -> None:
        self._topics = Topics(unit)
        self._path = Path(outbox.path)
        self._link = link
        self._clock = clock
        self._events = events
        self._poll_s = poll_s
        self._boot = boot_id()
        self._drain = Drain(pace or DrainPace(rows_per_s=outbox.rows_per_s, ack_timeout_s=outbox.ack_timeout_s))
        self._reader: OutboxReader | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._woken = asyncio.Event()
        self._ack: Ack | None = None
        self._counts = Counts(0, 0)
        self._counted_s = self._expired_s = float("-inf")
        self._expired = self._unfit = 0
        self._fault = ""
        link.hear(self._topics.ack, self._on_ack)
        link.at_connect(self._on_connect)

    @property
    def state(self) -> SenderState:
        return SenderState(
            epoch=self._reader.epoch if self._reader is not None else "",
            waiting=self._counts.rows,
            oldest_s=self._oldest_s(),
            out=self._drain.out_rows,
            acked=self._drain.acked,
            evicted=self._counts.evicted,
            expired=self._expired,
            unfit=self._unfit,
            failures=self._drain.failures,
            fault=self._fault,
        )

    async def run(self) -> None:
        """Send for ever. A file that cannot be used is tried again, ever later; a damaged one is moved aside."""
        retry_s = self._poll_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox-reader")
        try:
            while True:
                try:
                    wait_s = await self._round()
                    retry_s = self._poll_s
                except StoreError as error:
                    await self._failed(error)
                    wait_s = retry_s = min(retry_s * 2, RETRY_MOST_S)
                await self._pause(wait_s)
        finally:
            reader, self._reader = self._reader, None
            if reader is not None:  # in the one thread, after whatever still runs there
                self._thread.submit(reader.close)
            self._thread.shutdown(wait=False)

    async def _on_ack(self, topic: str, payload: bytes) -> None:
        """The highest that has not been taken yet counts, the next round takes it."""
        ack = messages.decode(payload, Ack)
        if self._ack is None or self._ack.epoch != ack.epoch or self._ack.seq < ack.seq:
            self._ack = ack
        self._woken.set()

    def _on_connect(self) -> None:
        self._drain.connected(self._now_s())
        self._woken.set()

    def _on_answer(self, answer: Answer) -> None:
        match answer:
            case Answer.TAKEN:
                self._drain.confirmed()
            case Answer.LOST:
                self._drain.disconnected()
            case Answer.NOBODY | Answer.REFUSED:
                self._drain.refused(self._now_s())
        self._woken.set()

    async def _round(self) -> float:
        """Do what is to be done now; return how long to wait for something else to happen."""
        reader = await self._opened()
        await self._take_ack(reader)
        await self._keep_house(reader)
        step = self._drain.step(self._now_s())
        if isinstance(step, Read):
            window = await self._off(reader.read, step.after, step.limit)
            if window.unfit:
                await self._delete_unfit(reader, window.unfit)
                return 0.0
            if window.rows:
                self._send(window, reader.epoch)
                return 0.0
            return min(self._poll_s, self._drain.due_in_s(self._now_s()))
        return min(self._poll_s, step.for_s)

    async def _opened(self) -> OutboxReader:
        if self._reader is not None and await self._off(lambda reader: reader.replaced, self._reader):
            await self._off(self._close)
        if self._reader is None:
            self._reader = await self._off(OutboxReader, self._path)
            self._drain.opened(self._reader.epoch, self._now_s())
            self._fault_ended()
        return self._reader

    async def _take_ack(self, reader: OutboxReader) -> None:
        ack, self._ack = self._ack, None
        if ack is None:
            return
        if ack.epoch == reader.epoch and ack.seq > self._drain.sent_through:
            last = await self._off(lambda: reader.last_seq)
            if ack.seq > last:
                await self._begin_epoch(reader, ack.seq, last)
                return
        if through := self._drain.ack(ack.epoch, ack.seq, self._now_s()):
            await self._off(reader.delete_through, through)

    async def _begin_epoch(self, reader: OutboxReader, acked: int, last: int) -> None:
        _log.error(
            "outbox: the hub has rows up to %d, the outbox has given out %d: an older copy of it was put back."
            " It gets a new epoch, so that no row is taken for another.",
            acked,
            last,
        )
        self._drain.opened(await self._off(reader.renew_epoch), self._now_s())

    async def _keep_house(self, reader: OutboxReader) -> None:
        now_s = self._now_s()
        if now_s - self._expired_s >= EXPIRE_EVERY_S and self._clock.synchronised():
            self._expired_s = now_s
            self._expired += await self._off(reader.delete_expired, self._wall_ms())
        if now_s - self._counted_s >= COUNT_EVERY_S:
            self._counted_s = now_s
            self._counts = await self._off(reader.counts)

    async def _delete_unfit(self, reader: OutboxReader, sequences: tuple[int, ...]) -> None:
        await self._off(reader.delete, sequences)
        self._unfit += len(sequences)
        self._events.put(EventsLost(len(sequences), "unfit"))
        _log.error("outbox: %d rows from sequence %d on are damaged and were deleted", len(sequences), sequences[0])

    def _send(self, window: Window, epoch: str) -> None:
        """Note first and send then: an answer may come before the next line."""
        made = batches([*window.rows], epoch, self._boot, int(self._now_s() * 1000))
        self._drain.sent(len(window.rows), window.rows[-1].row.seq, len(made), self._now_s())
        for topic, payload in made:
            if not self._link.send(self._topics.history(topic), payload, self._on_answer):
                self._not_sent()
                return

    def _not_sent(self) -> None:
        if self._link.connected:
            self._drain.refused(self._now_s())
        else:
            self._drain.disconnected()

    async def _failed(self, error: StoreError) -> None:
        if str(error) != self._fault:
            _log.error("outbox: %s", error)
        self._fault = str(error)
        await self._off(self._close)
        if error.fault is StoreFault.DAMAGED and await self._off(set_aside_if_damaged, self._path):
            self._events.put(Trouble("store", "outbox-damaged"))

    def _fault_ended(self) -> None:
        if self._fault:
            _log.warning("outbox: works again")
        self._fault = ""

    def _close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    async def _off(self, function: Callable[..., T], *arguments: object) -> T:
        """Run `function` in the file's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    async def _pause(self, wait_s: float) -> None:
        if wait_s > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()
        self._woken.clear()

    def _oldest_s(self) -> float | None:
        counts = self._counts
        if counts.oldest_ms is None or counts.oldest_mono_ms is None:
            return None
        if counts.oldest_boot == self._boot:
            return max(0.0, self._now_s() - counts.oldest_mono_ms / 1000)
        return max(0.0, (self._wall_ms() - counts.oldest_ms) / 1000)

    def _now_s(self) -> float:
        return self._clock.monotonic_s()

    def _wall_ms(self) -> int:
        return max(0, int(self._clock.now().timestamp() * 1000))
