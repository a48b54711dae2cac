"""When the disk is not well: damaged, full, closed, taken, without keys. Nothing that is said of it names a guest."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import stat
import traceback
from pathlib import Path

import pytest

from common.database import StoreError, StoreFault
from kiosk.model import Channel, LeftBy
from kiosk.register_folder import RegisterBusyError
from kiosk.register_store import Signature
from tests.kiosk.register_kit import Desk, at_desk, desk, visit, visit_id
from tests.ordinary_user import ordinary_user


def fill(folder: Path, *numbers: int) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(*numbers)

    at_desk(folder, story)


async def spoil(desk: Desk) -> None:
    """Overwrite the pages behind the first with garbage, and make SQLite read them anew."""
    await desk.forgetting.now()
    await desk.register.apply(lambda store, at: store.connection.execute("PRAGMA shrink_memory"), refresh=False)
    size = desk.database.stat().st_size
    with desk.database.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))


GARBAGE = [b"this is no database" * 100, b"SQLite format 3\0" + bytes(4096), b"\0" * 100]


@pytest.mark.parametrize("raw", GARBAGE)
def test_a_damaged_file_is_kept_aside_and_the_register_goes_on_empty(
    tmp_path: Path, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "register"
    fill(folder, 1)
    (folder / "register.db").write_bytes(raw)

    async def story(desk: Desk) -> None:
        await desk.sign_in(2)
        assert await desk.ids() == [2]
        aside = desk.folder / desk.register.state.set_aside
        assert aside.name == "register.db.damaged-2026-11-23-1"
        assert aside.read_bytes()[:100] == raw[:100]
        entries = await desk.register.apply(lambda store, at: store.audit.entries())
        assert [one.event for one in entries] == ["set-aside"]

    at_desk(folder, story)
    assert "the register goes on empty" in caplog.text


def test_a_file_that_is_damaged_while_it_is_open(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(*range(60))
        await spoil(desk)
        await desk.sign_in(100)  # finished all the same
        assert await desk.ids() == [100]
        assert desk.register.state.set_aside
        assert (desk.folder / desk.register.state.set_aside).exists()

    at_desk(tmp_path / "register", story)


def test_a_file_that_is_set_aside_twice_a_day_keeps_both(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    for _ in range(2):
        fill(folder, 1)
        (folder / "register.db").write_bytes(b"no database at all" * 50)
    fill(folder, 2)
    assert len(list(folder.glob("register.db.damaged-2026-11-23-*"))) == 2


def test_a_full_disk_is_told_and_nothing_half_is_written(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(*range(5))
        await desk.register.apply(
            lambda store, at: store.connection.execute("PRAGMA max_page_count = 1").fetchone(), refresh=False
        )
        with pytest.raises(StoreError) as caught:
            await desk.register.sign_in([visit(number) for number in range(10, 60)], tell=Channel.MAIL)
        assert caught.value.fault is StoreFault.FULL
        assert desk.register.state.fault == "full"
        # The next call opens the file anew, which lifts the limit of the test: there is room again.
        await desk.sign_in(7)
        assert desk.register.state.fault == ""
        assert await desk.ids() == [0, 1, 2, 3, 4, 7]
        assert await desk.rows("messages") == 6

    at_desk(tmp_path / "register", story)


def test_a_truncated_key_ring_costs_only_what_it_sealed(tmp_path: Path) -> None:
    folder = tmp_path / "register"

    async def before(desk: Desk) -> None:
        await desk.sign_in(1, 2)
        desk.clock.step(86400)
        await desk.sign_in(3)

    at_desk(folder, before)
    ring = folder / "keys" / "day.keys"
    os.truncate(ring, 200)

    async def after(desk: Desk) -> None:
        await desk.register.open()
        assert [int(one.id, 16) for one in desk.register.open_visits()] == [1, 2]
        assert desk.register.state.unreadable == 1
        await desk.forgetting.now()
        assert (await desk.register.evacuation()).unreadable == 1  # somebody is in the building all the same
        await desk.register.sign_out(visit_id(3), LeftBy.RECEPTION)
        await desk.forgetting.now()
        assert await desk.rows("visits") == 2
        entries = await desk.register.apply(lambda store, at: store.audit.entries())
        assert [one.event for one in entries] == ["keys-damaged", "forgotten"]
        await desk.sign_in(4)
        assert await desk.ids() == [1, 2, 4]

    at_desk(folder, after)


def test_no_keys_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    fill(folder, 1)
    (folder / "keys" / "day.keys").unlink()

    async def story(desk: Desk) -> None:
        await desk.sign_in(2)
        assert await desk.ids() == [2]
        assert desk.register.state.unreadable == 1

    at_desk(folder, story)


def test_files_open_to_others_are_closed(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    fill(folder, 1)
    folder.chmod(0o755)
    (folder / "register.db").chmod(0o644)
    fill(folder, 2)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("register.*")} == {0o600}


def test_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    fill(folder, 1)
    folder.chmod(0o500)
    with ordinary_user(tmp_path), desk(folder) as made, pytest.raises(StoreError) as caught:
        asyncio.run(made.sign_in(1))
    assert caught.value.fault is StoreFault.DENIED
    folder.chmod(0o700)


def test_a_missing_parent_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        fill(tmp_path / "nowhere" / "register", 1)
    assert caught.value.fault is StoreFault.MISSING


def test_two_processes_do_not_share_a_register(tmp_path: Path) -> None:
    folder = tmp_path / "register"

    async def story(first: Desk) -> None:
        await first.register.open()
        with desk(folder) as second, pytest.raises(RegisterBusyError, match="--socket"):
            await second.register.open()

    at_desk(folder, story)
    fill(folder, 1)  # free again


def test_what_is_deleted_is_overwritten_or_the_register_does_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk import register_store

    def careless(path: Path, **options: object) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA secure_delete = FAST")
        return connection

    monkeypatch.setattr(register_store, "connect", careless)
    with pytest.raises(StoreError, match="erase"):
        fill(tmp_path / "register", 1)


def test_no_name_in_logs_reprs_and_exceptions(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Every fault of this page, with everything that is said of it."""
    caplog.set_level(logging.DEBUG)
    said: list[str] = []

    async def story(desk: Desk) -> None:
        await desk.sign_in(1, 2)
        await desk.register.apply(
            lambda store, at: store.connection.execute("PRAGMA max_page_count = 1").fetchone(), refresh=False
        )
        try:
            await desk.register.sign_in([visit(number) for number in range(10, 60)], tell=Channel.MAIL)
        except StoreError as error:
            said.append("".join(traceback.format_exception(error)))
        try:
            await desk.register.sign_in([visit(3, until=desk.clock.now().replace(tzinfo=None))], tell=None)
        except ValueError as error:
            said.append("".join(traceback.format_exception(error)))
        message = (await desk.register.messages_due())[0]
        said.extend([repr(desk.register), repr(desk.register.open_visits()), repr(message)])
        said.append(repr(await desk.register.evacuation()))
        await spoil(desk)
        await desk.sign_in(5)
        assert desk.register.state.set_aside
        said.append(repr(desk.register.state))

    at_desk(tmp_path / "register", story)
    text = "\n".join([*said, caplog.text]).casefold()
    for word in ("guestname", "sørensen", "mail.example", "+4570", "+45 70", "østergaard", "jesper"):
        assert word not in text


MOVED = [
    "UPDATE visits SET guest_name = (SELECT guest_name FROM visits WHERE id LIKE '%2') WHERE id LIKE '%1'",
    "UPDATE visits SET guest_name = guest_email WHERE id LIKE '%1'",
    "UPDATE visits SET host = zeroblob(5) WHERE id LIKE '%1'",
    "UPDATE visits SET key_id = 'ffff' WHERE id LIKE '%1'",
]


@pytest.mark.parametrize("sql", MOVED, ids=range(len(MOVED)))
def test_a_field_that_was_moved_or_changed_opens_nowhere(tmp_path: Path, sql: str) -> None:
    """Sealed fields are bound to their visit and field: nobody can make one guest's name another's."""

    async def story(desk: Desk) -> None:
        await desk.sign_in(1, 2)
        await desk.register.apply(lambda store, at: store.connection.execute(sql))
        assert await desk.ids() == [2]
        assert desk.register.state.unreadable == 1

    at_desk(tmp_path / "register", story)


def test_a_signature_that_was_moved_opens_nowhere(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        signed = {visit_id(1): Signature("rules", "1,1")}
        await desk.register.sign_in([visit(1), visit(2)], tell=None, signatures=signed)
        await desk.register.apply(
            lambda store, at: store.connection.execute("UPDATE signatures SET visit_id = ?", (visit_id(2),))
        )
        assert await desk.register.apply(lambda store, at: store.signature_of(visit_id(2))) is None

    at_desk(tmp_path / "register", story)
