"""What is heard of one serial device over many openings of its port: confirmed, silent, or something else. Pure.

The time comes in as an argument. A series of openings begins when the port appears and ends when it goes; within it
each baud rate is listened to in turn until the device is confirmed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf

from drivers.codec import Counters
from drivers.device import Condition, SerialDevice, Traits

REOPEN_SILENT_S = 60.0
"""Stale for so long: the port is opened anew, which frees a stuck adapter and finds a changed baud rate."""
LONGER = 8
"""Once all baud rates were tried, each is listened to so much longer: devices wake themselves in that time."""
FOREIGN_BYTES = 64
"""So many bytes that belong to no frame, and no frame: this is not the device ..."""
DAMAGED_BYTES = 16
"""... unless there is a refused frame for each 16 of them: then it is, but its check sums or its wires are bad."""


def foreign_name(device: SerialDevice) -> str:
    """What `device` has recognised instead of its own kind, where it can: its optional attribute `foreign`."""
    return str(getattr(device, "foreign", ""))


def complaint(device: SerialDevice) -> str:
    """What `device` says is wrong with itself or its wire, a sentence, where it can: its optional `problem`."""
    return str(getattr(device, "problem", ""))


@dataclass(slots=True)
class _Opening:
    device: SerialDevice
    baud: int
    heard_s: float
    """of the last valid frame; before the first, of the opening"""
    listen_until_s: float
    confirmed_s: float | None = None
    frames: int = 0
    junk_mark: int = 0
    bad_mark: int = 0

    @property
    def strange_bytes(self) -> int:
        """Since the last valid frame of a confirmed device, without those of damaged frames."""
        counters = self.device.counters
        damaged = (counters.bad_frames - self.bad_mark) * DAMAGED_BYTES
        return max(0, counters.junk_bytes - self.junk_mark - damaged)


class Hearing:
    """Of one device; `rates` are its baud rates, the one that worked last first.

    Call `opened`, then `heard` after all that was fed, `condition` and `over` as time goes, `closed`; and `lost` when
    the port failed or could not be opened.
    """

    def __init__(self, traits: Traits, rates: tuple[int, ...]) -> None:
        self._traits = traits
        self.rates = rates
        self.reopened = 0
        self.last_frame_s: float | None = None
        self.confirmed_for_s = 0.0
        """how long the opening closed last had been confirmed; 0.0 when it was not"""
        self._opening: _Opening | None = None
        self._past = Counters()
        self._strange_before: deque[int] = deque(maxlen=len(rates))
        self._silent_since_s: float | None = None
        self._unheard = 0
        self._openings = 0
        self._recovers = False

    @property
    def counters(self) -> Counters:
        """All since the start."""
        past, now = self._past, self._opening.device.counters if self._opening else Counters()
        return Counters(past.frames + now.frames, past.bad_frames + now.bad_frames, past.junk_bytes + now.junk_bytes)

    def opened(self, device: SerialDevice, baud: int, now_s: float) -> None:
        """The port was opened at `baud`, with a new `device`."""
        longer = LONGER if self._tried_all else 1
        self._opening = _Opening(device, baud, now_s, now_s + self._traits.listen_s * longer)
        if self._silent_since_s is None:
            self._silent_since_s = now_s
        self.reopened += self._recovers and self._openings > 0
        self._recovers = False
        self._openings += 1
        if not self._traits.confirm_frames:  # speaks only when somebody uses it: being open is all there is to know
            self._confirm(self._opening, now_s)

    def heard(self, now_s: float) -> bool:
        """Bytes were fed. Returns whether it is the device: only then do its readings count."""
        opening = self._opened
        frames = opening.device.counters.frames
        if frames > opening.frames:
            opening.frames, opening.heard_s, self.last_frame_s = frames, now_s, now_s
            if frames >= self._traits.confirm_frames:
                self._confirm(opening, now_s)
        return opening.confirmed_s is not None

    def _confirm(self, opening: _Opening, now_s: float) -> None:
        counters = opening.device.counters
        opening.junk_mark, opening.bad_mark = counters.junk_bytes, counters.bad_frames
        self._silent_since_s = now_s
        if opening.confirmed_s is None:
            opening.confirmed_s = now_s
            self.rates = (opening.baud, *(rate for rate in self.rates if rate != opening.baud))
            self._strange_before.clear()
            self._unheard = 0

    def condition(self, now_s: float) -> Condition | None:
        """How it is; None while that cannot be told yet, and what was before stays."""
        opening = self._opened
        if foreign_name(opening.device):
            return Condition.FOREIGN
        if now_s < self._stale_at_s:
            return Condition.HEALTHY if opening.confirmed_s is not None else None
        if opening.confirmed_s is None and not self._tried_all:
            return None
        strange_bytes = opening.strange_bytes + sum(self._strange_before)
        return Condition.FOREIGN if strange_bytes >= FOREIGN_BYTES else Condition.STALE

    def over(self, now_s: float) -> bool:
        """Whether this opening has lasted long enough, and the next baud rate or a new opening is due."""
        return now_s >= self._over_at_s

    def next_s(self, now_s: float) -> float:
        """When `condition` or `over` may change by time alone."""
        return min(self._over_at_s, self._stale_at_s if self._stale_at_s > now_s else inf)

    def closed(self, now_s: float) -> None:
        """The port was closed, whatever the reason."""
        opening = self._opened
        self._past, self._opening = self.counters, None
        self._strange_before.append(opening.strange_bytes)
        self._recovers = opening.confirmed_s is not None
        self._unheard += not self._recovers
        self.confirmed_for_s = 0.0 if opening.confirmed_s is None else now_s - opening.confirmed_s

    def lost(self) -> None:
        """The port went away or did not open: this series is over."""
        self._silent_since_s, self._unheard, self.confirmed_for_s = None, 0, 0.0
        self._strange_before.clear()
        self._recovers = True

    @property
    def _opened(self) -> _Opening:
        assert self._opening is not None, "used while closed"  # noqa: S101 - a fault of our own
        return self._opening

    @property
    def _tried_all(self) -> bool:
        return self._unheard >= len(self.rates) or len(self.rates) == 1

    @property
    def _stale_at_s(self) -> float:
        return inf if self._silent_since_s is None else self._silent_since_s + self._traits.stale_s

    @property
    def _over_at_s(self) -> float:
        opening = self._opened
        if opening.confirmed_s is not None or len(self.rates) == 1 or foreign_name(opening.device):
            return opening.heard_s + self._traits.stale_s + REOPEN_SILENT_S
        if opening.frames:
            return max(opening.listen_until_s, opening.heard_s + self._traits.listen_s)
        return opening.listen_until_s
