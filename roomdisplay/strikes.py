"""No-shows per series of meetings, as keyed hashes with days: counted for the admin, never acted on. Pure.

A mark is HMAC-SHA256 over the id of the series, with the UTC days on which its room was given back; a day is
forgotten after [release] strikes_kept_days. A meeting that belongs to no series leaves nothing.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from roomdisplay.schedule import Meeting

MAX_MARKS = 500
"""Days over all series; the newest stay."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Tally:
    """What an admin is shown."""

    no_shows: int
    """days with a no-show, over all series"""
    series: int
    most: int
    """of one series"""


@dataclass(frozen=True, slots=True)
class Strikes:
    """The no-shows that one panel saw: `days` maps the keyed hash of a series to days, oldest first."""

    key: bytes = field(repr=False)
    kept_days: int
    days: Mapping[str, tuple[date, ...]] = field(default_factory=dict)

    @classmethod
    def empty(cls, key: bytes, kept_days: int) -> Strikes:
        """No no-show yet."""
        return cls(key, kept_days)

    @classmethod
    def parse(cls, value: object, key: bytes, kept_days: int) -> Strikes:
        """Undo `serialise`. Raises ValueError when `value` is something else."""
        if not isinstance(value, dict) or value.get("version") != _VERSION or not isinstance(value.get("days"), dict):
            raise ValueError("not a list of strikes of this version")
        return cls(key, kept_days, _newest({_digest(mark): _days(found) for mark, found in value["days"].items()}))

    def serialise(self) -> dict[str, object]:
        """For JSON; holds no meeting data and not the key."""
        days = {mark: [day.isoformat() for day in found] for mark, found in sorted(self.days.items())}
        return {"version": _VERSION, "days": days}

    def add(self, meeting: Meeting, now: datetime) -> Strikes:
        """With a no-show of the series of `meeting` today, and without what is old; twice a day is once."""
        kept = self.forget(now)
        mark = _mark(meeting, self.key)
        if not mark:
            return kept
        days = (*kept.days.get(mark, ()), now.date())
        return replace(kept, days=_newest({**kept.days, mark: tuple(sorted(set(days)))}))

    def forget(self, now: datetime) -> Strikes:
        """Without what is older than `kept_days`, and without days to come: the clock was wrong when they were made."""
        oldest, today = now.date() - timedelta(days=self.kept_days), now.date()
        kept = {mark: tuple(day for day in found if oldest < day <= today) for mark, found in self.days.items()}
        return replace(self, days={mark: found for mark, found in kept.items() if found})

    def count(self, meeting: Meeting, now: datetime) -> int:
        """No-shows of the series of `meeting` that are still remembered; 0 without a series."""
        return len(self.forget(now).days.get(_mark(meeting, self.key), ()))

    def tally(self, now: datetime) -> Tally:
        """What is remembered, without saying of which series."""
        counts = [len(found) for found in self.forget(now).days.values()]
        return Tally(sum(counts), len(counts), max(counts, default=0))


def _mark(meeting: Meeting, key: bytes) -> str:
    """The keyed hash of the series; empty for a meeting that stands alone."""
    series = meeting.parts[0].series_id
    return hmac.digest(key, f"series\n{series}".encode(), "sha256").hex() if series else ""


def _digest(mark: object) -> str:
    if not isinstance(mark, str) or not _DIGEST.fullmatch(mark):
        raise ValueError("a strike is not a SHA-256 in hexadecimal")
    return mark


def _days(found: object) -> tuple[date, ...]:
    if not isinstance(found, list) or not found:
        raise ValueError("a strike has no list of days")
    return tuple(sorted({date.fromisoformat(str(day)) for day in found}))


def _newest(days: Mapping[str, tuple[date, ...]]) -> dict[str, tuple[date, ...]]:
    """At most MAX_MARKS days over all series."""
    pairs = sorted((day, mark) for mark, found in days.items() for day in found)[-MAX_MARKS:]
    kept: dict[str, tuple[date, ...]] = {}
    for day, mark in pairs:
        kept[mark] = (*kept.get(mark, ()), day)
    return kept
