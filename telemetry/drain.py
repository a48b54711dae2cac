"""What of the outbox is sent when: a state machine over acknowledgements, answers of the broker, rate and time. Pure.

It counts and decides; `telemetry.sender` reads, sends and deletes. Times are seconds on a monotonic clock.

A round sends rising sequences from the oldest row there is. It ends, and the next begins, when the connection is lost,
when the broker says that nobody listens or that it refuses, and when rows are out and the hub's watermark has not moved
for `ack_timeout_s`. Each failure in a row doubles the wait; after one only PROBE_ROWS go until the hub acknowledges.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

MOST_READ_ROWS = 200
MOST_UNCONFIRMED = 20
PROBE_ROWS = 20


@dataclass(frozen=True, slots=True)
class DrainPace:
    """Rows a second (and as many at once), rows out before the hub must have acknowledged some, and how long is waited.

    `settle_s`: after a connect the hub's retained `ack` is waited for so long, as it may save sending rows again.
    """

    rows_per_s: float = 50.0
    ack_timeout_s: float = 20.0
    most_timeout_s: float = 300.0
    refused_s: float = 5.0
    window_rows: int = 500
    settle_s: float = 2.0

    @property
    def burst_rows(self) -> float:
        return max(1.0, self.rows_per_s)

    @property
    def least_rows(self) -> int:
        """So many are waited for when the rate is used up, lest every row be a message of its own."""
        return max(1, min(MOST_READ_ROWS, int(self.rows_per_s / 2)))


@dataclass(frozen=True, slots=True)
class Read:
    """Read up to `limit` rows after sequence `after` and send them."""

    after: int
    limit: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be sent for `for_s`, or until something happens (infinite)."""

    for_s: float = math.inf


class Drain:
    """The state. Call `step` after everything that happens; it says what is to be done next."""

    def __init__(self, pace: DrainPace = DrainPace()) -> None:
        self._pace = pace
        self._epoch = ""
        self._connected = False
        self._acked = 0
        self._cursor = 0
        self._sent_through = 0
        self._out: deque[tuple[int, int]] = deque()
        self._out_rows = 0
        self._unconfirmed = 0
        self._progress_s = 0.0
        self._hold_until_s = 0.0
        self._settling = False
        self._failures = 0
        self._tokens = pace.burst_rows
        self._filled_s = 0.0

    @property
    def out_rows(self) -> int:
        """Rows that are sent and not yet acknowledged by the hub."""
        return self._out_rows

    @property
    def acked(self) -> int:
        """The hub's watermark, as far as it was told since the outbox was opened."""
        return self._acked

    @property
    def sent_through(self) -> int:
        """The highest sequence sent of this epoch: an acknowledgement beyond it is from before our time, or odd."""
        return self._sent_through

    @property
    def failures(self) -> int:
        """How often in a row sending came to nothing; 0 while the hub acknowledges."""
        return self._failures

    def opened(self, epoch: str, now_s: float) -> None:
        """The outbox is open; if it is another one than before, everything begins anew."""
        if epoch != self._epoch:
            self._epoch = epoch
            self._acked = self._sent_through = self._failures = 0
            self._hold_until_s = now_s
        self._rewind(now_s)

    def connected(self, now_s: float) -> None:
        """The broker has accepted us."""
        self._connected = True
        self._settling = True
        self._failures = 0
        self._hold_until_s = now_s + self._pace.settle_s
        self._rewind(now_s)

    def disconnected(self) -> None:
        """The connection is lost, and every answer with it."""
        self._connected = False

    def ack(self, epoch: str, seq: int, now_s: float) -> int:
        """The hub's watermark. Returns up to which sequence may be deleted, 0 for an ack that is old or not ours."""
        if epoch != self._epoch or not self._epoch or seq < self._acked:
            return 0
        if self._settling:
            self._settling = False
            self._hold_until_s = now_s
        if seq == self._acked:
            return 0
        self._acked = seq
        self._cursor = max(self._cursor, seq)
        while self._out and self._out[0][0] <= seq:
            self._out_rows -= self._out.popleft()[1]
        self._failures = 0
        self._hold_until_s = self._progress_s = now_s
        return seq

    def sent(self, rows: int, last: int, messages: int, now_s: float) -> None:
        """`rows` rows up to sequence `last` were given to the link, in `messages` messages."""
        if not self._out:
            self._progress_s = now_s
        self._out.append((last, rows))
        self._out_rows += rows
        self._unconfirmed += messages
        self._tokens -= rows
        self._cursor = last
        self._sent_through = max(self._sent_through, last)

    def confirmed(self) -> None:
        """The broker has taken one message. That deletes nothing: it may still forget it."""
        self._unconfirmed = max(0, self._unconfirmed - 1)

    def refused(self, now_s: float) -> None:
        """The broker refused a message, or has nobody to give it to (0x10)."""
        if not self._out:
            return  # the rest of a round that has failed already
        self._failures += 1
        self._hold_until_s = now_s + self._doubled(self._pace.refused_s, self._failures - 1)
        self._rewind(now_s)

    def step(self, now_s: float) -> Read | Wait:
        """What to do now."""
        if not self._connected or not self._epoch:
            return Wait()
        if self._out and now_s >= self._due_s:
            self._failures += 1
            self._rewind(now_s)
        if now_s < self._hold_until_s:
            return Wait(self._hold_until_s - now_s)
        self._settling = False
        room = min(self._window - self._out_rows, MOST_READ_ROWS)
        if room <= 0 or self._unconfirmed >= MOST_UNCONFIRMED:
            return Wait(max(0.0, self._due_s - now_s) if self._out else math.inf)
        return self._within_rate(room, now_s)

    def due_in_s(self, now_s: float) -> float:
        """Until the hub is late, infinite when nothing is out."""
        return max(0.0, self._due_s - now_s) if self._out else math.inf

    @property
    def _due_s(self) -> float:
        return self._progress_s + self._doubled(self._pace.ack_timeout_s, self._failures)

    @property
    def _window(self) -> int:
        return min(PROBE_ROWS, self._pace.window_rows) if self._failures else self._pace.window_rows

    def _doubled(self, first_s: float, times: int) -> float:
        return float(min(first_s * 2 ** min(times, 20), self._pace.most_timeout_s))

    def _within_rate(self, room: int, now_s: float) -> Read | Wait:
        passed_s, self._filled_s = max(0.0, now_s - self._filled_s), now_s
        self._tokens = min(self._pace.burst_rows, self._tokens + passed_s * self._pace.rows_per_s)
        wanted = min(room, self._pace.least_rows)
        if self._tokens < wanted:
            # A little longer than the division says, which may round down and then never suffice.
            return Wait((wanted - self._tokens) / self._pace.rows_per_s + 0.001)
        return Read(self._cursor, min(room, int(self._tokens)))

    def _rewind(self, now_s: float) -> None:
        self._cursor = self._acked
        self._out.clear()
        self._out_rows = self._unconfirmed = 0
        self._progress_s = now_s
