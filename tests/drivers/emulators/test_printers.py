"""Emulated printers: what they refuse, what they hold back, and that no bytes bring them down."""

from __future__ import annotations

import random
from typing import Any

import pytest

from drivers.emulators.brother_ql import BrotherQlEmulator
from drivers.emulators.emulator import Fault
from drivers.emulators.escpos import EscposEmulator
from drivers.emulators.label_picture import Label, PrintedText
from drivers.emulators.printing import BUFFER_BYTES, KEPT, PrinterEmulator
from drivers.emulators.zpl import ZplEmulator
from drivers.printers import brother_ql_commands, escpos_commands, zpl_commands
from drivers.printers.bitmap import Bitmap
from drivers.printers.brother_ql import BrotherQlStatusCodec
from drivers.printers.document import Align
from drivers.printers.zpl import HostStatus, ZplStatusCodec

MAKES: list[type[Any]] = [EscposEmulator, ZplEmulator, BrotherQlEmulator]
ROLL = brother_ql_commands.MEDIA["62x100"]
JOBS = {
    EscposEmulator: escpos_commands.line("Ada", "cp1252") + escpos_commands.cut(),
    ZplEmulator: zpl_commands.label(
        zpl_commands.text("Ada", x=0, y=0, height_dots=40), width_dots=400, length_dots=200
    ),
    BrotherQlEmulator: brother_ql_commands.job(
        Bitmap.blank(ROLL.width_dots, 500, black=True), brother_ql_commands.MODELS["QL-820NWB"], ROLL
    ),
}

REFUSED = [
    (EscposEmulator, b"\x1bZ", "unknown command 1b 5a"),
    (EscposEmulator, b"\x01", "unknown byte 01"),
    (EscposEmulator, b"\x1bt\x63", "no code page 99"),
    (EscposEmulator, b"\x1d(k\x03\x001\x51\x30", "GS ( with wrong parameters"),  # prints a code, none was stored
    (EscposEmulator, b"\x1d(k\x03\x001\x43\x11", "GS ( with wrong parameters"),  # modules of 17 dots
    (EscposEmulator, b"\x1dv0\x00\x00\x00\x01\x00", "GS v with wrong parameters"),
    (ZplEmulator, b"^XA^XX^XZ", "^XX"),
    (ZplEmulator, b"^XA^FO0,0^FDno font^FS^XZ", "text without a font"),
    (ZplEmulator, b"^XA^FO0,0^A0N,20,20^FDa~b^FS^XZ", "~ inside ^FD"),
    (ZplEmulator, b"^XA^FO0,0^A0N,5,5^FDa^FS^XZ", "out of range"),
    (ZplEmulator, b"^XA^FO0,0^BQN,2,11^FDMA,a^FS^XZ", "parameters of a QR code"),
    (ZplEmulator, b"^XA^FO0,0^BQN,2,4^FDa^FS^XZ", "data of a QR code"),
    (ZplEmulator, b"^XA^FO0,0^GFA,4,4,2,FF^FS^XZ", "bytes of graphic"),
    (ZplEmulator, b"hello^XA^XZ", "characters outside a format"),
    (BrotherQlEmulator, b"A", "unknown byte 41"),
    (BrotherQlEmulator, b"\x1bX\x00", "unknown command 1b 58"),
    (BrotherQlEmulator, b"\x1a", "1a outside a page"),
    (BrotherQlEmulator, b"\x1biz" + bytes(10), "a raster job in another mode"),
    (BrotherQlEmulator, b"M\x02", "compression"),
    (BrotherQlEmulator, JOBS[BrotherQlEmulator].replace(b"\x55\x04\x00\x00", b"\x54\x04\x00\x00"), "announced 1108"),
    (BrotherQlEmulator, JOBS[BrotherQlEmulator].partition(b"M\x02")[0] + b"\x1biS", "a status request while printing"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "data", "message"), REFUSED)
def test_what_a_real_one_would_not_obey(make: type[Any], data: bytes, message: str) -> None:
    emulator = make()
    emulator.receive(data, 0.0)
    assert any(message in refusal for refusal in emulator.refusals), list(emulator.refusals)


@pytest.mark.parametrize("make", MAKES)
def test_every_fault_it_names_can_be_set(make: type[Any]) -> None:
    for fault in make.FAULTS:
        emulator = make()
        emulator.faults.add(fault)
        emulator.receive(JOBS[make], 0.0)
        held = fault in (Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.STALL, Fault.SILENCE)
        assert emulator.printed == (0 if held else 1), fault
        if fault in (Fault.STALL, Fault.SILENCE):
            assert emulator.due(1.0) == b""


@pytest.mark.parametrize("make", [EscposEmulator, ZplEmulator])
def test_a_printer_without_paper_fills_its_buffer_and_goes_on_afterwards(make: type[Any]) -> None:
    emulator = make()
    emulator.faults.add(Fault.PAPER_OUT)
    jobs = 0
    while emulator.takes():
        emulator.receive(JOBS[make], 0.0)
        jobs += 1
    assert BUFFER_BYTES <= jobs * len(JOBS[make]) < BUFFER_BYTES + 2 * len(JOBS[make])
    emulator.faults.clear()
    emulator.due(1.0)
    assert emulator.takes()
    assert emulator.printed == jobs


def test_a_brother_says_by_itself_what_it_does() -> None:
    emulator = BrotherQlEmulator()
    told = BrotherQlStatusCodec().feed(emulator.receive(JOBS[BrotherQlEmulator], 0.0))
    assert [(said.type.value, said.phase.value) for said in told] == [
        ("phase-change", "printing"), ("printed", "printing"), ("phase-change", "receiving"),
    ]  # fmt: skip
    emulator.faults.add(Fault.COVER_OPEN)
    (said,) = BrotherQlStatusCodec().feed(emulator.receive(b"\x1biS", 0.0))
    assert (said.errors, said.media_width_mm) == (("cover-open",), 0)


def test_a_zpl_printer_counts_what_waits() -> None:
    emulator = ZplEmulator()
    emulator.faults.add(Fault.PAPER_OUT)
    (said,) = ZplStatusCodec().feed(emulator.receive(JOBS[ZplEmulator] * 2 + b"^XA^FO0,0~HS", 0.0))
    assert isinstance(said, HostStatus)
    assert (said.paper_out, said.formats_waiting, said.partial_format) == (True, 2, True)
    emulator.receive(b"~J", 0.0)
    emulator.receive(b"A", 0.0)
    emulator.faults.clear()
    emulator.due(1.0)
    assert emulator.printed == 0


@pytest.mark.parametrize("make", MAKES)
def test_noise_brings_no_emulator_down(make: type[Any]) -> None:
    noise = random.Random(5)
    emulator: PrinterEmulator = make()
    for _ in range(300):
        data = bytearray(JOBS[make][:2000] + noise.randbytes(noise.randrange(40)))
        for _ in range(noise.randrange(6)):
            data[noise.randrange(len(data))] = noise.randrange(256)
        emulator.receive(bytes(data), 0.0)
    assert len(emulator.labels) <= KEPT
    assert len(emulator.refusals) <= KEPT


def test_lines_that_do_not_fit_are_drawn_in_their_box() -> None:
    texts = [
        PrintedText("Maximiliane Alexandra von Hohenzollern", 0, 0, 34, 300, align=align, lines=3, bold=True)
        for align in Align
    ]
    for text in texts:
        picture = Label(300, 120, (text,)).picture()
        assert any(any(row) for row in picture.each_row())
