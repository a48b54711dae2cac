"""Visits on their way: only the key of the day opens them, nothing else is taken, and no fault tells of a guest."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from common.visiting.sealed_visit import (
    LARGEST_SEALED,
    VISIT_MAGIC,
    VisitRefused,
    day_of,
    open_visit,
    seal_visit,
    storage_key,
    transport_key,
)
from common.visiting.shared_visit import HUB, SharedGuest, SharedHost, SharedVisit, newer

DAY = date(2026, 11, 22)
SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))
KEY = transport_key(SECRET)
VISIT = SharedVisit(
    id="0123456789abcdef" * 2,
    version=3,
    by="lobby-1",
    origin="lobby-1",
    day=DAY,
    delete_on=date(2026, 12, 6),
    type="guest",
    guest=SharedGuest(name="Signe Hemmelig", email="signe@gaest.example", extra=(("company", "Hemmelig ApS"),)),
    host=SharedHost(ref="7", name="Jonas Vært", address="jonas@nordhavn.example"),
    in_at=datetime(2026, 11, 22, 9, 30, 0, 17, tzinfo=UTC),
    badge_key=bytes(range(32)),
)
SEALED = seal_visit(VISIT, KEY.public_key())
ERASED = SharedVisit(id=VISIT.id, version=4, by=HUB, origin="lobby-1", day=DAY, delete_on=VISIT.delete_on, erased=True)


def forged(plain: bytes, day: bytes = b"2026-11-22") -> bytes:
    """What anybody can seal who has the public key."""
    from common.visiting import sealed_visit

    head = VISIT_MAGIC + day
    return head + sealed_visit._SUITE.encrypt(plain, KEY.public_key(), info=head)


def changed(**values: object) -> bytes:
    return msgspec.json.encode(msgspec.to_builtins(VISIT) | values)


@pytest.mark.parametrize("visit", [VISIT, ERASED])
def test_there_and_back(visit: SharedVisit) -> None:
    sealed = seal_visit(visit, KEY.public_key())
    assert open_visit(sealed, KEY) == visit
    assert day_of(sealed) == DAY
    assert b"Signe" not in sealed
    assert sealed != seal_visit(visit, KEY.public_key())


def test_derived_keys_are_stable_and_have_one_purpose_each() -> None:
    assert transport_key(SECRET).private_bytes_raw() == KEY.private_bytes_raw()
    assert len({storage_key(SECRET), KEY.private_bytes_raw(), SECRET, storage_key(OTHER)}) == 4
    for derive in (transport_key, storage_key):
        with pytest.raises(ValueError, match="32 bytes"):
            derive(b"short")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        VISIT_MAGIC,
        VISIT_MAGIC + b"2026-11-22",
        b"MDREC1\n" + SEALED[7:],
        VISIT_MAGIC + b"20261122xx" + SEALED[17:],
        VISIT_MAGIC + b"2026-W47-7" + SEALED[17:],
        VISIT_MAGIC + b"2026-11-31" + SEALED[17:],
        VISIT_MAGIC + "２０２６".encode() + SEALED[17:],
        VISIT_MAGIC + b"2026-11-23" + SEALED[17:],
        SEALED[:-1],
        SEALED + b"\0",
        SEALED.ljust(LARGEST_SEALED + 1, b"\0"),
        forged(b"{}"),
        forged(b"no json"),
        forged(changed(day="2026-11-23")),
        forged(changed(), b"2026-11-23"),
        forged(changed(id="0" * 31)),
        forged(changed(id="0" * 32 + "\n")),
        forged(changed(version=0)),
        forged(changed(by="../hub")),
        forged(changed(in_at="2026-11-22T09:30:00")),
        forged(changed(state="dead")),
        forged(changed(guest=None)),
        forged(changed(erased=True)),
        forged(changed(guest={"name": "x" * 81})),
    ],
    ids=lambda raw: str(len(raw)),
)
def test_what_is_refused(raw: bytes) -> None:
    with pytest.raises(VisitRefused) as refused:
        open_visit(raw, KEY)
    assert "Signe" not in str(refused.value)
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_another_days_key_opens_nothing() -> None:
    for key in (transport_key(OTHER), X25519PrivateKey.generate()):
        with pytest.raises(VisitRefused):
            open_visit(SEALED, key)


def test_no_changed_byte_is_taken() -> None:
    chance = random.Random(14)
    for at in range(len(SEALED)):
        raw = bytearray(SEALED)
        raw[at] ^= chance.randrange(1, 256)
        with pytest.raises(VisitRefused):
            open_visit(bytes(raw), KEY)


def test_a_newer_releases_fields_are_ignored() -> None:
    assert open_visit(forged(changed(parking="B7")), KEY) == VISIT


def test_the_largest_visit_fits() -> None:
    wide = "💥" * 100
    guest = SharedGuest(name=wide[:80], email=wide, phone=wide[:30], extra=(("k" * 40, wide),) * 4)
    large = msgspec.structs.replace(VISIT, guest=guest, host=SharedHost(ref="r" * 200, name=wide, address=wide))
    assert open_visit(seal_visit(large, KEY.public_key()), KEY) == large


@pytest.mark.parametrize(
    ("one", "other", "wins"),
    [
        ((2, "a"), (1, "z"), True),
        ((1, "z"), (2, "a"), False),
        ((2, "lobby-2"), (2, "lobby-1"), True),
        ((2, "lobby-1"), (2, "lobby-2"), False),
        ((2, "lobby-1"), (2, "lobby-1"), False),
        ((10, "a"), (9, "a"), True),
    ],
)
def test_which_is_newer(one: tuple[int, str], other: tuple[int, str], wins: bool) -> None:
    made = [msgspec.structs.replace(VISIT, version=version, by=by) for version, by in (one, other)]
    assert newer(made[0], made[1]) is wins


def test_nothing_shows_who_it_is() -> None:
    assert "Signe" not in repr(VISIT)
    assert "Jonas" not in repr([VISIT.guest, VISIT.host])
    assert VISIT.present
    assert not ERASED.present
