"""From a batch to rows: times that can be believed, bodies that are bounded."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.ingest_rows import EARLIEST_MS, LARGEST_BODY_BYTES, MOST_AHEAD_MS, refused, rows
from telemetry.messages import Batch, MessageError, Row

NOW = 1_795_000_000_000
EPOCH = "0123456789abcdef"


def row(seq: int = 1, prev: int = 0, **changed: Any) -> Row:
    values: dict[str, Any] = {"ts": NOW - 60_000, "mono": 40_000, "boot": "b1", "synced": True}
    values |= {"v": msgspec.Raw(b'{"state":"free"}')} | changed
    return Row(seq=seq, prev=prev, **values)


def batch(*rows_: Row, boot: str = "b1", mono: int = 100_000) -> Batch:
    return Batch(epoch=EPOCH, boot=boot, mono=mono, rows=list(rows_))


def only(made: Batch, topic: str = "e/room") -> dict[str, Any]:
    (found,) = rows("room-ada", topic, made, NOW)
    return found


def test_a_row_as_it_came() -> None:
    assert only(batch(row(seq=7, prev=5))) == {
        "unit": "room-ada",
        "epoch": EPOCH,
        "seq": 7,
        "prev": 5,
        "topic": "e/room",
        "at_ms": NOW - 60_000,
        "ts_ms": NOW - 60_000,
        "mono_ms": 40_000,
        "boot": "b1",
        "synced": True,
        "received_ms": NOW,
        "body": '{"state":"free"}',
    }


TIMES = {
    "a set clock": (row(), NOW - 60_000),
    "an unset clock, same boot: by uptime": (row(synced=False, ts=1000), NOW - 60_000),
    "an unset clock that looks right, same boot: by uptime": (row(synced=False, ts=NOW - 5), NOW - 60_000),
    "an unset clock, former boot, plausible": (row(synced=False, boot="b0", ts=NOW - 70_000), NOW - 70_000),
    "an unset clock, former boot, 1970": (row(synced=False, boot="b0", ts=1000), NOW),
    "set, but before we were": (row(ts=EARLIEST_MS - 1), NOW - 60_000),
    "set, but in the future": (row(ts=NOW + MOST_AHEAD_MS + 1), NOW - 60_000),
    "set, and a little ahead": (row(ts=NOW + MOST_AHEAD_MS), NOW + MOST_AHEAD_MS),
    "uptime after the sending": (row(synced=False, ts=0, mono=100_001), NOW),
    "uptime of two years ago": (row(synced=False, ts=0, mono=0), NOW - 100_000),
}


@pytest.mark.parametrize(("one", "expected"), TIMES.values(), ids=TIMES)
def test_when_it_happened(one: Row, expected: int) -> None:
    assert only(batch(one))["at_ms"] == expected


def test_too_long_an_uptime_is_not_believed() -> None:
    assert only(batch(row(synced=False, ts=0, mono=0), mono=1 << 50))["at_ms"] == NOW


def test_a_row_of_a_former_boot_is_mended_by_one_beside_it() -> None:
    unset = row(seq=1, boot="b0", synced=False, ts=5_000, mono=5_000)
    then_set = row(seq=2, prev=1, boot="b0", ts=NOW - 90_000, mono=15_000)
    first, second = rows("room-ada", "e/room", batch(unset, then_set), NOW)
    assert second["at_ms"] - first["at_ms"] == 10_000


BODIES = {
    "array": (b"[1]", "no object"),
    "too large": (b'{"x":"' + b"x" * LARGEST_BODY_BYTES + b'"}', "too large"),
    "not UTF-8": (b'{"x":"\xff"}', "no JSON"),
    "a raw NUL": (b'{"x":"\x00"}', "no "),
    "half": (b'{"x":', "no JSON"),
}


@pytest.mark.parametrize(("raw", "why"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_none_is_kept_as_a_tombstone(raw: bytes, why: str) -> None:
    body = only(batch(row(v=msgspec.Raw(raw))))["body"]
    assert refused(body)
    assert why in body
    assert not refused('{"state":"free"}')


def test_a_boot_id_that_is_none_is_left_out() -> None:
    assert only(batch(row(boot="b\x001")))["boot"] == ""


@pytest.mark.parametrize("wrong", [row(seq=3, prev=3), row(seq=3, prev=9)])
def test_a_row_before_itself_is_refused(wrong: Row) -> None:
    with pytest.raises(MessageError, match="row 3"):
        only(batch(wrong))


def test_a_topic_that_is_too_long_is_refused() -> None:
    with pytest.raises(MessageError, match="too long"):
        only(batch(row()), topic="e/" + "x" * 79)


MILLIS = st.integers(0, (1 << 53) - 1)


@given(MILLIS, MILLIS, MILLIS, st.booleans(), st.sampled_from(["b1", "b0"]))
def test_no_time_is_absurd(ts: int, mono: int, sent: int, synced: bool, boot: str) -> None:
    found = only(batch(row(ts=ts, mono=mono, synced=synced, boot=boot), mono=sent))
    assert EARLIEST_MS <= found["at_ms"] <= NOW + MOST_AHEAD_MS
