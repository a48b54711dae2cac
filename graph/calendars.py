"""Room calendars: read a window, book, move an end, decline, delete. Source: reference/graph.md 2.1-2.4.

The room account addresses its own calendar (/me), every other shape the room's (/users/{room}).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from graph import fields, free_busy
from graph.client import GraphClient, Request
from graph.config import Shape
from graph.errors import AccessDenied, Duplicate, GraphError, NotFound
from graph.events import SELECT, body_of, event_of
from graph.model import BusySlot, Event, NewBooking

log = logging.getLogger(__name__)

KIND = "calendar"
CheckInMethod = Literal["manual", "inferred"]
"""checkInClaim.checkInMethod: somebody said so, or a sensor did."""

_PAGE_SIZE = "100"


@dataclass(frozen=True, slots=True)
class CalendarRead:
    """A whole window of a room's calendar. `read_at_s` (monotonic) and `read_at` (wall): when it was asked for."""

    events: tuple[Event, ...]
    start: datetime
    end: datetime
    read_at_s: float
    read_at: datetime


class Calendars:
    """The calendars of rooms. Every method raises GraphError, and never gives a part for the whole."""

    def __init__(self, client: GraphClient, shape: Shape) -> None:
        self._client = client
        self._shape = shape

    async def view(
        self, room: str, start: datetime, end: datetime, *, zone: ZoneInfo, user: bool = False
    ) -> CalendarRead:
        """Return all events that touch [start, end), occurrences of series expanded; `zone` is the room's."""
        request = self._view_request(room, start, end, SELECT)
        pages = await self._client.pages(request, user=user)
        # An event that moved while we turned the page comes twice: the later one is the truer one.
        events = {event.id: event for event in (event_of(item, zone) for item in pages.items)}
        return CalendarRead(tuple(events.values()), start, end, pages.sent_at_s, pages.sent_at)

    async def event(self, room: str, event_id: str, *, zone: ZoneInfo, user: bool = True) -> Event:
        """Return one event with `created`. Raises NotFound(what="event")."""
        # Without $select: with it createdDateTime is not dependable (reference/graph.md 2.1).
        reply = await self._client.send(self._on_event("read event", "GET", room, event_id), user=user)
        return event_of(reply.data, zone)

    async def create(self, room: str, booking: NewBooking, *, zone: ZoneInfo, user: bool = True) -> Event:
        """Book, and return the event. Safe to repeat with the same booking: its transactionId makes it one."""
        request = Request(
            what="create event",
            kind=KIND,
            method="POST",
            path=f"{self._owner(room)}/events",
            body=body_of(booking),
            repeatable=True,
        )
        try:
            reply = await self._client.send(request, user=user)
        except Duplicate as duplicate:
            log.info("create event: it was made by an earlier try")
            return await self._made_before(room, booking, duplicate, zone=zone, user=user)
        return event_of(reply.data, zone)

    async def set_end(self, room: str, event: Event, end: datetime, *, zone: ZoneInfo, user: bool = True) -> Event:
        """Move the end of `event` if it is still as it was read. Raises Conflict when it is not."""
        request = self._on_event("set end of event", "PATCH", room, event.id, etag=event.etag)
        request = replace(request, body={"end": fields.utc_object(end)})
        reply = await self._client.send(request, user=user)
        return event_of(reply.data, zone)

    async def decline(self, room: str, event: Event, comment: str, *, user: bool = True) -> None:
        """Decline in the room's name; the organizer gets `comment`. For a series: pass the occurrence."""
        request = self._on_event("decline event", "POST", room, event.id, action="/decline")
        body = {"sendResponse": True, "comment": comment}
        await self._client.send(replace(request, body=body), user=user)

    async def delete(self, room: str, event: Event, *, user: bool = True) -> None:
        """Delete an event the room made. One that is not there any more is as good as deleted."""
        request = replace(self._on_event("delete event", "DELETE", room, event.id), repeatable=True)
        try:
            await self._client.send(request, user=user)
        except NotFound as error:
            if error.what != "event":
                raise

    async def busy(
        self, rooms: Sequence[str], start: datetime, end: datetime, *, user: bool = False
    ) -> dict[str, tuple[BusySlot, ...] | GraphError]:
        """Return what is taken in each of `rooms`; a room Graph cannot answer for has its error as value.

        Asks in groups of 20 (getSchedule). Raises GraphError when there was no answer at all.
        """
        found: dict[str, tuple[BusySlot, ...] | GraphError] = {}
        for group in free_busy.groups(rooms):
            found.update(await self._busy_group(group, start, end, user=user))
        return found

    async def check_in(
        self, room_place_id: str, ical_uid: str, *, method: CheckInMethod = "manual", user: bool = True
    ) -> None:
        """Check in with Microsoft Places (delegated sign-in only). Once more is as good as once."""
        body = {"calendarEventId": ical_uid, "checkInMethod": method}
        request = Request(
            what="check in",
            kind=KIND,
            method="POST",
            path=f"/places/{quote(room_place_id, safe='@')}/checkIns",
            body=body,
            repeatable=True,
            about="event",
        )
        await self._client.send(request, user=user)

    async def checked_in(self, room_place_id: str, ical_uid: str, *, user: bool = False) -> bool:
        """Return whether somebody checked in with Microsoft Places.

        What a tenant without check-ins answers is not documented: False is proof only where True was seen before.
        """
        path = f"/places/{quote(room_place_id, safe='@')}/checkIns/{quote(ical_uid, safe='')}"
        request = Request(what="read check-in", kind=KIND, method="GET", path=path, repeatable=True, about="event")
        try:
            await self._client.send(request, user=user)
        except NotFound as error:
            if error.what != "event":
                raise
            return False
        return True

    def _owner(self, room: str) -> str:
        return "/me" if self._shape == "room-account" else f"/users/{quote(room, safe='@')}"

    def _view_request(self, room: str, start: datetime, end: datetime, select: str) -> Request:
        params = {
            "startDateTime": fields.iso_utc(start),
            "endDateTime": fields.iso_utc(end),
            "$select": select,
            "$orderby": "start/dateTime",
            "$top": _PAGE_SIZE,
        }
        path = f"{self._owner(room)}/calendarView"
        return Request(what="calendar view", kind=KIND, method="GET", path=path, params=params, repeatable=True)

    def _on_event(
        self, what: str, method: str, room: str, event_id: str, *, action: str = "", etag: str = ""
    ) -> Request:
        return Request(
            what=what,
            kind=KIND,
            method=method,
            path=f"{self._owner(room)}/events/{quote(event_id, safe='')}{action}",
            headers={"If-Match": etag} if etag else {},
            repeatable=method == "GET",
            about="event",
        )

    async def _made_before(
        self, room: str, booking: NewBooking, duplicate: Duplicate, *, zone: ZoneInfo, user: bool
    ) -> Event:
        """Return the event an earlier try made: by the id Graph names, else by its transactionId in the window."""
        if duplicate.event_id:
            return await self.event(room, duplicate.event_id, zone=zone, user=user)
        request = self._view_request(room, booking.start, booking.end, SELECT + ",transactionId")
        pages = await self._client.pages(request, user=user)
        mine = [item for item in pages.items if _is_made_of(item, booking, zone)]
        if len(mine) == 1:
            return event_of(mine[0], zone)
        gone = "create event: it was made before and is not there any more."
        raise NotFound(gone, what="event", code=duplicate.code, request_id=duplicate.request_id)

    async def _busy_group(
        self, group: Sequence[str], start: datetime, end: datetime, *, user: bool
    ) -> dict[str, tuple[BusySlot, ...] | GraphError]:
        owner = f"/users/{quote(group[0], safe='@')}" if self._shape == "app-only" else "/me"
        request = Request(
            what="free/busy",
            kind=KIND,
            method="POST",
            path=f"{owner}/calendar/getSchedule",
            body=free_busy.body_of(group, start, end),
            repeatable=True,
        )
        try:
            reply = await self._client.send(request, user=user)
        except (AccessDenied, NotFound) as error:
            return dict.fromkeys(group, error)
        return free_busy.answers_of(reply.data, group, start)


def _is_made_of(item: Any, booking: NewBooking, zone: ZoneInfo) -> bool:
    """Return whether `item` is `booking`: by transactionId where the service shows it, else by what was booked."""
    shown = fields.record(item, "An event").get("transactionId")
    if shown is not None:
        return bool(shown == booking.transaction_id)
    event = event_of(item, zone)
    same_time = (event.start, event.end) == (booking.start, booking.end)
    return same_time and event.is_organizer and event.subject == booking.subject and not event.cancelled
