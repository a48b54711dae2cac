"""Rows of the outbox as messages: one topic's rows together, up to 100 in a batch. Pure.

>>> [topic for topic, payload in batches([Queued("e/room", row), Queued("m/room", other)], epoch, boot, mono_ms)]
...                                                                                     # doctest: +SKIP
['e/room', 'm/room']
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from telemetry import messages
from telemetry.messages import MOST_ROWS, Batch, MessageError, Row

MOST_ROW_BYTES = 64 << 10
"""A body that is longer is none of ours (the longest is a sealed visit), and would fill messages."""

MOST_BATCH_BYTES = 256 << 10

_TOPIC = re.compile(r"[em]/[A-Za-z0-9_-]{1,64}")
_OVERHEAD_BYTES = 200


@dataclass(frozen=True, slots=True)
class Queued:
    """A row on its way; `topic` is relative to the unit's root."""

    topic: str
    row: Row

    @property
    def size_bytes(self) -> int:
        return len(bytes(self.row.v)) + _OVERHEAD_BYTES


def fit(queued: Queued) -> bool:
    """Whether a hub will be able to read the row: a batch with one that it cannot would be refused whole, for ever."""
    if len(bytes(queued.row.v)) > MOST_ROW_BYTES or not _TOPIC.fullmatch(queued.topic):
        return False
    try:
        encoded = messages.encode(queued.row)
        messages.decode(encoded, Row)
        msgspec.json.decode(encoded)
    except (MessageError, msgspec.MsgspecError, UnicodeError, RecursionError):
        return False
    return True


def batches(window: Sequence[Queued], epoch: str, boot: str, mono_ms: int) -> list[tuple[str, bytes]]:
    """Relative topics and payloads for `window`, which is rising; in the order of each batch's first row."""
    return [
        (rows[0].topic, messages.encode(Batch(epoch=epoch, boot=boot, mono=mono_ms, rows=[one.row for one in rows])))
        for rows in _grouped(window)
    ]


def _grouped(window: Sequence[Queued]) -> Iterator[list[Queued]]:
    by_topic: dict[str, list[Queued]] = {}
    for queued in window:
        by_topic.setdefault(queued.topic, []).append(queued)
    groups = [group for rows in by_topic.values() for group in _bounded(rows)]
    yield from sorted(groups, key=lambda group: group[0].row.seq)


def _bounded(rows: list[Queued]) -> Iterator[list[Queued]]:
    group: list[Queued] = []
    size = 0
    for queued in rows:
        if group and (len(group) == MOST_ROWS or size + queued.size_bytes > MOST_BATCH_BYTES):
            yield group
            group, size = [], 0
        group.append(queued)
        size += queued.size_bytes
    yield group
