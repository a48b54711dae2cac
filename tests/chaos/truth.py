"""What the room's calendar really said, version by version, and what that makes of a panel's state. Pure.

A panel cannot know what changed after it asked. So a green panel at `t` that stands on a read asked for at `r` is
false only if every version of the calendar that was in force at some instant of [r, t] says that `t` is taken.
Independently of that, green is never allowed on a read that is older than DESIGN.md 4.1 lets it be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

NEAR = timedelta(minutes=10)
KEPT = timedelta(hours=1)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Booked:
    """One event that takes the room over [start, end). `transaction` is set where a panel made it."""

    id: str
    uid: str
    start: datetime
    end: datetime
    created: datetime
    transaction: str = ""
    direct: bool = False

    def overlaps(self, other: Booked) -> bool:
        """They share time."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Version:
    """The calendar from `since` on, until the next version."""

    since: datetime
    booked: tuple[Booked, ...]

    def taken(self, at: datetime) -> bool:
        """The instant lies in an event."""
        return any(one.start <= at < one.end for one in self.booked)

    def near(self, at: datetime) -> bool:
        """A boundary is within ten minutes."""
        return any(abs(edge - at) <= NEAR for one in self.booked for edge in (one.start, one.end))


def booked_of(events: Iterable[dict[str, Any]]) -> tuple[Booked, ...]:
    """The events of a truth answer that take the room."""
    return tuple(
        Booked(
            event["immutable_id"],
            event["uid"],
            datetime.fromisoformat(event["start"]),
            datetime.fromisoformat(event["end"]),
            datetime.fromisoformat(event["created"]),
            event["transaction_id"] or "",
            event["is_organizer"],
        )
        for event in events
        if event["blocking"] and event["start"] != event["end"]
    )


class TruthLog:
    """The versions of the last hour. Instants are the tenant's."""

    def __init__(self) -> None:
        self._versions: deque[Version] = deque()

    @property
    def newest(self) -> Version:
        """The calendar as it is."""
        return self._versions[-1]

    @property
    def booked(self) -> tuple[Booked, ...]:
        """What takes the room, as it was last recorded."""
        return self._versions[-1].booked if self._versions else ()

    def record(self, at: datetime, booked: tuple[Booked, ...]) -> Version | None:
        """Note the calendar at `at`; returns the version before if it was another one."""
        before = self._versions[-1] if self._versions else None
        if before and before.booked == booked:
            return None
        self._versions.append(Version(at, booked))
        while len(self._versions) > 1 and self._versions[1].since < at - KEPT:
            self._versions.popleft()
        return before

    def between(self, start: datetime, end: datetime) -> list[Version]:
        """Every version in force at some instant of [start, end], both ends counted."""
        found = []
        for version in reversed(self._versions):
            if version.since <= end:
                found.append(version)
            if version.since < start:
                break
        return found

    def surely_taken(self, asked: datetime, instants: Iterable[datetime]) -> bool:
        """No answer given since `asked` could have called any of `instants` free."""
        versions, points = self.between(asked, max(instants := tuple(instants))), instants
        return bool(versions) and all(version.taken(at) for version in versions for at in points)

    def surely_free(self, asked: datetime, instants: Iterable[datetime]) -> bool:
        """No answer given since `asked` could have called any of `instants` taken."""
        versions, points = self.between(asked, max(instants := tuple(instants))), instants
        return bool(versions) and not any(version.taken(at) for version in versions for at in points)

    def surely_near(self, asked: datetime, at: datetime) -> bool:
        """A boundary was within ten minutes in every version since `asked`."""
        return all(version.near(at) for version in self.between(asked, at))

    def next_edge(self, after: datetime) -> datetime | None:
        """The next start or end."""
        edges = (edge for one in self.booked for edge in (one.start, one.end) if edge > after)
        return min(edges, default=None)


class Doubles:
    """Pairs of an event the panel wrote and one that already stood there, as long as both stand."""

    def __init__(self) -> None:
        self.pairs: dict[tuple[str, str], tuple[datetime, str]] = {}
        """Since when the two stand, and their times for people."""

        self.made = 0

    def step(self, before: Version | None, after: Version) -> None:
        """Take in a new version: what the panel wrote over something, and what was taken away again."""
        by_id = {one.id: one for one in after.booked}
        self.pairs = {
            pair: told
            for pair, told in self.pairs.items()
            if pair[0] in by_id and pair[1] in by_id and by_id[pair[0]].overlaps(by_id[pair[1]])
        }
        old = {one.id: one for one in before.booked} if before else {}
        for ours in (one for one in after.booked if one.transaction):
            for rival in _overrun(ours, old, after):
                told = f"{_told(ours)} over {_told(rival)}, made {rival.created:%H:%M:%S}"
                self.pairs.setdefault((ours.id, rival.id), (after.since, told))
                self.made += 1

    def standing(self, now: datetime, longer_than: timedelta) -> list[tuple[str, str]]:
        """The pairs that stand longer than that."""
        return [pair for pair, (since, _) in self.pairs.items() if now - since > longer_than]


def _told(one: Booked) -> str:
    kind = "our" if one.transaction else "direct" if one.direct else "invited"
    return f"{kind} {one.start:%H:%M:%S}-{one.end:%H:%M:%S}"


def _overrun(ours: Booked, old: dict[str, Booked], after: Version) -> list[Booked]:
    """What stood there, unmoved, when ours was made or grew over it."""
    was = old.get(ours.id)
    if was and was.start <= ours.start and ours.end <= was.end:
        return []
    rivals = [other for other in after.booked if other.id != ours.id and other.overlaps(ours)]
    if was:
        return [other for other in rivals if old.get(other.id) == other and not other.overlaps(was)]
    return [other for other in rivals if other.created < ours.created or old.get(other.id) == other]
