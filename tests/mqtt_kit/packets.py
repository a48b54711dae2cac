"""As much of MQTT 5 as a simulated unit speaks: packets to bytes and back. Pure; for thousands of clients in a loop.

>>> reader = PacketReader()
>>> reader.feed(puback(7))
[Packet(kind=4, flags=0, body=b'\\x00\\x07')]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 9, 13, 14
LARGEST_BYTES = 2 << 20
_RECEIVE_MAXIMUM = 20


@dataclass(frozen=True, slots=True)
class Packet:
    """One control packet; `body` is all after the length."""

    kind: int
    flags: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Published:
    """A PUBLISH; `mid` is 0 for QoS 0."""

    topic: str
    payload: bytes
    mid: int


class PacketReader:
    """Cuts a stream into packets. Raises ValueError for what is no MQTT or is too large."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that are whole now."""
        buffer, at, found = self._rest + data, 0, list[Packet]()
        while (length := _length(buffer, at + 1)) is not None:
            size, begin = length
            if size > LARGEST_BYTES:
                raise ValueError(f"a packet of {size} bytes")
            if len(buffer) < begin + size:
                break
            found.append(Packet(buffer[at] >> 4, buffer[at] & 15, buffer[begin : begin + size]))
            at = begin + size
        self._rest = buffer[at:]
        return found


def connect(client: str, keepalive_s: int, session_s: int, will: tuple[str, bytes], will_delay_s: int) -> bytes:
    """CONNECT of a session that goes on, with a retained will of QoS 1."""
    flags = 0x20 | 0x08 | 0x04
    properties = b"\x11" + session_s.to_bytes(4, "big") + b"\x21" + _RECEIVE_MAXIMUM.to_bytes(2, "big")
    will_properties = b"\x18" + will_delay_s.to_bytes(4, "big")
    head = _text("MQTT") + bytes((5, flags)) + keepalive_s.to_bytes(2, "big") + _counted(properties)
    return _packet(0x10, head + _text(client) + _counted(will_properties) + _text(will[0]) + _binary(will[1]))


def subscribe(mid: int, filters: Sequence[str]) -> bytes:
    """SUBSCRIBE with QoS 1."""
    return _packet(0x82, mid.to_bytes(2, "big") + b"\x00" + b"".join(_text(one) + b"\x01" for one in filters))


def publish(topic: str, payload: bytes, mid: int, *, retain: bool = False) -> bytes:
    """PUBLISH, with QoS 1 unless `mid` is 0."""
    number = mid.to_bytes(2, "big") if mid else b""
    return _packet(0x30 | (2 if mid else 0) | retain, _text(topic) + number + b"\x00" + payload)


def puback(mid: int) -> bytes:
    return _packet(0x40, mid.to_bytes(2, "big"))


def pingreq() -> bytes:
    return b"\xc0\x00"


def disconnect() -> bytes:
    return b"\xe0\x00"


def published(packet: Packet) -> Published:
    """What a PUBLISH says."""
    body, size = packet.body, int.from_bytes(packet.body[:2], "big")
    at = 2 + size
    mid = 0
    if packet.flags & 6:
        mid, at = int.from_bytes(body[at : at + 2], "big"), at + 2
    properties = _length(body, at)
    if properties is None:
        raise ValueError("a PUBLISH that is cut short")
    return Published(body[2 : 2 + size].decode(), body[properties[1] + properties[0] :], mid)


def answer(packet: Packet) -> tuple[int, int]:
    """Number and reason of a PUBACK."""
    return int.from_bytes(packet.body[:2], "big"), packet.body[2] if len(packet.body) > 2 else 0


def _length(buffer: bytes, at: int) -> tuple[int, int] | None:
    """The variable-length integer at `at` and where it ends, None while it is not whole."""
    value = 0
    for index in range(4):
        if at + index >= len(buffer):
            return None
        byte = buffer[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    raise ValueError("no length of MQTT")


def _packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + _variable(len(body)) + body


def _variable(value: int) -> bytes:
    digits = bytearray()
    while True:
        value, digit = divmod(value, 128)
        digits.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(digits)


def _counted(properties: bytes) -> bytes:
    return _variable(len(properties)) + properties


def _binary(raw: bytes) -> bytes:
    return len(raw).to_bytes(2, "big") + raw


def _text(text: str) -> bytes:
    return _binary(text.encode())
