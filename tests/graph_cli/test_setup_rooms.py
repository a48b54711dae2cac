"""Lists of rooms as admins have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.setup_rooms import RoomEntry, RoomListError, rooms_of

A, B = "a@nordhavn.example", "b@nordhavn.example"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rooms.csv", f"address,name\n{A},Storebælt\n{B},\n"),
        ("rooms.csv", f"\ufeffName;Address\r\nStorebælt;{A}\r\n;{B}\r\n;\r\n"),
        ("rooms.txt", f"ADDRESS\tNAME\n{A}\tStorebælt\n{A.upper()}\tagain\n{B}\t\n"),
        ("rooms.csv", f'address,name\n"{A}","Storebælt"\n{B}\n'),
        ("rooms.toml", f'[[rooms]]\naddress = "{A}"\nname = "Storebælt"\n[[rooms]]\naddress = "{B}"\n'),
    ],
)
def test_lists(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert rooms_of([], path) == (RoomEntry(A, "Storebælt"), RoomEntry(B))


def test_a_panels_own_file_and_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "room.toml"
    path.write_text(f'[room]\naddress = "{A}"\nname = "Storebælt"\n[lamp]\nred_pin = 3\n', "utf-8")
    assert rooms_of([B, A], path) == (RoomEntry(B), RoomEntry(A))


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.csv", b"", "no column address"),
        ("a.csv", b"name\nx\n", "no column address"),
        ("a.csv", b"address\nnot an address\n", "room 1: 'not an address' is not an address"),
        ("a.csv", b"address\nx@y\n\n'; Stop-Computer\n", 'room 2: "\'; Stop-Computer" is not an address'),
        ("a.csv", b'address\n"x@y', "is not CSV"),
        ("a.csv", b"address,name\nx@y,\xe6\n", "is not UTF-8"),
        ("a.csv", b"address\n" + b"x@y\n" * 300_000, "larger than 1 MiB"),
        ("a.csv", b"address\n" + b"".join(b"r%d@y\n" % n for n in range(2001)), "More than 2000 rooms"),
        ("a.toml", b"[", "is not TOML"),
        ("a.toml", b"x = 1\n", "has no list of rooms"),
        ("a.toml", b"rooms = 3\n", "has no list of rooms"),
        ("a.toml", b"rooms = [3]\n", "has no list of rooms"),
        ("a.toml", b"[[rooms]]\naddress = 3\n", "room 1: 3 is not an address"),
        ("a.toml", b'[[rooms]]\naddress = "x@y"\nname = 3\n', "is not an address"),
    ],
)
def test_what_is_no_list_is_told(tmp_path: Path, name: str, raw: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(RoomListError) as caught:
        rooms_of([], path)
    assert said in caught.value.message
    assert caught.value.hint


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(RoomListError, match="cannot be read"):
        rooms_of([], tmp_path / "none.csv")
