"""From a batch of a unit's outbox to rows of the hub's table, with times that can be believed. Pure.

A unit without a set clock (a Pi 4 has none that runs on) tells how long it has been up, in this boot and at the moment
of sending; from that the true time follows (reference/fleet.md 3.7). What is still absurd becomes the time of arrival.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from telemetry.messages import Batch, MessageError, Row

LARGEST_BODY_BYTES = 16 << 10
LONGEST_TOPIC = 80
EARLIEST_MS = 1_704_067_200_000
"""2024-01-01: no unit of ours told anything before that."""

MOST_AHEAD_MS = 5 * 60_000
"""A set clock may be ahead of the hub's by so much."""

OLDEST_MS = 400 * 24 * 3_600_000
"""Nothing waits longer in an outbox."""

_BOOT = re.compile(r"[A-Za-z0-9-]{1,40}")

RowValues = dict[str, Any]
"""A row of hub.tables.ROWS, without its id."""


def rows(unit: str, topic: str, batch: Batch, received_ms: int) -> list[RowValues]:
    """The rows of `batch`, which came on `topic` (relative, `e/room`).

    A body that is no object or too large is replaced by ``{"refused": why}``: if such a row were not kept, the unit
    would send it, and nothing after it, for ever.

    Raises:
        MessageError: a topic that is too long, or a row that claims to come before itself.
    """
    if len(topic) > LONGEST_TOPIC:
        raise MessageError(f"a topic of {len(topic)} characters is too long; {LONGEST_TOPIC} are allowed.")
    offsets = _offsets(batch, received_ms)
    return [_row(unit, topic, batch, row, received_ms, offsets) for row in batch.rows]


def _row(unit: str, topic: str, batch: Batch, row: Row, received_ms: int, offsets: Mapping[str, int]) -> RowValues:
    if row.prev >= row.seq:
        raise MessageError(f"row {row.seq} claims to come after {row.prev}.")
    return {
        "unit": unit,
        "epoch": batch.epoch,
        "seq": row.seq,
        "prev": row.prev,
        "topic": topic,
        "at_ms": at_ms(row, batch, received_ms, offsets),
        "ts_ms": row.ts,
        "mono_ms": row.mono,
        "boot": row.boot if _BOOT.fullmatch(row.boot) else "",
        "synced": row.synced,
        "received_ms": received_ms,
        "body": _body(bytes(row.v)),
    }


def refused(body: str) -> bool:
    """Whether that is the body of a row that was not kept as it came."""
    return body.startswith('{"refused":')


def _body(raw: bytes) -> str:
    if len(raw) > LARGEST_BODY_BYTES:
        return '{"refused":"too large"}'
    try:
        value = msgspec.json.decode(raw)
        text = raw.decode()
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return '{"refused":"no JSON"}'
    if not isinstance(value, dict) or "\x00" in text:
        return '{"refused":"no object"}'
    return text


def at_ms(row: Row, batch: Batch, received_ms: int, offsets: Mapping[str, int]) -> int:
    """When it happened, ms since 1970, as well as can be known. In this order: the unit's clock if it was set; a row
    beside it, of the same boot, whose clock was set; how long ago it was by the unit's uptime; its clock after all."""
    if row.synced and _plausible(row.ts, received_ms):
        return row.ts
    if row.boot in offsets and _plausible(row.mono + offsets[row.boot], received_ms):
        return row.mono + offsets[row.boot]
    if row.boot == batch.boot and 0 <= batch.mono - row.mono <= OLDEST_MS:
        return received_ms - (batch.mono - row.mono)
    return row.ts if _plausible(row.ts, received_ms) else received_ms


def _offsets(batch: Batch, received_ms: int) -> dict[str, int]:
    """Per boot, what to add to uptime, from its latest row whose clock was set."""
    return {row.boot: row.ts - row.mono for row in batch.rows if row.synced and _plausible(row.ts, received_ms)}


def _plausible(ts_ms: int, received_ms: int) -> bool:
    return EARLIEST_MS <= ts_ms <= received_ms + MOST_AHEAD_MS
