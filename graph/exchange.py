"""Reads what `Get-CalendarProcessing ... | ConvertTo-Json` wrote: Graph cannot read these settings.

PowerShell 5.1 writes UTF-16 with a byte order mark, or UTF-8 with one; PowerShell 7 UTF-8 without. Enumerations come
as words or as numbers. Source: office-docs-powershell, Set-CalendarProcessing.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from common.errors import MyDeskError
from graph.powershell import quoted

MAX_BYTES = 4 << 20
MAX_ROOMS = 2000
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WORDS = {"true": True, "false": False}
_PROCESSING = ("None", "AutoUpdate", "AutoAccept")
_NAMES = ("Room", "MailboxOwnerId", "Identity")
_FLAGS = {
    "AddOrganizerToSubject": "add_organizer_to_subject",
    "DeleteSubject": "delete_subject",
    "DeleteComments": "delete_comments",
    "RemovePrivateProperty": "remove_private_property",
    "EnableAutoRelease": "enable_auto_release",
    "ProcessExternalMeetingMessages": "process_external",
    "AllowConflicts": "allow_conflicts",
    "RemoveCanceledMeetings": "remove_cancelled",
}


class ExchangeFileError(MyDeskError):
    """Error raised when the file is not the answer of the line that was asked for."""


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """The settings of one room mailbox; None where the answer is silent. `room` is as the answer names it."""

    room: str
    automate_processing: str | None = None
    add_organizer_to_subject: bool | None = None
    delete_subject: bool | None = None
    delete_comments: bool | None = None
    remove_private_property: bool | None = None
    enable_auto_release: bool | None = None
    process_external: bool | None = None
    allow_conflicts: bool | None = None
    remove_cancelled: bool | None = None


def question(rooms: Sequence[str], file: str = "exchange.json") -> str:
    """Return the line to run in Exchange Online PowerShell; its answer goes into `file`."""
    names = ", ".join(quoted(room) for room in rooms)
    shown = ", ".join(_FLAGS)
    return (
        f"@({names}) | ForEach-Object {{ $room = $_; Get-CalendarProcessing -Identity $room | Select-Object "
        "@{Name='Room';Expression={$room}}, @{Name='AutomateProcessing';Expression={\"$($_.AutomateProcessing)\"}}, "
        f"{shown} }} | ConvertTo-Json | Out-File -Encoding utf8 {quoted(file)}"
    )


def read(path: Path, rooms: Sequence[str]) -> dict[str, RoomSettings]:
    """Return the settings in the file at `path` by room address, for as many of `rooms` as it speaks of.

    Raises ExchangeFileError.
    """
    answers = parse(_decoded(_bytes_of(path), path), path)
    return _by_room(answers, rooms)


def parse(text: str, source: Path | str = "the answer") -> tuple[RoomSettings, ...]:
    """Return every mailbox's settings in `text`. Raises ExchangeFileError."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _wrong(source, "is not JSON", "Let ConvertTo-Json write it, and do not edit it.") from error
    items = found if isinstance(found, list) else [found]
    if not items or not all(isinstance(item, dict) for item in items):
        raise _wrong(source, "holds no mailbox", "Run the whole line that doctor prints.")
    if len(items) > MAX_ROOMS:
        raise _wrong(source, f"holds more than {MAX_ROOMS} mailboxes", "Ask about the rooms with displays only.")
    return tuple(_settings(item, source) for item in items)


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _wrong(path, f"cannot be read ({error.strerror})", "Name the file with --exchange FILE.") from error
    if len(raw) > MAX_BYTES:
        raise _wrong(path, f"is larger than {MAX_BYTES >> 20} MiB", "Is it the answer of Get-CalendarProcessing?")
    return raw


def _decoded(raw: bytes, source: Path) -> str:
    mark, encoding = next(((mark, name) for mark, name in _MARKS if raw.startswith(mark)), (b"", "utf-8"))
    try:
        text = raw[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise _wrong(source, f"is not whole {encoding.upper()} text", _AS_UTF8) from error
    if not text.strip():
        raise _wrong(source, "is empty", "The line found no mailbox: look at what PowerShell said.")
    if "\0" in text:
        raise _wrong(source, "is no text, or UTF-16 without a byte order mark", _AS_UTF8)
    return text


def _settings(item: Mapping[str, Any], source: Path | str) -> RoomSettings:
    if not any(name in item for name in (*_FLAGS, "AutomateProcessing")):
        raise _wrong(source, "holds something else than calendar processing", "Run the whole line that doctor prints.")
    room = next((item[name] for name in _NAMES if isinstance(item.get(name), str)), "")
    flags = {field: _flag(item.get(name), name, source) for name, field in _FLAGS.items()}
    return RoomSettings(room, _processing(item.get("AutomateProcessing"), source), **flags)


def _flag(value: Any, name: str, source: Path | str) -> bool | None:
    if isinstance(value, str):
        value = _WORDS.get(value.casefold(), value)
    if value is None or isinstance(value, bool):
        return value
    raise _wrong(source, f"{name} is neither true nor false", "Let ConvertTo-Json write it, and do not edit it.")


def _processing(value: Any, source: Path | str) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(_PROCESSING):
        return _PROCESSING[value]
    known = next((word for word in _PROCESSING if isinstance(value, str) and word.casefold() == value.casefold()), None)
    if value is None or known:
        return known
    raise _wrong(source, "AutomateProcessing is none of its values", "Let ConvertTo-Json write it, and do not edit it.")


def _by_room(answers: Iterable[RoomSettings], rooms: Sequence[str]) -> dict[str, RoomSettings]:
    """Match answers to rooms: by address; a single answer without one can only be about a single room."""
    by_name = {answer.room.casefold(): answer for answer in answers}
    found = {room: by_name[room.casefold()] for room in rooms if room.casefold() in by_name}
    if not found and len(rooms) == len(by_name) == 1 and "@" not in next(iter(by_name)):
        found = {rooms[0]: next(iter(by_name.values()))}
    return found


_AS_UTF8 = "Save it with Out-File -Encoding utf8."


def _wrong(source: Path | str, what: str, hint: str) -> ExchangeFileError:
    return ExchangeFileError(f"{source}: {what}.", hint=hint)
