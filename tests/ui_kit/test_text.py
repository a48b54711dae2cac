"""Fonts, widths and line breaks."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui.bidi import visual
from ui.coverage import FontError, code_points
from ui.linebreak import ELLIPSIS, break_lines, ellipsize, largest_size
from ui.text import TextStyle, fit_size, forget, measure, shorten, texture, wrap
from ui.typeface import FONTS, RAISED_COLON, Weight, clean, fallbacks, has_glyphs, typeset

REGULAR = TextStyle(Weight.REGULAR, 22)
BOLD = TextStyle(Weight.BOLD, 30)


@pytest.mark.parametrize("weight", list(Weight))
def test_fonts_are_bundled_small_and_with_their_licence(weight: Weight) -> None:
    assert weight.file.stat().st_size < 250_000
    assert "SIL Open Font License" in (FONTS / "OFL.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("Søren Ærø Åse", True),
        ("Ğülşen Çiçek Żółć Łódź Ñandú Þórir Ŕ", True),
        ("Ελένη Παπαδοπούλου", True),
        ("Жанна Щербакова Єва", True),
        ("“quoted” – … · → ✓ €", True),
        ("田中", False),
        ("فاطمة", False),
        ("Ok 🎉", False),
        ("tab\there and\nline", True),
    ],
)
def test_what_the_font_can_draw(text: str, there: bool) -> None:
    assert has_glyphs(text) is there


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [("a\tb\nc", "a b c"), ("  x  ", "x"), ("e\u0301", "é"), ("a\u200b\u202eb", "ab"), ("a\x07b", "ab"), ("", "")],
)
def test_texts_from_outside_are_cleaned(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_another_script_gets_another_font() -> None:
    font, text = typeset("Фатима فاطمة", Weight.BOLD)
    assert font in fallbacks()
    assert text.endswith("Фатима")
    assert len(text) == len("Фатима فاطمة")


def test_letters_of_no_font_are_left_out() -> None:
    font, text = typeset("Fest 🎉 i dag", Weight.MEDIUM)
    assert font == Weight.MEDIUM.file or font in fallbacks()
    assert "Fest" in text
    assert all(ord(letter) in code_points(font) for letter in text)


def test_a_text_that_no_font_has_is_still_seen_to_be_there() -> None:
    assert typeset("\ue123\ue124", Weight.BOLD)[1] == "\ue123\ue124"


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Søren 12", "Søren 12"),
        ("שלום", "םולש"),
        ("שלום עולם", "םלוע םולש"),
        ("שלום Jesper Friis 14:30", "Jesper Friis 14:30 םולש"),
        ("(שלום)", "(םולש)"),
        ("بت", "\ufe96\ufe91"),  # beh initial, teh final
        ("بتب", "\ufe90\ufe98\ufe91"),  # beh initial, teh medial, beh final
        ("دب", "\ufe8f\ufea9"),  # dal joins nothing after it
        ("سلام", "\ufee1\ufefc\ufeb3"),  # seen initial, lam-alef final, meem isolated
    ],
)
def test_right_to_left_texts_are_drawn_in_order(text: str, drawn: str) -> None:
    assert visual(text) == drawn


def test_the_colon_between_digits_is_raised() -> None:
    assert typeset("11:42", Weight.BOLD)[1] == f"11{RAISED_COLON}42"
    assert typeset("Next: 11", Weight.BOLD)[1] == "Next: 11"


@pytest.mark.parametrize("weight", [weight for weight in Weight if weight is not Weight.DISPLAY])
def test_digits_are_of_one_width(weight: Weight, the_window: Any) -> None:
    style = TextStyle(weight, 200)
    assert len({measure(digit * 10, style) for digit in "0123456789"}) == 1


def test_broken_fonts_are_said(tmp_path: Path) -> None:
    for name, data in (("empty.otf", b""), ("junk.otf", b"OTTO" + b"\0\x01" + b"x" * 40)):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(FontError, match=name):
            code_points(path)
    with pytest.raises(FontError, match=r"absent\.otf"):
        code_points(tmp_path / "absent.otf")


def test_texts_are_measured_as_they_are_drawn(the_window: Any) -> None:
    for text in ("Projektmøde Nordhavn", "13:20", "gjpqÅÖ", "i"):
        assert abs(texture(text, BOLD).size[0] - measure(text, BOLD)) <= 2, text
        assert abs(texture(text, BOLD).size[1] - BOLD.height_px) <= 2


def test_shrinking_and_shortening(the_window: Any) -> None:
    width = measure("Projektmøde", BOLD)
    assert fit_size("Projektmøde", BOLD, width, min_px=10) == BOLD
    smaller = fit_size("Projektmøde Nordhavn", BOLD, width, min_px=10)
    assert 10 <= smaller.size_px < BOLD.size_px
    assert measure("Projektmøde Nordhavn", smaller) <= width
    short = shorten("Projektmøde Nordhavn", BOLD, width)
    assert short.endswith(ELLIPSIS)
    assert measure(short, BOLD) <= width
    lines = wrap("Ingen forbindelse til kalenderen siden 13:11", REGULAR, 200, 3)
    assert all(measure(line, REGULAR) <= 200 for line in lines)


def test_forgetting_drops_the_drawn_texts(the_window: Any) -> None:
    from ui.text import _textures, _width

    texture("Jesper Friis", REGULAR)
    measure("Jesper Friis", REGULAR)
    forget()
    assert _textures.px == _width.cache_info().currsize == 0


@pytest.mark.parametrize(
    ("text", "width", "lines", "broken"),
    [
        ("one two three", 7, 3, ["one two", "three"]),
        ("one two three", 7, 1, ["one tw…"]),
        ("one two three four", 7, 2, ["one two", "three…"]),
        ("overordentlig lang", 8, 3, ["overorde", "ntlig", "lang"]),
        ("QR-kodelæser", 5, 3, ["QR-", "kodel", "æser"]),
        ("a", 0, 3, ["a"]),
        ("", 10, 3, []),
        ("x y", 100, 1, ["x y"]),
        ("call +45 12 34 56 78 or 12", 16, 4, ["call", "+45 12 34 56 78", "or 12"]),
        ("10 20 30", 4, 4, ["10 2", "0 30"]),
    ],
)
def test_breaking_lines(text: str, width: int, lines: int, broken: list[str]) -> None:
    result = break_lines(text, width, len, lines)
    assert result == broken or (width == 0 and len(result) <= lines)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abcæø -12", max_size=60), st.integers(1, 30), st.integers(1, 5))
def test_lines_never_overflow_and_nothing_is_invented(text: str, width: int, max_lines: int) -> None:
    lines = break_lines(text, width, len, max_lines)
    assert len(lines) <= max_lines
    assert all(len(line) <= width for line in lines)
    kept = "".join(lines).replace(" ", "").replace(ELLIPSIS, "")
    whole = text.replace(" ", "")
    # An ellipsis eats hyphens that it would stand after, so compare what is left of both.
    assert whole.replace("-", "").startswith(kept.replace("-", "")) or ELLIPSIS in "".join(lines)


@given(st.text(max_size=40), st.integers(0, 50))
def test_ellipsis_fits_or_gives_nothing(text: str, width: int) -> None:
    short = ellipsize(text, width, len)
    assert len(short) <= width or short == ""


def test_the_largest_size() -> None:
    assert largest_size(5, 50, lambda size: size <= 31) == 31
    assert largest_size(5, 50, lambda size: False) == 5
    assert largest_size(5, 50, lambda size: True) == 50
