"""Badges as documents, as pictures and as labels of emulated printers of every language."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drivers.emulators.label_picture import PrintedQr
from drivers.printers.bitmap import Bitmap
from drivers.printers.document import Document, Paper, Qr, Rule, Text
from drivers.printers.printer import language_of
from kiosk.badge import badge_document, badge_facts, badge_picture, badge_view
from kiosk.model import Guest, Host, Visit, VisitState
from kiosk.printed_lines import Lines, Sizing, height_mm
from kiosk.screens.badge_text import draw_line
from kiosk.settings import ExtraField, SiteSection, VisitorType
from kiosk.setup import Setup
from tests.common.visiting.token_kit import NOW, VISIT
from tests.kiosk.badge_kit import CONFIGS, NAMES, code_of, facts, holds_code, paper_of, printed
from ui.translations import Translations

GUEST = VisitorType(
    key="guest",
    title={"da": "Gæst", "en": "Guest", "es": "Visita"},
    badge_title={"da": "GÆST"},
    fields=(
        ExtraField(key="company", label={"en": "Company"}, on_badge=True),
        ExtraField(key="plate", label={"en": "Plate"}),
    ),
)
SETUP = Setup(SiteSection(name="Nordhavn Kontorhus"), (GUEST,))
PERSON = Guest("Ada Hemmelig", "ada@x.example", "12345678", (("company", "Berg ApS"), ("plate", "AB 12 345")))
SEEN = Visit(VISIT, "guest", VisitState.ON_SITE, PERSON, Host("1", "Jonas Vært"), "en", "1")


def lines_of(document: Document) -> list[str]:
    return [each.text for each in document.elements if isinstance(each, Text)]


def drawn_name(text: str) -> str:
    """What of a name a font can draw, without blanks."""
    return "".join(c for c in text if unicodedata.category(c)[0] in "LMP")


def test_what_stands_on_a_badge() -> None:
    made = badge_facts(SEEN, SETUP, Translations("da"), NOW, "MD1:X")
    assert made.title == "GÆST"
    assert (made.name, made.details) == ("Ada Hemmelig", ("Berg ApS",))
    assert made.host == "Vært: Jonas Vært"
    assert made.date == "mandag 23. november"
    assert "Ada" not in repr(made)
    shown = " ".join(lines_of(badge_document(made, paper_of("62x100"), draw_line)))
    for private in ("ada@x.example", "12345678", "AB 12 345"):
        assert private not in shown


def test_titles_and_dates_follow_the_language() -> None:
    pictures = set()
    for language, title, date in (
        ("da", "GÆST", "mandag 23. november"),
        ("en", "GUEST", "Monday 23 November"),
        ("es", "VISITA", "lunes 23 de noviembre"),
    ):
        setup = replace(SETUP, types=(VisitorType(key="guest", title=GUEST.title),))
        made = badge_facts(SEEN, setup, Translations(language), NOW, "")
        assert (made.title, made.date, made.hint) == (title, date, "")
        pictures.add(badge_picture(badge_document(made, paper_of("62"), draw_line), paper_of("62")))
    assert len(pictures) == 3


def test_a_type_without_a_host_names_none() -> None:
    setup = replace(SETUP, types=(VisitorType(key="guest", title={"en": "Craftsman"}, host=False),))
    made = badge_facts(SEEN, setup, Translations("en"), datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "")
    assert (made.title, made.host) == ("CRAFTSMAN", "")
    assert made.date == "Tuesday 24 November"  # at the site


@pytest.mark.parametrize("paper", CONFIGS)
@pytest.mark.parametrize("who", NAMES)
def test_every_name_on_every_paper(paper: str, who: str) -> None:
    document = badge_document(facts(name=NAMES[who]), paper_of(paper), draw_line)
    label = printed(paper, document)
    assert drawn_name(NAMES[who]) in drawn_name("".join(lines_of(document)))
    code = code_of(document)
    module_dots = code.module_dots(paper_of(paper).dots_per_mm)
    native = [item for item in label.items if isinstance(item, PrintedQr)]
    assert native or holds_code(label.picture(), code, module_dots)
    assert not native or (native[0].payload, native[0].level) == (code.payload, "M")
    assert holds_code(label.picture(), code, native[0].module_dots if native else module_dots)
    assert code.module_mm >= 0.5


@pytest.mark.parametrize("paper", CONFIGS)
def test_the_preview_is_the_layout(paper: str) -> None:
    document = badge_document(facts(), paper_of(paper), draw_line)
    view, picture = badge_view(document, paper_of(paper)), badge_picture(document, paper_of(paper))
    assert (view.width_dots, view.height_dots, view.rows) == (
        picture.width_dots,
        picture.height_dots,
        picture.rows,
    )
    if paper.startswith("62"):  # these printers get the picture itself
        assert printed(paper, document).picture() == picture


def test_letters_that_the_printer_lacks_are_pictures_of_their_line_only() -> None:
    for paper in ("zpl", "escpos"):
        label = printed(paper, badge_document(facts(name=NAMES["cyrillic"]), paper_of(paper), draw_line))
        assert "GÆST" in label.texts
        assert "Александр" not in " ".join(label.texts)
        assert sum(picture.height_dots > 20 for picture in label.pictures) == 2  # the name is on two lines
        assert "Александр" not in language_of(CONFIGS[paper]).lacking(
            badge_document(facts(name=NAMES["cyrillic"]), paper_of(paper), draw_line)
        )


@pytest.mark.parametrize("length_dots", [1109, 800, 500, 342, 271, 200])
def test_shorter_labels_get_smaller_badges_and_in_the_end_no_code(length_dots: int) -> None:
    paper = replace(paper_of("62x100"), length_dots=length_dots)
    document = badge_document(facts(name=NAMES["long"]), paper, draw_line)
    assert badge_picture(document, paper).height_dots == length_dots
    assert any(isinstance(each, Qr) for each in document.elements) == (length_dots >= 800)


def test_names_are_as_large_as_they_fit() -> None:
    def name_mm(name: str) -> float:
        document = badge_document(facts(name=name, details=()), paper_of("62x100"), draw_line)
        texts = [each for each in document.elements if isinstance(each, Text)]
        return texts[2].height_mm

    sizes = [name_mm(name) for name in ("Bo Li", "Søren Kierkegaard", NAMES["long"], NAMES["wide"])]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 11
    assert sizes[1] > 8
    assert sizes[-1] >= 2.5


def test_control_characters_print_nothing() -> None:
    for paper in CONFIGS:
        hostile = facts(name="Ada\x1b@\x10\x04\x01^XA~JR\u202egnp", details=("\x1b\x69\x53" * 20,))
        label = printed(paper, badge_document(hostile, paper_of(paper), draw_line))
        assert not any(ord(c) < 32 for text in label.texts for c in text)


def test_lines_are_as_high_as_asked_and_have_ink() -> None:
    for text in ("Ægir", "Żółć", "Ада", "Αθηνά", "שלום", "x"):
        for height in (12, 40, 150):
            for bold in (False, True):
                line = draw_line(text, height, bold)
                assert line.height_dots == height
                assert any(line.rows)
    assert draw_line("", 30, bold=False) == Bitmap.blank(1, 30)
    assert draw_line("WWW", 40, bold=True).width_dots > draw_line("iii", 40, bold=True).width_dots
    assert draw_line("Ada", 40, bold=True) == draw_line("Ada", 40, bold=True)


def test_each_word_has_the_font_that_it_needs() -> None:
    """A Latin name beside one in Armenian, which our own font does not have, loses no letter."""
    both, latin, armenian = (draw_line(text, 60, True) for text in ("Hayk Հայկ", "Hayk", "Հայկ"))
    gap = both.width_dots - latin.width_dots - armenian.width_dots
    assert 5 < gap < 20
    assert both.cut(0, latin.width_dots) == latin
    assert both.cut(latin.width_dots + gap, armenian.width_dots) == armenian
    assert draw_line("Ida 🎉 Berg", 60, True).width_dots == pytest.approx(
        draw_line("Ida Berg", 60, True).width_dots, abs=6
    )
    assert draw_line("🎉", 60, True) == Bitmap.blank(1, 60)


def test_no_window_is_opened() -> None:
    import subprocess
    import sys

    script = (
        "import sys; from kiosk.screens.badge_text import draw_line; draw_line('Ada', 80, True);"
        "sys.exit('kivy.core.window' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], timeout=60, check=False, capture_output=True)
    assert done.returncode == 0


def test_words_are_broken_before_they_are_cut() -> None:
    def square(text: str, height_dots: int, bold: bool) -> Bitmap:
        return Bitmap.blank(max(1, len(text) * height_dots), height_dots, black=True)

    lines = Lines(Paper(400, 8.0), square)
    (one,) = lines.fitted("abc", Sizing(10.0, 2.0))
    assert one.height_mm == 10.0
    two = lines.fitted("abcdef ghijkl", Sizing(10.0, 2.0, lines=2))
    assert [each.text for each in two] == ["abcdef", "ghijkl"]
    assert two[0].height_mm < 10.0
    (cut,) = lines.fitted("abcdefghijklmnopqrstuvwxyz" * 2, Sizing(10.0, 3.0))
    assert cut.text.endswith("…")
    assert lines.whole("abc " * 10, Sizing(10.0, 4.0), Sizing(10.0, 2.0, lines=4))[0].height_mm <= 4.0
    assert lines.fitted(" \0 ", Sizing(3.0, 2.0)) == ()
    assert all(each.drawn is not None and each.drawn.width_dots <= 400 for each in (one, *two, cut))


def test_heights_count_for_the_tallest_printer() -> None:
    elements = (Text("a", 5.0), Rule(0.5), Qr("A", module_mm=0.5))
    assert height_mm(elements, Paper(400, 8.0)) == pytest.approx(6.0 + 0.5 + 29 * 0.5)
