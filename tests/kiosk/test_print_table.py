"""Print jobs in the register: one badge a visit, in the transaction of the sign-in; reprints; what a crash leaves."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from common.database import StoreError, connect, migrate
from drivers.printers.jobs import JobState
from kiosk.model import Channel, LeftBy
from kiosk.print_table import MOST_REPRINTS, PrintJob, PrintKind
from kiosk.register_tables import migrations
from tests.kiosk.register_kit import MONDAY, Desk, at_desk, visit, visit_id


async def badges(desk: Desk, *numbers: int) -> None:
    visits = [visit(number) for number in numbers]
    await desk.register.sign_in(visits, tell=Channel.MAIL, badges=True)


async def change(desk: Desk, job: PrintJob, state: JobState, reason: str = "") -> None:
    await desk.register.print_jobs_changed([(job, state, reason)])


async def states(desk: Desk) -> list[tuple[str, str, bool]]:
    """Visit, state, repeat; the oldest first."""
    jobs = reversed(await desk.register.print_jobs())
    return [(job.visit_id[-1], str(job.state), job.repeat) for job in jobs]


def test_a_badge_is_queued_with_its_visit_and_once(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await badges(desk, 1, 2)
        await badges(desk, 1, 2)  # the flow asks again
        await desk.sign_in(3)  # a type without a badge
        assert await states(desk) == [("1", "queued", False), ("2", "queued", False)]
        queued = await desk.register.badges_queued()
        assert [found and found.id for _, found in queued] == [visit_id(1), visit_id(2)]
        assert {(job.kind, job.made_at, job.tries) for job, _ in queued} == {(PrintKind.BADGE, MONDAY, 0)}

    at_desk(tmp_path / "register", story)


def test_all_or_nothing(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        trigger = "CREATE TEMP TRIGGER full BEFORE INSERT ON print_jobs BEGIN SELECT RAISE(ABORT, 'full'); END"
        await desk.register.apply(lambda store, at: store.connection.execute(trigger), refresh=False)
        with pytest.raises(StoreError):
            await badges(desk, 2)
        assert await desk.ids() == [1]
        assert len(await desk.register.messages_due()) == 1

    at_desk(tmp_path / "register", story)


def test_what_became_of_it_is_noted_and_has_no_text(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await badges(desk, 1)
        ((job, _),) = await desk.register.badges_queued()
        for state, reason in ((JobState.PRINTING, ""), (JobState.PRINTING, ""), (JobState.FAILED, "paper-out")):
            await change(desk, job, state, reason)
        await change(desk, job, JobState.DONE)  # it has ended already
        (found,) = await desk.register.print_jobs()
        assert (found.state, found.reason, found.tries) == (JobState.FAILED, "paper-out", 1)
        assert await desk.register.badges_queued() == ()

    at_desk(tmp_path / "register", story)


def test_a_crash_leaves_what_was_queued_and_repeats_what_was_printing(tmp_path: Path) -> None:
    async def before(desk: Desk) -> None:
        await badges(desk, 1, 2, 3)
        (first, _), (second, _), _ = await desk.register.badges_queued()
        await change(desk, first, JobState.PRINTING)
        await change(desk, second, JobState.PRINTING)
        await change(desk, second, JobState.DONE)

    async def after(desk: Desk) -> None:
        assert await states(desk) == [("1", "queued", True), ("2", "done", False), ("3", "queued", False)]

    at_desk(tmp_path / "register", before)
    at_desk(tmp_path / "register", after)


def test_reprints(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert await desk.register.reprint("last") is None
        await badges(desk, 1, 2)
        (_, _), (second, _) = await desk.register.badges_queued()
        assert await desk.register.reprint("last") == second  # it is on its way
        await change(desk, second, JobState.DONE)
        again = await desk.register.reprint("last")
        assert again is not None
        assert (again.visit_id, again.kind, again.state) == (visit_id(2), PrintKind.REPRINT, JobState.QUEUED)
        assert await desk.register.reprint(visit_id(2)) == again
        await desk.register.sign_out(visit_id(1), LeftBy.SCAN)
        for nobody in (visit_id(1), visit_id(9), "", "%"):
            assert await desk.register.reprint(nobody) is None

    at_desk(tmp_path / "register", story)


def test_reprints_of_one_visit_are_bounded(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await badges(desk, 1)
        ((badge, _),) = await desk.register.badges_queued()
        await change(desk, badge, JobState.DONE)
        for _ in range(MOST_REPRINTS + 10):
            job = await desk.register.reprint(visit_id(1))
            assert job is not None
            await change(desk, job, JobState.FAILED, "no-printer")
        assert await desk.rows("print_jobs") == MOST_REPRINTS + 1

    at_desk(tmp_path / "register", story)


def test_a_register_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    connection = connect(path)
    try:
        migrate(connection, path, migrations())
        for statement in (
            "DROP INDEX print_jobs_badge",
            "DROP INDEX print_jobs_state",
            "ALTER TABLE print_jobs DROP COLUMN kind",
            "ALTER TABLE print_jobs DROP COLUMN repeat",
            "DELETE FROM _sqlite_migrations WHERE name LIKE 'm002%'",
        ):
            connection.execute(statement)
        connection.commit()
        migrate(connection, path, migrations())
        names = {row[1] for row in connection.execute("PRAGMA table_info(print_jobs)")}
        assert {"kind", "repeat"} <= names
        insert = "INSERT INTO print_jobs (visit_id, kind, state, made_us) VALUES ('a', ?, 'queued', 0)"
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(insert, ("badge",))
        connection.execute(insert, ("reprint",))
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(insert, ("badge",))
    finally:
        connection.close()
