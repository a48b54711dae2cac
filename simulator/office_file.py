"""Reads an office from TOML and says everything that is wrong with it at once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simulator import office_schema as schema
from simulator import when
from simulator.office import (
    AppRegistration,
    Behaviour,
    Group,
    MeetingPlan,
    Office,
    OfficeError,
    Person,
    Repeat,
    Room,
    RoomSettings,
    local_part,
    object_id,
)

SAMPLES = Path(__file__).parent / "offices"
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def sample(name: str = "nordhavn") -> Path:
    """The path of an office that comes with the simulator."""
    return SAMPLES / f"{name}.toml"


def load(path: Path) -> Office:
    """Read an office file.

    Raises:
        OfficeError: it cannot be read or is wrong; holds every problem.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OfficeError(str(path), [f"cannot be read: {error}"]) from None
    return parse(text, source=str(path))


def parse(text: str, *, source: str = "office") -> Office:
    """Read an office from TOML text.

    Raises:
        OfficeError: the text is wrong; holds every problem.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OfficeError(source, [f"is not TOML: {error}"]) from None
    reader = _Reader(data)
    office = reader.office()
    if reader.problems:
        raise OfficeError(source, reader.problems)
    return office


class _Reader:
    """Goes through the tables of one file and collects what is wrong."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.problems = [
            f"{key}: unknown table; allowed: {', '.join(schema.TOP)}" for key in data if key not in schema.TOP
        ]
        self.domain = ""
        self.addresses: dict[str, list[str]] = {}

    def office(self) -> Office:
        head = schema.check(self.data.get("office", {}), schema.OFFICE, "office", self.problems)
        self.domain = head["domain"]
        if self.domain and not _DOMAIN.fullmatch(self.domain):
            self.problems.append(f"office.domain: is {self.domain!r}; allowed: a domain such as nordhavn.example")
        zone = self._zone(head["zone"])
        people = tuple(self._person(table, where) for table, where in self._tables("people"))
        rooms = tuple(self._room(table, where) for table, where in self._tables("rooms"))
        self._unique([*people, *rooms])
        return Office(
            name=head["name"],
            domain=self.domain,
            zone=zone,
            people=people,
            rooms=tuple(self._resolve_rights(room, number) for number, room in enumerate(rooms)),
            apps=tuple(self._app(table, where) for table, where in self._tables("apps")),
            groups=tuple(self._group(table, where) for table, where in self._tables("groups")),
            meetings=tuple(self._meeting(table, where, zone) for table, where in self._tables("meetings")),
            behaviour=self._behaviour(),
        )

    def _tables(self, name: str) -> list[tuple[Any, str]]:
        tables = self.data.get(name, [])
        if not isinstance(tables, list):
            self.problems.append(f"{name}: is {tables!r}; allowed: [[{name}]] tables")
            return []
        return [(table, f"{name}[{number}]") for number, table in enumerate(tables)]

    def _zone(self, name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.problems.append(f"office.zone: is {name!r}; allowed: an IANA zone such as Europe/Copenhagen")
            return ZoneInfo("UTC")

    def _behaviour(self) -> Behaviour:
        values = schema.check(self.data.get("behaviour", {}), schema.BEHAVIOUR, "behaviour", self.problems)
        if values["duplicate_status"] not in (400, 409):
            self.problems.append(f"behaviour.duplicate_status: is {values['duplicate_status']}; allowed: 400 or 409")
        return Behaviour(**values)

    def _address(self, values: dict[str, Any], where: str) -> str:
        address = str(values["address"] or local_part(values["name"])).lower()
        if "@" not in address:
            address = f"{address}@{self.domain}"
        if not re.fullmatch(r"[a-z0-9._+-]+@[a-z0-9.-]+", address):
            self.problems.append(f"{where}.address: is {address!r}; allowed: an SMTP address, or the part before the @")
        for spelling in {address, address.split("@")[0], values["name"].lower()}:
            self.addresses.setdefault(spelling, []).append(address)
        return address

    def _person(self, table: Any, where: str) -> Person:
        values = schema.check(table, schema.PERSON, where, self.problems)
        values["address"] = self._address(values, where)
        return Person(**values)

    def _room(self, table: Any, where: str) -> Room:
        values = schema.check(table, schema.ROOM, where, self.problems)
        values["address"] = self._address(values, where)
        settings = schema.check(values["settings"], schema.SETTINGS, f"{where}.settings", self.problems)
        values["settings"] = RoomSettings(**settings)
        for who, role in values["rights"].items():
            if schema.RIGHT.problem(role):
                self.problems.append(f"{where}.rights.{who!r}: is {role!r}; allowed: {schema.RIGHT.allowed}")
        return Room(**values)

    def _resolve_rights(self, room: Room, number: int) -> Room:
        rights = {self._known(who, f"rooms[{number}].rights"): role for who, role in room.rights.items()}
        return replace(room, rights=rights)

    def _app(self, table: Any, where: str) -> AppRegistration:
        values = schema.check(table, schema.APP, where, self.problems)
        values["client_id"] = values["client_id"] or object_id(f"app:{values['name']}")
        values["mailboxes"] = tuple(self._known(who, f"{where}.mailboxes") for who in values["mailboxes"])
        return AppRegistration(**values)

    def _group(self, table: Any, where: str) -> Group:
        values = schema.check(table, schema.GROUP, where, self.problems)
        return Group(values["name"], tuple(self._known(who, f"{where}.members") for who in values["members"]))

    def _meeting(self, table: Any, where: str, zone: ZoneInfo) -> MeetingPlan:
        values = schema.check(table, schema.MEETING, where, self.problems)
        repeat, count = values.pop("repeat"), values.pop("count")
        self._times(values, where, zone)
        values["rooms"] = tuple(self._known(who, f"{where}.rooms") for who in values["rooms"])
        values["attendees"] = tuple(
            who if "@" in who else self._known(who, f"{where}.attendees") for who in values["attendees"]
        )
        values["organizer"] = self._organizer(values, where)
        return MeetingPlan(**values, repeat=Repeat(repeat, count) if repeat else None)

    def _organizer(self, values: dict[str, Any], where: str) -> str:
        who: str = values["organizer"]
        if who and ("@" not in who or who.endswith(f"@{self.domain}")):
            return self._known(who, f"{where}.organizer")
        if not who and not values["direct"]:
            self.problems.append(f"{where}.organizer: missing; allowed: a name or address, or direct = true")
        if values["direct"] and len(values["rooms"]) != 1:
            self.problems.append(f"{where}.rooms: a direct booking stands in exactly one room")
        return who

    def _times(self, values: dict[str, Any], where: str, zone: ZoneInfo) -> None:
        if values["all_day"]:
            return
        instants = []
        for name in ("start", "end"):
            try:
                instants.append(when.parse(values[name], datetime.now(UTC), zone))
            except ValueError as error:
                self.problems.append(f"{where}.{name}: {error}")
        if len(instants) == 2 and instants[0] > instants[1] and ":" in values["start"] and values["days"] == 1:
            self.problems.append(f"{where}.end: is before the start; allowed: a later time, or days = 2")

    def _known(self, who: str, where: str) -> str:
        found = sorted(set(self.addresses.get(who.lower(), ())))
        if len(found) == 1:
            return found[0]
        if found:
            self.problems.append(f"{where}: {who!r} is ambiguous; allowed: {', '.join(found)}")
        else:
            self.problems.append(f"{where}: {who!r} is nobody here; allowed: a name or address of this office")
        return who

    def _unique(self, entries: list[Any]) -> None:
        seen: set[str] = set()
        for entry in entries:
            if entry.address in seen:
                self.problems.append(f"address {entry.address}: used twice; give one of them its own address")
            seen.add(entry.address)
