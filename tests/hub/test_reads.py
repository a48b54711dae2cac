"""What the pages read of the store, on SQLite and on PostgreSQL: an office of 24 units with two weeks behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert, select

from hub import history, reads, report_reads
from hub.report_reads import ReportTooLongError
from hub.reports import Period
from hub.roles import Role
from hub.store import Store
from hub.tables import SESSIONS, SILENCES
from hub.web import alarm_pages, api_tokens, sessions
from tests.hub.office import NOW, PANELS, Office, ms

NOW_MS = ms(NOW)
FORTNIGHT = Period(date(2026, 11, 7), date(2026, 11, 20), ZoneInfo("Europe/Copenhagen"))


def test_an_office_reads_the_same_on_both_databases(store: Store) -> None:
    with store.begin() as connection:
        Office(connection).fill()
    with store.reading() as connection:
        units = {one.unit: one for one in reads.units(connection)}
        _units(units)
        assert {one.unit for one in reads.units(connection, ["anholt", "none", "anholt"])} == {"anholt"}
        assert reads.unit(connection, "none") is None
        open_ = reads.alarms(connection, open_=True, now_ms=NOW_MS)
        assert [(one.unit, one.severity, one.silenced_ms is not None) for one in open_] == [
            ("storebaelt", "critical", False),
            ("reception", "warning", True),
            ("susaa", "warning", False),
        ]
        assert [one.unit for one in reads.alarms(connection, open_=False, now_ms=NOW_MS)] == ["aeroe"]
        commands = reads.commands(connection, "storebaelt")
        assert [(one.operation, one.has) for one in commands] == [
            ("screenshot", "png"), ("identify", ""), ("reboot", ""), ("logs", "gz"),
        ]  # fmt: skip
        assert reads.command_result(connection, "anholt", commands[0].id) is None
        assert [one.rev for one in reads.settings_revisions(connection, "storebaelt")] == [3]
        assert len(reads.audit(connection)) == 4
        assert len(reads.audit(connection, before_id=reads.audit(connection)[1].id)) == 2
        _history_and_report(connection)


def _units(units: dict[str, reads.UnitSeen]) -> None:
    assert set(units) == {panel.unit for panel in PANELS}
    assert (units["storebaelt"].alarms, units["storebaelt"].critical, units["anholt"].alarms) == (1, True, 0)
    assert units["samsoe"].shown(NOW_MS).word == "No contact"
    assert units["storaa"].silent(NOW_MS)
    told = units["anholt"].told
    assert told is not None
    assert told.kind == units["anholt"].latest["now/room"]["state"]
    without_live = replace(units["anholt"], latest={"status": {"s": "online"}})
    assert without_live.live == told


def _history_and_report(connection: Connection) -> None:
    spans = history.presence_spans(connection, "anholt", NOW_MS - 5 * history.DAY_MS, NOW_MS)
    assert {span.what for span in spans} == {"occupied", "vacant"}
    assert all(span.start_ms < span.end_ms <= NOW_MS for span in spans)
    values = history.values(connection, "anholt", "m/room", "co2_ppm", NOW_MS - 3_600_000, NOW_MS)
    assert len(values) == 12
    assert len(history.events(connection, "anholt", 7)) == 7
    rooms = report_reads.rooms_used(connection, FORTNIGHT, NOW_MS)
    assert len(rooms) == 22
    assert all(room.booked is not None and room.used is not None and room.used <= room.booked for room in rooms)


def test_too_much_history_for_one_report_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_reads, "MOST_ROWS", 100)
    with store.begin() as connection:
        Office(connection).fill()
        with pytest.raises(ReportTooLongError, match="shorter"):
            report_reads.rooms_used(connection, FORTNIGHT, NOW_MS)


def test_sessions_and_tokens_on_both_databases(store: Store) -> None:
    with store.begin() as connection:
        tokens = [sessions.begin(connection, "entra:1", "me", [Role.USER], NOW_MS + n) for n in range(22)]
        found = sessions.find(connection, tokens[-1], 60_000, NOW_MS + 30)
        assert found is not None
        sessions.touch(connection, found, NOW_MS + 40)
        assert sessions.lasts(connection, found.token_hash, 60_000, NOW_MS + 40)
        assert not sessions.lasts(connection, found.token_hash, 60_000, NOW_MS + 70_000)
        assert sessions.end_others(connection, found) == 19
        assert connection.execute(select(SESSIONS.c.seen_ms)).scalars().all() == [NOW_MS + 40]
        token = api_tokens.issue(connection, "grafana", [Role.FLOOR_PLAN, Role.USER], "admin", 1000, NOW_MS)
        holder = api_tokens.holder(connection, token, NOW_MS + 999)
        assert holder is not None
        assert holder.roles == {Role.FLOOR_PLAN, Role.USER}
        assert api_tokens.holder(connection, token, NOW_MS + 1000) is None


def test_a_silence_for_all_counts_for_each(store: Store) -> None:
    with store.begin() as connection:
        Office(connection, days=0, sampled_h=1).fill()
        until_ms = NOW_MS + alarm_pages.HOURS[0] * 3_600_000
        connection.execute(insert(SILENCES).values(unit="", until_ms=until_ms, by="me", reason=""))
        found = {one.unit: one.silenced_ms for one in reads.alarms(connection, open_=True, now_ms=NOW_MS)}
    assert found["storebaelt"] == until_ms
    assert found["reception"] == NOW_MS + 3 * 3_600_000, "the longer one"


@pytest.mark.parametrize("raw", ["", "null", "[]", '"x"', "{", "[" * 100_000, b"\xff\xfe"])
def test_what_is_no_object_is_an_empty_one(raw: str | bytes) -> None:
    assert reads.json_object(raw) == {}
