"""The list of rooms for setup-script and doctor: addresses on the command line, a CSV or a TOML file.

CSV: a heading with `address` and, if wanted, `name`; comma, semicolon or tab, as spreadsheets write it.
TOML: ``[[rooms]]`` with ``address`` and ``name``; or a panel's own file with its [room].
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.errors import MyDeskError

MAX_BYTES = 1 << 20
MAX_ROOMS = 2000
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,253}")


class RoomListError(MyDeskError):
    """Error raised when a list of rooms cannot be used."""


@dataclass(frozen=True, slots=True)
class RoomEntry:
    """One room mailbox; `name` is only for people."""

    address: str
    name: str = ""


def rooms_of(addresses: Iterable[str], file: Path | None) -> tuple[RoomEntry, ...]:
    """Return the rooms named by `addresses` and in `file`, once each. Raises RoomListError."""
    named = [_entry({"address": address}, "--room") for address in addresses]
    listed = _read(file) if file else []
    once = {room.address.casefold(): room for room in reversed([*named, *listed])}
    found = tuple(once.values())[::-1]
    if len(found) > MAX_ROOMS:
        raise RoomListError(f"More than {MAX_ROOMS} rooms.", hint="Make one script for each building.")
    return found


def _read(path: Path) -> list[RoomEntry]:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise RoomListError(f"{path} cannot be read ({error.strerror}).", hint="Name a CSV or TOML file.") from error
    if len(raw) > MAX_BYTES:
        raise RoomListError(f"{path} is larger than {MAX_BYTES >> 20} MiB.", hint="Is it a list of rooms?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RoomListError(f"{path} is not UTF-8.", hint='Save it as "CSV UTF-8".') from error
    rows = _toml_rows(text, path) if path.suffix.casefold() == ".toml" else _csv_rows(text, path)
    return [_entry(row, f"{path}, room {number}") for number, row in enumerate(rows, 1)]


def _toml_rows(text: str, path: Path) -> list[Mapping[str, Any]]:
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise RoomListError(f"{path} is not TOML: {error}.", hint=_TOML_HINT) from error
    rows = tables.get("rooms", [tables["room"]] if "room" in tables else None)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RoomListError(f"{path} has no list of rooms.", hint=_TOML_HINT)
    return rows


def _csv_rows(text: str, path: Path) -> list[Mapping[str, Any]]:
    heading = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=heading.count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        names = {(name or "").strip().casefold(): name for name in reader.fieldnames or []}
        rows = [row for row in reader if any(row.values())]
    except csv.Error as error:
        raise RoomListError(f"{path} is not CSV: {error}.", hint=_CSV_HINT) from error
    if "address" not in names:
        raise RoomListError(f"{path} has no column address.", hint=_CSV_HINT)
    return [{key: row.get(names[key]) for key in ("address", "name") if key in names} for row in rows]


def _entry(row: Mapping[str, Any], where: str) -> RoomEntry:
    address, name = row.get("address"), row.get("name") or ""
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address.strip()) or not isinstance(name, str):
        shown = repr(address)[:80]
        raise RoomListError(
            f"{where}: {shown} is not an address.", hint="An address looks like storebaelt@contoso.example."
        )
    return RoomEntry(address.strip(), name.strip())


_CSV_HINT = "The first line is: address,name"
_TOML_HINT = 'Write [[rooms]] with address = "storebaelt@contoso.example" for each room.'
