"""An evacuation begun at a kiosk begins the site's: what begins one, what does not, and who is told, whatever fails."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from hub.link import Outcome
from hub.migrations import STEPS, migrate
from hub.tables import AUDIT, COMMANDS, META, UNITS
from hub.visits.evacuation_intake import GRACE_MS
from hub.visits.evacuation_orders import FIRST_AGAIN_MS
from hub.visits.evacuations import OLDEST_MS
from hub.visits.roll_call import Standing
from hub.visits.tables import EVACUATIONS
from tests.hub.visits.kit import SITE, Hub, visit_id
from tests.hub.visits.kit import hub as hub_at
from tests.hub.wire import batch, draft, row, said

BEGUN, ENDED = {"active": True, "by": "reception"}, {"active": False, "by": "reception"}
RESTARTED = {"active": True, "by": "restart", "ago_s": 40}
MINUTE_S = 60

SEQUENCE = itertools.count(1)


@pytest.fixture
def there(tmp_path: Path, store_url: str) -> Iterator[Hub]:
    with hub_at(tmp_path, store_url) as made:
        for unit in ("lobby", "north"):
            made.kiosk(unit)
        made.kiosk("far", site="Sydhavn")
        yield made


def tell(hub: Hub, unit: str, *words: tuple[dict[str, Any], float], epoch: str = "0" * 16, **fields: Any) -> None:
    """What ingest does with a batch of that unit: each word, and how many seconds ago it was."""
    rows = []
    for body, ago_s in words:
        stamp = {"ts": hub.now_ms() - round(ago_s * 1000)} | fields
        rows.append(row(next(SEQUENCE), body=json.dumps(body), **stamp))
    payload = batch(*rows, epoch=epoch)
    hub.intake.write(draft(said("e/evacuation", payload, unit=unit, at=hub.now_ms())), hub.now_ms())


def told(hub: Hub) -> list[tuple[str, bool]]:
    """Who was told what since the last call."""
    found = [(topic.split("/")[2], json.loads(payload)["args"]) for topic, payload, *_ in hub.sender.sent]
    hub.sender.sent.clear()
    assert all(args["by"] == "hub" for _, args in found), "or the kiosk would tell it as its own"
    return [(unit, args["active"]) for unit, args in found]


def looked(hub: Hub) -> list[tuple[str, bool]]:
    hub.parts.evacuations.look()
    return told(hub)


def standing(hub: Hub, site: str = SITE) -> Standing:
    return hub.parts.roll_call.standing(site)


def audit(hub: Hub) -> list[tuple[str, str, str, str]]:
    with hub.store.reading() as connection:
        rows = connection.execute(select(AUDIT).order_by(AUDIT.c.id)).all()
    return [(one.who, one.action, one.target, one.detail) for one in rows]


def answered(hub: Hub, state: str) -> None:
    """What became of all that was sent."""
    with hub.store.begin() as connection:
        ended = {"state": state, "updated_ms": hub.now_ms()}
        connection.execute(update(COMMANDS).where(COMMANDS.c.state == "sent").values(**ended))


def test_a_kiosk_begins_it_for_the_site(there: Hub) -> None:
    tell(there, "lobby", (BEGUN, 20))
    assert standing(there) == Standing(there.now_ms() - 20_000, {}, "kiosk lobby", "lobby")
    assert looked(there) == [("north", True)], "its own is on already, and the other site is none of this one"
    assert standing(there, "Sydhavn").since_ms is None
    assert audit(there) == [("kiosk lobby", "evacuation begun", "lobby", SITE)]
    assert looked(there) == []


CLOCKS: list[tuple[dict[str, Any], int]] = [
    ({}, 20_000),
    ({"ts": 0, "synced": False, "mono": 60_000}, 40_000),  # by its uptime: the batch is of 100 s after its start
    ({"ts": 0, "synced": False, "mono": 1, "boot": "another"}, 0),  # nobody knows
]


@pytest.mark.parametrize(("fields", "ago_ms"), CLOCKS)
def test_it_began_when_the_kiosk_says_where_that_is_to_be_believed(
    there: Hub, fields: dict[str, Any], ago_ms: int
) -> None:
    tell(there, "lobby", (BEGUN, 20), **fields)
    assert standing(there).since_ms == there.now_ms() - ago_ms


def test_a_clock_that_is_ahead_begins_it_now(there: Hub) -> None:
    tell(there, "lobby", (BEGUN, -200))
    assert standing(there).since_ms == there.now_ms()


NOTHING: list[tuple[str, list[tuple[dict[str, Any], float]]]] = [
    ("ada", [(BEGUN, 0)]),
    ("nowhere", [(BEGUN, 0)]),
    ("stranger", [(BEGUN, 0)]),
    ("stolen", [(BEGUN, 0)]),
    ("lobby", [({"active": True, "by": "hub"}, 0)]),
    ("lobby", [(ENDED, 0)]),
    ("lobby", [(BEGUN, OLDEST_MS / 1000 + 1)]),
    ("lobby", [(BEGUN, 300), (ENDED, 100)]),
    ("lobby", [(RESTARTED | {"ago_s": OLDEST_MS // 1000}, 1)]),
    ("lobby", [(BEGUN, 100), ({"active": True}, 0)]),
    ("lobby", [({"active": "yes", "by": "reception"}, 0)]),
    ("lobby", [({"active": True, "by": "somebody"}, 0)]),
]


@pytest.mark.parametrize(("unit", "words"), NOTHING)
def test_what_begins_nothing(there: Hub, unit: str, words: list[tuple[dict[str, Any], float]]) -> None:
    with there.store.begin() as connection:
        for name, role, site, revoked in (("ada", "room", SITE, None), ("nowhere", "kiosk", "", None)):
            connection.execute(insert(UNITS).values(unit=name, role=role, site=site, revoked_ms=revoked))
        connection.execute(insert(UNITS).values(unit="stolen", role="kiosk", site=SITE, revoked_ms=1))
    tell(there, unit, *words)
    assert standing(there) == Standing(None, {})
    assert looked(there) == []
    assert "evacuation begun" not in [action for _, action, *_ in audit(there)]


def test_a_kiosk_that_starts_in_one_begins_it_only_if_nobody_knows_of_it(there: Hub) -> None:
    """It was killed before its outbox had the beginning on the disk, or after."""
    tell(there, "lobby", (RESTARTED, 5))
    assert standing(there).since_ms == there.now_ms() - 45_000
    assert looked(there) == [("north", True)]
    there.clock.step(MINUTE_S)
    tell(there, "north", (RESTARTED, 0))
    assert looked(there) == [], "a restart tells nobody again"
    there.parts.roll_call.end(SITE, "anna")
    looked(there)
    tell(there, "lobby", (RESTARTED, 0))
    assert standing(there) == Standing(None, {}), "that one was ended"


def test_the_last_word_of_a_kiosk_counts(there: Hub) -> None:
    tell(there, "lobby", (BEGUN, 300), (ENDED, 200), (BEGUN, 50))
    assert standing(there).since_ms == there.now_ms() - 50_000
    assert looked(there) == [("north", True)]


def test_one_of_a_kiosk_that_was_cut_off_waits_a_moment_for_its_end(there: Hub) -> None:
    """An outbox that drains tells beginning and end in two messages."""
    tell(there, "lobby", (BEGUN, 15 * MINUTE_S))
    there.clock.step(1)
    assert looked(there) == []
    tell(there, "lobby", (ENDED, 10 * MINUTE_S))
    there.clock.step(MINUTE_S)
    assert standing(there) == Standing(None, {})
    assert looked(there) == []
    tell(there, "lobby", (BEGUN, 5 * MINUTE_S))
    there.clock.step(GRACE_MS / 1000)
    assert looked(there) == [("north", True)]
    tell(there, "lobby", (ENDED, 0))
    assert standing(there).since_ms is not None, "now the others are in it"


def test_what_another_began_is_not_taken_back(there: Hub) -> None:
    there.parts.roll_call.begin(SITE, "anna")
    tell(there, "lobby", (BEGUN, 2 * MINUTE_S))
    tell(there, "lobby", (ENDED, MINUTE_S))
    assert standing(there).by == "anna"
    assert looked(there) == []
    there.clock.step(GRACE_MS / 1000)
    assert looked(there) == [("north", True)]


def test_what_a_kiosk_does_at_the_hubs_word_goes_no_further(there: Hub) -> None:
    roll = there.parts.roll_call
    roll.begin(SITE, "anna")
    assert looked(there) == [("lobby", True), ("north", True)]
    roll.end(SITE, "anna")
    assert looked(there) == [("lobby", False), ("north", False)]
    for unit in ("lobby", "north"):  # they were slow
        tell(there, unit, ({"active": True, "by": "hub"}, 1))
    assert standing(there) == Standing(None, {})
    tell(there, "lobby", ({"active": False, "by": "hub"}, 0))
    assert looked(there) == []
    assert audit(there) == [("anna", "evacuation begun", "", SITE), ("anna", "evacuation ended", "", SITE)]


def test_what_was_begun_before_the_sites_end_begins_nothing(there: Hub) -> None:
    """A kiosk that was cut off, and is heard only after it was ended for all."""
    there.parts.roll_call.begin(SITE, "anna")
    there.clock.step(5 * MINUTE_S)
    there.parts.roll_call.end(SITE, "anna")
    there.clock.step(MINUTE_S)
    looked(there)
    tell(there, "lobby", (BEGUN, 2 * MINUTE_S))
    assert standing(there) == Standing(None, {})
    tell(there, "lobby", (BEGUN, 30))
    assert standing(there).by == "kiosk lobby", "but one after it does"


def test_the_end_at_a_kiosk_is_that_kiosks_alone(there: Hub) -> None:
    tell(there, "lobby", (BEGUN, 0))
    looked(there)
    answered(there, "successful")
    there.clock.step(MINUTE_S)
    tell(there, "lobby", (ENDED, 0))
    assert standing(there).since_ms is not None
    assert looked(there) == []
    assert audit(there)[-1] == ("kiosk lobby", "evacuation ended at one kiosk", "lobby", SITE)


def test_one_that_is_on_at_another_kiosk_goes_on_and_is_told_again(there: Hub) -> None:
    tell(there, "lobby", (BEGUN, 0))
    since_ms = standing(there).since_ms
    looked(there)
    answered(there, "successful")
    there.clock.step(MINUTE_S)
    there.parts.roll_call.tick(visit_id(1), SITE, "bente", found=True)
    tell(there, "north", ({"active": True, "by": "hub"}, 0))
    tell(there, "lobby", (ENDED, 0))
    there.clock.step(MINUTE_S)
    tell(there, "lobby", (BEGUN, 0))
    found = standing(there)
    assert (found.since_ms, found.by, set(found.ticks)) == (since_ms, "kiosk lobby", {visit_id(1)})
    assert looked(there) == [("north", True)]


def test_one_that_no_kiosk_is_in_any_more_is_over_when_the_next_begins(there: Hub) -> None:
    """A drill that nobody ended on the page must count nobody as found in the fire of the afternoon."""
    tell(there, "lobby", (BEGUN, 0))
    tell(there, "north", ({"active": True, "by": "hub"}, 0))
    there.parts.roll_call.tick(visit_id(1), SITE, "bente", found=True)
    there.clock.step(MINUTE_S)
    for unit in ("lobby", "north"):
        tell(there, unit, (ENDED, 0))
    there.clock.step(4 * 60 * MINUTE_S)
    tell(there, "north", (BEGUN, 5))
    assert standing(there) == Standing(there.now_ms() - 5000, {}, "kiosk north", "north")
    assert looked(there) == [("lobby", True)]


def test_after_a_kill_between_ingest_and_sending_the_others_are_told(there: Hub, tmp_path: Path) -> None:
    tell(there, "lobby", (BEGUN, 0))
    there.store.close()
    again = Hub(tmp_path, there.url, there.clock)
    try:
        assert looked(again) == [("north", True)]
        assert looked(again) == []
    finally:
        again.close()


def test_whoever_has_not_done_it_is_told_again_later_and_later(there: Hub) -> None:
    there.sender.outcome = Outcome.NOBODY
    there.status("north", online=False)
    tell(there, "lobby", (BEGUN, 0))
    assert looked(there) == [("north", True)]
    there.clock.step(MINUTE_S)
    assert looked(there) == [], "it is not there"
    there.status("north", online=True)
    assert looked(there) == [("north", True)]
    there.clock.step(FIRST_AGAIN_MS / 1000)
    assert looked(there) == []
    there.clock.step(FIRST_AGAIN_MS / 1000)
    there.sender.outcome = Outcome.TAKEN
    assert looked(there) == [("north", True)]
    answered(there, "expired")
    there.clock.step(5 * MINUTE_S)
    assert looked(there) == [("north", True)]
    answered(there, "successful")
    there.clock.step(5 * MINUTE_S)
    assert looked(there) == []


def test_nobody_is_told_of_the_past(there: Hub) -> None:
    there.sender.outcome = Outcome.NOBODY
    tell(there, "lobby", (BEGUN, 0))
    looked(there)
    there.clock.step(OLDEST_MS / 1000 + 1)
    assert looked(there) == []
    there.parts.roll_call.end(SITE, "anna")
    there.clock.step(MINUTE_S + 1)
    assert looked(there) == [], "the hub was not there; they end it themselves"


def test_the_end_is_told_once(there: Hub) -> None:
    """A kiosk that was away may have begun one of its own meanwhile."""
    there.sender.outcome = Outcome.NOBODY
    there.parts.roll_call.end(SITE, "anna")
    assert looked(there) == [("lobby", False), ("north", False)]
    there.clock.step(20)
    assert looked(there) == []


def test_beginning_it_again_on_the_page_tells_all_again(there: Hub) -> None:
    tell(there, "lobby", (BEGUN, 0))
    looked(there)
    there.clock.step(MINUTE_S)
    there.parts.roll_call.begin(SITE, "anna")
    assert looked(there) == [("lobby", True), ("north", True)]
    assert standing(there).by == "kiosk lobby", "who began it stays"


def test_a_hub_of_before_gets_the_new_columns(there: Hub) -> None:
    with there.store.begin() as connection:
        connection.execute(text("DROP TABLE evacuations"))
        connection.execute(
            text('CREATE TABLE evacuations (site VARCHAR(60) PRIMARY KEY, since_ms BIGINT NOT NULL, "by" VARCHAR(100))')
        )
        connection.execute(
            text("INSERT INTO evacuations VALUES (:site, :ms, 'anna')"), {"site": SITE, "ms": there.now_ms()}
        )
        connection.execute(update(META).where(META.c.key == "schema").values(value="4"))
        assert migrate(connection) == len(STEPS)
    assert standing(there) == Standing(there.now_ms(), {}, "anna", "")
    with there.store.reading() as connection:
        (kept,) = connection.execute(select(EVACUATIONS)).all()
    assert (kept.active, kept.unit, kept.ordered_ms) == (True, "", 0)
