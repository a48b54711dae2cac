"""Catalogues that are complete, and dates as people write them."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ui.screen_texts import ScreenText, placeholders, screen_texts
from ui.translations import TranslationError, Translations, languages, read_catalogue

ROOT = Path(__file__).parents[2]
PACKAGES = ("common", "graph", "kiosk", "roomdisplay", "ui")
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
SUNDAY = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)


def all_texts() -> set[ScreenText]:
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {text for path in sources for text in screen_texts(path.read_text(encoding="utf-8"))}


def forms(language: str) -> dict[str, tuple[str, ...]]:
    """Every translation of a catalogue, by its English (singular)."""
    found = {}
    for message in read_catalogue(language):
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return found


def test_the_three_languages_are_there() -> None:
    assert languages() == ["da", "en", "es"]


@pytest.mark.parametrize("language", ["da", "en", "es"])
def test_every_text_is_translated_in_all_its_forms(language: str) -> None:
    catalogue = read_catalogue(language)
    known = forms(language)
    texts = all_texts()
    assert len(texts) > 20, "the extraction finds next to nothing"
    missing = sorted(text.text for text in texts if not all(known.get(text.text, ("",))))
    assert missing == [], "run scripts/translations and translate these"
    for text in texts:
        wanted = catalogue.num_plurals if text.plural else 1
        assert len(known[text.text]) == wanted, text
    dropped = sorted(set(known) - {text.text for text in texts})
    assert dropped == [], "run scripts/translations: these are no longer used"


@pytest.mark.parametrize("language", ["da", "en", "es"])
def test_translations_have_the_placeholders_of_the_english(language: str) -> None:
    known = forms(language)
    for text in all_texts():
        for form in known[text.text]:
            wanted = placeholders(text.text) | placeholders(text.plural)
            assert placeholders(form) <= wanted, (text, form)
            assert placeholders(form) >= placeholders(text.text) - {"count"}, (text, form)


@pytest.mark.parametrize("language", ["da", "es"])
def test_no_translation_is_the_english_forgotten(language: str) -> None:
    same = [text for text, strings in forms(language).items() if strings == (text,) and " " in text]
    assert [text for text in same if placeholders(text) == set()] == []


@pytest.mark.parametrize(
    ("language", "date", "long_date", "weekday", "afternoon"),
    [
        ("da", "søn 22. nov", "søndag 22. november", "søn", "2:30 PM"),
        ("en", "Sun 22 Nov", "Sunday 22 November", "Sun", "2:30 PM"),
        ("es", "dom 22 nov", "domingo 22 de noviembre", "dom", "2:30 p. m."),
    ],
)
def test_dates_and_times(language: str, date: str, long_date: str, weekday: str, afternoon: str) -> None:
    words = Translations(language)
    assert words.time(SUNDAY, COPENHAGEN) == "11:42"
    assert words.time(SUNDAY, ZoneInfo("America/Bogota")) == "05:42"
    half_past_two = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)
    assert " ".join(words.time(half_past_two, COPENHAGEN, 12).split()) == afternoon
    assert words.short_date(SUNDAY, COPENHAGEN) == date
    assert words.long_date(SUNDAY, COPENHAGEN) == long_date
    assert words.weekday(SUNDAY, COPENHAGEN) == weekday


def test_the_date_is_that_of_the_room() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert Translations("da").short_date(late, COPENHAGEN) == "man 23. nov"


@pytest.mark.parametrize(
    ("minutes", "danish", "english"),
    [
        (78, "1 t 18 min", "1 h 18 min"),
        (120, "2 t", "2 h"),
        (6, "6 min", "6 min"),
        (0, "0 min", "0 min"),
        (-5, "0 min", "0 min"),
    ],
)
def test_durations(minutes: int, danish: str, english: str) -> None:
    assert Translations("da").duration(minutes) == danish
    assert Translations("en").duration(minutes) == english


@pytest.mark.parametrize(("count", "seats"), [(1, "1 plads"), (8, "8 pladser"), (0, "0 pladser")])
def test_plurals(count: int, seats: str) -> None:
    assert Translations("da").n("{count} seat", "{count} seats", count) == seats


def test_the_words_of_the_mock_ups() -> None:
    words = Translations("da")
    shown = {
        "Free": "Ledig",
        "Busy": "Optaget",
        "Check in": "Tjek ind",
        "Other room": "Andet lokale",
        "Report a fault": "Meld fejl",
        "Extend": "Forlæng",
        "Book later": "Book senere",
        "Release": "Frigiv",
        "Try again": "Prøv igen",
    }
    assert {text: words.t(text) for text in shown} == shown
    assert words.t("until {time} · {left}", time="13:00", left=words.duration(78)) == "indtil 13:00 · 1 t 18 min"
    assert words.t("until {time}", time="13:00") == "til 13:00"


def test_a_missing_text_is_english_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    words = Translations("da")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert words.t("Nobody wrote {this}", this="that") == "Nobody wrote that"
            assert words.n("{count} gnu", "{count} gnus", 2) == "2 gnus"
    assert [record.message.count("gnu") + record.message.count("wrote") for record in caplog.records] == [1, 1]


def test_english_needs_no_catalogue_entry(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert Translations("en").t("Nobody wrote this") == "Nobody wrote this"
    assert caplog.records == []


def test_an_unknown_language_says_which_there_are() -> None:
    with pytest.raises(TranslationError, match="da, en, es"):
        Translations("xx")


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('N_("Free")', {ScreenText("Free")}),
        ('words.t("until {time}", time=x)', {ScreenText("until {time}")}),
        ('self.words.n("{count} seat", "{count} seats", 3)', {ScreenText("{count} seat", "{count} seats")}),
        ('t("a "\n  "b")', {ScreenText("a b")}),
        ("t(text)", set()),
        ('print("no")', set()),
        ('N_("")', set()),
    ],
)
def test_extraction(source: str, texts: set[ScreenText]) -> None:
    assert screen_texts(source) == texts
