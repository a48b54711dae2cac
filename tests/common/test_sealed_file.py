"""A sealed file: what graph.token_store's tests show of it holds for any content; here is what they do not reach."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from common.sealed_file import SealedFile, SealError


def sealed(folder: Path, **changes: object) -> SealedFile:
    settings = {"magic": b"TEST-1\n", "owner": "a", "max_bytes": 200, "what": "thing", **changes}
    return SealedFile(folder / "thing", folder / "thing.key", **settings)  # type: ignore[arg-type]


def test_bytes_come_back(tmp_path: Path) -> None:
    sealed(tmp_path).write(b"\0\xff" * 20)
    assert sealed(tmp_path).read() == b"\0\xff" * 20
    sealed(tmp_path).forget()
    with pytest.raises(FileNotFoundError):
        sealed(tmp_path).read()


@pytest.mark.parametrize("changes", [{"owner": "b"}, {"magic": b"TEST-2\n"}, {"max_bytes": 10}])
def test_who_it_is_not_for_does_not_open_it(tmp_path: Path, changes: dict[str, object]) -> None:
    sealed(tmp_path).write(b"secret")
    with pytest.raises(SealError, match="thing"):
        sealed(tmp_path, **changes).read()


def test_what_is_too_long_is_refused_and_the_old_stays(tmp_path: Path) -> None:
    sealed(tmp_path).write(b"old")
    with pytest.raises(SealError, match="longer than 200"):
        sealed(tmp_path).write(b"x" * 200)
    assert sealed(tmp_path).read() == b"old"


def test_a_damaged_key_is_replaced_when_something_new_is_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    sealed(tmp_path).write(b"old")
    (tmp_path / "thing.key").write_bytes(b"short")
    with pytest.raises(SealError):
        sealed(tmp_path).read()
    sealed(tmp_path).write(b"new")
    assert sealed(tmp_path).read() == b"new"
    assert "key of the thing: damaged" in caplog.text


def test_a_bad_one_is_kept_aside(tmp_path: Path) -> None:
    (tmp_path / "thing").write_bytes(b"rubbish")
    sealed(tmp_path).keep_aside()
    assert (tmp_path / "thing.bad").read_bytes() == b"rubbish"
