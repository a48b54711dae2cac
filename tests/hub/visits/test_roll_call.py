"""Ticks of the roll call: kept, over a restart too, told to open pages, gone with their evacuation."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from hub.live import Change
from hub.roles import Role
from hub.store import Store
from hub.tables import AUDIT
from hub.visits.roll_call import LONGEST_MS, TOPIC, RollCall, Standing, Tick
from hub.visits.tables import EVACUATIONS, TICKS
from tests.hub.visits.guests import fill_today
from tests.hub.visits.kit import DAY_S, SITE, Hub, visit, visit_id
from tests.hub.visits.kit import hub as hub_at
from tests.hub.web_kit import Served, post, served

MAJA = visit_id(1)
ONE, TWO = visit_id(1), visit_id(2)
HOUR_S = 3600.0


@pytest.fixture
def there(tmp_path: Path, store_url: str) -> Iterator[Hub]:
    with hub_at(tmp_path, store_url) as made:
        made.kiosk("lobby")
        made.told("lobby", visit(1))
        made.told("lobby", visit(2))
        yield made


def rows(store: Store) -> int:
    with store.reading() as connection:
        return sum(len(connection.execute(select(table)).all()) for table in (TICKS, EVACUATIONS))


def ticks(store: Store) -> int:
    with store.reading() as connection:
        return len(connection.execute(select(TICKS)).all())


def test_a_tick_says_who_and_when_and_outlives_a_restart(there: Hub) -> None:
    roll = there.parts.roll_call
    roll.begin(SITE, "anna")
    at_ms = round(there.clock.now().timestamp() * 1000)
    roll.tick(ONE, SITE, "bente", found=True)
    there.clock.step(60)
    roll.tick(ONE, SITE, "carl", found=True)
    again = RollCall(there.store, there.parts.desk._live, there.clock).standing(SITE)
    assert again.since_ms == at_ms
    assert again.ticks == {ONE: Tick("bente", at_ms)}, "who was first stays"
    roll.tick(ONE, SITE, "carl", found=False)
    roll.tick(ONE, SITE, "carl", found=False)
    assert roll.standing(SITE).ticks == {}
    with there.store.reading() as connection:
        told = [(row.who, row.action, row.target) for row in connection.execute(select(AUDIT).order_by(AUDIT.c.id))]
    assert told == [
        ("anna", "evacuation begun", ""),
        ("bente", "found in roll call", ONE),
        ("carl", "not found after all", ONE),
    ]


def test_ticks_are_of_one_evacuation_and_one_site(there: Hub) -> None:
    roll = there.parts.roll_call
    roll.tick(ONE, SITE, "bente", found=True)
    assert set(roll.standing(SITE).ticks) == {ONE}, "nobody has to begin it first"
    assert roll.standing("Sydhavn").ticks == {}
    roll.begin(SITE, "anna")
    assert roll.standing(SITE).ticks == {}, "but it begins with nobody found"
    roll.tick(TWO, SITE, "bente", found=True)
    roll.begin(SITE, "anna")
    roll.end("Sydhavn", "anna")
    assert set(roll.standing(SITE).ticks) == {TWO}, "one that is on goes on"
    roll.end(SITE, "anna")
    assert roll.standing(SITE) == Standing(None, {})
    assert ticks(there.store) == 0


def test_an_evacuation_that_nobody_ended_is_over_and_forgotten(there: Hub) -> None:
    roll = there.parts.roll_call
    roll.begin(SITE, "anna")
    roll.tick(ONE, SITE, "bente", found=True)
    there.clock.step(LONGEST_MS / 1000)
    assert (roll.standing(SITE).since_ms, roll.standing(SITE).ticks) == (None, {})
    there.clock.sync = False
    there.parts.forget()
    assert rows(there.store) == 2, "not by a clock that nobody keeps"
    there.clock.sync = True
    there.parts.forget()
    assert rows(there.store) == 0
    roll.begin(SITE, "anna")
    assert roll.standing(SITE).since_ms is not None


def test_a_tick_goes_with_its_visit(there: Hub) -> None:
    there.clock.step(14 * DAY_S - HOUR_S)
    there.parts.roll_call.tick(ONE, SITE, "bente", found=True)
    there.clock.step(2 * HOUR_S)
    assert there.parts.forget().visits == 2
    assert rows(there.store) == 0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, small=True) as running:
        fill_today(running)
        yield running


def ticked(client: httpx.Client) -> list[str]:
    return re.findall(r'id="found-([0-9a-f]{32})"[^>]* checked', client.get("/visitors/evacuation").text)


def test_a_tick_on_one_page_is_on_the_others_at_once(site: Served) -> None:
    bente, anna = (site.signed_in(Role.RECEPTION, name=f"{name}@nordhavn.example") for name in ("bente", "anna"))

    async def heard() -> Change | None:
        with site.parts.live.listening() as changes:
            answer = await asyncio.to_thread(post, bente, f"/visitors/evacuation/{MAJA}", found="yes")
            assert answer.status_code == 303
            return await asyncio.wait_for(changes.get(), 10)

    change = asyncio.run(heard())
    assert change is not None
    assert change.topic == TOPIC
    assert ticked(anna) == [MAJA]
    page = anna.get("/visitors/evacuation").text
    assert "1 of 5 found" in page
    assert re.search(r"found \d\d:\d\d, bente@nordhavn.example", page)
    assert post(anna, f"/visitors/evacuation/{MAJA}").status_code == 303
    assert ticked(bente) == []


def test_a_script_is_told_whether_it_was_kept(site: Served) -> None:
    desk = site.signed_in(Role.RECEPTION)
    token = re.findall(r'name="csrf" value="([^"]+)"', desk.get("/visitors/evacuation").text)[0]
    live = {"X-Live": "1"}
    kept = desk.post(f"/visitors/evacuation/{MAJA}", data={"csrf": token, "found": "yes"}, headers=live)
    assert kept.status_code == 204
    stranger = site.browser().post(f"/visitors/evacuation/{MAJA}", data={"found": "yes"}, headers=live)
    assert stranger.status_code != 204
    unknown = desk.post(f"/visitors/evacuation/{visit_id(999)}", data={"csrf": token}, headers=live)
    assert unknown.status_code == 404


def test_the_end_of_the_evacuation_is_the_end_of_its_ticks(site: Served) -> None:
    desk = site.signed_in(Role.RECEPTION)
    post(desk, "/visitors/evacuation", active="yes", sure="yes")
    assert "Evacuation begun" in desk.get("/visitors/evacuation").text
    post(desk, f"/visitors/evacuation/{MAJA}", found="yes")
    assert ticked(desk) == [MAJA]
    post(desk, "/visitors/evacuation", active="no", sure="yes")
    assert ticked(desk) == []
    assert "Evacuation begun" not in desk.get("/visitors/evacuation").text
    assert ticks(site.parts.store) == 0
