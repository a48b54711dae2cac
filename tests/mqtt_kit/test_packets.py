"""The packets of simulated units, against bytes of the specification and every cut."""

from __future__ import annotations

import pytest

from tests.mqtt_kit import packets
from tests.mqtt_kit.packets import Packet, PacketReader, Published

PUBLISHES = [("a/b", b"", 0), ("a/b", b"x" * 200, 7), ("æ", b"\x00" * 20_000, 65_535)]


@pytest.mark.parametrize(("topic", "payload", "mid"), PUBLISHES, ids=["QoS 0", "QoS 1", "long"])
def test_a_publish_comes_back_however_it_is_cut(topic: str, payload: bytes, mid: int) -> None:
    raw = packets.publish(topic, payload, mid) + packets.pingreq()
    for cut in {1, 2, 3, 5, len(raw) // 2, len(raw) - 1}:
        reader = PacketReader()
        first, ping = [*reader.feed(raw[:cut]), *reader.feed(raw[cut:])]
        assert packets.published(first) == Published(topic, payload, mid)
        assert ping == Packet(12, 0, b"")


def test_bytes_are_those_of_the_specification() -> None:
    assert packets.publish("a", b"z", 0, retain=True) == b"\x31\x05\x00\x01a\x00z"
    assert packets.subscribe(1, ["a"]) == b"\x82\x07\x00\x01\x00\x00\x01a\x01"
    assert packets.puback(258) == b"\x40\x02\x01\x02"
    connect = packets.connect("u", 30, 60, ("w", b"l"), 8)
    assert connect[:2] == bytes((0x10, len(connect) - 2))
    assert connect[2:12] == b"\x00\x04MQTT\x05\x2c\x00\x1e"
    assert connect[12:] == b"\x08\x11\x00\x00\x00\x3c\x21\x00\x14\x00\x01u\x05\x18\x00\x00\x00\x08\x00\x01w\x00\x01l"


def test_an_answer_has_a_reason_or_means_success() -> None:
    assert packets.answer(Packet(packets.PUBACK, 0, b"\x00\x07")) == (7, 0)
    assert packets.answer(Packet(packets.PUBACK, 0, b"\x00\x07\x10\x00")) == (7, 0x10)


@pytest.mark.parametrize("raw", [b"\x30\xff\xff\xff\xff\x01", b"\x30\xff\xff\xff\x7f"], ids=["no length", "too long"])
def test_what_is_no_packet_is_told(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"length|bytes"):
        PacketReader().feed(raw)
