"""Badges, papers and printed labels for the tests."""

from __future__ import annotations

from typing import Any

import segno

from drivers.emulators.label_picture import Label
from drivers.emulators.printer_link import EmulatedPrinter
from drivers.printers.bitmap import Bitmap
from drivers.printers.document import Document, Paper, Qr
from drivers.printers.printer import PrinterConfig, language_of
from kiosk.badge import BadgeFacts
from tests.common.visiting.token_kit import BADGE

CONFIGS = {
    "62x100": PrinterConfig(language="brother-ql", media="62x100"),
    "62": PrinterConfig(language="brother-ql", media="62"),
    "zpl": PrinterConfig(language="zpl", media="62x100"),
    "escpos": PrinterConfig(language="escpos", media="80"),
}

NAMES = {
    "plain": "Søren Kierkegaard",
    "long": "Maximiliane Alexandra von Hohenzollern-Sigmaringen und zu Löwenstein-Wertheim-XY",
    "wide": "W" * 80,
    "accents": "Ñuño Ýrsa Đorđević-Łęcki",
    "cyrillic": "Александр Солженицын",
    "greek": "Ελευθέριος Βενιζέλος",
    "emoji": "Ida 🎉 Berg 👩‍👩‍👧",
    "chinese": "王小明",
    "one": "X",
}


def paper_of(name: str) -> Paper:
    return language_of(CONFIGS[name]).paper


def facts(**changes: Any) -> BadgeFacts:
    values: dict[str, Any] = {
        "title": "GÆST",
        "site": "Nordhavn Kontorhus",
        "name": NAMES["plain"],
        "details": ("Aarhus Universitet",),
        "host": "Vært: Jonas Vestergaard Møller",
        "date": "mandag 23. november",
        "token": BADGE,
        "hint": "Scan koden, når du går",
    }
    return BadgeFacts(**{**values, **changes})


def printed(name: str, document: Document) -> Label:
    """The label that comes out of an emulated printer, with nothing refused."""
    config, language = CONFIGS[name], language_of(CONFIGS[name])
    fake = EmulatedPrinter(
        config.language, monotonic_s=lambda: 0.0, media=config.media, width_dots=language.paper.width_dots
    )
    fake.emulator.receive(language.render(document), 0.0)
    assert not fake.emulator.refusals
    assert len(fake.emulator.labels) == 1
    return fake.emulator.labels[0]


def code_of(document: Document) -> Qr:
    return next(each for each in document.elements if isinstance(each, Qr))


def holds_code(picture: Bitmap, code: Qr, module_dots: int) -> bool:
    """Whether the modules of this very code stand somewhere in the middle of the picture, each dot of each module."""
    matrix = segno.make(code.payload, error=code.level, micro=False, boost_error=False).matrix
    side = len(matrix) * module_dots
    rows = list(picture.cut((picture.width_dots - side) // 2, side).each_row())
    wanted = [_row(module_row, module_dots) for module_row in matrix for _ in range(module_dots)]
    return any(rows[top : top + side] == wanted for top in range(len(rows) - side + 1) if rows[top] == wanted[0])


def _row(modules: bytearray, module_dots: int) -> bytes:
    bits = "".join("01"[bool(module)] * module_dots for module in modules)
    size = (len(bits) + 7) // 8
    return int(bits.ljust(size * 8, "0"), 2).to_bytes(size, "big")
