"""Messages between the MQTT thread and the one that writes: bounded by number and by bytes.

What does not fit is not lost: it is never acknowledged, and the broker sends it again when the session is taken up
again, which `overflowed` asks for. Samples without acknowledgement (QoS 0) are dropped and counted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from hub.draft import Incoming

MOST_MESSAGES = 5_000
MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """How to acknowledge a message: its id in the session, and which connection it came by (another's must not be)."""

    mid: int
    connection: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits to be written; `receipt` is None for QoS 0."""

    message: Incoming
    receipt: Receipt | None


class Inbox:
    """Thread-safe."""

    def __init__(self, most_messages: int = MOST_MESSAGES, most_bytes: int = MOST_BYTES) -> None:
        self._most_messages, self._most_bytes = most_messages, most_bytes
        self._waiting: deque[Waiting] = deque()
        self._bytes = 0
        self._filled = threading.Condition()
        self._overflowed = False
        self._closed = False
        self.dropped = 0

    def put(self, waiting: Waiting) -> bool:
        """Take `waiting` in if there is room; never blocks."""
        with self._filled:
            size = len(waiting.message.payload)
            if len(self._waiting) >= self._most_messages or self._bytes + size > self._most_bytes:
                self._overflowed = self._overflowed or waiting.receipt is not None
                self.dropped += waiting.receipt is None
                return False
            self._waiting.append(waiting)
            self._bytes += size
            self._filled.notify()
        return True

    def take(self, most: int, first_s: float, more_s: float, quiet_s: float) -> list[Waiting]:
        """Up to `most` messages: waits `first_s` for one, then `more_s` for more, or till `quiet_s` brought none."""
        taken: list[Waiting] = []
        with self._filled:
            self._filled.wait_for(lambda: self._waiting or self._closed, first_s)
            deadline_s = time.monotonic() + more_s
            while self._waiting and len(taken) < most:
                self._move(taken, most)
                left_s = min(quiet_s, deadline_s - time.monotonic())
                if len(taken) < most and left_s > 0 and not self._closed:
                    self._filled.wait_for(lambda: bool(self._waiting) or self._closed, left_s)
        return taken

    def _move(self, taken: list[Waiting], most: int) -> None:
        while self._waiting and len(taken) < most:
            taken.append(self._waiting.popleft())
            self._bytes -= len(taken[-1].message.payload)

    def overflowed(self) -> bool:
        """Whether messages must be asked for again, now that there is room; tells it once."""
        with self._filled:
            if self._waiting or not self._overflowed:
                return False
            self._overflowed = False
            return True

    def clear(self) -> None:
        """Another connection: what came by the one before is sent again."""
        with self._filled:
            self._waiting.clear()
            self._bytes = 0

    def close(self) -> None:
        """Wake whoever waits."""
        with self._filled:
            self._closed = True
            self._filled.notify_all()

    def __len__(self) -> int:
        return len(self._waiting)
