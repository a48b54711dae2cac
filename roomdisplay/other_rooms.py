"""Other rooms that are free now, nearest first: Places for what they are, getSchedule for when they are busy."""

from __future__ import annotations

from datetime import datetime, timedelta

from graph.calendars import Calendars
from graph.errors import GraphError
from graph.model import BusySlot, Place, ShowAs
from graph.places import Places
from roomdisplay.pages import FreeRoom
from roomdisplay.room_facts import describe
from roomdisplay.settings import OtherRoomsSection
from roomdisplay.words import Words

ASK_AHEAD = timedelta(hours=4)
SHORTEST = timedelta(minutes=10)
NOT_BUSY = (ShowAs.FREE, ShowAs.WORKING_ELSEWHERE)


class OtherRooms:
    """The rooms of the site besides our own; the list of places is kept for a day."""

    def __init__(self, calendars: Calendars, places: Places, own_address: str, settings: OtherRoomsSection) -> None:
        self._calendars = calendars
        self._places = places
        self._own = own_address.casefold()
        self._settings = settings
        self._known: tuple[Place, ...] = ()
        self._known_on: datetime | None = None

    async def free(self, now: datetime, words: Words) -> tuple[FreeRoom, ...]:
        """Free rooms, by floor and then by their order on it. Raises GraphError when nobody could be asked."""
        places = await self._places_of_site(now)
        end = now + ASK_AHEAD
        busy = await self._calendars.busy([place.address for place in places], now, end, user=True)
        rooms: list[FreeRoom] = []
        for place in places:
            slots = busy.get(place.address)
            if slots is None or isinstance(slots, GraphError):
                continue  # a room that did not answer is not free
            until = free_until(slots, now)
            if until is None or until - now >= SHORTEST:
                rooms.append(FreeRoom(place.name, describe(place, words), until, free=True))
        return tuple(rooms)

    async def _places_of_site(self, now: datetime) -> tuple[Place, ...]:
        if self._known_on is None or now - self._known_on > timedelta(days=1):
            self._known = await self._places.rooms(user=True)
            self._known_on = now
        own = next((place for place in self._known if place.address.casefold() == self._own), None)
        building = self._settings.building or (own.building if own else "")
        others = [
            place
            for place in self._known
            if place.address.casefold() != self._own and (not building or place.building == building)
        ]
        others.sort(key=lambda place: _distance(place, own))
        return tuple(others[: self._settings.maximum])


def _distance(place: Place, own: Place | None) -> tuple[int, int, str]:
    """Floors away first, then the floor itself, then the name: Places knows no metres."""
    floor = place.floor_number if place.floor_number is not None else 99
    own_floor = own.floor_number if own and own.floor_number is not None else floor
    return abs(floor - own_floor), floor, place.name


def free_until(slots: tuple[BusySlot, ...], now: datetime) -> datetime | None:
    """`now` itself when busy, the next start when free, None when nothing is in sight."""
    busy = [slot for slot in slots if slot.show_as not in NOT_BUSY and slot.end > now]
    if any(slot.start <= now for slot in busy):
        return now
    return min((slot.start for slot in busy), default=None)
