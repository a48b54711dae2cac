"""Bounce, lost edges and storms as tables; the queue as any thread may treat it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.gpio.edges import QUEUE_EDGES, STORM_EDGES, Debounce, Edge, EdgeQueue, Storm, Told
from drivers.readings import Level

Step = tuple[str, float, bool]
Answer = tuple[float, bool, bool]
"""when, active, by an edge"""

CASES: dict[str, tuple[float, list[Step], list[Answer]]] = {
    "the first level is believed at once": (0.05, [("level", 0.0, True)], [(0.0, True, False)]),
    "a PIR's pulse of 1 ms is two edges": (
        0.0,
        [("level", 0.0, False), ("edge", 0.5, True), ("edge", 0.501, False)],
        [(0.0, False, False), (0.5, True, True), (0.501, False, True)],
    ),
    "a PIR that is triggered anew is told anew": (
        0.0,
        [("level", 0.0, False), ("edge", 0.5, True), ("edge", 0.7, True)],
        [(0.0, False, False), (0.5, True, True), (0.7, True, True)],
    ),
    "a contact that bounces closes once, when it has settled": (
        0.02,
        [
            ("level", 0.0, False),
            *(("edge", 0.5 + step * 0.003, step % 2 == 0) for step in range(5)),
            ("pass", 0.531, False),
            ("pass", 0.532, False),
        ],
        [(0.0, False, False), (0.532, True, True)],
    ),
    "a spike shorter than the settling is nothing": (
        0.02,
        [("level", 0.0, False), ("edge", 0.5, True), ("edge", 0.51, False), ("pass", 0.6, False)],
        [(0.0, False, False)],
    ),
    "time that passes between two edges counts": (
        0.02,
        [("level", 0.0, False), ("edge", 0.5, True), ("edge", 0.9, False), ("pass", 1.0, False)],
        [(0.0, False, False), (0.52, True, True), (0.92, False, True)],
    ),
    "a lost edge is mended by the level, at once without settling": (
        0.0,
        [("level", 0.0, False), ("level", 1.0, True)],
        [(0.0, False, False), (1.0, True, False)],
    ),
    "a lost edge is mended by the level, after settling with it": (
        0.05,
        [("level", 0.0, False), ("level", 1.0, True), ("pass", 1.05, False)],
        [(0.0, False, False), (1.0, False, False), (1.05, True, False)],
    ),
    "a level that is what it was is told as a sign of life": (
        0.05,
        [("level", 0.0, True), ("level", 1.0, True)],
        [(0.0, True, False), (1.0, True, False)],
    ),
    "an edge that is older than what was told is told now": (
        0.0,
        [("level", 0.0, False), ("level", 1.0, True), ("edge", 0.999, True)],
        [(0.0, False, False), (1.0, True, False), (1.0, True, True)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_told(name: str) -> None:
    settle_s, steps, expected = CASES[name]
    debounce = Debounce(settle_s)
    told = []
    for what, at_s, active in steps:
        if what == "edge":
            told += debounce.edge(Edge(at_s, active))
        elif what == "level":
            told += debounce.level(active, at_s)
        else:
            told += debounce.advance(at_s)
    assert [(round(one.at_s, 6), one.level.active, one.level.edge) for one in told] == expected


def due_s(debounce: Debounce) -> float | None:
    return debounce.due_s


def test_when_it_wants_to_be_asked_again() -> None:
    debounce = Debounce(0.02)
    assert due_s(debounce) is None
    debounce.level(False, 0.0)
    assert due_s(debounce) is None
    debounce.edge(Edge(0.5, True))
    assert due_s(debounce) == 0.52
    debounce.advance(0.52)
    assert due_s(debounce) is None


steps = st.lists(
    st.tuples(st.sampled_from(("edge", "level", "pass")), st.floats(-0.01, 1.0), st.booleans()), max_size=40
)


@given(settle_s=st.sampled_from((0.0, 0.02, 0.05)), script=steps, last=st.booleans())
@settings(derandomize=True, deadline=None, database=None, max_examples=200)
def test_whatever_comes_the_true_level_is_told_in_the_end(settle_s: float, script: list[Step], last: bool) -> None:
    debounce, now_s, told = Debounce(settle_s), 0.0, list[Told]()
    for what, step_s, active in script:
        now_s = max(0.0, now_s + step_s)
        if what == "edge":
            told += debounce.edge(Edge(now_s, active))
        else:
            told += debounce.level(active, now_s) if what == "level" else debounce.advance(now_s)
    for _ in range(3):
        now_s += 1.0
        told += debounce.level(last, now_s)
    assert told[-1].level == Level(last, edge=False)
    assert [one.at_s for one in told] == sorted(one.at_s for one in told)


def test_a_storm_is_fifty_edges_within_five_seconds() -> None:
    storm = Storm()
    assert not any(storm.edge(at * 0.1) for at in range(STORM_EDGES - 1))
    assert storm.edge((STORM_EDGES - 1) * 0.1)
    storm.clear()
    assert not any(storm.edge(at * 0.103) for at in range(1000)), "10 a second or less for ever is none"


def test_the_queue_is_bounded_and_counts_what_it_refuses() -> None:
    queue = EdgeQueue(lambda: 1.0)
    for _ in range(QUEUE_EDGES + 10):
        queue.put(True)
    assert queue.overflow == 10
    assert queue.take() == [Edge(1.0, True)] * QUEUE_EDGES
    assert queue.take() == []


def test_the_reader_is_woken_once_until_it_has_read() -> None:
    """A storm would otherwise fill the event loop's own queue, which has no bound."""
    wakes: list[None] = []
    queue = EdgeQueue(lambda: 1.0)
    queue.wake_with(lambda: wakes.append(None))
    for _ in range(500):
        queue.put(True)
    assert len(wakes) == 1
    queue.take()
    queue.put(False)
    assert len(wakes) == 2
    queue.wake_with(None)
    queue.take()
    queue.put(True)
    assert len(wakes) == 2


FAULTS = [RuntimeError("Event loop is closed"), OSError(9, "Bad file descriptor"), ValueError("anything")]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_the_handler_never_raises(fault: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def wake() -> None:
        raise fault

    queue = EdgeQueue(lambda: 1.0)
    queue.wake_with(wake)
    for _ in range(3):
        queue.put(True)
        queue.take()
    assert queue.faults == 3
    assert len(caplog.records) == 1, "logged once"


def test_a_clock_that_fails_does_not_end_the_thread() -> None:
    def broken() -> float:
        raise OSError(22, "Invalid argument")

    queue = EdgeQueue(broken)
    queue.put(True)
    assert (queue.faults, queue.take()) == (1, [])


def test_edges_from_several_threads_are_all_there_or_counted() -> None:
    ticks: Iterator[int] = count()
    queue = EdgeQueue(lambda: float(next(ticks)))
    start = threading.Barrier(5)
    taken: list[Edge] = []

    def put() -> None:
        start.wait(5)
        for turn in range(200):
            queue.put(turn % 2 == 0)

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    start.wait(5)
    while any(thread.is_alive() for thread in threads):
        taken += queue.take()
    for thread in threads:
        thread.join(5)
    taken += queue.take()
    assert len(taken) + queue.overflow == 800
    assert queue.faults == 0
