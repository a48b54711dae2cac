"""What hosts write in a hurry, in three languages, and what must not be taken for an answer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.answers import answer_of
from kiosk.message_texts import LANGUAGES, REPLY
from kiosk.model import Answer
from tests.property.strategies import steady
from ui.translations import Translations

COMING = [
    "kommer", "Kommer!", "Jeg kommer nu", "jeg er på vej", "JEG KOMMER", "kommer om 10 min", "ja", "Ok", "okay tak",
    "👍",
    "coming", "I'm coming down", "on my way", "OMW", "be there in a sec", "yes",
    "voy", "Ya voy", "¡Voy!", "voy en un momento", "en camino", "sí", "vale", "bajo ahora", "15 minutter, jeg kommer",
]  # fmt: skip
FIVE = [
    "5", "5 min", "5min", "5 minutter", "om 5 minutter", "Jeg kommer om 5 min.", "fem minutter", "5 m",
    "five minutes", "give me 5 minutes", "5 mins", "in five minutes please",
    "5 minutos", "en 5 minutos", "cinco minutos", "voy en 5 min", "5\xa0minutter",
]  # fmt: skip
NEITHER = [
    "", "   ", "kommer ikke", "jeg kan ikke komme", "nej", "I can't come", "not coming", "cannot make it", "no puedo",
    "nunca", "hvem er det?", "er det Jesper der kommer?", "who is coming?", "15 min", "55 minutter", "15 minutter",
    "send ham op til os på kontoret, ja tak", "hej", "tak", "kl 5", "😡", "desværre, er på vej hjem",
]  # fmt: skip


@pytest.mark.parametrize("text", COMING)
def test_coming(text: str) -> None:
    assert answer_of(text) is Answer.COMING


@pytest.mark.parametrize("text", FIVE)
def test_five_minutes(text: str) -> None:
    assert answer_of(text) is Answer.FIVE_MINUTES


@pytest.mark.parametrize("text", NEITHER)
def test_what_is_no_answer_lets_the_ladder_go_on(text: str) -> None:
    assert answer_of(text) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_are_offered_are_understood(language: str) -> None:
    offered = re.findall(r"[“”»«„\"]([^“”»«„\"]+)[“”»«„\"]", Translations(language).t(REPLY))
    assert [answer_of(words) for words in offered if answer_of(words)] == [Answer.COMING, Answer.FIVE_MINUTES]


@steady
@given(st.text(max_size=300))
def test_nothing_that_is_written_breaks_it(text: str) -> None:
    assert answer_of(text) in (None, *Answer)
    assert answer_of(f"{text[:100]} ikke") is None
