"""Who is expected, in the building or gone, at an instant. Pure.

The clock signs out in the evening at the same instant everywhere (common.visiting.evening), so what is kept here needs
no change for that: it is read as of now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from common.visiting.evening import ASSUMED_SHOWN, over
from common.visiting.shared_visit import SharedVisit

__all__ = ["OPEN", "Person", "as_of", "in_the_building", "is_today"]

OPEN = ("expected", "on-site", "left-assumed")


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the evacuation list. `assumed`: signed out by the clock, nobody saw them leave."""

    visit: SharedVisit
    assumed: bool


def as_of(visit: SharedVisit, now: datetime, auto_sign_out: str, zone: ZoneInfo) -> SharedVisit:
    """The visit with what the clock has done by now."""
    if visit.state == "on-site":
        ended = over(visit.in_at, auto_sign_out, zone, now)
        if ended is not None:
            return msgspec.structs.replace(visit, state="left-assumed", out_at=ended, left_by="clock")
    if visit.state == "expected" and over(visit.expected_at, auto_sign_out, zone, now) is not None:
        return msgspec.structs.replace(visit, state="no-show")
    return visit


def is_today(instant: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether it is of the site's day."""
    return instant is not None and instant.astimezone(zone).date() == now.astimezone(zone).date()


def in_the_building(visits: Iterable[SharedVisit], now: datetime) -> list[Person]:
    """Those on site, then those whom the clock signed out within 24 hours; by name within each."""
    people = [
        Person(visit, visit.state == "left-assumed") for visit in visits if visit.present or _perhaps_in(visit, now)
    ]
    return sorted(people, key=lambda one: (one.assumed, (one.visit.guest.name if one.visit.guest else "").casefold()))


def _perhaps_in(visit: SharedVisit, now: datetime) -> bool:
    return visit.state == "left-assumed" and visit.out_at is not None and now - visit.out_at < ASSUMED_SHOWN
