"""How far a unit's outbox is stored without a hole: the watermark that the hub acknowledges.

Rows are numbered, but numbers are missing where the unit had no room left (eviction); each row names the one before it
that existed when it was sent. So a row may follow when the one that it names is stored.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from hub.store import upsert
from hub.tables import ROWS, WATERMARKS

Stream = tuple[str, str]
"""Unit and epoch: one outbox file."""

MOST_STREAMS = 50_000
_CHUNK = 500


def advance(seq: int, links: Iterable[tuple[int, int]]) -> int:
    """The watermark after `seq`, given (seq, prev) of stored rows, rising."""
    for row, previous in links:
        if previous > seq:
            break
        seq = max(seq, row)
    return seq


@dataclass(frozen=True, slots=True)
class Mark:
    """The watermark, and the highest number that is stored: beyond the first there is a hole if they differ."""

    seq: int
    highest: int


class Watermarks:
    """The marks of all streams, in the database and, for speed, in memory. One writer; belongs to its thread."""

    def __init__(self) -> None:
        self._known: OrderedDict[Stream, Mark] = OrderedDict()

    def forget(self) -> None:
        """What is in memory may be wrong: a transaction failed."""
        self._known.clear()

    def committed(self, marks: Mapping[Stream, Mark]) -> None:
        """The transaction with `marks` is committed."""
        for stream, mark in marks.items():
            self._known[stream] = mark
            self._known.move_to_end(stream)
        while len(self._known) > MOST_STREAMS:
            self._known.popitem(last=False)

    def current(self, connection: Connection, streams: Iterable[Stream]) -> dict[Stream, Mark]:
        """The marks of `streams`; (0, 0) for one that is new."""
        wanted = list(streams)
        unknown = [stream for stream in wanted if stream not in self._known]
        return {**_read(connection, unknown), **{s: self._known[s] for s in wanted if s in self._known}}

    def moved(
        self, connection: Connection, marks: Mapping[Stream, Mark], added: Mapping[Stream, list[tuple[int, int]]]
    ) -> dict[Stream, Mark]:
        """The marks after rows with these (seq, prev) were stored."""
        return {stream: _moved(connection, stream, marks[stream], links) for stream, links in added.items()}

    def write(self, connection: Connection, marks: Mapping[Stream, Mark], now_ms: int) -> None:
        """Keep `marks`; none ever goes back."""
        if not marks:
            return
        statement = upsert(connection, WATERMARKS)
        values = {"seq": statement.excluded.seq, "updated_ms": statement.excluded.updated_ms}
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["unit", "epoch"], set_=values, where=statement.excluded.seq > WATERMARKS.c.seq
            ),
            [
                {"unit": unit, "epoch": epoch, "seq": mark.seq, "updated_ms": now_ms}
                for (unit, epoch), mark in marks.items()
            ],
        )


def _moved(connection: Connection, stream: Stream, mark: Mark, links: list[tuple[int, int]]) -> Mark:
    if not links:
        return mark
    links = sorted(links)
    highest = max(mark.highest, links[-1][0])
    seq = advance(mark.seq, links)
    if seq < highest:  # rows of an earlier transaction may lie beyond, or fill a hole
        seq = advance(mark.seq, _stored(connection, stream, mark.seq))
    return Mark(seq, highest)


def _stored(connection: Connection, stream: Stream, after: int) -> Iterator[tuple[int, int]]:
    """(seq, prev) of what is stored beyond `after`, in chunks: the reader stops at the first hole."""
    while True:
        query = select(ROWS.c.seq, ROWS.c.prev).where(_of(stream), ROWS.c.seq > after).order_by(ROWS.c.seq)
        found = [(row.seq, row.prev) for row in connection.execute(query.limit(_CHUNK))]
        yield from found
        if len(found) < _CHUNK:
            return
        after = found[-1][0]


def _of(stream: Stream) -> ColumnElement[bool]:
    return and_(ROWS.c.unit == stream[0], ROWS.c.epoch == stream[1])


def _read(connection: Connection, streams: list[Stream]) -> dict[Stream, Mark]:
    found = dict.fromkeys(streams, Mark(0, 0))
    for start in range(0, len(streams), _CHUNK):
        part = streams[start : start + _CHUNK]
        these = or_(*(and_(WATERMARKS.c.unit == unit, WATERMARKS.c.epoch == epoch) for unit, epoch in part))
        for row in connection.execute(select(WATERMARKS).where(these)):
            found[row.unit, row.epoch] = Mark(row.seq, row.seq)
    for stream, mark in found.items():
        highest = connection.execute(select(func.max(ROWS.c.seq)).where(_of(stream))).scalar_one_or_none()
        found[stream] = Mark(mark.seq, max(mark.seq, highest or 0))
    return found
