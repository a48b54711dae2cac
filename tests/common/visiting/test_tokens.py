"""Tokens: what is ours and true, and that nothing else is, however it was made."""

from __future__ import annotations

import base64
import random
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from common.visiting.tokens import (
    LONGEST,
    PREFIX,
    BadgeClaim,
    Claim,
    Fault,
    KeyUnusable,
    judge_badge,
    judge_invitation,
    parse,
    public_keys,
)
from drivers.printers.bitmap import qr_modules
from tests.common.visiting.token_kit import (
    BADGE,
    DAY_KEY,
    END,
    KEY,
    KEYS,
    NOW,
    OTHER_KEY,
    START,
    VISIT,
    claim,
    judged,
    public_text,
    token,
)


def reencoded(text: str, at: int, byte: int) -> str:
    """The same token with one byte changed."""
    raw = bytearray(base64.b32decode(text[4:] + "=" * (-len(text[4:]) % 8)))
    raw[at] = byte
    return PREFIX + base64.b32encode(bytes(raw)).decode().rstrip("=")


def test_a_good_invitation_and_what_it_says() -> None:
    found = parse(token())
    assert isinstance(found, Claim)
    assert (found.visit_id, found.start, found.end, found.key_id) == (VISIT, START, END, 1)
    assert judged(token()) is None
    assert judged(token(key=OTHER_KEY, key_id=2)) is None


def test_sizes_of_reference_4e() -> None:
    assert len(token()) == 4 + 144
    assert len(BADGE) == 4 + 69
    assert qr_modules(token()) + 8 <= 53
    assert qr_modules(BADGE) + 8 == 41


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.NOT_OURS),
        ("x" * (LONGEST + 1), Fault.TOO_LONG),
        (PREFIX + "A" * 5000, Fault.TOO_LONG),
        (PREFIX, Fault.DAMAGED),
        (token()[:-1], Fault.DAMAGED),
        (token() + "A", Fault.DAMAGED),
        (token().lower(), Fault.NOT_OURS),
        (PREFIX + token()[4:].lower(), Fault.DAMAGED),
        (PREFIX + "\u0660" * 144, Fault.DAMAGED),
        (PREFIX + "=" * 144, Fault.DAMAGED),
        (reencoded(token(), 0, 2), Fault.WRONG_VERSION),
        (reencoded(token(), 1, 9), Fault.UNKNOWN_KEY),
        (reencoded(token(), 1, 2), Fault.BAD_SIGNATURE),
        (reencoded(token(), 10, 0), Fault.BAD_SIGNATURE),
        (token(key=OTHER_KEY), Fault.BAD_SIGNATURE),
        (reencoded(BADGE, 26, ord("I")), Fault.DAMAGED),
        (reencoded(BADGE, 10, 0), Fault.BAD_SIGNATURE),
        (reencoded(BADGE, 1, 8), Fault.EXPIRED),
    ],
)
def test_what_is_refused(text: str, fault: Fault) -> None:
    assert judged(text) is fault


@pytest.mark.parametrize(
    ("now", "clock_sure", "fault"),
    [
        (START - timedelta(minutes=121), True, Fault.TOO_EARLY),
        (START - timedelta(minutes=120), True, None),
        (END + timedelta(minutes=119, seconds=59), True, None),
        (END + timedelta(minutes=120), True, Fault.EXPIRED),
        (START, False, Fault.CLOCK_UNSURE),
        (END + timedelta(days=9), False, Fault.CLOCK_UNSURE),
    ],
)
def test_the_window(now: datetime, clock_sure: bool, fault: Fault | None) -> None:
    found = parse(token())
    assert isinstance(found, Claim)
    two_h = timedelta(hours=2)
    assert judge_invitation(found, KEYS, now, clock_sure=clock_sure, early=two_h, late=two_h) is fault


def test_revoked_and_used_are_told_only_of_true_ones() -> None:
    found = parse(token())
    forged = parse(token(key=Ed25519PrivateKey.generate()))
    assert isinstance(found, Claim)
    assert isinstance(forged, Claim)
    assert judge_invitation(found, KEYS, START, clock_sure=True, revoked={VISIT}) is Fault.REVOKED
    assert judge_invitation(found, KEYS, START, clock_sure=True, used={VISIT}) is Fault.USED
    assert judge_invitation(forged, KEYS, START, clock_sure=True, revoked={VISIT}, used={VISIT}) is Fault.BAD_SIGNATURE


def test_a_badge_is_no_invitation_and_the_reverse() -> None:
    """Not even where its bytes are cut, filled or signed for the other purpose."""
    raw = base64.b32decode(BADGE[4:] + "=" * (-len(BADGE[4:]) % 8))
    for filled in (raw.ljust(90, b"\0"), raw[:26] + KEY.sign(raw[:26]), raw[:26] + KEY.sign(raw[:27])):
        assert judged(PREFIX + base64.b32encode(filled).decode()) in (Fault.BAD_SIGNATURE, Fault.UNKNOWN_KEY)
        named = filled[:1] + b"\1" + filled[2:]
        assert judged(PREFIX + base64.b32encode(named).decode()) is Fault.BAD_SIGNATURE
    cut = base64.b32decode(token()[4:])[:26] + b"B" + bytes(16)
    cut = cut[:1] + b"\7" + cut[2:]
    assert judged(PREFIX + base64.b32encode(cut).decode().rstrip("=")) is Fault.BAD_SIGNATURE


def test_a_badge_ends_at_its_time_and_with_its_day() -> None:
    badge = parse(BADGE)
    assert isinstance(badge, BadgeClaim)
    late = NOW + timedelta(hours=8)
    assert judge_badge(badge, {7: DAY_KEY}, late - timedelta(seconds=1), clock_sure=True) is None
    assert judge_badge(badge, {7: DAY_KEY}, late, clock_sure=True) is Fault.EXPIRED
    assert judge_badge(badge, {7: DAY_KEY}, late, clock_sure=False) is None
    assert judge_badge(badge, {8: DAY_KEY}, NOW, clock_sure=True) is Fault.EXPIRED
    assert judge_badge(badge, {7: bytes(32)}, NOW, clock_sure=True) is Fault.BAD_SIGNATURE


def test_ten_thousand_random_codes_open_nothing() -> None:
    chance = random.Random(4)
    alphabets = (
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "".join(map(chr, range(32, 127))),
        "".join(map(chr, (*range(0x250), *range(0x3040, 0x3100), 0x1F389, 0x202E, 0xFFFD))),
    )
    faults = set()
    for number in range(10_000):
        body = "".join(chance.choices(alphabets[number % 3], k=chance.choice((0, 1, 8, 69, 144, 296, 400))))
        fault = judged(PREFIX + body if number % 2 else body)
        assert fault is not None
        faults.add(fault)
    assert {Fault.NOT_OURS, Fault.DAMAGED, Fault.TOO_LONG, Fault.WRONG_VERSION} <= faults


@pytest.mark.parametrize("good", [token(), BADGE], ids=["invitation", "badge"])
def test_ten_thousand_mutations_open_nothing(good: str) -> None:
    chance = random.Random(5)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abc10= -:æ\0"
    assert judged(good) is None
    for _ in range(10_000):
        text = list(good)
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            at = chance.randrange(len(text))
            match chance.randrange(4):
                case 0:
                    text[at] = chance.choice(letters)
                case 1:
                    del text[at]
                case 2:
                    text.insert(at, chance.choice(letters))
                case _:
                    other = chance.randrange(len(text))
                    text[at], text[other] = text[other], text[at]
        mutated = "".join(text)
        assert mutated == good or judged(mutated) is not None


def test_every_bit_counts() -> None:
    for good in (token(), BADGE):
        raw = base64.b32decode(good[4:] + "=" * (-len(good[4:]) % 8))
        for bit in range(len(raw) * 8):
            flipped = reencoded(good, bit // 8, raw[bit // 8] ^ 1 << bit % 8)
            assert judged(flipped) is not None


@given(st.text(max_size=400))
def test_no_text_raises(text: str) -> None:
    assert judged(text) is not None
    assert judged(PREFIX + text) is not None


def test_keys_of_the_configuration() -> None:
    x25519 = X25519PrivateKey.generate().public_key()
    foreign = base64.b64encode(x25519.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    for wrong in (
        {"256": public_text(KEY)},
        {"one": public_text(KEY)},
        {"٣": public_text(KEY)},
        {"1": "MCow"},
        {"1": "no base64!"},
        {"1": foreign},
    ):
        with pytest.raises(KeyUnusable):
            public_keys(wrong)
    assert set(public_keys({"0": public_text(KEY), "255": public_text(OTHER_KEY)})) == {0, 255}


def test_instants_and_visits_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="1970 and 2106"):
        token(end=datetime(2107, 1, 1, tzinfo=NOW.tzinfo))
    assert "name" not in repr(claim()).lower()
