"""What a unit sends, for tests: batches of rows, statuses, alarms."""

from __future__ import annotations

from typing import Any

import msgspec

from hub.draft import Draft, Incoming
from telemetry.messages import Batch, Message, Row, encode
from telemetry.topics import Topics

NOW = 1_795_000_000_000
EPOCH = "0123456789abcdef"
UNIT = "room-ada"


def row(seq: int, prev: int | None = None, body: str = '{"state":"free"}', **changed: Any) -> Row:
    values: dict[str, Any] = {"ts": NOW - 60_000, "mono": 40_000, "boot": "b1", "synced": True} | changed
    return Row(seq=seq, prev=seq - 1 if prev is None else prev, v=msgspec.Raw(body.encode()), **values)


def batch(*rows: Row, epoch: str = EPOCH) -> bytes:
    return encode(Batch(epoch=epoch, boot="b1", mono=100_000, rows=list(rows)))


def rows(first: int, last: int, epoch: str = EPOCH) -> bytes:
    return batch(*(row(seq) for seq in range(first, last + 1)), epoch=epoch)


def said(relative: str, what: Message | bytes, *, unit: str = UNIT, at: int = NOW, retained: bool = False) -> Incoming:
    payload = what if isinstance(what, bytes) else encode(what)
    return Incoming(f"{Topics(unit).root}/{relative}", payload, at, retained)


def draft(*messages: Incoming) -> Draft:
    made = Draft()
    for message in messages:
        made.add(message)
    return made
