"""Eight characters: read kindly, mistypings told, tries counted."""

from __future__ import annotations

import itertools
import random

import pytest

from common.visiting.codes import CODE_ALPHABET, Tries, code_hash, code_of, code_text, normalised, shown
from tests.common.visiting.token_kit import new_code


def test_codes_are_valid_and_differ() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(normalised(code) == code and len(code) == 8 for code in codes)


def test_a_code_is_what_chance_makes_it() -> None:
    assert code_of(bytes(7)) == "00000000"
    assert code_of(b"\xff" * 7)[:7] == "ZZZZZZZ"
    with pytest.raises(ValueError, match="7 bytes"):
        code_of(b"")


def test_what_people_make_of_it() -> None:
    code = next(code for code in iter(new_code, "") if "0" in code and "1" in code)
    for typed in (
        code.lower(),
        shown(code),
        f"  {' '.join(code)} ",
        code.replace("0", "O").replace("1", "I"),
        code.replace("0", "o").replace("1", "l"),
        f"{code[:4]}–{code[4:]}\n",
    ):
        assert normalised(typed) == code, typed


def test_every_single_mistake_and_every_exchange_is_noticed() -> None:
    chance = random.Random(1)
    for _ in range(20):
        code = new_code()
        wrong = [code[:at] + other + code[at + 1 :] for at in range(8) for other in CODE_ALPHABET if other != code[at]]
        for one, other in itertools.combinations(range(8), 2):
            letters = list(code)
            letters[one], letters[other] = letters[other], letters[one]
            if code[one] != code[other]:
                wrong.append("".join(letters))
        assert {normalised(each) for each in wrong} == {""}
    drawn = ("".join(chance.choices(CODE_ALPHABET, k=8)) for _ in range(6400))
    assert 120 < sum(bool(normalised(each)) for each in drawn) < 280  # one in 32


@pytest.mark.parametrize("typed", ["", "1234567", "ØÆÅ", "\0" * 500, "U" * 8, "💥" * 8])
def test_what_is_no_code(typed: str) -> None:
    assert normalised(typed) == ""


def test_hashes_are_keyed_by_their_visit() -> None:
    code = new_code()
    assert code_hash(code, b"a" * 16) != code_hash(code, b"b" * 16)
    assert len(code_hash(code, b"a" * 16)) == 16


def test_five_tries_a_minute() -> None:
    tries = Tries()
    for number in range(5):
        assert tries.left(number) == 5 - number
        tries = tries.tried(number)
    assert tries.left(59.9) == 0
    assert tries.left(60.0) == 1
    assert tries.left(64.0) == 5
    assert len(tries.tried(5.0).at_s) == 5


@pytest.mark.parametrize(
    ("text", "code"),
    [("abcd-1234", "ABCD1234"), ("OIL o", "0110"), ("uU!?", ""), ("ABCDEFGHJKM", "ABCDEFGH"), ("ａ", "")],
)
def test_codes(text: str, code: str) -> None:
    assert code_text(text) == code


def test_a_code_of_any_length_is_bounded() -> None:
    assert code_text("1" * 10_000) == "1" * 8
