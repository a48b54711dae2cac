from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from graph import token_store
from graph.token_store import TokenStore

SECRET = '{"RefreshToken": {"x": "0.AXo-secret"}}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def store_in(folder: Path, owner: str = "tenant/client") -> TokenStore:
    return TokenStore(folder / "tokens", folder / "tokens.key", owner=owner)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_read_and_cannot_be_read_without_the_key(folder: Path) -> None:
    store_in(folder).write(SECRET)
    assert store_in(folder).read() == SECRET
    assert b"secret" not in (folder / "tokens").read_bytes()
    assert (mode(folder / "tokens"), mode(folder / "tokens.key")) == (0o600, 0o600)
    assert sorted(path.name for path in folder.iterdir()) == ["tokens", "tokens.key"]


def test_the_same_text_is_never_sealed_the_same_way_twice(folder: Path) -> None:
    store = store_in(folder)
    store.write(SECRET)
    first = (folder / "tokens").read_bytes()
    store.write(SECRET)
    assert (folder / "tokens").read_bytes() != first


def test_nothing_there_is_nothing(folder: Path) -> None:
    assert store_in(folder).read() == ""
    store_in(folder).forget()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "tokens").write_bytes(b""),
        lambda folder: (folder / "tokens").write_bytes(b"\0" * 500),
        lambda folder: (folder / "tokens").write_bytes((folder / "tokens").read_bytes()[:-1]),
        lambda folder: (folder / "tokens").write_bytes(token_store.MAGIC),
        lambda folder: (folder / "tokens").write_bytes(token_store.MAGIC + b"x" * 12),
        lambda folder: (folder / "tokens").write_bytes(b"x" * (token_store.MAX_BYTES + 1)),
        lambda folder: (folder / "tokens").write_text('{"AccessToken": {}}'),
        lambda folder: flip(folder / "tokens"),
        lambda folder: flip(folder / "tokens.key"),
        lambda folder: (folder / "tokens.key").write_bytes(b"short"),
        lambda folder: (folder / "tokens.key").unlink(),
    ],
)
def test_a_bad_file_is_kept_aside_and_told(
    folder: Path, spoil: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    store_in(folder).write(SECRET)
    spoil(folder)
    assert store_in(folder).read() == ""
    assert (folder / "tokens.bad").exists()
    assert not (folder / "tokens").exists()
    assert "sign-in needed" in caplog.text
    assert "secret" not in caplog.text
    store_in(folder).write(SECRET)
    assert store_in(folder).read() == SECRET


def test_another_registrations_file_does_not_open(folder: Path) -> None:
    store_in(folder, "tenant/client").write(SECRET)
    assert store_in(folder, "tenant/other").read() == ""
    assert (folder / "tokens.bad").exists()


def test_a_disk_that_refuses_is_told_and_leaves_the_old_file(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_in(folder)
    store.write(SECRET)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    store.write("newer")
    assert "cannot be written" in caplog.text
    assert store_in(folder).read() == SECRET
    monkeypatch.undo()
    store.write("newest")
    assert store_in(folder).read() == "newest"


def test_it_is_on_the_disk_before_it_has_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_in(folder)
    store.write(SECRET)
    story: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        story.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_fsync(descriptor)

    def replace(path: Path, target: Path) -> Path:
        story.append("rename")
        return real_replace(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    store.write("newer")
    assert story == ["file", "rename", "folder"]


def test_a_link_in_the_way_is_not_followed(folder: Path) -> None:
    target = folder / "precious"
    target.write_text("precious")
    (folder / "tokens.new").symlink_to(target)
    store_in(folder).write(SECRET)
    assert target.read_text() == "precious"
    assert store_in(folder).read() == SECRET


def test_an_open_key_file_is_closed(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    store_in(folder).write(SECRET)
    (folder / "tokens.key").chmod(0o644)
    caplog.set_level(logging.WARNING)
    store_in(folder).write(SECRET)
    assert mode(folder / "tokens.key") == 0o600
    assert "open to others" in caplog.text


def test_forget_deletes(folder: Path) -> None:
    store = store_in(folder)
    store.write(SECRET)
    store.forget()
    assert store.read() == ""
    assert not (folder / "tokens").exists()
