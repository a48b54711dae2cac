"""The panel finds who you know, and is no directory for those who do not know anybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.name_search import fold, words_of
from graph.model import Person
from roomdisplay.people_search import MAXIMUM_HITS, Budget, long_enough, matching, shielded
from tests.property.strategies import steady

names = st.text("abcdeøåæéñ ÆØÅ-'", max_size=25)


def people(*found: str) -> list[Person]:
    return [Person(str(number), name, f"p{number}@nordhavn.example") for number, name in enumerate(found)]


FOLDS = [
    ("Jørgen", "jorgen"),
    ("Joergen", "jorgen"),
    ("Åse", "ase"),
    ("A\u030ase", "ase"),
    ("Aase", "ase"),
    ("Æbelø", "aebelo"),
    ("Ǿrsted", "orsted"),
    ("Strauß", "strauss"),
    ("José Ñandú", "jose nandu"),
    ("Łukasz", "lukasz"),
    ("İpek", "ipek"),
    ("Đorđe", "dorde"),
]


@pytest.mark.parametrize(("written", "folded"), FOLDS)
def test_spellings_of_one_name_are_one(written: str, folded: str) -> None:
    assert fold(written) == folded
    assert fold(written.upper()) == folded


@steady
@given(names)
def test_folding_twice_is_once_and_case_does_not_matter(name: str) -> None:
    assert fold(fold(name)) in (fold(name), fold(name).replace("aa", "a").replace("oe", "o"))
    assert words_of(name.casefold()) == words_of(name)


MATCHES = [
    ("jes", ["Jesper Friis", "Jesper Holm"]),
    ("jes fri", ["Jesper Friis"]),
    ("fri jes", ["Jesper Friis"]),
    ("friis jesper", ["Jesper Friis"]),
    ("sper", []),
    ("jes olsen", []),
    ("JES", ["Jesper Friis", "Jesper Holm"]),
    ("maria", ["Anne-Maria Bøgh"]),
    ("bog", ["Anne-Maria Bøgh"]),
    ("boegh", ["Anne-Maria Bøgh"]),
    ("---", []),
    ("...", []),
    ("", []),
    ("   ", []),
]


@pytest.mark.parametrize(("typed", "found"), MATCHES)
def test_every_typed_word_begins_a_word_of_the_name(typed: str, found: list[str]) -> None:
    everybody = people("Jesper Holm", "Anne-Maria Bøgh", "Jesper Friis")
    assert [person.name for person in matching(everybody, typed)] == found


@steady
@given(st.lists(names, max_size=8), names)
def test_what_is_found_begins_with_what_was_typed(everybody: list[str], typed: str) -> None:
    for person in matching(people(*everybody), typed):
        assert all(any(name.startswith(word) for name in words_of(person.name)) for word in words_of(typed))


@pytest.mark.parametrize(
    ("typed", "enough"),
    [("jes", True), ("je", False), ("je fr", False), ("a jes", True), ("Åse", True), ("---", False), ("j.e", False),
     ("\u0301\u0301\u0301", False), ("***", False), ("123", False), ("", False)],
)  # fmt: skip
def test_three_letters(typed: str, enough: bool) -> None:
    assert long_enough(typed) is enough


SHIELDED = [
    ("Jesper Friis", "jes", "Jesper F."),
    ("Jesper Friis", "jesper fri", "Jesper F."),
    ("Jesper Friis", "jesper friis", "Jesper Friis"),
    ("Jørgen Bøgh", "joergen boegh", "Jørgen Bøgh"),
    ("Anne Sofie Holm", "anne holm", "Anne H."),
    ("Anne Sofie Holm", "Anne Sofie Holm ", "Anne Sofie Holm"),
    ("Cher", "ch", "Cher"),
    ("Jesper  ", "jes", "Jesper"),
    ("  ", "jes", ""),
    ("", "jes", ""),
    ("Jesper Friis", "", "Jesper F."),
]


@pytest.mark.parametrize(("name", "typed", "shown"), SHIELDED)
def test_surnames_are_shielded_until_they_were_typed(name: str, typed: str, shown: str) -> None:
    assert shielded(Person("1", name, "x@y.example"), typed) == shown


def test_a_sitting_has_a_budget() -> None:
    budget = Budget(per_sitting=3, per_hour=100)
    assert [budget.take(0.0) for _ in range(5)] == [True, True, True, False, False]
    budget.new_sitting()
    assert budget.take(1.0)


def test_an_hour_has_a_budget_that_a_new_sitting_does_not_renew() -> None:
    budget = Budget(per_sitting=50, per_hour=2)
    assert [budget.take(0.0), budget.take(1800.0), budget.take(1801.0)] == [True, True, False]
    budget.new_sitting()
    assert not budget.take(3599.9)
    assert budget.take(3600.0), "the first is an hour old"
    assert not budget.take(5399.9)
    assert budget.take(5400.0)


@steady
@given(st.lists(st.floats(0, 600), max_size=60), st.integers(1, 5), st.integers(1, 8))
def test_no_hour_has_more_than_its_budget(gaps_s: list[float], sitting: int, hour: int) -> None:
    budget, now_s, taken = Budget(sitting, hour), 0.0, []
    for gap_s in gaps_s:
        now_s += gap_s
        budget.new_sitting()
        if budget.take(now_s):
            taken.append(now_s)
    assert all(len([t for t in taken if start <= t < start + 3600]) <= hour for start in taken)


def test_nothing_is_shown_above_five() -> None:
    assert MAXIMUM_HITS == 5
