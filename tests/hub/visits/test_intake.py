"""What kiosks tell is stored once, newest version only, sealed; and nothing of it stays in the history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from common.visiting.sealed_visit import LARGEST_SEALED
from hub.store_errors import HubFault, HubStoreError
from hub.tables import ROWS, UNITS
from hub.visits import book
from hub.visits.tables import DELIVERIES, VISITS
from tests.hub.visits.kit import MONDAY, Hub, KioskDouble, change, erased, hub, visit, visit_id
from tests.hub.wire import batch, row


@pytest.fixture
def there(tmp_path: Path, store_url: str) -> Iterator[Hub]:
    with hub(tmp_path, store_url) as made:
        made.kiosk("lobby")
        yield made


def bodies(there: Hub) -> list[str]:
    with there.store.reading() as connection:
        return list(connection.execute(select(ROWS.c.body)).scalars())


def test_a_visit_is_stored_and_its_row_is_emptied(there: Hub) -> None:
    one = visit(1)
    there.told("lobby", one)
    assert there.get(1) == one
    assert bodies(there) == ["{}"]
    with there.store.reading() as connection:
        stored = connection.execute(select(VISITS)).one()
        known = connection.execute(select(DELIVERIES)).one()
    assert (stored.state, stored.site, stored.day, stored.delete_on) == (
        "on-site",
        "Nordhavn",
        "2026-11-23",
        "2026-12-07",
    )
    assert b"Guest0001name" not in stored.sealed
    assert (known.unit, known.visit, known.state) == ("lobby", visit_id(1), "done")


def test_the_newest_version_wins_in_any_order(there: Hub) -> None:
    one = visit(1)
    two = change(one, "lobby", state="left", out_at=MONDAY, left_by="scan")
    three = change(two, "aaa", state="on-site", out_at=None, left_by=None)
    same = change(two, "zzz")
    for told in (three, one, two, same, three, two):
        there.told("lobby", told)
    assert there.get(1) == same
    assert there.rows() == 1


BAD = {
    "no JSON of ours": b'{"blobb":"x"}',
    "no base64": b'{"blob":"***"}',
    "no visit": b'{"blob":"aGVsbG8gd29ybGQ"}',
    "too large": b'{"blob":"' + b"A" * (LARGEST_SEALED * 4 // 3 + 8) + b'"}',
    "no key": b'{"blob":"TURWSVMxCjIwMjAtMDEtMDFhYWFhYWFhYWFhYWFhYWFhYWFh"}',
    "damaged": b'{"blob":"TURWSVMxCjIwMjYtMTEtMjNhYWFhYWFhYWFhYWFhYWFhYWFh"}',
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_no_visit_is_counted_and_not_kept(there: Hub, body: bytes) -> None:
    there.say("lobby", batch(row(1, body=body.decode())))
    assert (there.rows(), there.parts.intake.refused) == (0, 1)
    assert bodies(there) == ["{}"]


def test_a_door_panel_has_no_guests(there: Hub) -> None:
    with there.store.begin() as connection:
        connection.execute(insert(UNITS).values(unit="room-ada", role="room", name="", site="Nordhavn", floor=""))
    there.kiosks["room-ada"] = KioskDouble("room-ada")
    there.told("room-ada", visit(1))
    assert (there.rows(), there.parts.intake.refused) == (0, 1)


def test_a_kiosk_of_another_site_changes_nothing(there: Hub) -> None:
    there.kiosk("other", site="Sydhavn")
    there.told("lobby", visit(1))
    there.told("other", change(visit(1), "other", state="left"))
    assert there.get(1) == visit(1)


def test_a_longer_retention_elsewhere_does_not_extend_a_visit(there: Hub) -> None:
    longer = visit(1, delete_on=MONDAY.date() + timedelta(days=30))
    shorter = visit(2, delete_on=MONDAY.date() + timedelta(days=3))
    for one in (longer, shorter, change(shorter, "lobby", delete_on=MONDAY.date() + timedelta(days=9))):
        there.told("lobby", one)
    found = [there.get(number) for number in (1, 2)]
    assert [(one.delete_on - MONDAY.date()).days for one in found if one] == [14, 3]
    assert there.parts.book.ring.public_keys(MONDAY.date())[MONDAY.date()]


def test_a_visit_that_is_to_be_forgotten_by_now_is_not_stored(there: Hub) -> None:
    there.told("lobby", visit(1, delete_on=MONDAY.date()))
    assert there.rows() == 0


def test_who_was_erased_does_not_come_back(there: Hub) -> None:
    key = there.parts.book.ring.public_keys(MONDAY.date())[MONDAY.date()]
    there.told("lobby", visit(1))
    there.told("lobby", erased(visit(1), "lobby"))
    there.told("lobby", visit(1))
    found = there.get(1)
    assert found is not None
    assert (found.erased, found.guest, found.version) == (True, None, 2)
    there.parts.look()
    fresh = there.parts.book.ring.public_keys(MONDAY.date())[MONDAY.date()]
    assert fresh != key
    there.told("lobby", visit(2), key=key)
    assert there.get(2) is None, "what was sealed to the old key opens no more"
    there.told("lobby", visit(2))
    assert there.get(2) == visit(2)


def test_a_key_that_is_about_to_be_destroyed_still_receives(there: Hub) -> None:
    ring = there.parts.book.ring
    key = ring.public_keys(MONDAY.date())[MONDAY.date()]
    ring.replace(ring.receiving(MONDAY.date())[0].id)
    assert ring.public_keys(MONDAY.date())[MONDAY.date()] != key
    there.told("lobby", visit(1), key=key)
    assert there.get(1) == visit(1)


def test_a_day_has_a_bound(there: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MOST_A_DAY", 2)
    for number in (1, 2, 3):
        there.told("lobby", visit(number))
    assert there.readable() == {1, 2}
    there.told("lobby", change(visit(1), "lobby", state="left"))
    assert there.get(1) == change(visit(1), "lobby", state="left")


def test_keys_that_cannot_be_read_stop_the_commit_not_the_hub(there: Hub) -> None:
    payload = there.kiosks["lobby"].row(visit(1), there.parts.book.ring.public_keys(MONDAY.date())[MONDAY.date()])
    path = there.parts.book.ring.path
    path.rename(path.with_name("aside"))
    path.mkdir()
    with pytest.raises(HubStoreError) as told:
        there.say("lobby", payload)
    assert told.value.fault is HubFault.DENIED
    assert bodies(there) == []
    path.rmdir()
    path.with_name("aside").rename(path)
    there.say("lobby", payload)
    assert there.get(1) == visit(1)
