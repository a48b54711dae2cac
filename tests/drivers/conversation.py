"""A device and an emulator in virtual time, joined as by a cable; each sees the other's bytes at once."""

from __future__ import annotations

from drivers.device import SerialDevice
from drivers.emulators.emulator import Emulator
from drivers.readings import Value


class Conversation:
    """`run` lets time pass as the supervisor does: it wakes when either has something to say."""

    TICK_S = 0.05

    def __init__(self, device: SerialDevice, emulator: Emulator, now_s: float = 1000.0) -> None:
        self.device, self.emulator, self.now_s = device, emulator, now_s
        self.told: list[tuple[float, Value]] = []
        self.written: list[bytes] = []

    def run(self, seconds: float) -> list[Value]:
        """What the device told in this time."""
        before, end_s = len(self.told), self.now_s + seconds
        while True:
            self._exchange()
            if self.now_s >= end_s:
                return [value for _, value in self.told[before:]]
            due_s = self.device.next_due_s()
            wake_s = end_s if due_s is None else max(due_s, self.now_s + 0.005)
            self.now_s = min(wake_s, self.now_s + self.TICK_S, end_s)

    def _exchange(self) -> None:
        request = self.device.due(self.now_s)
        assert len(request) <= 4096
        if request:
            self.written.append(request)
        answer = self.emulator.receive(request, self.now_s) + self.emulator.due(self.now_s)
        self.told += [(self.now_s, value) for value in self.device.feed(answer, self.now_s)]
