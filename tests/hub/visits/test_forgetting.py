"""Visits are forgotten on their day, keys first; what a crash interrupted is finished; a wrong clock does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from common.clock import ManualClock
from hub.store_errors import HubFault, HubStoreError
from hub.tables import AUDIT
from hub.visits import forgetting
from hub.visits.access_requests import erase_guest
from hub.visits.ring import DayRing
from hub.visits.tables import COUNTS, DELIVERIES
from tests.hub.visits.kit import DAY_S, MONDAY, Hub, change, erased, hub, visit


@pytest.fixture
def there(tmp_path: Path, store_url: str) -> Iterator[Hub]:
    with hub(tmp_path, store_url) as made:
        made.kiosk("lobby")
        yield made


def test_a_visit_goes_on_its_day_with_all_that_hangs_on_it_and_a_count_stays(there: Hub) -> None:
    there.told("lobby", change(visit(1), "lobby", state="left", out_at=MONDAY, left_by="scan"))
    there.told("lobby", visit(2, state="no-show"))
    there.told("lobby", visit(3, state="expected", expected_at=MONDAY, in_at=None))
    there.clock.step(13 * DAY_S)
    assert there.parts.forget().visits == 0
    assert there.readable() == {1, 2, 3}
    there.clock.step(DAY_S)
    done = there.parts.forget("anna")
    assert (done.visits, done.keys >= 1, done.trusted, done.compacted) == (3, True, True, True)
    with there.store.reading() as connection:
        assert connection.execute(select(DELIVERIES)).all() == []
        assert [tuple(row) for row in connection.execute(select(COUNTS))] == [("Nordhavn", "2026-11-23", 1, 2)]
        told = connection.execute(select(AUDIT)).one()
    assert (told.who, told.action, told.detail) == ("anna", "visits forgotten", f"3 visits, {done.keys} keys")
    assert there.parts.forget().visits == 0


def test_a_clock_that_nobody_keeps_forgets_nothing(there: Hub) -> None:
    there.told("lobby", visit(1))
    there.clock.sync = False
    there.clock.step(400 * DAY_S)
    assert there.parts.forget().trusted is False
    assert there.readable() == {1}


def test_who_is_in_the_building_counts_although_the_key_is_lost(there: Hub) -> None:
    there.told("lobby", visit(1))
    there.told("lobby", visit(2, state="left", out_at=MONDAY))
    ring = there.parts.book.ring
    ring.destroy([key.id for key in ring.receiving(MONDAY.date())])
    assert there.parts.forget().visits == 1
    roll = there.parts.desk.roll("Nordhavn")
    assert (roll.people, roll.unreadable) == ((), 1)


def test_keys_go_first_so_that_a_run_that_is_cut_leaves_nothing_readable(
    there: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.told("lobby", visit(1, state="left", out_at=MONDAY))
    there.clock.step(14 * DAY_S)

    def cut(*_: object) -> int:
        raise HubStoreError(HubFault.AWAY, "cut")

    with monkeypatch.context() as broken:
        broken.setattr(forgetting, "_delete", cut)
        with pytest.raises(HubStoreError):
            there.parts.forget()
    assert (there.readable(), there.rows()) == (set(), 1)
    assert there.parts.forget().visits == 1
    assert there.rows() == 0


def test_a_visit_that_others_forget_sooner_goes_sooner(there: Hub) -> None:
    there.told("lobby", visit(1, delete_on=MONDAY.date() + timedelta(days=3)))
    there.told("lobby", visit(2))
    there.clock.step(3 * DAY_S)
    assert there.parts.forget().visits == 1
    assert there.readable() == {2}


def test_an_erasure_gives_the_day_a_new_key_and_spares_the_others(there: Hub) -> None:
    for number in (1, 2):
        there.told("lobby", visit(number, state="left", out_at=MONDAY))
    before = {key.id for key in there.parts.book.ring.receiving(MONDAY.date())}
    done = erase_guest(there.store, there.parts.book, "guest0001@mail.example", there.clock.now(), "anna")
    assert (done.visits, done.on_site, done.keys, done.compacted) == (1, 0, 1, True)
    assert there.readable() == {2}
    assert not before & {key.id for key in there.parts.book.ring.receiving(MONDAY.date())}


def test_a_guest_who_is_in_the_building_is_erased_after_that(there: Hub) -> None:
    there.told("lobby", visit(1))
    book, now = there.parts.book, there.clock.now()
    assert erase_guest(there.store, book, "+45 6 0001 0001", now, "anna").on_site == 1
    there.told("lobby", change(visit(1), "lobby", state="left", out_at=MONDAY))
    assert erase_guest(there.store, book, "åse guest0001name ørsted", now, "anna").visits == 1
    assert there.readable() == set()


def test_an_erasure_that_is_cut_is_finished_by_the_next_look(there: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        there.told("lobby", visit(number))
    old = there.parts.book.ring.receiving(MONDAY.date())[0]

    def cut(ring: DayRing, key_ids: object) -> int:
        raise HubStoreError(HubFault.FULL, "cut")

    there.told("lobby", erased(visit(1), "lobby"))
    with monkeypatch.context() as broken:
        broken.setattr(DayRing, "destroy", cut)
        with pytest.raises(HubStoreError):
            there.parts.look()
    assert there.parts.book.ring.get(old.id) is not None
    there.parts.look()
    assert there.parts.book.ring.get(old.id) is None
    assert there.readable() == {2}


def test_a_command_beside_the_hub_and_the_hub_share_one_ring(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "day.keys"
    one, other = DayRing(path, 14), DayRing(path, 14)
    assert (one.prepare(MONDAY.date()), other.prepare(MONDAY.date())) == (True, False)
    keys = one.public_keys(MONDAY.date())
    assert other.public_keys(MONDAY.date()) == keys
    key = one.receiving(MONDAY.date())[0]
    other.destroy([key.id])
    assert one.get(key.id) is None
    one.for_visit(MONDAY.date() + timedelta(days=9), MONDAY.date() + timedelta(days=20))
    assert key.id not in other.all(), "what one destroyed the other does not write back"
    assert path.stat().st_mode & 0o077 == 0
    assert (path.parent / "CACHEDIR.TAG").exists()


def test_days_without_a_visit_have_keys_too_and_old_ones_get_none_again(tmp_path: Path) -> None:
    ring, today = DayRing(tmp_path / "keys" / "day.keys", 7), MONDAY.date()
    ring.prepare(today)
    assert len(ring.public_keys(today)) == 8
    later = today + timedelta(days=3)
    ring.destroy(ring.due(later))
    ring.prepare(later)
    days = sorted(ring.public_keys(later))
    assert (days[0], days[-1]) == (later - timedelta(days=6), later + timedelta(days=1))


def test_the_evening_ends_what_began_here_and_is_read_so_for_the_others(tmp_path: Path) -> None:
    clock = ManualClock(MONDAY)
    with hub(tmp_path, clock=clock) as there:
        there.kiosk("lobby")
        there.told("lobby", visit(1))
        there.told("lobby", visit(2, origin="hub", by="hub"))
        there.clock.step(20 * 3600)
        states = {int(one.id, 16): (one.state, one.version) for one in there.parts.desk.open_visits("Nordhavn")}
        assert states == {1: ("left-assumed", 1), 2: ("left-assumed", 1)}
        assert there.parts.desk.end_evening() == 1
        assert there.parts.desk.end_evening() == 0
        ended = there.get(2)
        assert ended is not None
        assert (ended.state, ended.version, str(ended.out_at)) == ("left-assumed", 2, "2026-11-23 22:59:00+00:00")
        assert [one.assumed for one in there.parts.desk.roll("Nordhavn").people] == [True, True]
