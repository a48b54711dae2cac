"""One opening of a printer's port: asks, sends, confirms; never waits without a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from drivers.link import Link
from drivers.printers.language import Conversation
from drivers.printers.status import Trouble

__all__ = ["Session", "Timing"]

CHUNK_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient the port is, in seconds."""

    tick_s: float = 0.02
    """how often the port is looked at while something is under way"""
    answer_s: float = 3.0
    """a status is answered within this"""
    stalled_s: float = 20.0
    """no byte taken for so long: the job has failed"""
    ask_again_s: float = 0.5
    """between two questions after a job"""
    confirm_s: float = 40.0
    """the printer says within this that it has printed"""
    busy_s: float = 60.0
    """a printer that only says that it is busy is reset after this"""
    poll_s: float = 10.0
    """between two statuses while nothing is to be printed"""
    poll_waiting_s: float = 2.0
    """and while a job waits for the printer to get well"""
    reopen_first_s: float = 1.0
    reopen_most_s: float = 30.0


class Session:
    """`heard_s` is when the printer last said something whole; all methods raise LinkLost once the port is gone."""

    def __init__(self, link: Link, talk: Conversation, monotonic_s: Callable[[], float], timing: Timing) -> None:
        self.talk = talk
        self.opened_s = monotonic_s()
        self.heard_s: float | None = None
        self._link = link
        self._monotonic_s = monotonic_s
        self._timing = timing
        self._frames = 0
        self._asked_s: float | None = None

    def listen(self) -> None:
        """Take in what has arrived, at most one read of it: a flood must not hold the loop."""
        if data := self._link.read_available():
            self.talk.feed(data)
        if self.talk.counters.frames != self._frames:
            self._frames = self.talk.counters.frames
            self.heard_s = self._monotonic_s()

    async def open(self) -> Trouble | None:
        """Make the printer forget what came before."""
        return await self.send(self.talk.opened(), watched=False)

    async def check(self) -> Trouble | None:
        """Ask for a status: None when it came in time, else SILENT, or STALLED when not even the question got out."""
        self.listen()
        if trouble := await self.send(self.talk.ask(), watched=False):
            return trouble
        deadline_s = self._monotonic_s() + self._timing.answer_s
        while not self.talk.answered and self._monotonic_s() < deadline_s:
            await asyncio.sleep(self._timing.tick_s)
            self.listen()
        return None if self.talk.answered else Trouble.SILENT

    async def print(self, data: bytes, copies: int) -> Trouble | None:
        """Send one job and wait until it is on paper; None when it is."""
        self.talk.job_begins(copies)
        if trouble := await self.send(data):
            return trouble
        self.talk.job_sent()
        return await self._confirmed()

    async def send(self, data: bytes, *, watched: bool = True) -> Trouble | None:
        """Hand all of `data` to the kernel; STALLED when none of it is taken for a while.

        `watched`: a trouble that the printer tells of meanwhile ends it.
        """
        at, progress_s = 0, self._monotonic_s()
        while at < len(data):
            self.listen()
            if watched and (trouble := self._trouble()):
                return trouble
            taken = 0 if self.talk.stopped else self._link.write(data[at : at + CHUNK_BYTES])
            at += taken
            if taken:
                progress_s = self._monotonic_s()
            elif self._monotonic_s() - progress_s >= self._timing.stalled_s:
                return Trouble.STALLED
            await asyncio.sleep(0 if taken else self._timing.tick_s)
        return None

    async def _confirmed(self) -> Trouble | None:
        sent_s, frames = self._monotonic_s(), self._frames
        self._asked_s = None
        while self._monotonic_s() - sent_s < self._timing.confirm_s:
            self.listen()
            if trouble := self._trouble():
                return trouble
            if self.talk.printed:
                return None
            if self.talk.asks_to_confirm and self._may_ask():
                self._asked_s = self._monotonic_s()
                if trouble := await self.send(self.talk.ask()):
                    return trouble
            await asyncio.sleep(self._timing.tick_s)
        return Trouble.UNCONFIRMED if self._frames > frames else Trouble.SILENT

    def _may_ask(self) -> bool:
        """Not before the last question was answered, or its time is over: answers would be taken for each other's."""
        if self._asked_s is None:
            return True
        patience_s = self._timing.ask_again_s if self.talk.answered else self._timing.answer_s
        return self._monotonic_s() - self._asked_s >= patience_s

    def _trouble(self) -> Trouble | None:
        return self.talk.status.trouble if self.talk.status else None

    def close(self) -> None:
        """Give the port back."""
        self._link.close()
