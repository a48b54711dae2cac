"""The case files of the HiLink radars: named groups of bytes, and what the codec must make of them.

Source of each: the manuals and the places named in the case.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from drivers.hilink.steady import Presence, Report

FOLDER = Path(__file__).parents[2] / "cases" / "drivers"


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a file."""

    name: str
    stream: bytes
    events: list[dict[str, Any]]
    counters: dict[str, int]

    def __str__(self) -> str:
        return self.name


def cases(device: str) -> list[Case]:
    """All of one device."""
    rows = json.loads((FOLDER / f"{device}.json").read_text(encoding="utf-8"))
    return [
        Case(row["name"], bytes.fromhex("".join(group for _, group in row["bytes"])), row["events"], row["counters"])
        for row in rows
    ]


def stream_of(device: str, name: str) -> bytes:
    """The bytes of one case."""
    return next(case.stream for case in cases(device) if case.name == name)


def told(events: Sequence[object]) -> list[dict[str, Any]]:
    """Events as the case files write them: what each says by itself."""
    fields = (msgspec.json.decode(msgspec.json.encode(event)) for event in events)
    return [
        {"kind": type(event).__name__} | {name: value for name, value in of.items() if name != "presence"}
        for event, of in zip(events, fields, strict=True)
    ]


def report(state: int, *, engineering: bool = False) -> bytes:
    """A report of an LD2410 in the given state: moving at 1.5 m."""
    target = bytes((0xAA, state)) + bytes.fromhex("96 00 50  96 00 32  96 00")
    gates = bytes.fromhex("08 08" + "32" * 9 + "14" * 9 + "60") + bytes((state != 0,)) if engineering else b""
    body = (b"\x01" if engineering else b"\x02") + target + gates + b"\x55\x00"
    return bytes.fromhex("F4F3F2F1") + len(body).to_bytes(2, "little") + body + bytes.fromhex("F8F7F6F5")


REPORTS = [report(state, engineering=engineering) for engineering in (False, True) for state in range(4)]
"""one of each state and type"""


def claims(events: Sequence[object]) -> set[Presence]:
    """What each report says of presence by itself."""
    return {event.claim for event in events if isinstance(event, Report)}


def presences(events: Sequence[object]) -> set[Presence]:
    """What each report says together with those before it."""
    return {event.presence for event in events if isinstance(event, Report)}
