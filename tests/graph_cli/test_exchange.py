"""The answer of Get-CalendarProcessing, as PowerShell writes it and as it should not be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph import exchange
from graph.exchange import ExchangeFileError, RoomSettings
from tests.graph_cli.hostile import HOSTILE
from tests.graph_cli.powershell_reader import read as read_powershell

ROOM, OTHER = "storebaelt@nordhavn.example", "oresund@nordhavn.example"
ANSWER: dict[str, Any] = {
    "Room": ROOM,
    "AutomateProcessing": "AutoAccept",
    "AddOrganizerToSubject": True,
    "DeleteSubject": False,
    "EnableAutoRelease": None,
}


def write(folder: Path, raw: bytes) -> Path:
    path = folder / "exchange.json"
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(ANSWER).encode("utf-8"),
        json.dumps(ANSWER).encode("utf-8-sig"),
        json.dumps([ANSWER]).encode("utf-16"),
        b"\xfe\xff" + json.dumps(ANSWER, indent=4).replace("\n", "\r\n").encode("utf-16-be"),
        json.dumps([ANSWER, {**ANSWER, "Room": OTHER}]).encode("utf-8"),
        json.dumps({**ANSWER, "Room": ROOM.upper(), "AutomateProcessing": 2}).encode(),
        json.dumps({**ANSWER, "AddOrganizerToSubject": "True", "DeleteSubject": "False"}).encode(),
    ],
)
def test_what_powershell_writes(tmp_path: Path, raw: bytes) -> None:
    found = exchange.read(write(tmp_path, raw), [ROOM])[ROOM]
    assert (found.automate_processing, found.add_organizer_to_subject) == ("AutoAccept", True)
    assert (found.delete_subject, found.enable_auto_release, found.remove_private_property) == (False, None, None)


def test_a_bare_answer_counts_for_the_only_room(tmp_path: Path) -> None:
    bare = {"MailboxOwnerId": "Storebaelt", "Identity": "Storebaelt", "DeleteSubject": True}
    path = write(tmp_path, json.dumps(bare).encode())
    assert exchange.read(path, [ROOM])[ROOM].delete_subject is True
    assert exchange.read(path, [ROOM, OTHER]) == {}


def test_another_rooms_answer_does_not_count(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps({**ANSWER, "Room": OTHER}).encode())
    assert exchange.read(path, [ROOM]) == {}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b"\xff\xfe", "is empty"),
        (b"{", "is not JSON"),
        (b"Get-CalendarProcessing : The term is not recognized", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "holds no mailbox"),
        (b"3", "holds no mailbox"),
        (b'[{"DeleteSubject":true}, 3]', "holds no mailbox"),
        (b'{"DisplayName":"x"}', "something else than calendar processing"),
        (b'{"DeleteSubject":"perhaps"}', "DeleteSubject is neither true nor false"),
        (b'{"DeleteSubject":1}', "DeleteSubject is neither true nor false"),
        (b'{"AutomateProcessing":7}', "AutomateProcessing is none of its values"),
        (b'{"AutomateProcessing":"; rm"}', "AutomateProcessing is none of its values"),
        (json.dumps(ANSWER).encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (b"\xff\xfe\x00", "is not whole UTF-16-LE text"),
        (b'{"DeleteSubject":"\xe6"}', "is not whole UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n\xff", "is not whole UTF-8 text"),
        (b" " * ((4 << 20) + 1), "is larger than 4 MiB"),
        (b"[" + b'{"DeleteSubject":true},' * 2001 + b'{"DeleteSubject":true}]', "more than 2000"),
    ],
)
def test_a_wrong_file_gets_a_clear_error(tmp_path: Path, raw: bytes, said: str) -> None:
    path = write(tmp_path, raw)
    with pytest.raises(ExchangeFileError) as caught:
        exchange.read(path, [ROOM])
    assert said in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ExchangeFileError, match="cannot be read"):
            exchange.read(path, [ROOM])


def test_settings_that_are_silent_are_none() -> None:
    [found] = exchange.parse('{"DeleteSubject": true}')
    assert found == RoomSettings("", delete_subject=True)


def test_the_line_to_run_quotes_every_room() -> None:
    script = read_powershell(exchange.question(HOSTILE))
    assert script.literals[: len(HOSTILE)] == HOSTILE
    assert "Remove-" not in script.code
    assert "Stop-" not in script.code
    for name in ("AddOrganizerToSubject", "DeleteSubject", "RemovePrivateProperty", "EnableAutoRelease"):
        assert name in script.code
