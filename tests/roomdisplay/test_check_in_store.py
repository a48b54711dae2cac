"""Check-ins outlive a restart, and a bad card never stops the panel."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from common.sealed_file import replace_whole
from roomdisplay.check_in_store import FILE, KEY_BYTES, KEY_FILE, MAX_BYTES, CheckInStore
from tests.roomdisplay.calendar_kit import at, event, meeting_of

MEETING = meeting_of(event("09:00-10:00", id="secret-id", subject="Salary", organizer_name="Henrik"))
OTHER = meeting_of(event("11:00-12:00", id="other"))


def test_it_survives_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "room"
    CheckInStore(folder).add(MEETING, at("09:00"))
    again = CheckInStore(folder)
    assert again.current.has(MEETING)
    assert not again.current.has(OTHER)


def test_noted_is_in_ram_until_it_is_saved(tmp_path: Path) -> None:
    store = CheckInStore(tmp_path)
    store.note(MEETING, at("09:00"))
    assert store.current.has(MEETING)
    assert not CheckInStore(tmp_path).current.has(MEETING)
    store.save()
    assert CheckInStore(tmp_path).current.has(MEETING)


def test_the_files_tell_no_meeting_and_nobody_else_reads_them(tmp_path: Path) -> None:
    CheckInStore(tmp_path).add(MEETING, at("09:00"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [FILE, KEY_FILE]
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert not any(word in path.read_bytes() for word in (b"secret", b"Salary", b"Henrik", b"09:00"))
    assert len((tmp_path / KEY_FILE).read_bytes()) == KEY_BYTES


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = CheckInStore(None)
    store.add(MEETING, at("09:00"))
    assert store.current.has(MEETING)
    assert list(tmp_path.iterdir()) == []


DAMAGED = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"version": 9}',
    b"\xff\xfe",
    b"[" * 100_000,
    b" " * (MAX_BYTES + 9),
    b"\0" * 64,
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_starts_anew_and_says_so(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    CheckInStore(tmp_path).add(MEETING, at("09:00"))
    (tmp_path / FILE).write_bytes(content)
    store = CheckInStore(tmp_path)
    assert not store.current.has(MEETING)
    assert "starts anew" in caplog.text
    store.add(OTHER, at("11:00"))
    assert CheckInStore(tmp_path).current.has(OTHER)


@pytest.mark.parametrize("key", [b"", b"short", b"k" * (KEY_BYTES + 1)])
def test_a_damaged_key_is_made_anew(tmp_path: Path, key: bytes) -> None:
    CheckInStore(tmp_path).add(MEETING, at("09:00"))
    (tmp_path / KEY_FILE).write_bytes(key)
    assert not CheckInStore(tmp_path).current.has(MEETING)
    assert len((tmp_path / KEY_FILE).read_bytes()) == KEY_BYTES


def test_a_folder_that_cannot_be_used_leaves_ram(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.ERROR):
        store = CheckInStore(tmp_path / "file" / "state")
    assert "kept in RAM" in caplog.text
    store.add(MEETING, at("09:00"))
    assert store.current.has(MEETING)


def test_a_file_that_cannot_be_read_starts_anew(tmp_path: Path) -> None:
    CheckInStore(tmp_path)
    (tmp_path / FILE).mkdir()
    assert not CheckInStore(tmp_path).current.marks


def test_a_disk_that_refuses_is_told_and_the_check_in_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CheckInStore(tmp_path)

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        store.add(MEETING, at("09:00"))
    assert store.current.has(MEETING)


def test_a_write_that_takes_only_a_part_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:3]))
    replace_whole(tmp_path / "x.json", b"0123456789")
    assert (tmp_path / "x.json").read_bytes() == b"0123456789"


def test_a_cut_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CheckInStore(tmp_path)
    store.add(MEETING, at("09:00"))
    before = (tmp_path / FILE).read_bytes()

    def cut(handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", cut)
    with pytest.raises(OSError, match="Input/output"):
        store.add(OTHER, at("11:00"))
    assert (tmp_path / FILE).read_bytes() == before
    assert json.loads(before)["version"] == 1
