"""Check-ins that the panels of one room share through Microsoft Places, where the tenant allows it.

What is not certain is None, and a panel that does not know releases nothing (Keep.SECOND_PANEL). What a tenant
without check-ins answers is not documented, and it may look like "nobody checked in"; so "nobody" counts only once
this panel has read a check-in of this room, its own or another's (docs/decisions/0010).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from graph.calendars import Calendars, CheckInMethod
from graph.errors import AccessDenied, BadRequest, GraphError, NotFound
from graph.places import Places
from roomdisplay.schedule import Meeting

log = logging.getLogger(__name__)

UNSENT_MOST = 16
TRIES_MOST = 20
"""One after each read of the calendar, so for longer than any grace."""


@dataclass(slots=True)
class _Unsent:
    meeting: Meeting
    method: CheckInMethod
    tries: int = 0


class SharedCheckIns:
    """The check-ins of the room with address `room`. No method raises GraphError.

    shared = SharedCheckIns(session.calendars, config.room.address, session.places)
    await shared.note(meeting)          # after each check-in here
    await shared.repeat()               # after each read: what could not be told yet
    came = await shared.seen(meeting)   # before the warning, and before the release
    """

    def __init__(self, calendars: Calendars, room: str, places: Places | None = None) -> None:
        self._calendars = calendars
        self._places = places
        self._room = room
        self._place_id = ""
        self._unsent: dict[str, _Unsent] = {}
        self._supported: bool | None = None

    @property
    def supported(self) -> bool | None:
        """The tenant lets us share check-ins; None until a check-in was read, False when it was refused."""
        return self._supported

    @property
    def unsent(self) -> tuple[Meeting, ...]:
        """The meetings whose check-in the other panels do not know of yet."""
        return tuple(unsent.meeting for unsent in self._unsent.values())

    async def note(self, meeting: Meeting, *, inferred: bool = False) -> bool:
        """Tell the others that the people of `meeting` came; False when they do not know yet (see `repeat`)."""
        if not meeting.parts[0].ical_uid:
            return False
        unsent = self._unsent.setdefault(meeting.key, _Unsent(meeting, "inferred" if inferred else "manual"))
        while len(self._unsent) > UNSENT_MOST:
            self._unsent.pop(next(iter(self._unsent)))
        return await self._send(unsent)

    async def repeat(self) -> None:
        """Tell what could not be told before; stops at the first that still cannot."""
        for unsent in tuple(self._unsent.values()):
            if not await self._send(unsent) and unsent.meeting.key in self._unsent:
                return

    async def seen(self, meeting: Meeting) -> bool | None:
        """Somebody checked in to `meeting` at any panel; None when that cannot be told."""
        ical_uid = meeting.parts[0].ical_uid
        found = await self._ask(ical_uid) if ical_uid else None
        return None if found is False and not self._supported else found

    async def _ask(self, ical_uid: str) -> bool | None:
        try:
            found = await self._calendars.checked_in(await self._place(), ical_uid)
        except GraphError as error:
            self._failed("asking for a check-in", error)
            return None
        if found:
            self._supported = True
        return found

    async def _send(self, unsent: _Unsent) -> bool:
        key, ical_uid = unsent.meeting.key, unsent.meeting.parts[0].ical_uid
        unsent.tries += 1
        try:
            await self._calendars.check_in(await self._place(), ical_uid, method=unsent.method)
        except GraphError as error:
            if self._failed("sharing a check-in", error) or unsent.tries >= TRIES_MOST:
                self._unsent.pop(key, None)
            return False
        self._unsent.pop(key, None)
        if not self._supported:
            await self._ask(ical_uid)  # what was written can be read too: only then is "nobody" an answer
        return True

    async def _place(self) -> str:
        """The id of the room in Places; its address where we may not look it up, or Places does not know it yet."""
        if self._places is None:
            return self._room
        if not self._place_id:
            try:
                place = await self._places.room(self._room)
            except AccessDenied:
                self._place_id = self._room
            else:
                self._place_id = place.id if place else ""
        return self._place_id or self._room

    def _failed(self, what: str, error: GraphError) -> bool:
        """Whether it is of no use to try again: the tenant does not let us, or has no such thing."""
        final = isinstance(error, AccessDenied | BadRequest | NotFound)
        unknown_event = isinstance(error, NotFound) and error.what == "event" and self._supported
        if final and not unknown_event:
            self._supported = False
        log.warning("%s: %s code=%s request-id=%s", what, type(error).__name__, error.code or "-", error.request_id)
        return final
