"""The list of who is in the building, on paper: everybody, once, whole, on every printer."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from drivers.printers.document import Document, Text
from kiosk.evacuation_paper import EvacuationPaper, evacuation_pages
from kiosk.events import OnSite
from kiosk.screens.badge_text import draw_line
from tests.common.visiting.token_kit import NOW
from tests.kiosk.badge_kit import CONFIGS, NAMES, paper_of, printed
from tests.kiosk.invitation_kit import ZONE
from ui.translations import Translations


def people(count: int, assumed: int = 0) -> list[OnSite]:
    found = [
        OnSite(f"{n:032x}", f"Gæst{n:03} Petersen", "Jonas Vært", "guest", NOW - timedelta(minutes=n))
        for n in range(count)
    ]
    return found + [
        OnSite(f"{n:032x}", f"Ude{n:03} Berg", "", "guest", NOW, assumed=True, found=True) for n in range(assumed)
    ]


def pages(who: list[OnSite], paper: str = "62x100", language: str = "da", unreadable: int = 0) -> list[Document]:
    on = EvacuationPaper(paper_of(paper), draw_line, Translations(language), ZONE)
    return list(asyncio.run(evacuation_pages(who, NOW, on, unreadable=unreadable)))


def texts(documents: list[Document]) -> list[str]:
    return [each.text for page in documents for each in page.elements if isinstance(each, Text)]


@pytest.mark.parametrize("paper", CONFIGS)
def test_everybody_is_on_it_once(paper: str) -> None:
    made = pages(people(40, 5), paper)
    names = Counter(line.split()[-2] for line in texts(made) if line.startswith("["))
    assert names == {f"Gæst{n:03}": 1 for n in range(40)} | {f"Ude{n:03}": 1 for n in range(5)}
    for page in made:
        printed(paper, page)


def test_who_is_assumed_out_stands_apart_and_last() -> None:
    lines = texts(pages(people(2, 1)))
    at = lines.index("Meldt ud af uret: er her måske endnu")
    assert [line.split()[-2] for line in lines[:at] if line.startswith("[")] == ["Gæst000", "Gæst001"]
    assert lines[at + 1].startswith("[x] Ude000")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("da", ("I bygningen: 3 personer", "man 23. nov 10:00 · side 1 af 1", "Jonas Vært · siden 10:00")),
        ("en", ("In the building: 3 people", "Mon 23 Nov 10:00 · page 1 of 1", "Jonas Vært · since 10:00")),
        ("es", ("En el edificio: 3 personas", "lun 23 nov 10:00 · página 1 de 1", "Jonas Vært · desde las 10:00")),
    ],
)
def test_words(language: str, words: tuple[str, ...]) -> None:
    found = texts(pages(people(3), language=language))
    assert set(words) <= set(found)


def test_nobody_and_people_whose_names_are_lost() -> None:
    assert "Ingen er registreret." in texts(pages([]))
    lines = " ".join(texts(pages([], unreadable=2)))
    assert "2 mere er meldt ind, men deres navne kan ikke læses." in lines
    assert "2 personer" in lines
    assert "Ingen" not in lines


def test_long_and_foreign_names_are_whole() -> None:
    for name in (NAMES["long"], NAMES["cyrillic"], NAMES["greek"]):
        made = pages([OnSite("0" * 32, name, "Jonas", "guest", NOW)])
        assert "".join(name.split()) in "".join("".join(texts(made)).split())


def test_the_paper_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.evacuation_paper.MOST_PAGES", 3)
    made = pages(people(60))
    assert len(made) == 3
