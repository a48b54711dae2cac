"""No-shows per series of meetings, as keyed hashes with days: counted for the admin, never acted on. Pure.

A mark is HMAC-SHA256 over the id of the series, with the UTC days on which its room was given back; a day is
forgotten after [release] strikes_kept_days. A meeting that belongs to no series leaves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from roomdisplay.schedule import Meeting

MAX_MARKS = 500


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
        raise NotImplementedError

    def serialise(self) -> dict[str, object]:
        """For JSON; holds no meeting data and not the key."""
        raise NotImplementedError

    def add(self, meeting: Meeting, now: datetime) -> Strikes:
        """With a no-show of the series of `meeting` today, and without what is old; twice a day is once."""
        raise NotImplementedError

    def forget(self, now: datetime) -> Strikes:
        """Without what is older than `kept_days`."""
        raise NotImplementedError

    def count(self, meeting: Meeting, now: datetime) -> int:
        """No-shows of the series of `meeting` that are still remembered; 0 without a series."""
        raise NotImplementedError

    def tally(self, now: datetime) -> Tally:
        """What is remembered, without saying of which series."""
        raise NotImplementedError
