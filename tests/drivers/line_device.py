"""The smallest serial device there is, for tests of what carries it: lines "=NUMBER", and "?" asks for one."""

from __future__ import annotations

from drivers.codec import Counters
from drivers.device import Traits
from drivers.emulators.emulator import Fault
from drivers.readings import Light, Value

LINE_TRAITS = Traits("line", baud_rates=(9600,), confirm_frames=1, stale_s=5.0, listen_s=1.5)
LONGEST = 16


class LineDevice:
    """Confirms, polls and writes as it is told; "=x" is a refused frame, all else is junk."""

    def __init__(self, traits: Traits = LINE_TRAITS, *, poll_s: float | None = None, question: bytes = b"?") -> None:
        self.traits = traits
        self.counters = Counters()
        self.foreign = self.problem = ""
        self.fed: list[float] = []
        self._held = b""
        self._poll_s, self._question, self._next_s = poll_s, question, float("-inf")

    def feed(self, data: bytes, now_s: float) -> list[Value]:
        self.fed.append(now_s)
        *lines, self._held = (self._held + data).split(b"\n")
        if len(self._held) > LONGEST:
            self.counters.junk_bytes += len(self._held)
            self._held = b""
        return [value for line in lines for value in self._line(line)]

    def _line(self, line: bytes) -> list[Value]:
        if line[:1] == b"=" and line[1:].isdigit() and len(line) <= LONGEST:
            self.counters.frames += 1
            return [Light(raw=int(line[1:]))]
        self.counters.bad_frames += line[:1] == b"="
        self.counters.junk_bytes += len(line) + 1
        return []

    def due(self, now_s: float) -> bytes:
        if self._poll_s is None or now_s < self._next_s:
            return b""
        self._next_s = now_s + self._poll_s
        return self._question

    def next_due_s(self) -> float | None:
        return None if self._poll_s is None else self._next_s


class LineEmulator:
    """Sends "=1", "=2" ... each `period_s`, and "=7" for each "?"; the fault FLOOD is over after its megabyte."""

    def __init__(self, *, period_s: float | None = 0.02) -> None:
        self.faults: set[Fault] = set()
        self.received = bytearray()
        self.sent = 0
        self._period_s, self._next_s = period_s, 0.0

    def receive(self, data: bytes, now_s: float) -> bytes:
        self.received += data
        return b"" if Fault.SILENCE in self.faults else b"=7\n" * data.count(b"?")

    def due(self, now_s: float) -> bytes:
        if self._period_s is None or now_s < self._next_s or Fault.SILENCE in self.faults:
            return b""
        self._next_s = now_s + self._period_s
        self.sent += 1
        if Fault.FLOOD in self.faults:
            self.faults.remove(Fault.FLOOD)
            return b"#" * 1_000_000
        return b"=%d\n" % self.sent

    def takes(self) -> bool:
        return Fault.STALL not in self.faults
