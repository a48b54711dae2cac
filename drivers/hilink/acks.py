"""Answers of a module to commands: word | 0x0100, status u16 (0 = done), then what was asked for.

Manual errors that were met: the LD2410C's example of a MAC answer declares one byte less than it shows (the length
wins: no frame), and its firmware example prints another number than its bytes say.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from drivers.hilink.framing import FrameError
from drivers.hilink.protocol import (
    GATES,
    NO_MAC,
    RESOLUTIONS_CM,
    AckValue,
    Command,
    ConfigOpened,
    Firmware,
    LightFunction,
    LightMode,
    Mac,
    Parameters,
    Resolution,
    Tracking,
    Zone,
    ZoneMode,
    Zones,
)


@dataclass(frozen=True, slots=True)
class Ack:
    """One answer; `value` where the command asks for something and was done."""

    command: Command | int
    """a plain int where the word is not known"""
    status: int
    value: AckValue | None = None

    @property
    def ok(self) -> bool:
        """Whether the module did it."""
        return self.status == 0


def decode_ack(body: bytes) -> Ack:
    """Read the body of a command frame.

    Raises:
        FrameError: not an answer, or its payload has a length or values that its command does not have.
    """
    if len(body) < 4 or body[1] != 1:
        raise FrameError("not an answer to a command")
    word, status = body[0], int.from_bytes(body[2:4], "little")
    command = _COMMANDS.get(word, word)
    reader = _READERS.get(word)
    if status or reader is None:
        return Ack(command, status)
    payload = body[4:]
    if len(payload) != reader[0]:
        raise FrameError(f"answer to {word:02X} with {len(payload)} bytes instead of {reader[0]}")
    return Ack(command, status, reader[1](payload))


def _opened(payload: bytes) -> ConfigOpened:
    return ConfigOpened(*struct.unpack("<HH", payload))


def _parameters(payload: bytes) -> Parameters:
    head, last, moving, still = payload[:4]
    sensitivities = payload[4 : 4 + 2 * GATES]
    if head != 0xAA or max(last, moving, still) >= GATES or max(sensitivities) > 100:
        raise FrameError("parameters out of their limits")
    timeout_s = int.from_bytes(payload[-2:], "little")
    return Parameters(last, moving, still, tuple(sensitivities[:GATES]), tuple(sensitivities[GATES:]), timeout_s)


def _firmware(payload: bytes) -> Firmware:
    minor, major, build = struct.unpack("<2xBBI", payload)
    return Firmware(major, minor, build, int.from_bytes(payload[:2], "big"))


def _mac(payload: bytes) -> Mac:
    return Mac(None if payload == NO_MAC else payload.hex(":"))


def _resolution(payload: bytes) -> Resolution:
    index = int.from_bytes(payload, "little")
    if index >= len(RESOLUTIONS_CM):
        raise FrameError(f"unknown resolution {index}")
    return Resolution(RESOLUTIONS_CM[index])


def _light(payload: bytes) -> LightFunction:
    mode, threshold, idle = struct.unpack("<BBH", payload)
    if mode >= len(LightMode) or idle > 1:
        raise FrameError("light function out of its limits")
    return LightFunction(tuple(LightMode)[mode], threshold, bool(idle))


def _tracking(payload: bytes) -> Tracking:
    mode = int.from_bytes(payload, "little")
    if mode not in (1, 2):
        raise FrameError(f"unknown tracking mode {mode}")
    return Tracking(mode == 2)


def _zones(payload: bytes) -> Zones:
    mode, *corners = struct.unpack("<H12h", payload)
    if mode >= len(ZoneMode):
        raise FrameError(f"unknown zone mode {mode}")
    first, second, third = (Zone(*corners[at : at + 4]) for at in (0, 4, 8))
    return Zones(tuple(ZoneMode)[mode], (first, second, third))


_COMMANDS: dict[int, Command] = {int(command): command for command in Command}

_READERS: dict[int, tuple[int, Callable[[bytes], AckValue]]] = {
    Command.CONFIG_OPEN: (4, _opened),
    Command.PARAMETERS: (4 + 2 * GATES + 2, _parameters),
    Command.FIRMWARE: (8, _firmware),
    Command.MAC: (6, _mac),
    Command.RESOLUTION: (2, _resolution),
    Command.LIGHT: (4, _light),
    Command.TRACKING: (2, _tracking),
    Command.ZONES: (26, _zones),
}
"""By command word: length of the payload, and how it is read."""
