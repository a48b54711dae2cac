"""The audit log: ids only, chained, and what a hand in the file leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from common.visiting.day_keys import AesGcm, KeyRing
from kiosk.audit import Actor, Audit, AuditEvent
from kiosk.register_store import RegisterStore
from tests.kiosk.register_kit import MONDAY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RegisterStore]:
    made = RegisterStore(tmp_path / "register.db", KeyRing(tmp_path / "keys" / "day.keys"), AesGcm())
    yield made
    made.close()


def note(audit: Audit, *days: int) -> None:
    for day in days:
        audit.note(MONDAY + timedelta(days=day), Actor.CLOCK, AuditEvent.FORGOTTEN, f"day-{day}", day)


def test_entries_come_back_in_order(store: RegisterStore) -> None:
    note(store.audit, 0, 1)
    assert [(one.seq, one.actor, one.event, one.object, one.count) for one in store.audit.entries()] == [
        (1, "clock", "forgotten", "day-0", 0),
        (2, "clock", "forgotten", "day-1", 1),
    ]
    assert store.audit.entries()[0].at == MONDAY


@pytest.mark.parametrize("name", ["Maja Krogh", "maja@krogh.example", "+45 12", "æ", "x" * 65, "a\nb"])
def test_a_name_does_not_get_in(store: RegisterStore, name: str) -> None:
    with pytest.raises(ValueError, match="id or a day") as caught:
        store.audit.note(MONDAY, Actor.ADMIN, AuditEvent.ERASED, name)
    assert name not in str(caught.value)


HANDS = [
    ("UPDATE audit SET count = 9 WHERE seq = 2", 2),
    ("UPDATE audit SET at_us = at_us + 1 WHERE seq = 1", 1),
    ("DELETE FROM audit WHERE seq = 2", 3),
    ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 3", 3),
    ("INSERT INTO audit SELECT 9, at_us, actor, event, object, count, hash FROM audit WHERE seq = 4", 9),
]


@pytest.mark.parametrize(("sql", "seq"), HANDS)
def test_a_hand_in_the_file_shows(store: RegisterStore, sql: str, seq: int) -> None:
    note(store.audit, 0, 1, 2, 3)
    assert store.audit.broken_at() is None
    store.connection.execute(sql)
    assert store.audit.broken_at() == seq


def test_a_cut_end_shows_by_the_head_that_was_told(store: RegisterStore) -> None:
    note(store.audit, 0, 1)
    told = store.audit.head
    store.connection.execute("DELETE FROM audit WHERE seq = 2")
    assert store.audit.broken_at() is None
    assert store.audit.head != told


def test_old_entries_go_and_the_chain_holds(store: RegisterStore) -> None:
    note(store.audit, *range(10))
    assert store.audit.drop_before(MONDAY + timedelta(days=4)) == 4
    assert store.audit.broken_at() is None
    note(store.audit, 10)
    assert store.audit.broken_at() is None
    assert store.audit.drop_before(MONDAY + timedelta(days=40)) == 7
    assert store.audit.drop_before(MONDAY + timedelta(days=40)) == 0
    note(store.audit, 41)
    assert store.audit.broken_at() is None


def test_entries_of_a_wrong_clock_neither_hold_others_back_nor_take_them_along(store: RegisterStore) -> None:
    note(store.audit, 9000, 0, -9000, 5)
    assert store.audit.drop_before(MONDAY + timedelta(days=3)) == 3
    assert [one.object for one in store.audit.entries()] == ["day-5"]
    note(store.audit, -9000)
    assert store.audit.drop_before(MONDAY + timedelta(days=3)) == 0
