"""What edges of one input mean: bounce, lost edges, storms. Pure, with the time passed in; and the queue before it.

A contact bounces, a wire hums, and the kernel loses an edge now and then. Bounce is judged here and not by gpiozero,
whose `bounce_time` swallows edges; the level, read again each second, mends what was lost (reference/drivers.md 3).
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from drivers.readings import Level

STORM_EDGES = 50
STORM_WINDOW_S = 5.0
QUEUE_EDGES = 64
"""More than a storm: what comes beyond it is counted and thrown away."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Edge:
    """The input became active, or inactive, at `at_s`."""

    at_s: float
    active: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What is published: a level, and the instant from which it holds."""

    at_s: float
    level: Level


class Debounce:
    """Tells a level once it has held for `settle_s`; with 0 each edge is told, so that a pulse of 1 ms is seen.

    Times never go backwards in what is told, even if those of edges and of re-read levels cross.
    """

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._told: bool | None = None
        self._raw = Edge(0.0, active=False)
        self._by_edge = False
        self._last_s = float("-inf")

    @property
    def due_s(self) -> float | None:
        """When a level that has begun will have held long enough; None while nothing waits."""
        waits = self._told is not None and self._raw.active is not self._told
        return self._raw.at_s + self._settle_s if waits else None

    def edge(self, edge: Edge) -> list[Told]:
        """Take in an edge."""
        told = self.advance(edge.at_s)
        self._begin(edge, by_edge=True)
        if self._settle_s == 0:
            told.append(self._tell(edge.active, edge.at_s, by_edge=True))
        return told

    def level(self, active: bool, now_s: float) -> list[Told]:
        """Take in a level that was read: the first is believed at once, each other one shows whether an edge was lost.

        Tells something each time, so that whoever listens knows that the input lives.
        """
        told = self.advance(now_s)
        if self._told is None:
            self._begin(Edge(now_s, active), by_edge=False)
            return [self._tell(active, now_s, by_edge=False)]
        if active is not self._raw.active:
            self._begin(Edge(now_s, active), by_edge=False)
            told += self.advance(now_s)
        return told or [self._tell(self._told, now_s, by_edge=False)]

    def advance(self, now_s: float) -> list[Told]:
        """Let time pass up to `now_s`."""
        due_s = self.due_s
        if due_s is None or now_s < due_s:
            return []
        return [self._tell(self._raw.active, due_s, by_edge=self._by_edge)]

    def _begin(self, raw: Edge, *, by_edge: bool) -> None:
        self._raw = raw
        self._by_edge = by_edge

    def _tell(self, active: bool, at_s: float, *, by_edge: bool) -> Told:
        self._told = active
        self._last_s = max(self._last_s, at_s)
        return Told(self._last_s, Level(active, edge=by_edge))


class Storm:
    """Whether edges come too densely to mean anything: 50 within 5 s, as Moonraker has it."""

    def __init__(self, edges: int = STORM_EDGES, window_s: float = STORM_WINDOW_S) -> None:
        self._recent_s: deque[float] = deque(maxlen=edges)
        self._edges = edges
        self._window_s = window_s

    def edge(self, at_s: float) -> bool:
        """Count an edge; True if it makes a storm."""
        self._recent_s.append(at_s)
        return len(self._recent_s) == self._edges and at_s - self._recent_s[0] <= self._window_s

    def clear(self) -> None:
        """Begin anew."""
        self._recent_s.clear()


class EdgeQueue:
    """Where the edge handler puts edges; bounded, and safe from any thread.

    lgpio tells all edges of all pins from one thread that dies of any exception: `put` never raises, never waits for
    more than the lock of two lines, and wakes the reader only once until it has read.
    """

    def __init__(self, monotonic_s: Callable[[], float], size: int = QUEUE_EDGES) -> None:
        self._monotonic_s = monotonic_s
        self._size = size
        self._lock = threading.Lock()
        self._edges: deque[Edge] = deque()
        self._wake: Callable[[], object] | None = None
        self.overflow = 0
        """edges that found no place"""
        self.faults = 0
        """edges whose handling failed"""

    def put(self, active: bool) -> None:
        """Note an edge, now."""
        try:
            self._put(active)
        except Exception:  # noqa: BLE001 - whatever it is, it would end the edges of every pin until the next boot
            self.faults += 1
            if self.faults == 1:
                _log.exception("an edge could not be queued; further ones are only counted")

    def take(self) -> list[Edge]:
        """Return what has been noted, oldest first."""
        with self._lock:
            edges = list(self._edges)
            self._edges.clear()
        return edges

    def wake_with(self, wake: Callable[[], object] | None) -> None:
        """Have `wake` called, from the thread of the edge, when the queue is no longer empty."""
        with self._lock:
            self._wake = wake

    def _put(self, active: bool) -> None:
        edge = Edge(self._monotonic_s(), active)
        with self._lock:
            if len(self._edges) >= self._size:
                self.overflow += 1
                return
            self._edges.append(edge)
            wake = self._wake if len(self._edges) == 1 else None
        if wake is not None:
            wake()
