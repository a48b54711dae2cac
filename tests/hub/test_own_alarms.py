"""What the hub itself sees: units that are not there, a broker that is away, channels that fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import select

from common.clock import ManualClock
from hub.live import Live
from hub.notify import Failing
from hub.own_alarms import CLOCK, CUT_OFF, ILL_S, SETTLED_S, UNIT_LOST, UNKEPT_S, OwnAlarms
from hub.store import Store
from hub.store_errors import HubStoreError
from hub.tables import ALARMS, LATEST, UNITS
from telemetry.messages import Status, encode
from tests.hub.notify_kit import NOW, ms

Link = Literal["online", "lost", "offline"]


@dataclass
class Place:
    """A hub whose broker and channels are as a test says."""

    store: Store
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    trouble: str = ""
    failing: dict[str, Failing] = field(default_factory=dict)
    kept: bool = True

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """The hub, for the first time or again."""
        told = (lambda: self.trouble, lambda: self.failing, lambda: self.kept)
        self.own = OwnAlarms(self.store, Live(), self.clock, *told)

    def live(self, seconds: float) -> None:
        for _ in range(round(seconds / 15)):
            self.own.look()
            self.clock.step(15)
        self.own.look()

    def heard(self, unit: str, link: Link, *, revoked: bool = False) -> None:
        now_ms = ms(self.clock.now())
        status = encode(Status(s=link, boot="b", n=1)).decode()
        with self.store.begin() as connection:
            for table in (UNITS, LATEST):
                connection.execute(table.delete().where(table.c.unit == unit))
            row = {"unit": unit, "last_seen_ms": now_ms, "revoked_ms": now_ms if revoked else None}
            connection.execute(UNITS.insert().values(row))
            told = {"unit": unit, "topic": "status", "received_ms": now_ms, "body": status}
            connection.execute(LATEST.insert().values(told))

    def open(self) -> list[tuple[str, str]]:
        with self.store.reading() as connection:
            query = select(ALARMS.c.unit, ALARMS.c.kind).where(ALARMS.c.cleared_ms.is_(None)).order_by(ALARMS.c.unit)
            return [(row.unit, row.kind) for row in connection.execute(query)]


@pytest.fixture
def place(store: Store) -> Place:
    return Place(store)


def test_a_unit_that_is_lost_or_silent_is_an_alarm_until_it_is_heard(place: Place) -> None:
    place.live(SETTLED_S)
    links: dict[str, Link] = {"ada": "online", "bob": "lost", "cai": "offline", "dan": "online"}
    for unit, link in links.items():
        place.heard(unit, link)
    place.heard("eva", "lost", revoked=True)
    place.live(30)
    assert place.open() == [("bob", UNIT_LOST)]
    place.live(SETTLED_S)
    assert place.open() == [(unit, UNIT_LOST) for unit in ("ada", "bob", "dan")]
    place.heard("ada", "online")
    place.heard("bob", "online")
    place.live(15)
    assert place.open() == [("dan", UNIT_LOST)]
    place.live(15)
    with place.store.reading() as connection:
        assert len(connection.execute(select(ALARMS)).all()) == 3, "each was raised once"


def test_a_hub_that_was_away_waits_before_it_judges(place: Place) -> None:
    place.heard("ada", "online")
    place.clock.step(3600)
    place.live(SETTLED_S - 30)
    assert place.open() == []
    place.heard("ada", "online")
    place.live(60)
    assert place.open() == []


def test_a_broker_that_is_away_is_one_alarm_and_not_two_hundred(place: Place) -> None:
    place.live(SETTLED_S)
    for number in range(200):
        place.heard(f"unit-{number}", "online")
    place.heard("bob", "lost")
    place.live(15)
    place.trouble = "waiting for the broker"
    place.live(ILL_S - 30)
    assert place.open() == [("bob", UNIT_LOST)]
    place.live(3600)
    assert place.open() == [("bob", UNIT_LOST), ("hub", CUT_OFF)]
    place.trouble = ""
    place.heard("bob", "online")
    place.live(15)
    assert place.open() == [("bob", UNIT_LOST)], "units are not judged yet"
    for number in range(200):
        place.heard(f"unit-{number}", "online")
    place.live(SETTLED_S - 30)
    place.heard("bob", "online")
    place.live(30)
    assert place.open() == []


def test_what_a_crash_left_open_is_taken_up(place: Place, store: Store) -> None:
    place.trouble = "waiting for the broker"
    place.live(ILL_S + 15)
    again = Place(store, place.clock, trouble="waiting for the broker")
    again.live(ILL_S + 15)
    assert again.open() == [("hub", CUT_OFF)]
    Place(store, place.clock).live(0)
    assert again.open() == []


def test_a_channel_that_fails_is_an_alarm(place: Place) -> None:
    place.failing = {"mail": Failing(ms(NOW), "Mail server smtp:587: it does not answer in time.")}
    place.live(0)
    assert place.open() == [("hub", "mail-failing")]
    with place.store.reading() as connection:
        assert "does not answer in time" in connection.execute(select(ALARMS.c.text)).scalar_one()
    place.failing = {}
    place.live(0)
    assert place.open() == []


def test_a_database_that_is_away_is_told_to_the_caller(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'hub.db'}")
    place = Place(store)
    store.close()
    (tmp_path / "hub.db").write_bytes(b"no database at all" * 100)
    for name in ("hub.db-wal", "hub.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    with pytest.raises(HubStoreError):
        place.own.look()
    store.close()


def test_a_clock_that_nobody_keeps_is_one_alarm_over_restarts_too(place: Place) -> None:
    place.kept = False
    place.live(UNKEPT_S - 30)
    assert place.open() == [], "a clock that is being set after a start is no alarm"
    place.live(60)
    assert place.open() == [("hub", CLOCK)]
    place.start()
    place.live(UNKEPT_S + 60)
    with place.store.reading() as connection:
        assert len(connection.execute(select(ALARMS)).all()) == 1, "not cleared and raised again"
    place.kept = True
    place.live(15)
    assert place.open() == []
