"""Forgetting: by the day, by the counter, catching up, with somebody reading, on a full disk; and the evenings."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from common.clock import ManualClock
from common.database import StoreError, StoreFault
from kiosk import forgetting_steps
from kiosk.forgetting import AGAIN_S, EVERY_S
from kiosk.forgetting_steps import Forgotten, clean
from kiosk.message_table import Rung
from kiosk.model import LeftBy, VisitState
from kiosk.register_store import Signature
from kiosk.upkeep import DayCount
from telemetry.payloads import Recovered, Stamp, Trouble, VisitsForgotten, record
from tests.kiosk.register_kit import DAY_S, INGRID, MONDAY, Desk, IdentityCipher, at_desk, visit, visit_id


async def fill(desk: Desk, *numbers: int) -> None:
    """Visits with all that hangs on one."""
    signatures = {visit_id(number): Signature("rules", f"1,1 {number},777") for number in numbers}
    visits = [visit(number) for number in numbers]
    await desk.register.sign_in(visits, tell=None, signatures=signatures, badges=True)
    for number in numbers:
        await desk.sign_in(number)


def last(desk: Desk) -> Forgotten:
    """What the last run did."""
    done = desk.forgetting.last
    assert done is not None
    return done


def test_a_visit_is_forgotten_on_its_day_with_all_that_hangs_on_it(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await fill(desk, 1, 2)
        desk.clock.step(13 * DAY_S + 15 * 3600)  # 23:00 on the thirteenth day
        await desk.forgetting.tick()
        assert await desk.ids() == [1, 2]
        desk.clock.step(3600)
        await desk.forgetting.tick()
        for table in ("visits", "messages", "print_jobs", "signatures"):
            assert await desk.rows(table) == 0
        done = last(desk)
        assert (done.visits, done.keys, done.trusted, done.compacted) == (2, 1, True, True)
        assert len(list(desk.folder.glob("keys/day.keys"))) == 1
        assert (desk.folder / "keys" / "day.keys").stat().st_size == 0
        assert await desk.register.apply(lambda store, at: clean(store))

    at_desk(tmp_path / "register", story, cipher=IdentityCipher())
    assert (tmp_path / "register" / "register.db-wal").exists() is False


def test_it_runs_every_hour_and_at_boot(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        await desk.forgetting.tick()
        first = desk.forgetting.last
        desk.clock.step(EVERY_S - 1)
        await desk.forgetting.tick()
        assert desk.forgetting.last is first
        desk.clock.step(1)
        await desk.forgetting.tick()
        assert desk.forgetting.last is not first

    at_desk(tmp_path / "register", story)

    async def later(desk: Desk) -> None:
        await desk.forgetting.tick()
        assert await desk.ids() == []

    at_desk(tmp_path / "register", later, clock=ManualClock(MONDAY + timedelta(days=40)), boot="boot-2")


def test_no_clock_no_forgetting_by_date(tmp_path: Path) -> None:
    clock = ManualClock(MONDAY)

    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        clock.sync = False
        clock.jump(100 * DAY_S)
        await desk.forgetting.tick()
        assert await desk.ids() == [1]
        assert len(desk.register.open_visits()) == 1  # nor is anybody signed out by such a clock
        clock.jump(-100 * DAY_S)
        clock.step(14 * DAY_S - 1)
        await desk.forgetting.tick()
        assert await desk.ids() == [1]
        clock.step(EVERY_S)
        await desk.forgetting.tick()
        assert await desk.ids() == []
        done = last(desk)
        assert (done.visits, done.keys, done.trusted) == (1, 1, False)

    at_desk(tmp_path / "register", story, clock=clock)


def test_the_counter_goes_on_over_restarts(tmp_path: Path) -> None:
    """Switched on for ten hours a day, off for fourteen, and never a clock."""
    folder = tmp_path / "register"
    days = 0

    async def first(desk: Desk) -> None:
        await desk.sign_in(1)

    async def day(desk: Desk) -> int:
        for _ in range(10):
            desk.clock.step(3600)
            await desk.forgetting.tick()
        return await desk.rows("visits")

    at_desk(folder, first, clock=ManualClock(MONDAY, synchronised=False), boot="boot-0")
    while True:
        days += 1
        clock = ManualClock(datetime(1970, 1, 1, tzinfo=UTC), synchronised=False)
        if not at_desk(folder, day, clock=clock, boot=f"boot-{days}"):
            break
    assert days == 17  # 20 counted hours for each day of 24


def test_visits_from_before_the_clock_was_set_get_their_true_day(tmp_path: Path) -> None:
    for wrong in (datetime(1970, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)):
        folder = tmp_path / f"register-{wrong.year}"
        clock = ManualClock(wrong, synchronised=False)

        async def story(desk: Desk, clock: ManualClock = clock, wrong: datetime = wrong) -> None:
            await desk.forgetting.tick()
            await desk.sign_in(1)
            clock.step(3 * DAY_S)
            clock.jump((MONDAY - clock.now()).total_seconds())
            clock.sync = True
            await desk.forgetting.tick()  # at once, not after the hour
            (found,) = await desk.register.apply(lambda store, at: store.everything())
            assert found.delete_on == "2026-12-04"  # three days ago and fourteen more
            clock.step(10 * DAY_S)
            await desk.forgetting.tick()
            assert await desk.ids() == [1]
            clock.step(DAY_S)
            await desk.forgetting.tick()
            assert await desk.ids() == []

        at_desk(folder, story, clock=clock)


def test_counts_by_day_and_type_stay(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1, 2)
        await desk.sign_in(3, type="craftsman")
        await desk.register.expect([visit(4, expected_at=MONDAY)])
        await desk.register.sign_out(visit_id(1), LeftBy.SCAN)
        desk.clock.step(DAY_S)
        await desk.forgetting.tick()
        before = await desk.forgetting.statistics(date(2026, 11, 1), date(2026, 12, 31))
        assert before == (
            DayCount("2026-11-23", "craftsman", came=1, assumed=1),
            DayCount("2026-11-23", "guest", came=2, assumed=1, no_show=1),
        )
        desk.clock.step(20 * DAY_S)
        await desk.sign_in(9)
        await desk.forgetting.tick()
        assert await desk.ids() == [9]
        after = await desk.forgetting.statistics(date(2026, 11, 1), date(2026, 12, 31))
        assert after == (*before, DayCount("2026-12-14", "guest", came=1))
        assert await desk.forgetting.statistics(date(2027, 1, 1), date(2027, 2, 1)) == ()

    at_desk(tmp_path / "register", story)


def test_it_is_told_without_names(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        desk.clock.step(15 * DAY_S)
        await desk.forgetting.tick()
        (event,) = [one for one in desk.outbox.events if isinstance(one, VisitsForgotten)]
        head = await desk.register.apply(lambda store, at: store.audit.head.hex())
        assert (event.visits, event.audit_head) == (1, head)
        body = record(event, Stamp(0, 0, "b", True)).body
        assert head in body  # fits a payload: no text of it is cut

    at_desk(tmp_path / "register", story)


def test_somebody_who_reads_the_file_delays_it_and_the_next_run_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting_steps, "TRY_AGAIN_S", 0.001)

    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        reader = sqlite3.connect(desk.database)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM visits").fetchone()
        desk.clock.step(15 * DAY_S)
        await desk.forgetting.tick()
        assert not last(desk).compacted
        assert [one.code for one in desk.outbox.events if isinstance(one, Trouble)] == ["not-compacted"]
        reader.close()
        desk.clock.step(AGAIN_S)
        await desk.forgetting.tick()
        assert last(desk).compacted
        assert any(isinstance(one, Recovered) for one in desk.outbox.events)
        assert b"Guestname" not in desk.database.read_bytes()

    at_desk(tmp_path / "register", story, cipher=IdentityCipher())


def test_a_disk_that_refuses_keeps_no_key_and_is_told_once(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(*range(30))
        (key,) = await desk.register.apply(lambda store, at: store.ring.keys)
        desk.clock.step(15 * DAY_S)

        def forbid(store: object, at: object) -> None:
            store.connection.execute(  # type: ignore[attr-defined]
                "CREATE TRIGGER full BEFORE DELETE ON visits BEGIN SELECT RAISE(FAIL, 'disk'); END"
            )

        await desk.register.apply(forbid)
        for _ in range(2):
            await desk.forgetting.tick()
            desk.clock.step(AGAIN_S)
        assert key.secret not in (desk.folder / "keys" / "day.keys").read_bytes()
        assert [type(one).__name__ for one in desk.outbox.events] == ["Trouble"]
        assert await desk.ids() == []  # the rows are there, and nobody can read them
        assert await desk.rows("visits") == 30
        await desk.register.apply(lambda store, at: store.connection.execute("DROP TRIGGER full"))
        await desk.forgetting.tick()
        assert await desk.rows("visits") == 0
        assert isinstance(desk.outbox.events[-1], Recovered)

    at_desk(tmp_path / "register", story)


def test_vacuum_without_room_is_no_reason_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(store: object) -> bool:
        raise StoreError(tmp_path, StoreFault.FULL, "no space")

    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        desk.clock.step(15 * DAY_S)
        monkeypatch.setattr(forgetting_steps, "_truncate", full)
        done = await desk.forgetting.now()
        assert (done.visits, done.compacted) == (1, False)
        monkeypatch.undo()
        assert (await desk.forgetting.now()).compacted

    at_desk(tmp_path / "register", story)


def test_copies_are_forgotten_too(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        (desk.folder / "backups" / "weekly").mkdir(parents=True)
        made = {
            desk.folder / "backups" / "weekly" / "old.db": 14,
            desk.folder / "backups" / "young.db": 13,
            desk.folder / "register.db.damaged-2026-11-01-1": 14,
            desk.folder / "register.db.damaged-2026-11-01-1-wal": 14,
            desk.folder / "register.db.damaged-2026-11-20-1": 3,
        }
        for path, age_days in made.items():
            path.write_bytes(b"copy")
            then = (MONDAY - timedelta(days=age_days)).timestamp()
            os.utime(path, (then, then))
        done = await desk.forgetting.now()
        assert done.copies == 3
        assert sorted(path.name for path in made if path.exists()) == ["register.db.damaged-2026-11-20-1", "young.db"]

    at_desk(tmp_path / "register", story)


def test_what_else_forgets_is_called_with_the_day_on_a_trusted_clock_only(tmp_path: Path) -> None:
    from kiosk.forgetting import Forgetting

    asked: list[date] = []

    async def story(desk: Desk) -> None:
        besides = Forgetting(desk.register, desk.outbox, besides=[lambda day: asked.append(day) or 0])  # type: ignore[arg-type, func-returns-value]
        await besides.now()
        desk.clock.sync = False
        await besides.now()

    at_desk(tmp_path / "register", story)
    assert asked == [date(2026, 11, 23)]


def test_the_clock_signs_out_at_the_sites_evening(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        await desk.register.expect([visit(2, expected_at=MONDAY)])
        desk.clock.step(14 * 3600 + 58 * 60)  # 23:58 in Copenhagen
        await desk.forgetting.tick()
        assert len(desk.register.open_visits()) == 1
        desk.clock.step(60)
        await desk.forgetting.tick()
        assert desk.register.open_visits() == ()
        gone, never = [await desk.register.by_id(visit_id(number)) for number in (1, 2)]
        assert gone is not None
        assert never is not None
        assert (gone.state, gone.out_by) == (VisitState.LEFT_ASSUMED, LeftBy.CLOCK)
        assert gone.out_at == datetime(2026, 11, 23, 22, 59, tzinfo=UTC)
        assert (never.state, never.out_at) == (VisitState.NO_SHOW, None)
        desk.clock.step(600)
        listed = await desk.register.evacuation()
        assert [(one.visit.id, one.assumed) for one in listed.people] == [(visit_id(1), True)]
        desk.clock.step(DAY_S)
        assert (await desk.register.evacuation()).people == ()

    at_desk(tmp_path / "register", story)


def test_nights_without_power_are_made_up_for(tmp_path: Path) -> None:
    async def before(desk: Desk) -> None:
        await desk.sign_in(1)

    async def after(desk: Desk) -> None:
        await desk.forgetting.tick()
        gone = await desk.register.by_id(visit_id(1))
        assert gone is not None
        assert gone.state is VisitState.LEFT_ASSUMED
        assert gone.out_at == datetime(2026, 11, 23, 22, 59, tzinfo=UTC)

    at_desk(tmp_path / "register", before)
    at_desk(tmp_path / "register", after, clock=ManualClock(MONDAY + timedelta(days=3)), boot="boot-2")


def test_a_host_is_reminded_once_for_a_party(tmp_path: Path) -> None:
    until = MONDAY + timedelta(hours=2)

    async def story(desk: Desk) -> None:
        party = [visit(number, group="g", until=until) for number in (1, 2)]
        await desk.register.sign_in([*party, visit(3, group="g", until=until, host=INGRID)], tell=None)
        await desk.sign_in(4)  # nobody knows when they mean to leave
        desk.clock.step(3 * 3600 - 1)
        await desk.forgetting.tick()
        assert await desk.register.messages_of(visit_id(1)) == ()
        for _ in range(3):
            desk.clock.step(30)
            await desk.forgetting.tick()
        told = {
            number: [one.rung for one in await desk.register.messages_of(visit_id(number))] for number in range(1, 5)
        }
        assert told == {1: [Rung.REMINDER], 2: [], 3: [Rung.REMINDER], 4: [Rung.FIRST]}

    at_desk(tmp_path / "register", story)


def test_the_audit_log_is_dropped_after_its_own_time(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        desk.clock.step(15 * DAY_S)
        await desk.forgetting.now()
        assert await desk.rows("audit") == 2
        desk.clock.step(181 * DAY_S)
        await desk.sign_in(2)
        await desk.forgetting.now()
        assert await desk.rows("audit") == 0
        assert await desk.register.apply(lambda store, at: store.audit.broken_at()) is None

    at_desk(tmp_path / "register", story)
