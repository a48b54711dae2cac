"""The PIN is never kept, and guessing it takes longer than anybody stands in a corridor."""

from __future__ import annotations

import pytest

from common.errors import MyDeskError
from common.pin import FIRST_LOCK_S, LONGEST_LOCK_S, Guard, hash_pin, matches

HASH = hash_pin("271828")


def test_a_hash_matches_its_pin_alone_and_does_not_show_it() -> None:
    assert matches("271828", HASH)
    assert not matches("271829", HASH)
    assert "271828" not in HASH
    assert HASH.startswith("scrypt$")
    assert hash_pin("271828") != HASH, "salted"


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "abcdef", "111111", "12 456", "٢٧١٨٢٨", "²71828", "-12345"])
def test_what_is_no_pin_is_refused_with_what_to_do(pin: str) -> None:
    with pytest.raises(MyDeskError, match="Take 6 digits"):
        hash_pin(pin)


@pytest.mark.parametrize(
    "damaged",
    ["", "scrypt", "scrypt$", "scrypt$$", "scrypt$AAAA", "scrypt$AAAA$", "scrypt$!!!$AAAA", "scrypt$AAAA$!!!",
     "scrypt$æ$ø", "md5$AAAA$AAAA", "271828", HASH[:-4], HASH + "$x", HASH.replace("$", " ")],
    ids=range(14),
)  # fmt: skip
def test_a_damaged_hash_opens_nothing(damaged: str) -> None:
    assert not matches("271828", damaged)
    assert not matches("", damaged)


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> Guard:
    """The hash takes 50 ms on purpose; what is counted here is tries."""
    monkeypatch.setattr("common.pin.matches", lambda pin, pin_hash: pin == pin_hash)
    return Guard("271828")


def test_five_wrong_tries_lock_for_a_minute(guard: Guard) -> None:
    assert [guard.allows("000001", 0.0) for _ in range(4)] == [False] * 4
    assert guard.locked_s(0.0) == 0
    assert not guard.allows("000001", 0.0)
    assert guard.locked_s(0.0) == FIRST_LOCK_S
    assert guard.locked_s(59.2) == 1
    assert not guard.allows("271828", 59.0), "while it is locked the right one is not looked at"
    assert guard.locked_s(60.0) == 0
    assert guard.allows("271828", 60.0)


def test_the_lock_doubles_up_to_an_hour(guard: Guard) -> None:
    now_s, locks = 0.0, []
    for _ in range(9):
        for _ in range(5):
            assert not guard.allows("000001", now_s)
        locks.append(guard.locked_s(now_s))
        now_s += locks[-1]
    assert locks == [60, 120, 240, 480, 960, 1920, 3600, LONGEST_LOCK_S, LONGEST_LOCK_S]


def test_the_right_one_forgives(guard: Guard) -> None:
    for _ in range(4):
        guard.allows("000001", 0.0)
    assert guard.allows("271828", 0.0)
    for _ in range(4):
        guard.allows("000001", 0.0)
    assert guard.locked_s(0.0) == 0


def test_a_real_guard() -> None:
    assert Guard(HASH).allows("271828", 0.0)
    assert not Guard(HASH).allows("828172", 0.0)
    assert not Guard("").allows("271828", 0.0)
