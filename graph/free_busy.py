"""getSchedule: what is taken in many rooms, without anybody's subjects. Source: reference/graph.md 2.6.

A room the answer is silent or unclear about has an error for its value: silence is not "free".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from graph import fields
from graph.errors import AccessDenied, BadAnswer, GraphError, NotFound, ServiceFault
from graph.events import slot_of
from graph.model import BusySlot, ShowAs

GROUP_SIZE = 20
_VIEW_MIN = 15
_MAX_SLOTS = 1000
_VIEW_DIGITS = {
    "1": ShowAs.TENTATIVE,
    "2": ShowAs.BUSY,
    "3": ShowAs.OOF,
    "4": ShowAs.WORKING_ELSEWHERE,
}

Answer = tuple[BusySlot, ...] | GraphError


def groups(rooms: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Return `rooms` once each, in groups of what one call takes."""
    once = tuple(dict.fromkeys(rooms))
    for first in range(0, len(once), GROUP_SIZE):
        yield once[first : first + GROUP_SIZE]


def body_of(rooms: Sequence[str], start: datetime, end: datetime) -> dict[str, Any]:
    """Return the body of one call."""
    return {
        "schedules": list(rooms),
        "startTime": fields.utc_object(start),
        "endTime": fields.utc_object(end),
        "availabilityViewInterval": _VIEW_MIN,
    }


def answers_of(data: object, rooms: Sequence[str], start: datetime) -> dict[str, Answer]:
    """Return each room's slots or error. Raises BadAnswer when the whole is no answer."""
    schedules = fields.values(data, "The schedules")
    by_room = {fields.needed_text(schedule, "scheduleId").casefold(): schedule for schedule in schedules}
    return {room: _answer(by_room.get(room.casefold()), start) for room in rooms}


def _answer(schedule: dict[str, Any] | None, start: datetime) -> Answer:
    if schedule is None:
        return BadAnswer("The answer is silent about this room.")
    if schedule.get("error") is not None:
        return _error_of(schedule["error"])
    try:
        return _slots(schedule, start)
    except BadAnswer as error:
        return error


def _slots(schedule: dict[str, Any], start: datetime) -> tuple[BusySlot, ...]:
    """Return the items; where the caller may not see items, what the digits of availabilityView say."""
    items, view = schedule.get("scheduleItems"), schedule.get("availabilityView")
    if not isinstance(view, str) or len(view) > _MAX_SLOTS * 10:
        raise BadAnswer("The schedule has no availabilityView.")
    if items is not None and (not isinstance(items, list) or len(items) > _MAX_SLOTS):
        raise BadAnswer("The schedule's items are not a list.")
    if items:
        return tuple(slot_of(item) for item in items)
    step = timedelta(minutes=_VIEW_MIN)
    return tuple(
        BusySlot(start + step * place, start + step * (place + 1), _VIEW_DIGITS.get(digit, ShowAs.UNKNOWN))
        for place, digit in enumerate(view)
        if digit != "0"
    )


def _error_of(raw: object) -> GraphError:
    error = raw if isinstance(raw, dict) else {}
    code = error.get("responseCode") or error.get("code")
    code = code if isinstance(code, str) else ""
    folded = code.casefold()
    if "accessdenied" in folded or "nofreebusyaccess" in folded:
        return AccessDenied("free/busy: no right to see this room.", code=code)
    if "mailrecipientnotfound" in folded or "invalidsmtpaddress" in folded or "nonexistent" in folded:
        return NotFound("free/busy: there is no such mailbox.", what="mailbox", code=code)
    return ServiceFault(f"free/busy: no answer for this room ({code or 'no reason given'}).", code=code)
