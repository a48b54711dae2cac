"""The watermark never passes a hole, never goes back, and gets over what was evicted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hub.store import Store, upsert
from hub.tables import ROWS, WATERMARKS
from hub.watermark import Mark, Watermarks, advance

EPOCH = "0123456789abcdef"
STREAM = ("room-ada", EPOCH)
Links = list[tuple[int, int]]


def test_it_stops_at_the_first_hole() -> None:
    assert advance(0, []) == 0
    assert advance(0, [(1, 0), (2, 1), (4, 3), (5, 4)]) == 2
    assert advance(2, [(4, 2), (5, 4)]) == 5
    assert advance(9, [(3, 2), (4, 3)]) == 9


def test_the_numbers_of_a_new_card_begin_where_they_like() -> None:
    assert advance(0, [(100, 0), (101, 100)]) == 101


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[int], list[Links]]:
    """An outbox with evicted rows, and its links in any order, in any portions, some of them twice."""
    existing = sorted(draw(st.sets(st.integers(1, 60), min_size=1, max_size=25)))
    links = list(zip(existing, [0, *existing[:-1]], strict=True))
    order = draw(st.permutations(links + draw(st.lists(st.sampled_from(links), max_size=5))))
    portions: list[Links] = []
    while order:
        size = draw(st.integers(1, 6))
        portions.append(list(order[:size]))
        order = order[size:]
    return existing, portions


def store_rows(marks: Watermarks, store: Store, links: Links) -> int:
    """As the intake does it."""
    with store.begin() as connection:
        current = marks.current(connection, [STREAM])
        fresh = [(seq, prev) for seq, prev in dict(links).items() if seq > current[STREAM].seq]
        for seq, prev in fresh:
            values = {"unit": STREAM[0], "epoch": EPOCH, "seq": seq, "prev": prev, "topic": "e/room", "boot": "b"}
            values |= dict.fromkeys(("at_ms", "ts_ms", "mono_ms", "received_ms"), 0) | {"synced": True, "body": "{}"}
            connection.execute(upsert(connection, ROWS).values(values).on_conflict_do_nothing())
        moved = marks.moved(connection, current, {STREAM: fresh})
        marks.write(connection, moved, 1)
    marks.committed(moved)
    return moved[STREAM].seq


def clear(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(ROWS.delete())
        connection.execute(WATERMARKS.delete())


def test_in_whatever_order_rows_come_all_are_acknowledged_in_the_end_and_none_before_its_time(store: Store) -> None:
    @settings(max_examples=40, deadline=None)
    @given(deliveries(), st.booleans())
    def holds(case: tuple[list[int], list[Links]], forgetful: bool) -> None:
        clear(store)
        existing, portions = case
        marks, there, last = Watermarks(), set[int](), 0
        for portion in portions:
            seq = store_rows(marks, store, portion)
            there |= {row for row, _ in portion}
            assert seq >= last
            assert {row for row in existing if row <= seq} <= there
            last = seq
            if forgetful:
                marks.forget()
        assert last == existing[-1]

    holds()


def test_a_hub_that_starts_anew_goes_on_where_it_was(store: Store) -> None:
    assert store_rows(Watermarks(), store, [(1, 0), (2, 1), (5, 4)]) == 2
    assert store_rows(Watermarks(), store, [(4, 2)]) == 5


def test_a_long_tail_beyond_a_hole_is_read_in_chunks(store: Store) -> None:
    assert store_rows(Watermarks(), store, [(seq, seq - 1) for seq in range(2, 1400)]) == 0
    assert store_rows(Watermarks(), store, [(1, 0)]) == 1399


def test_the_mark_in_the_database_never_goes_back(store: Store) -> None:
    marks = Watermarks()
    with store.begin() as connection:
        marks.write(connection, {STREAM: Mark(9, 9)}, 1)
        marks.write(connection, {STREAM: Mark(4, 9)}, 2)
        marks.write(connection, {}, 3)
        assert connection.execute(select(WATERMARKS.c.seq)).scalar_one() == 9
        assert marks.current(connection, [STREAM, ("room-bob", EPOCH)]) == {
            STREAM: Mark(9, 9),
            ("room-bob", EPOCH): Mark(0, 0),
        }
