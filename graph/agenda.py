"""A room's day as the panel would show it, for the command line: what is hidden on the glass is hidden here too. Pure.

The panel's own rules are in roomdisplay.wording and roomdisplay.schedule, above this package; a test holds the two
against each other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from graph.model import Event, Response, Sensitivity, ShowAs

Subject = Literal["full", "organizer", "never"]
PRIVATE, BOOKED_HERE, RESERVED = "Private meeting", "Booked at the door", "Reserved"
_FREE = frozenset({ShowAs.FREE, ShowAs.WORKING_ELSEWHERE})
_HIDDEN = frozenset({Sensitivity.PRIVATE, Sensitivity.CONFIDENTIAL})
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MAX_CHARS = 160


@dataclass(frozen=True, slots=True)
class Row:
    """One meeting over [start, end), in the room's zone. `blocks` is whether it makes the room busy."""

    start: datetime
    end: datetime
    title: str
    organizer: str
    blocks: bool
    pending: bool


def day_window(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first instant of `day` and of the day after it; on two days a year they are not 24 hours apart."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def rows(
    events: Iterable[Event],
    zone: ZoneInfo,
    *,
    own: Iterable[str],
    subject: Subject = "full",
    hide_personal: bool = True,
) -> tuple[Row, ...]:
    """Return the meetings that are alive, by start. `own` are the addresses of room and device account."""
    ours = {address.casefold() for address in own if address}
    alive = [event for event in events if not event.cancelled and event.response is not Response.DECLINED]
    made = (_row(event, zone, ours, subject, hide_personal) for event in alive if event.start < event.end)
    return tuple(sorted(made, key=lambda row: (row.start, row.end, row.title)))


def _row(event: Event, zone: ZoneInfo, ours: set[str], subject: Subject, hide_personal: bool) -> Row:
    title, organizer = _words(event, ours, subject, hide_personal)
    answered = event.is_organizer or event.response not in (Response.NOT_RESPONDED, Response.TENTATIVELY_ACCEPTED)
    return Row(
        start=event.start.astimezone(zone),
        end=event.end.astimezone(zone),
        title=title,
        organizer=organizer,
        blocks=event.show_as not in _FREE,
        pending=event.show_as is ShowAs.TENTATIVE or not answered,
    )


def _words(event: Event, ours: set[str], subject: Subject, hide_personal: bool) -> tuple[str, str]:
    if event.sensitivity in _HIDDEN or (hide_personal and event.sensitivity is Sensitivity.PERSONAL):
        return PRIVATE, ""
    shown = one_line(event.subject.removesuffix(" ↪")) if subject == "full" else ""
    if event.is_organizer or event.organizer_address.casefold() in ours:
        return shown or BOOKED_HERE, ""
    organizer = "" if subject == "never" else one_line(event.organizer_name)
    without = shown.removeprefix(organizer).strip() if organizer and shown.startswith(organizer) else shown
    return without or RESERVED, organizer


def one_line(text: str, most: int = _MAX_CHARS) -> str:
    """Return `text` without what a terminal would obey: control characters, turned direction, line ends."""
    kept = "".join(" " if char.isspace() else char for char in text if not _obeyed(char))
    return " ".join(kept.split())[:most]


def _obeyed(char: str) -> bool:
    return not char.isspace() and unicodedata.category(char) in _UNPRINTABLE
