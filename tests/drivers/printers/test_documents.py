"""Documents, from their elements to what an emulated printer has understood of them."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.emulators.brother_ql import BrotherQlEmulator
from drivers.emulators.escpos import EscposEmulator
from drivers.emulators.label_picture import Label, PrintedQr, PrintedText, png
from drivers.emulators.printing import PrinterEmulator
from drivers.emulators.zpl import ZplEmulator
from drivers.errors import UsageError
from drivers.printers import escpos_commands, zpl_commands
from drivers.printers.bitmap import Bitmap, qr_bitmap
from drivers.printers.brother_ql_commands import MEDIA, MODELS, job
from drivers.printers.document import (
    Align,
    Document,
    DocumentNotPrintable,
    Picture,
    Qr,
    Space,
    Text,
    composed,
    printable,
)
from drivers.printers.language import Language
from drivers.printers.printer import PrinterConfig, language_of
from tests.drivers.printers.badges import LINES, QR, badge, drawn

ESCPOS = language_of(PrinterConfig(language="escpos", media="80"))
ZPL = language_of(PrinterConfig(language="zpl", media="62x100"))
BROTHER = language_of(PrinterConfig(language="brother-ql", media="62x100"))
PRINTERS: dict[str, tuple[Language, type[Any]]] = {
    "escpos": (ESCPOS, EscposEmulator),
    "zpl": (ZPL, ZplEmulator),
    "brother-ql": (BROTHER, BrotherQlEmulator),
}
TEXT_PRINTERS = {name: PRINTERS[name] for name in ("escpos", "zpl")}


def printed(emulator: PrinterEmulator, data: bytes, chunk: int = 4096) -> Label:
    """The one label that came of it, with nothing refused."""
    for at in range(0, len(data), chunk):
        emulator.receive(data[at : at + chunk], 0.0)
    assert not emulator.refusals
    assert emulator.printed == 1
    return emulator.labels[-1]


@pytest.mark.parametrize("name", TEXT_PRINTERS)
def test_a_badge_arrives_as_it_was_written(name: str) -> None:
    language, make = TEXT_PRINTERS[name]
    label = printed(make(), language.render(badge(language.paper)))
    assert label.texts == LINES
    assert label.payloads == (QR,)
    big = max((item for item in label.items if isinstance(item, PrintedText)), key=lambda item: item.height_dots)
    assert big.text == "Søren Kierkegaard"
    assert big.bold
    assert big.align is Align.CENTER


def test_a_badge_arrives_dot_by_dot() -> None:
    document = badge(BROTHER.paper)
    label = printed(BrotherQlEmulator(), BROTHER.render(document))
    expected = composed(document, BROTHER.paper)
    rest = Bitmap.blank(696, 1109 - expected.height_dots)
    assert label.pictures == (Bitmap.stacked((expected, rest), 696),)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("media", ["62", "62x100", "29x90"])
def test_every_model_and_roll(model: str, media: str) -> None:
    paper = MEDIA[media]
    picture = Bitmap.of(["#" * 3 + "." * (paper.width_dots - 4) + "#", "." * paper.width_dots] * 100)
    label = printed(BrotherQlEmulator(model=model, media=media), job(picture, MODELS[model], paper))
    assert label.width_dots == paper.width_dots
    assert label.height_dots == (paper.rows or 200)
    assert Bitmap(paper.width_dots, 200, label.pictures[0].rows[: 200 * picture.row_bytes]) == picture


def test_wide_rolls_want_wide_models() -> None:
    picture = Bitmap.blank(MEDIA["102"].width_dots, 200, black=True)
    printed(BrotherQlEmulator(model="QL-1100", media="102"), job(picture, MODELS["QL-1100"], MEDIA["102"]))
    with pytest.raises(UsageError, match="too wide for a QL-700"):
        job(picture, MODELS["QL-700"], MEDIA["102"])
    with pytest.raises(UsageError, match="does not fit 62x100"):
        job(Bitmap.blank(696, 1110), MODELS["QL-800"], MEDIA["62x100"])


@pytest.mark.parametrize("name", PRINTERS)
@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_bytes_may_come_in_any_parts(name: str, chunk: int) -> None:
    language, make = PRINTERS[name]
    data = language.render(badge(language.paper))
    assert printed(make(), data, chunk) == printed(make(), data)


@pytest.mark.parametrize("name", PRINTERS)
def test_copies(name: str) -> None:
    language, make = PRINTERS[name]
    emulator = make()
    emulator.receive(language.render(Document((drawn("A", 4, language.paper),), copies=3)), 0.0)
    assert emulator.printed == 3
    assert not emulator.refusals


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80), st.booleans(), st.sampled_from(Align), st.floats(2, 12))
def test_no_text_is_ever_a_command(text: str, bold: bool, align: Align, height_mm: float) -> None:
    for name, (language, make) in TEXT_PRINTERS.items():
        line = Text(text, height_mm, bold, align)
        if lacking := language.lacking(Document((line,))):
            assert set(lacking) <= set(line.text)
            with pytest.raises(DocumentNotPrintable):
                language.render(Document((line,)))
            continue
        label = printed(make(), language.render(Document((line, Text("end")))))
        told = " ".join(label.texts).split()
        assert "".join(told) == "".join([*line.text.split(), "end"]), name


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="cp1252", min_codepoint=32), min_size=1, max_size=120))
def test_codes_hold_what_was_put_in(payload: str) -> None:
    if not payload.isprintable():
        with pytest.raises(UsageError, match="printable characters"):
            Qr(payload)
        return
    for name, (language, make) in TEXT_PRINTERS.items():
        label = printed(make(), language.render(Document((Qr(payload, module_mm=0.3),))))
        if name == "zpl" and not payload.isascii():
            module = Qr(payload, module_mm=0.3).module_dots(language.paper.dots_per_mm)
            code = qr_bitmap(payload, module_dots=module)
            assert label.pictures[0].cut(0, code.width_dots) == code
        else:
            assert label.payloads == (payload,)


def test_letters_that_the_printer_lacks_become_pictures() -> None:
    for language, make in TEXT_PRINTERS.values():
        name = drawn("王小明 🎈", 8, language.paper)
        assert language.lacking(Document((Text(name.text),))) == "王小明🎈"
        document = Document((Text("Gæst"), name))
        assert language.lacking(document) == ""
        label = printed(make(), language.render(document))
        assert label.texts == ("Gæst",)
        assert name.drawn is not None
        assert label.pictures[0].cut(0, name.drawn.width_dots).rows == name.drawn.rows


def test_a_code_page_decides_what_is_lacking() -> None:
    assert [
        language_of(PrinterConfig(language="escpos", media="80", code_page=page)).lacking(
            Document((Text("æøåÆØÅñ¿€“"),))
        )
        for page in ("cp437", "cp850", "cp858", "cp865", "cp1252")
    ] == ["øØ€“", "€“", "“", "€“", ""]
    with pytest.raises(UsageError, match="lacks '★'"):
        escpos_commands.line("a★", "cp1252")
    with pytest.raises(UsageError, match="no code page 'utf-8'"):
        escpos_commands.encoded("a", "utf-8")


def test_texts_are_one_clean_line() -> None:
    assert printable("  Ada\tLove\nlace\x00 \x1b@ \u202egnp\u200b A\u030a ") == "Ada Love lace @ gnp Å"
    assert Text("a\r\nb").text == "a b"


def test_pictures_hold_no_real_time_commands() -> None:
    """DLE DC4 2 would switch some printers off, DLE EOT would be answered: whatever the dots are."""
    rows = bytes.fromhex("10 04 01 10 14 02 01 08 10 05 02 10 10 04 04 ff") * 40
    picture = Bitmap(128, 40, rows)
    emulator = EscposEmulator()
    data = ESCPOS.render(Document((Picture(picture),)))
    assert emulator.receive(data, 0.0) == b"\x10\x00\x00\x00"  # only the automatic status
    got = emulator.labels[-1].pictures[0]
    differing = sum((a ^ b).bit_count() for a, b in zip(got.rows, rows, strict=True))
    assert differing == sum(rows.count(pair) for pair in (b"\x10\x04", b"\x10\x14", b"\x10\x05"))


def test_tall_pictures_are_sent_in_strips() -> None:
    picture = Bitmap.of(["#.#."] * 600)
    label = printed(EscposEmulator(), ESCPOS.render(Document((Picture(picture, Align.LEFT),))))
    assert [part.height_dots for part in label.pictures] == [256, 256, 88]
    assert b"".join(part.rows for part in label.pictures) == picture.rows


@given(st.integers(1, 60), st.lists(st.binary(min_size=60, max_size=60), min_size=1, max_size=8), st.integers(0, 3))
def test_graphics_of_zpl_round_trip(width: int, rows: list[bytes], same: int) -> None:
    size = (width + 7) // 8
    lines = [bytes(size), b"\xff" * size, *(row[:size] for row in rows), *[rows[-1][:size]] * same]
    picture = Bitmap(size * 8, len(lines), b"".join(lines))
    body = zpl_commands.graphic(picture, x=5, y=7)
    label = printed(ZplEmulator(), zpl_commands.label(body, width_dots=600, length_dots=100))
    assert label.pictures == (picture,)


NOT_PRINTABLE = [
    ("escpos", Document((Picture(Bitmap.blank(584, 5)),)), "do not fit"),
    ("escpos", Document((Qr("x" * 900, level="H"),)), None),
    ("zpl", Document((Picture(Bitmap.blank(500, 5)),)), "do not fit"),
    ("zpl", Document((Space(101),)), "do not fit a label"),
    ("zpl", Document((Text("Ω"),)), "may lack 1 letters"),
    ("brother-ql", Document((Text("A"),)), "needs its text as a picture"),
    ("brother-ql", Document(raster=Bitmap.blank(697, 5)), "do not fit"),
    ("brother-ql", Document(raster=Bitmap.blank(696, 1110)), "1110 rows do not fit"),
    ("brother-ql", Document((Qr("x" * 1000, level="H", module_mm=1),)), "do not fit"),
]


@pytest.mark.parametrize(("name", "document", "message"), NOT_PRINTABLE)
def test_what_does_not_fit_is_told(name: str, document: Document, message: str | None) -> None:
    language, make = PRINTERS[name]
    if message is None:
        assert printed(make(), language.render(document)).payloads
        return
    with pytest.raises(DocumentNotPrintable, match=message):
        language.render(document)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Document(),
        lambda: Document((Space(1),), copies=21),
        lambda: Text("a" * 501),
        lambda: Text("a", height_mm=0.5),
        lambda: Qr(""),
        lambda: Qr("a\n"),
        lambda: Qr("a", level="X"),
        lambda: escpos_commands.qr("a", module_dots=17),
        lambda: zpl_commands.qr("a", x=0, y=0, module_dots=11),
        lambda: zpl_commands.qr("æ", x=0, y=0),
        lambda: escpos_commands.status_request(5),
    ],
)
def test_wrong_use_is_told(wrong: Any) -> None:
    with pytest.raises(UsageError):
        wrong()


def test_long_names_are_set_smaller_and_stay_whole() -> None:
    name = "Maximiliane Alexandra von Hohenzollern-Sigmaringen und zu Löwenstein-Wertheim"
    for language, make in TEXT_PRINTERS.values():
        label = printed(make(), language.render(Document((Text(name, 9, bold=True, align=Align.CENTER),))))
        assert "".join(label.texts).replace(" ", "") == name.replace(" ", "")


def test_pictures_of_labels_are_png_files() -> None:
    """Decoded here byte by byte: the QR code of the picture is the one of the document."""
    label = printed(ZplEmulator(), ZPL.render(badge(ZPL.paper)))
    picture = label.picture()
    file = png(picture)
    assert file.startswith(b"\x89PNG\r\n\x1a\n")
    at = file.index(b"IDAT")
    rows = zlib.decompress(file[at + 4 : at + 4 + int.from_bytes(file[at - 4 : at], "big")])
    size = picture.row_bytes + 1
    assert len(rows) == size * picture.height_dots
    assert bytes(255 ^ b for row in range(picture.height_dots) for b in rows[row * size + 1 : (row + 1) * size]) == (
        picture.rows
    )
    code = next(item for item in label.items if isinstance(item, PrintedQr))
    drawn_code = qr_bitmap(code.payload, module_dots=code.module_dots, quiet_modules=0)
    assert (
        Bitmap(
            drawn_code.width_dots,
            drawn_code.height_dots,
            b"".join(
                Bitmap(picture.width_dots, 1, row).cut(code.x, drawn_code.width_dots).rows
                for row in list(picture.each_row())[code.y : code.y + drawn_code.height_dots]
            ),
        )
        == drawn_code
    )
