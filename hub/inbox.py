"""Messages between the MQTT thread and the one that writes: bounded by number and by bytes.

Mosquitto 2.0 sends all that it has queued for us once some was acknowledged, whatever our receive maximum (its issue
2301). So where there is no room the MQTT thread waits, and with it, over TCP, the broker. What still does not fit then
is not lost: it is never acknowledged, and the broker sends it again when the session is taken up again, which
`overflowed` asks for. Samples without acknowledgement (QoS 0) are dropped and counted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from hub.draft import Incoming

MOST_MESSAGES = 5_000
MOST_BYTES = 64 << 20
PATIENCE_S = 10.0
"""Shorter than the keep-alive: while the MQTT thread waits it sends no ping and no acknowledgement."""


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
    """Thread-safe. `put` waits at most `patience_s` for room."""

    def __init__(
        self, most_messages: int = MOST_MESSAGES, most_bytes: int = MOST_BYTES, patience_s: float = 0.0
    ) -> None:
        self._most_messages, self._most_bytes, self._patience_s = most_messages, most_bytes, patience_s
        self._waiting: deque[Waiting] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._overflowed = False
        self._closed = False
        self.dropped = 0

    def put(self, waiting: Waiting) -> bool:
        """Take `waiting` in; False if there was no room. Waits for it only once in a row."""
        size = len(waiting.message.payload)
        with self._changed:
            if waiting.receipt is not None and not self._overflowed:
                self._changed.wait_for(lambda: self._closed or self._fits(size), self._patience_s)
            if not self._fits(size):
                self._overflowed = self._overflowed or waiting.receipt is not None
                self.dropped += waiting.receipt is None
                return False
            self._waiting.append(waiting)
            self._bytes += size
            self._changed.notify_all()
        return True

    def _fits(self, size: int) -> bool:
        return len(self._waiting) < self._most_messages and self._bytes + size <= self._most_bytes

    def take(self, most: int, first_s: float, more_s: float, quiet_s: float) -> list[Waiting]:
        """Up to `most` messages: waits `first_s` for one, then `more_s` for more, or till `quiet_s` brought none."""
        taken: list[Waiting] = []
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, first_s)
            deadline_s = time.monotonic() + more_s
            while self._waiting and len(taken) < most:
                self._move(taken, most)
                left_s = min(quiet_s, deadline_s - time.monotonic())
                if len(taken) < most and left_s > 0 and not self._closed:
                    self._changed.wait_for(lambda: bool(self._waiting) or self._closed, left_s)
        return taken

    def _move(self, taken: list[Waiting], most: int) -> None:
        while self._waiting and len(taken) < most:
            taken.append(self._waiting.popleft())
            self._bytes -= len(taken[-1].message.payload)
        self._changed.notify_all()

    def overflowed(self) -> bool:
        """Whether messages must be asked for again, now that there is room; tells it once."""
        with self._changed:
            if self._waiting or not self._overflowed:
                return False
            self._overflowed = False
            return True

    def clear(self) -> None:
        """Another connection: what came by the one before is sent again."""
        with self._changed:
            self._waiting.clear()
            self._bytes = 0

    def close(self) -> None:
        """Wake whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._waiting)
