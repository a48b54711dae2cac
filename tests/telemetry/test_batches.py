"""Rows as messages: grouped by topic, bounded, and only what a hub can read."""

from __future__ import annotations

import msgspec
import pytest

from telemetry import messages
from telemetry.batches import MOST_BATCH_BYTES, MOST_ROW_BYTES, Queued, batches, fit
from telemetry.messages import LARGEST_BYTES, Batch, Row

EPOCH = "0123456789abcdef"


def queued(seq: int, topic: str = "e/room", body: bytes = b'{"a":1}', boot: str = "b1", ts: int = 5) -> Queued:
    row = Row(seq=seq, prev=seq - 1, ts=ts, mono=7, boot=boot, synced=True, v=msgspec.Raw(body))
    return Queued(topic, row)


def sent(*rows: Queued) -> list[tuple[str, list[int]]]:
    made = batches(rows, EPOCH, "b2", 99)
    return [(topic, [row.seq for row in messages.decode(payload, Batch).rows]) for topic, payload in made]


def test_rows_of_one_topic_go_together_and_batches_begin_in_order() -> None:
    window = [queued(1, "m/room"), queued(2), queued(3, "m/room"), queued(4, "e/trouble"), queued(5)]
    assert sent(*window) == [("m/room", [1, 3]), ("e/room", [2, 5]), ("e/trouble", [4])]


def test_a_batch_says_from_when_and_where_it_is() -> None:
    ((topic, payload),) = batches([queued(1)], EPOCH, "b2", 99)
    batch = messages.decode(payload, Batch)
    assert (topic, batch.epoch, batch.boot, batch.mono) == ("e/room", EPOCH, "b2", 99)
    assert (batch.rows[0].boot, bytes(batch.rows[0].v)) == ("b1", b'{"a":1}')


def test_a_batch_has_a_hundred_rows_at_most() -> None:
    assert [len(rows) for _, rows in sent(*[queued(seq) for seq in range(1, 251)])] == [100, 100, 50]


def test_long_bodies_make_small_batches() -> None:
    long = b'"' + b"x" * (MOST_ROW_BYTES - 2) + b'"'
    made = batches([queued(seq, body=long) for seq in range(1, 20)], EPOCH, "b", 1)
    assert sum(len(messages.decode(payload, Batch).rows) for _, payload in made) == 19
    assert max(len(payload) for _, payload in made) <= MOST_BATCH_BYTES < LARGEST_BYTES


def test_nothing_makes_no_message() -> None:
    assert batches([], EPOCH, "b", 1) == []


ROWS = [
    (queued(1), True),
    (queued(1, "m/cpu-load"), True),
    (queued(1, body=b"null"), True),
    (queued(1, body=b""), False),
    (queued(1, body=b'{"a":'), False),
    (queued(1, body=b'{"a":1}}'), False),
    (queued(1, body=b'{"a":"\xff"}'), False),
    (queued(1, body=b'"' + b"x" * MOST_ROW_BYTES + b'"'), False),
    (queued(1, body=b"[" * 5000), False),
    (queued(1, "status"), False),
    (queued(1, "e/room/x"), False),
    (queued(1, "e/#"), False),
    (queued(1, "e/"), False),
    (queued(1, boot=""), False),
    (queued(1, boot="b" * 41), False),
    (queued(1, ts=-1), False),
    (queued(1, ts=1 << 60), False),
]


@pytest.mark.parametrize(("row", "fits"), ROWS)
def test_what_no_hub_could_read_is_found_before_it_is_sent(row: Queued, fits: bool) -> None:
    assert fit(row) is fits
