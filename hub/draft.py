"""What a number of messages amounts to, before any of it is written. Pure: no clock, no database.

>>> draft = Draft()
>>> draft.add(Incoming("mydesk/1/room-ada/now/room", b'{"co2_ppm":600}', 1_795_000_000_000))
>>> draft.latest["room-ada", "now/room"].body
'{"co2_ppm":600}'
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from hub import ingest_rows
from hub.ingest_rows import RowValues
from hub.live import Change
from telemetry import topics
from telemetry.messages import (
    Alarm,
    Batch,
    CertificateRequest,
    CommandState,
    MessageError,
    Reported,
    Status,
    decode,
)
from telemetry.topics import Address

LARGEST_LATEST_BYTES = 64 << 10
"""Of a retained fact or a latest sample."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of a unit. `retained`: told again by the broker, so no sign of life."""

    topic: str
    payload: bytes
    received_ms: int
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest of a topic; body None: it was cleared."""

    received_ms: int
    body: str | None


@dataclass(frozen=True, slots=True)
class StatusTold:
    """A unit's status, and the message as it came."""

    unit: str
    status: Status
    latest: Latest


@dataclass(frozen=True, slots=True)
class AlarmTold:
    """An alarm of `kind`; None: it has ended."""

    unit: str
    kind: str
    alarm: Alarm | None
    received_ms: int


@dataclass(frozen=True, slots=True)
class CommandTold:
    """How a command fares."""

    unit: str
    id: str
    state: CommandState
    received_ms: int


@dataclass(slots=True)
class Draft:
    """Messages of one transaction, sorted by what is to be done; the newest wins where only that counts."""

    rows: dict[tuple[str, str, int], RowValues] = field(default_factory=dict)
    streams: dict[tuple[str, str], None] = field(default_factory=dict)
    latest: dict[tuple[str, str], Latest] = field(default_factory=dict)
    statuses: list[StatusTold] = field(default_factory=list)
    alarms: list[AlarmTold] = field(default_factory=list)
    commands: list[CommandTold] = field(default_factory=list)
    reported: list[tuple[str, Reported]] = field(default_factory=list)
    certificates: dict[str, CertificateRequest] = field(default_factory=dict)
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    changes: dict[Change, None] = field(default_factory=dict)
    tombstones: dict[str, int] = field(default_factory=dict)

    def add(self, message: Incoming) -> None:
        """Take one in, all or nothing.

        Raises:
            MessageError: it is not what its topic promises.
        """
        address = topics.parse(message.topic)
        if address is None:
            raise MessageError("that is no topic of a unit.")
        _TAKES.get((address.kind, len(address.rest)), _refuse)(self, address, message)
        if not message.retained and not _is_will(self, address):
            self.seen[address.unit] = message.received_ms
        told = "cmd" if address.kind == "cmd" else address.relative
        self.changes[Change(address.unit, told)] = None

    def units(self) -> set[str]:
        """Who has told anything."""
        return {change.unit for change in self.changes}

    def _history(self, address: Address, message: Incoming) -> None:
        batch = decode(message.payload, Batch)
        made = ingest_rows.rows(address.unit, address.relative, batch, message.received_ms)
        for row in made:
            key = (address.unit, batch.epoch, row["seq"])
            if key in self.rows:
                row["prev"] = min(row["prev"], self.rows[key]["prev"])
            self.rows[key] = row
            if ingest_rows.refused(row["body"]):
                self.tombstones[address.unit] = self.tombstones.get(address.unit, 0) + 1
        self.streams[address.unit, batch.epoch] = None

    def _latest(self, address: Address, message: Incoming) -> None:
        latest = _read_latest(message)
        self.latest[address.unit, address.relative] = latest
        if address.relative == "twin/hw" and latest.body:
            self._facts(address.unit, msgspec.json.decode(latest.body))

    def _facts(self, unit: str, hardware: Any) -> None:
        longest = {"name": 60, "site": 60, "floor": 30}
        found = {key: hardware.get(key) for key in longest} if isinstance(hardware, dict) else {}
        told = {key: plain(text, longest[key]) for key, text in found.items() if isinstance(text, str) and text}
        self.facts.setdefault(unit, {}).update(told)

    def _status(self, address: Address, message: Incoming) -> None:
        if not message.payload:
            raise MessageError("a status is never cleared.")
        status = decode(message.payload, Status)
        self.statuses.append(StatusTold(address.unit, status, _read_latest(message)))
        if status.role:
            self.facts.setdefault(address.unit, {})["role"] = status.role

    def _alarm(self, address: Address, message: Incoming) -> None:
        alarm = decode(message.payload, Alarm) if message.payload else None
        self.alarms.append(AlarmTold(address.unit, address.rest[0], alarm, message.received_ms))

    def _command(self, address: Address, message: Incoming) -> None:
        if address.rest[2] != "st":
            raise MessageError("that is not the state of a command.")
        state = decode(message.payload, CommandState)
        self.commands.append(CommandTold(address.unit, address.rest[1], state, message.received_ms))

    def _reported(self, address: Address, message: Incoming) -> None:
        latest = _read_latest(message)
        if address.rest[0] == "settings" and message.payload:
            self.reported.append((address.unit, decode(message.payload, Reported)))
        if address.rest[0] == "certificate" and message.payload:
            self.certificates[address.unit] = decode(message.payload, CertificateRequest)
        self.latest[address.unit, address.relative] = latest


def plain(text: str, most: int) -> str:
    """`text` without control characters (PostgreSQL takes no NUL), `most` characters at most."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")[:most]


def _refuse(draft: Draft, address: Address, message: Incoming) -> None:
    raise MessageError("nothing is expected on that topic.")


def _is_will(draft: Draft, address: Address) -> bool:
    return address.kind == "status" and draft.statuses[-1].status.s == "lost"


def _read_latest(message: Incoming) -> Latest:
    """Raises MessageError: too large, or no JSON."""
    if not message.payload:
        return Latest(message.received_ms, None)
    if len(message.payload) > LARGEST_LATEST_BYTES:
        raise MessageError(f"{len(message.payload)} bytes are too many; {LARGEST_LATEST_BYTES} are allowed.")
    decode(message.payload, object)
    try:
        text = message.payload.decode()
    except UnicodeDecodeError as error:
        raise MessageError(f"that is not UTF-8: {error}") from error
    if "\x00" in text:
        raise MessageError("there is a NUL in it.")
    return Latest(message.received_ms, text)


_TAKES = {
    ("m", 1): Draft._history,
    ("e", 1): Draft._history,
    ("status", 0): Draft._status,
    ("twin", 1): Draft._latest,
    ("now", 1): Draft._latest,
    ("reported", 1): Draft._reported,
    ("a", 1): Draft._alarm,
    ("cmd", 3): Draft._command,
}
