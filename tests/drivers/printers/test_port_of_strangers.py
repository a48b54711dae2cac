"""The worker of a printer on ports where no printer of its language is, or none at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from drivers.device import Condition
from drivers.errors import LinkLost, PortMissing
from drivers.link import Link
from drivers.printers.brother_ql import BrotherQlStatusCodec
from drivers.printers.port import PrinterPort
from drivers.printers.printer import PrinterConfig, language_of
from tests.drivers.printers.port_bench import MEDIA, at_once, now_s, running
from tests.virtual_time import run


class Scripted:
    """A port that answers every write with the same bytes."""

    name = "scripted"

    def __init__(self, answer: bytes) -> None:
        self._answer, self._unread = answer, b""

    def read_available(self) -> bytes:
        data, self._unread = self._unread, b""
        return data

    def write(self, data: bytes) -> int:
        self._unread = self._answer
        return len(data)

    def close(self) -> None:
        pass


def scripted(answer: bytes, name: str, scene: Callable[[PrinterPort], Awaitable[None]]) -> None:
    async def play() -> None:
        language = language_of(PrinterConfig(language=name, media=MEDIA[name]))  # type: ignore[arg-type]
        port = PrinterPort(language, lambda: Scripted(answer), monotonic_s=now_s, offload=at_once)
        async with running(port):
            await scene(port)

    run(play())


def test_something_else_that_answers_is_foreign() -> None:
    async def scene(port: PrinterPort) -> None:
        await asyncio.sleep(20)
        assert port.health().condition is Condition.FOREIGN
        assert "no printer of this language" in port.health().problem

    scripted(b"$GPRMC,183516.00,V,,,,,,,170826,,,N*75\r\n", "brother-ql", scene)


def test_a_printer_that_stays_busy_is_reset() -> None:
    """The phase of a QL may stay at printing after an error."""
    busy = bytes.fromhex("80204234413004000000 3e0b 0000230000 64 00 01") + bytes(12)
    assert BrotherQlStatusCodec().feed(busy)

    async def scene(port: PrinterPort) -> None:
        await asyncio.sleep(50)
        assert port.health().reopened == 0
        await asyncio.sleep(30)
        assert port.health().reopened == 1

    scripted(busy, "brother-ql", scene)


def test_the_port_is_tried_1_to_30_s_apart_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[float] = []

    def missing() -> Link:
        tries.append(now_s())
        raise PortMissing("/dev/usb/lp0 is not there.")

    async def play() -> None:
        language = language_of(PrinterConfig(language="zpl", media="62x100"))
        port = PrinterPort(language, missing, monotonic_s=now_s, offload=at_once)
        async with running(port):
            await asyncio.sleep(600)
            assert port.health().problem == "/dev/usb/lp0 is not there."

    run(play())
    gaps = [later - sooner for sooner, later in pairwise(tries)]
    assert 0.8 <= gaps[0] <= 1.2
    assert max(gaps) <= 36
    assert min(gaps[6:]) >= 24
    assert len(caplog.records) == 1


def test_a_link_that_dies_at_once_neither_spins_nor_fills_the_log(caplog: pytest.LogCaptureFixture) -> None:
    opened: list[float] = []

    class Dead(Scripted):
        def write(self, data: bytes) -> int:
            raise LinkLost("gone")

    def dead() -> Link:
        opened.append(now_s())
        return Dead(b"")

    async def play() -> None:
        language = language_of(PrinterConfig(language="zpl", media="62x100"))
        async with running(PrinterPort(language, dead, monotonic_s=now_s, offload=at_once)):
            await asyncio.sleep(600)

    run(play())
    assert len(opened) <= 32
    assert len(caplog.records) == 1
