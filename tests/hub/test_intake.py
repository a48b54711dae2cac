"""What is in the tables after a draft was written, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Select, insert, select

from hub.intake import SEEN_EVERY_MS, Intake
from hub.store import Store
from hub.store_errors import HubStoreError
from hub.tables import ALARMS, COMMANDS, LATEST, ROWS, SETTINGS, UNITS
from telemetry.messages import Alarm, CommandState, Reported, Status
from tests.hub.wire import EPOCH, NOW, UNIT, batch, draft, row, rows, said

OTHER = "fedcba9876543210"


@pytest.fixture
def intake(store: Store) -> Intake:
    return Intake(store)


def found(store: Store, query: Select[Any]) -> list[tuple[Any, ...]]:
    with store.reading() as connection:
        return [tuple(one) for one in connection.execute(query)]


def seqs(store: Store, epoch: str = EPOCH) -> list[int]:
    return [seq for (seq,) in found(store, select(ROWS.c.seq).where(ROWS.c.epoch == epoch).order_by(ROWS.c.seq))]


def test_rows_are_kept_once_and_acknowledged_up_to_the_first_hole(store: Store, intake: Intake) -> None:
    written = intake.write(draft(said("e/room", rows(1, 3)), said("m/room", rows(5, 6))), NOW)
    assert (written.acks, written.new_rows, seqs(store)) == ({(UNIT, EPOCH): 3}, 5, [1, 2, 3, 5, 6])
    written = intake.write(draft(said("e/room", rows(1, 4))), NOW)
    assert (written.acks, written.new_rows, seqs(store)) == ({(UNIT, EPOCH): 6}, 1, [1, 2, 3, 4, 5, 6])
    assert intake.write(draft(said("e/room", rows(1, 6))), NOW).acks == {(UNIT, EPOCH): 6}


def test_a_row_that_comes_again_after_an_eviction_brings_its_smaller_prev(store: Store, intake: Intake) -> None:
    assert intake.write(draft(said("e/room", batch(row(9, prev=8)))), NOW).acks == {(UNIT, EPOCH): 0}
    assert Intake(store).write(draft(said("e/room", batch(row(9, prev=0)))), NOW).acks == {(UNIT, EPOCH): 9}
    assert found(store, select(ROWS.c.prev)) == [(0,)]


def test_another_card_is_another_stream(store: Store, intake: Intake) -> None:
    intake.write(draft(said("e/room", rows(1, 2))), NOW)
    written = intake.write(draft(said("e/room", rows(1, 1, OTHER)), said("e/room", rows(3, 3))), NOW)
    assert written.acks == {(UNIT, OTHER): 1, (UNIT, EPOCH): 3}
    assert (seqs(store), seqs(store, OTHER)) == ([1, 2, 3], [1])


def test_what_was_forgotten_is_not_taken_in_again(store: Store, intake: Intake) -> None:
    intake.write(draft(said("e/presence", rows(1, 4))), NOW)
    with store.begin() as connection:
        connection.execute(ROWS.delete())
    assert Intake(store).write(draft(said("e/presence", rows(1, 5))), NOW).new_rows == 1
    assert seqs(store) == [5]


def test_a_transaction_that_fails_leaves_nothing_and_is_simply_repeated(
    store: Store, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.write(draft(said("e/room", rows(1, 1))), NOW)
    made = draft(said("e/room", rows(2, 3)), said("now/room", b"{}"))
    made.latest[UNIT, "now/" + "x" * 90] = made.latest[UNIT, "now/room"]
    if store.dialect == "sqlite":  # which takes any length: let it be a type that fits no column
        made.rows[UNIT, EPOCH, 2]["body"] = object()
    with pytest.raises(HubStoreError) as told:
        intake.write(made, NOW)
    assert told.value.fault
    assert seqs(store) == [1]
    assert intake.write(draft(said("e/room", rows(2, 3))), NOW).acks == {(UNIT, EPOCH): 3}


def test_units_appear_and_are_seen(store: Store, intake: Intake) -> None:
    query = select(UNITS.c.unit, UNITS.c.last_seen_ms, UNITS.c.role, UNITS.c.name)
    intake.write(draft(said("status", Status(s="online", boot="b", n=1, role="room"))), NOW)
    assert found(store, query) == [(UNIT, NOW, "room", "")]
    intake.write(draft(said("now/room", b"{}", at=NOW + SEEN_EVERY_MS - 1)), NOW)
    assert found(store, query)[0][1] == NOW
    intake.write(draft(said("twin/hw", b'{"name":"Ada"}', at=NOW + SEEN_EVERY_MS)), NOW)
    intake.write(draft(said("twin/hw", b'{"name":"Bob"}', at=NOW + SEEN_EVERY_MS)), NOW)
    assert found(store, query) == [(UNIT, NOW + SEEN_EVERY_MS, "room", "Ada")]


def test_the_latest_of_each_topic(store: Store, intake: Intake) -> None:
    query = select(LATEST.c.topic, LATEST.c.received_ms, LATEST.c.body).order_by(LATEST.c.topic)
    intake.write(draft(said("now/room", b'{"co2_ppm":600}'), said("twin/net", b"{}")), NOW)
    intake.write(draft(said("now/room", b'{"co2_ppm":700}', at=NOW + 1), said("twin/net", b"")), NOW)
    assert found(store, query) == [("now/room", NOW + 1, '{"co2_ppm":700}')]


def test_an_old_will_does_not_take_a_unit_away(store: Store, intake: Intake) -> None:
    query = select(LATEST.c.body).where(LATEST.c.topic == "status")
    intake.write(draft(said("status", Status(s="online", boot="b", n=2))), NOW)
    intake.write(draft(said("status", Status(s="lost", boot="b", n=1))), NOW)
    assert '"online"' in found(store, query)[0][0]
    lost, back = Status(s="lost", boot="b", n=2), Status(s="online", boot="b", n=3)
    intake.write(draft(said("status", lost), said("status", back), said("status", lost)), NOW)
    assert '"n":3' in found(store, query)[0][0]
    intake.write(draft(said("status", Status(s="lost", boot="b", n=3))), NOW)
    assert '"lost"' in found(store, query)[0][0]


def test_a_status_of_another_version_is_replaced(store: Store, intake: Intake) -> None:
    with store.begin() as connection:
        connection.execute(insert(LATEST).values(unit=UNIT, topic="status", received_ms=1, body='{"s":"hm"}'))
    intake.write(draft(said("status", Status(s="lost", boot="b", n=2))), NOW)
    assert '"lost"' in found(store, select(LATEST.c.body))[0][0]


def alarm(severity: Any = "warning", since: int = NOW - 5000, text: str = "Card wears out.") -> Alarm:
    return Alarm(since=since, severity=severity, text=text, do="Change it.")


def test_an_alarm_begins_changes_and_ends(store: Store, intake: Intake) -> None:
    query = select(ALARMS.c.kind, ALARMS.c.severity, ALARMS.c.since_ms, ALARMS.c.cleared_ms).order_by(ALARMS.c.id)
    intake.write(draft(said("a/storage", alarm())), NOW)
    intake.write(draft(said("a/storage", alarm("critical", since=NOW))), NOW)
    assert found(store, query) == [("storage", "critical", NOW - 5000, None)]
    intake.write(draft(said("a/storage", b"", at=NOW + 7)), NOW)
    intake.write(draft(said("a/storage", b"", at=NOW + 9)), NOW)
    intake.write(draft(said("a/storage", alarm(since=1000), at=NOW + 10)), NOW)
    assert found(store, query) == [
        ("storage", "critical", NOW - 5000, NOW + 7),
        ("storage", "warning", NOW + 10, None),
    ]


def test_texts_are_cleaned_of_what_postgresql_cannot_hold(store: Store, intake: Intake) -> None:
    intake.write(draft(said("a/storage", alarm(text="half\x00a\x1bword"))), NOW)
    assert found(store, select(ALARMS.c.text)) == [("halfaword",)]


def command(store: Store, id_: str = "7f3a", state: str = "sent") -> None:
    with store.begin() as connection:
        values = {"id": id_, "unit": UNIT, "operation": "identify", "args": "{}", "by": "anna", "state": state}
        connection.execute(insert(COMMANDS).values(**values, created_ms=NOW, expires_ms=NOW + 1, updated_ms=NOW))


def test_a_command_fares_as_its_unit_says(store: Store, intake: Intake) -> None:
    query = select(COMMANDS.c.state, COMMANDS.c.reason, COMMANDS.c.result)
    command(store)
    topic = "cmd/identify/7f3a/st"
    intake.write(draft(said(topic, CommandState(state="executing", ts=NOW))), NOW)
    assert found(store, query) == [("executing", "", None)]
    done = CommandState(state="successful", ts=NOW, result={"png": "iVBOR"})
    intake.write(draft(said(topic, done), said(topic, CommandState(state="executing", ts=NOW))), NOW)
    assert found(store, query) == [("successful", "", b'{"png": "iVBOR"}')]


def test_nobody_reports_for_another(store: Store, intake: Intake) -> None:
    command(store)
    failed = CommandState(state="failed", ts=NOW, reason="no")
    intake.write(draft(said("cmd/identify/7f3a/st", failed, unit="room-bob"), said("cmd/identify/ha/st", failed)), NOW)
    assert found(store, select(COMMANDS.c.state)) == [("sent",)]


def test_what_became_of_settings(store: Store, intake: Intake) -> None:
    with store.begin() as connection:
        for rev in (1, 2):
            connection.execute(insert(SETTINGS).values(unit=UNIT, rev=rev, values="{}", by="anna", at_ms=NOW))
    intake.write(draft(said("reported/settings", Reported(rev=2, state="rejected", reason="too bright"))), NOW)
    query = select(SETTINGS.c.rev, SETTINGS.c.state, SETTINGS.c.reason).order_by(SETTINGS.c.rev)
    assert found(store, query) == [(1, "sent", ""), (2, "rejected", "too bright")]


def test_one_draft_of_many_units(store: Store, intake: Intake) -> None:
    units = [f"room-{number}" for number in range(600)]
    told = [said("e/room", rows(1, 1), unit=unit) for unit in units]
    told += [said("status", Status(s="online", boot="b", n=1), unit=unit) for unit in units]
    written = intake.write(draft(*told), NOW)
    assert written.new_rows == len(units)
    assert set(written.acks.values()) == {1}
    assert len(found(store, select(UNITS.c.unit))) == len(found(store, select(LATEST.c.unit))) == len(units)
