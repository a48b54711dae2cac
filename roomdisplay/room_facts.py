"""What Places says of this room: floor, seats, equipment; read once a day, and kept in RAM."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from graph.errors import GraphError
from graph.model import Place
from graph.places import Places
from roomdisplay.settings import RoomSection
from roomdisplay.words import Words

log = logging.getLogger(__name__)

DAY_S = 24 * 3600.0
RETRY_S = 60.0


class RoomFacts:
    """The line under the room's name: from the configuration, else from Places."""

    def __init__(self, room: RoomSection, places: Places) -> None:
        self._room = room
        self._places = places
        self.place: Place | None = None
        self._again = asyncio.Event()

    def detail(self, words: Words) -> str:
        """2. sal · 8 pladser · Skærm · Teams"""
        return self._room.detail or (describe(self.place, words) if self.place else "")

    async def run(self) -> None:
        """Read the place now and then each day; a failure only means a shorter line."""
        if self._room.detail:
            return
        while True:
            try:
                self.place = await self._places.room(self._room.address)
            except GraphError as error:
                log.info("places: %s code=%s", type(error).__name__, error.code)
            await self._wait(DAY_S if self.place else RETRY_S)

    def soon(self) -> None:
        """Ask again now: the panel has just been signed in."""
        self._again.set()

    async def _wait(self, seconds: float) -> None:
        self._again.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._again.wait()


def describe(place: Place, words: Words) -> str:
    """Floor, seats and equipment of a room on one line."""
    parts = [floor(place, words)]
    if place.capacity:
        parts.append(words.n("{count} seat", "{count} seats", place.capacity))
    if place.display_device:
        parts.append(words.t("Display"))
    if place.video_device:
        parts.append(place.video_device if len(place.video_device) <= 12 else words.t("Video"))
    elif place.audio_device:
        parts.append(words.t("Audio"))
    return " · ".join(part for part in parts if part)


def floor(place: Place, words: Words) -> str:
    """2. sal; ground floor where the number is 0, a basement below it."""
    if place.floor_label:
        return place.floor_label
    if place.floor_number is None:
        return ""
    return _numbered(place.floor_number, words)


def _numbered(number: int, words: Words) -> str:
    if number > 0:
        return words.t("Floor {number}", number=number)
    if number < -1:
        return words.t("Basement {number}", number=-number)
    return words.t("Basement") if number else words.t("Ground floor")
