"""Check-ins that the panels of one room share through Microsoft Places, where the tenant allows it.

What is not certain is None, and a panel that does not know releases nothing (Keep.SECOND_PANEL).
"""

from __future__ import annotations

from graph.calendars import Calendars
from graph.places import Places
from roomdisplay.schedule import Meeting


class SharedCheckIns:
    """The check-ins of the room with address `room`. No method raises GraphError.

    shared = SharedCheckIns(session.calendars, session.places, config.room.address)
    await shared.note(meeting)          # after each check-in here
    await shared.repeat()               # after each read: what could not be told yet
    came = await shared.seen(meeting)   # before the warning, and before the release
    """

    def __init__(self, calendars: Calendars, places: Places, room: str) -> None:
        self._calendars = calendars
        self._places = places
        self._room = room

    @property
    def supported(self) -> bool | None:
        """The tenant lets us share check-ins; None until a check-in was written or read."""
        raise NotImplementedError

    async def note(self, meeting: Meeting, *, inferred: bool = False) -> bool:
        """Tell the others that the people of `meeting` came; False when they do not know yet (see `repeat`)."""
        raise NotImplementedError

    async def repeat(self) -> None:
        """Tell what could not be told before."""
        raise NotImplementedError

    async def seen(self, meeting: Meeting) -> bool | None:
        """Somebody checked in to `meeting` at any panel; None when that cannot be told, and then it stays so."""
        raise NotImplementedError
