"""What the emulated HiLink radars share: the report beat, configuration mode, stored settings, restart, faults."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import ClassVar

from drivers.emulators.emulator import Fault
from drivers.hilink.framing import Envelope, Framer, wrap
from drivers.hilink.protocol import BAUD_INDEX, NO_MAC, Command

REPORT_S = 0.1
BOOT_S = 1.0
LONGEST_ARREARS_S = 1.0
MAC_ADDRESS = bytes.fromhex("8f272eb80f65")
_BAUD_OF_INDEX = {index: baud for baud, index in BAUD_INDEX.items()}

Handler = Callable[[bytes], bytes | None]
"""value of a command -> payload of the answer; None: refused"""


class HilinkEmulator:
    """A model adds `_report` and its own commands.

    Outside of configuration mode all commands but FF and FE are without effect and without answer, as the manual says.
    """

    FAULTS: ClassVar[frozenset[Fault]] = frozenset({Fault.SILENCE, Fault.NOISE, Fault.TRUNCATED, Fault.STUCK})
    FIRMWARE: ClassVar[bytes]
    """payload of the answer to A0"""

    def __init__(self, baud: int = 256000) -> None:
        self.faults: set[Fault] = set()
        self.baud = self._stored_baud = baud
        """what it speaks; a new rate is stored at once and spoken after a restart"""
        self.bluetooth = self._stored_bluetooth = True
        self.configuring = False
        self.restarts = 0
        self._framer = Framer()
        self._noise = random.Random(2410)  # noqa: S311 - the fault repeats exactly
        self._now_s = self._up_s = 0.0
        self._next_s: float | None = None
        self._frames = 0
        self._stuck: bytes | None = None
        self._commands: dict[int, Handler] = {
            Command.FIRMWARE: lambda _value: self.FIRMWARE,
            Command.BAUD_SET: self._set_baud,
            Command.FACTORY_RESET: self._factory_reset,
            Command.RESTART: lambda _value: b"",
            Command.BLUETOOTH_SET: self._set_bluetooth,
            Command.MAC: lambda _value: MAC_ADDRESS if self.bluetooth else NO_MAC,
        }

    def takes(self) -> bool:
        """A radar has no flow control."""
        return True

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Answers to the commands in `data`."""
        self._now_s = now_s
        if Fault.SILENCE in self.faults or now_s < self._up_s:
            return b""
        return b"".join(self._answer(frame.body) for frame in self._framer.feed(data) if len(frame.body) >= 2)

    def due(self, now_s: float) -> bytes:
        """The reports up to `now_s`; none in configuration mode."""
        self._now_s = now_s
        if self._next_s is None or now_s - self._next_s > LONGEST_ARREARS_S:
            self._next_s = now_s if self._next_s is None else now_s - LONGEST_ARREARS_S + REPORT_S
        sent = []
        while self._next_s <= now_s:
            if not self.configuring and Fault.SILENCE not in self.faults:
                sent.append(self._frame(self._next_s))
            self._next_s += REPORT_S
        return b"".join(sent)

    def _frame(self, at_s: float) -> bytes:
        frame = self._report(at_s)
        if Fault.STUCK not in self.faults:
            self._stuck = None
        else:
            frame = self._stuck = self._stuck or frame
        self._frames += 1
        if Fault.TRUNCATED in self.faults and self._frames % 3 == 0:
            frame = frame[: len(frame) // 2]
        if Fault.NOISE in self.faults:
            frame = self._noise.randbytes(self._noise.randrange(1, 24)) + frame
        return frame

    def _report(self, at_s: float) -> bytes:
        """The frame of one instant."""
        raise NotImplementedError

    def _answer(self, body: bytes) -> bytes:
        word, value = int.from_bytes(body[:2], "little"), body[2:]
        if word == Command.CONFIG_OPEN:
            self.configuring = True
            return _ack(word, struct.pack("<HH", 1, 64))
        if word == Command.CONFIG_CLOSE:
            self.configuring = False
            return _ack(word, b"")
        if not self.configuring:
            return b""
        handler = self._commands.get(word)
        answer = _ack(word, handler(value) if handler else None)
        if word == Command.RESTART:
            self._restart()
        return answer

    def _restart(self) -> None:
        self.configuring = False
        self.restarts += 1
        self.baud, self.bluetooth = self._stored_baud, self._stored_bluetooth
        self._next_s = self._up_s = self._now_s + BOOT_S

    def _set_baud(self, value: bytes) -> bytes | None:
        baud = _BAUD_OF_INDEX.get(int.from_bytes(value, "little"))
        if baud is None:
            return None
        self._stored_baud = baud
        return b""

    def _set_bluetooth(self, value: bytes) -> bytes | None:
        if len(value) != 2:
            return None
        self._stored_bluetooth = any(value)
        return b""

    def _factory_reset(self, value: bytes) -> bytes:
        self._stored_baud, self._stored_bluetooth = 256000, True
        return b""


def _ack(word: int, payload: bytes | None) -> bytes:
    status = int(payload is None)
    return wrap(Envelope.COMMAND, struct.pack("<HH", word | 0x0100, status) + (payload or b""))
