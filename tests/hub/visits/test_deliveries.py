"""Kiosks are told what they do not know, sealed to their own key of the day, again until they have it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from common.visiting.sealed_visit import VisitRefused, open_visit
from hub.link import Outcome
from hub.reads import commands as commands_shown
from hub.tables import COMMANDS
from telemetry.messages import SharingKeys, decode, encode
from tests.hub.visits.kit import MONDAY, Hub, change, erased, hub, visit

DAY = MONDAY.date()


@pytest.fixture
def there(tmp_path: Path, store_url: str) -> Iterator[Hub]:
    with hub(tmp_path, store_url) as made:
        for unit in ("lobby", "north"):
            made.kiosk(unit)
        yield made


def look(there: Hub) -> int:
    return there.parts.deliveries.look()


def test_the_other_kiosks_are_told_once_and_can_open_it(there: Hub) -> None:
    there.told("lobby", visit(1))
    assert look(there) == 1
    assert (there.heard("north"), there.heard("lobby")) == ([visit(1)], [])
    assert look(there) == 0, "it is on its way"
    there.answer()
    assert (look(there), look(there)) == (0, 0)
    with there.store.reading() as connection:
        assert connection.execute(select(COMMANDS)).all() == [], "what has arrived need not be kept"


def test_only_the_kiosk_that_it_is_for_can_open_it(there: Hub) -> None:
    there.told("lobby", visit(1))
    look(there)
    (blob,) = there.commands("north")
    with pytest.raises(VisitRefused):
        open_visit(base64.b64decode(blob), there.kiosks["lobby"].key(DAY))


def test_the_hub_keeps_nothing_of_what_it_sent_and_shows_none_of_it_as_a_command(there: Hub) -> None:
    there.told("lobby", visit(1))
    look(there)
    with there.store.reading() as connection:
        assert connection.execute(select(COMMANDS.c.args)).scalar_one() == "{}"
        assert commands_shown(connection, "north") == []


@pytest.mark.parametrize("state", ["failed", "expired"])
def test_what_did_not_arrive_is_sent_again_later_and_later_with_a_new_id(there: Hub, state: str) -> None:
    there.told("lobby", visit(1))
    waits, ids = [], set()
    for _ in range(4):
        waited = 0
        while not look(there):
            there.clock.step(5)
            waited += 5
        waits.append(waited)
        ids |= {topic.split("/")[-1] for topic, *_ in there.sender.sent if "/cmd/visit/" in topic}
        assert there.heard("north") == [visit(1)]
        there.answer(state)
    assert waits == [0, 15, 30, 60]
    assert len(ids) == 4


def test_a_newer_version_goes_at_once(there: Hub) -> None:
    there.told("lobby", visit(1))
    look(there)
    there.heard("north")
    left = change(visit(1), "lobby", state="left", out_at=MONDAY, left_by="guest")
    there.told("lobby", left)
    assert look(there) == 1
    assert there.heard("north") == [left]


def test_what_one_kiosk_changed_goes_back_to_the_other(there: Hub) -> None:
    there.told("lobby", visit(1))
    look(there)
    there.heard("north")
    there.answer()
    left = change(visit(1), "north", state="left", out_at=MONDAY, left_by="scan")
    there.told("north", left)
    look(there)
    assert (there.heard("lobby"), there.heard("north")) == ([left], [])


def test_a_visit_that_ended_before_a_kiosk_heard_of_it_is_not_its_business(there: Hub) -> None:
    there.status("north", online=False)
    there.told("lobby", visit(1))
    assert look(there) == 0
    there.told("lobby", change(visit(1), "lobby", state="left", out_at=MONDAY, left_by="guest"))
    there.status("north", online=True)
    assert look(there) == 0


def test_a_kiosk_that_comes_later_hears_of_all_that_are_open(there: Hub) -> None:
    for number in (1, 2, 3):
        there.told("lobby", visit(number))
    there.told("lobby", change(visit(2), "lobby", state="left", out_at=MONDAY, left_by="guest"))
    there.kiosk("south")
    look(there)
    assert {int(one.id, 16) for one in there.heard("south")} == {1, 3}


def test_who_shares_nothing_is_of_another_site_or_lacks_the_key_of_the_day_is_not_told(there: Hub) -> None:
    there.kiosk("alone", shares=False)
    there.kiosk("far", site="Sydhavn")
    there.latest("north", "reported/sharing", encode(there.kiosks["north"].sharing(DAY + timedelta(days=1))))
    there.told("lobby", visit(1))
    assert look(there) == 0
    there.latest("north", "reported/sharing", encode(there.kiosks["north"].sharing(DAY)))
    assert look(there) == 1


@pytest.mark.parametrize(
    "body", [b'{"keys":{"2026-11-23":"' + b"A" * 43 + b'"}}', b'{"keys":[]}', b'{"keys":{"x":"y"}}']
)
def test_keys_that_are_none_harm_nobody_else(there: Hub, body: bytes) -> None:
    there.latest("north", "reported/sharing", body)
    there.kiosk("south")
    there.told("lobby", visit(1))
    look(there)
    assert (there.commands("north"), there.heard("south")) == ([], [visit(1)])


def test_an_erasure_is_told_to_those_that_know_the_guest(there: Hub) -> None:
    there.told("lobby", visit(1))
    look(there)
    there.heard("north")
    there.told("lobby", erased(visit(1), "lobby"))
    there.kiosk("south")
    look(there)
    (told,) = there.heard("north")
    assert (told.erased, told.guest) == (True, None)
    assert there.heard("south") == []


def test_the_hubs_keys_are_told_once_on_a_connection_and_when_they_change(there: Hub) -> None:
    tell = there.parts.announcing.tell
    assert tell(DAY) == 2
    topic, payload, retained, _ = there.sender.sent[-1]
    assert (topic, retained) == ("mydesk/1/north/desired/sharing", True)
    days = sorted(decode(payload, SharingKeys).keys)
    assert (len(days), days[0], days[-1]) == (15, "2026-11-10", "2026-11-24")
    assert tell(DAY) == 0
    there.parts.announcing.again()
    assert tell(DAY) == 2
    assert tell(DAY + timedelta(days=1)) == 2
    days = sorted(decode(there.sender.sent[-1][1], SharingKeys).keys)
    assert days[-1] == "2026-11-25"
    there.sender.outcome = Outcome.AWAY
    there.parts.announcing.again()
    assert (tell(DAY), tell(DAY)) == (0, 0)
    there.sender.outcome = Outcome.NOBODY
    assert tell(DAY) == 2


def test_the_first_look_of_a_hub_makes_its_keys(there: Hub) -> None:
    there.parts.look()
    sent = [json.loads(payload) for topic, payload, *_ in there.sender.sent if topic.endswith("desired/sharing")]
    assert len(sent) == 2
