"""When a host is reminded, and who is in the building. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.visiting.evening import ASSUMED_SHOWN
from kiosk.model import Visit, VisitState


@dataclass(frozen=True, slots=True)
class Presence:
    """One person of the evacuation list. `assumed`: signed out by the clock, nobody saw them leave."""

    visit: Visit
    assumed: bool
    found: bool = False
    """ticked off at the assembly point"""


@dataclass(frozen=True, slots=True)
class EvacuationList:
    """Who is in the building. `unreadable` more are, whose names the kiosk cannot read any more."""

    people: tuple[Presence, ...]
    unreadable: int = 0


def remind_now(visit: Visit, after_min: int, now: datetime) -> bool:
    """Whether the planned end has been over for so long, and the guest is still in; 0 reminds nobody."""
    if not after_min or visit.until is None or visit.state is not VisitState.ON_SITE:
        return False
    return now >= visit.until + timedelta(minutes=after_min)


def evacuation_list(
    visits: Iterable[Visit], found: Iterable[str], now: datetime, unreadable: int = 0
) -> EvacuationList:
    """Those on site, then those whom the clock signed out within 24 hours; by name within each."""
    ticked = set(found)
    people = [
        Presence(visit, visit.state is VisitState.LEFT_ASSUMED, visit.id in ticked)
        for visit in visits
        if visit.state is VisitState.ON_SITE or _perhaps_in(visit, now)
    ]
    people.sort(key=lambda one: (one.assumed, one.visit.guest.name.casefold(), one.visit.id))
    return EvacuationList(tuple(people), unreadable)


def _perhaps_in(visit: Visit, now: datetime) -> bool:
    return visit.state is VisitState.LEFT_ASSUMED and visit.out_at is not None and now - visit.out_at < ASSUMED_SHOWN
