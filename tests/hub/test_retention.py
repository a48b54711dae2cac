"""What is too old goes, what is not stays, and docs/privacy.md says the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, insert, select

from common.config import describe
from hub import serve
from hub.retention import DAY_MS, PRESENCE_TOPICS, RULES, forget
from hub.settings import HubConfig, RetentionSection
from hub.store import Store
from hub.tables import ALARMS, API_TOKENS, AUDIT, COMMANDS, METADATA, ROWS, SESSIONS, SETTINGS, SILENCES, UNITS
from hub.visits.forgetting import FORGOTTEN
from hub.web.audit import note
from telemetry.payloads import EVENTS, CheckedIn, PresenceChanged, RoomSample
from tests.hub.web_kit import served

NOW = 1_795_000_000_000
KEPT = RetentionSection(samples_days=90, events_days=400, presence_days=14, commands_days=30, audit_days=21)
PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
TEXTS = {"unit": "room-ada", "epoch": "e", "boot": "b", "body": "{}", "topic": "t", "kind": "k", "severity": "warning"}
TEXTS |= {"text": "t", "do": "d", "by": "anna", "operation": "identify", "args": "{}", "state": "sent", "values": "{}"}
TEXTS |= {"who": "anna", "action": "a", "subject": "s", "name": "Anna", "roles": "user", "csrf": "c", "reason": ""}
COUNTER = iter(range(1, 10_000))


def add(store: Store, table: Table, **given: Any) -> None:
    """A row of any table, all columns filled."""
    number = next(COUNTER)
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.name in ("seq", "prev", "rev"):
            values[column.name] = number
        elif column.name.endswith("_ms") and not column.nullable:
            values[column.name] = NOW
        elif column.name == "synced":
            values[column.name] = True
        elif column.primary_key and column.name in ("id", "token_hash") and column.type.python_type is str:
            values[column.name] = str(number)
        elif column.name in TEXTS:
            values[column.name] = TEXTS[column.name]
    with store.begin() as connection:
        connection.execute(insert(table).values(values | given))


def left(store: Store, table: Table) -> int:
    with store.reading() as connection:
        return len(connection.execute(select(table)).all())


LIMITS: list[tuple[str, Table, str, dict[str, Any], int]] = [
    *((topic, ROWS, "at_ms", {"topic": topic}, 14 * DAY_MS) for topic in PRESENCE_TOPICS),
    ("samples", ROWS, "at_ms", {"topic": "m/program"}, 90 * DAY_MS),
    ("events", ROWS, "at_ms", {"topic": "e/room"}, 400 * DAY_MS),
    ("alarms", ALARMS, "cleared_ms", {}, 400 * DAY_MS),
    ("commands", COMMANDS, "created_ms", {}, 30 * DAY_MS),
    ("audit", AUDIT, "at_ms", {}, 21 * DAY_MS),
    ("silences", SILENCES, "until_ms", {}, 21 * DAY_MS),
    ("tokens", API_TOKENS, "expires_ms", {}, 21 * DAY_MS),
    ("sessions", SESSIONS, "created_ms", {}, 3 * DAY_MS),
    ("sessions unused", SESSIONS, "seen_ms", {}, 3 * DAY_MS),
]


@pytest.mark.parametrize(("name", "table", "column", "given", "age_ms"), LIMITS, ids=[one[0] for one in LIMITS])
def test_what_is_older_goes_to_the_millisecond(
    store: Store, name: str, table: Table, column: str, given: dict[str, Any], age_ms: int
) -> None:
    add(store, table, **{column: NOW - age_ms}, **given)
    assert sum(forget(store, KEPT, NOW).values()) == 0
    assert sum(forget(store, KEPT, NOW + 1).values()) == 1
    assert left(store, table) == 0


def test_what_is_in_force_stays_however_old(store: Store) -> None:
    add(store, ALARMS, since_ms=0, cleared_ms=None)
    for rev in (1, 2, 3):
        add(store, SETTINGS, rev=rev, at_ms=0)
    assert forget(store, KEPT, NOW)["settings"] == 2
    assert (left(store, ALARMS), left(store, SETTINGS)) == (1, 1)


def test_much_goes_in_small_portions(store: Store) -> None:
    for _ in range(25):
        add(store, ROWS, at_ms=0)
    add(store, ROWS, at_ms=NOW, topic="e/room")
    for number in range(5):
        add(store, ROWS, at_ms=number, topic="e/room")
    portions: list[int] = []
    deleted = forget(store, KEPT, NOW, chunk=2, went=lambda: portions.append(left(store, ROWS)))
    assert deleted["events"] == 5
    assert max(before - after for before, after in zip([31, *portions], portions, strict=False)) <= 2
    assert left(store, ROWS) == 26  # the 25 are on topics that no rule knows: none is ever stored


def test_forgotten_is_gone_from_the_files(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'hub.db'}")
    add(store, ROWS, at_ms=0, topic="e/presence", body='{"presence":"OCCUPIED-BY-A-TEST"}')
    forget(store, KEPT, NOW)
    found = [path.name for path in tmp_path.iterdir() if b"OCCUPIED-BY-A-TEST" in path.read_bytes()]
    store.close()
    assert found == []


def test_every_event_about_presence_goes_early() -> None:
    """A new event that tells whether somebody is in a room must be put on the list."""
    telling = {PresenceChanged.TOPIC, CheckedIn.TOPIC, RoomSample.TOPIC}
    assert set(PRESENCE_TOPICS) == telling
    hints = ("presence", "occup", "check-in")
    assert {event.TOPIC for event in EVENTS if any(hint in event.TOPIC for hint in hints)} <= telling


def documented() -> dict[str, tuple[str, set[str]]]:
    """Table: whether it points to a person, and its retention keys."""
    section = PAGE.read_text("utf-8").partition("\n## The site hub")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|[^|]+\|([^|]+)\|([^|]+)\|$", section, re.MULTILINE)
    return {name: (points.strip(), set(re.findall(r"`(\w+\.\w+)`", keys))) for name, points, keys in rows}


def test_every_table_is_on_the_page_and_none_besides() -> None:
    assert set(documented()) == set(METADATA.tables)


def test_what_points_to_a_person_has_a_retention_key_that_exists_and_a_rule() -> None:
    keys = {row.key for row in describe(HubConfig)}
    ruled = {rule.table.name for rule in RULES} | {table.name for table in FORGOTTEN}
    for name, (points, named) in documented().items():
        assert named <= keys, name
        if points != "no":
            assert named, f"{name} points to a person and names no key"
            assert name in ruled, f"{name} points to a person and is never forgotten"


def test_who_was_enrolled_is_a_thing_not_a_person(store: Store) -> None:
    add(store, UNITS)
    forget(store, KEPT, NOW * 2)
    assert left(store, UNITS) == 1


def test_a_clock_that_nobody_keeps_forgets_no_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hub.visits.clock_trust.kernel_synchronised", lambda: False)
    with served(tmp_path, office=False) as hub:
        with hub.parts.store.begin() as connection:
            note(connection, 1, "bente", "signed in")
        hub.clock.sync = False
        serve._forget(hub.parts)
        assert "nobody keeps" in caplog.text
        assert audits(hub.parts.store) == 1
        hub.clock.sync = True
        serve._forget(hub.parts)
        assert audits(hub.parts.store) == 0


def audits(store: Store) -> int:
    with store.reading() as connection:
        return len(connection.execute(select(AUDIT)).all())
