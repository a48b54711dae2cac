"""Pictures of hosts for the guest who typed a whole name: fetched then, in RAM for that guest, never on the disk.

No picture, no mailbox, no licence, not allowed: all of them are normal, the screen keeps the initials, and that host is
not asked for again the same day. The kiosk asks only for hosts whom the shield no longer hides (kiosk.host_search).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Protocol

from common.clock import Clock
from graph.errors import AccessDenied, BadAnswer, BadRequest, GraphError, NotFound
from kiosk.host_search import OTHER
from kiosk.view import PhotoView

log = logging.getLogger(__name__)

MOST_KEPT = 8
"""A guest is shown five hosts at once at the most."""
MOST_WITHOUT = 10_000
TIMEOUT_S = 4.0
PAUSE_AFTER_TROUBLE_S = 60.0
_FOR_TODAY = (NotFound, AccessDenied, BadAnswer, BadRequest)


class PhotoSource(Protocol):
    """graph.people.People."""

    async def photo(self, person: str, *, user: bool = False) -> bytes: ...


Decode = Callable[[bytes], PhotoView | None]


class HostPhotos:
    """The pictures of one guest's search. `decode` blocks, and is called in a worker thread.

    >>> photos = HostPhotos(session.people, portrait, clock)      # doctest: +SKIP
    >>> await photos.of(["b3c1"])                                 # doctest: +SKIP
    {'b3c1': PhotoView(96)}
    """

    def __init__(self, people: PhotoSource, decode: Decode, clock: Clock) -> None:
        self._people = people
        self._decode = decode
        self._clock = clock
        self._kept: dict[str, PhotoView] = {}
        self._without: set[str] = set()
        self._day: date | None = None
        self._again_at_s = 0.0

    def new_session(self) -> None:
        """Somebody else stands at the kiosk."""
        self._kept.clear()

    async def of(self, refs: Sequence[str]) -> Mapping[str, PhotoView]:
        """The pictures of these hosts, as far as there are any within 4 s. Never raises: a picture is an extra."""
        self._begin_day()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                for ref in refs:
                    await self._fetch(ref)
        except TimeoutError:
            self._trouble("no answer in time")
        return {ref: self._kept[ref] for ref in refs if ref in self._kept}

    async def _fetch(self, ref: str) -> None:
        if ref in self._kept or ref in self._without or ref.startswith(OTHER) or not ref:
            return
        if self._clock.monotonic_s() < self._again_at_s:
            return
        try:
            picture = await self._people.photo(ref, user=True)
        except _FOR_TODAY as error:
            log.info("a host has no picture to show: %s %s", type(error).__name__, error.code or "-")
            self._none_today(ref)
        except GraphError as error:
            self._trouble(type(error).__name__)
        else:
            self._keep(ref, await asyncio.to_thread(self._decode, picture))

    def _keep(self, ref: str, photo: PhotoView | None) -> None:
        if photo is None:
            self._none_today(ref)
            return
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[ref] = photo

    def _none_today(self, ref: str) -> None:
        if len(self._without) >= MOST_WITHOUT:
            self._without.clear()
        self._without.add(ref)

    def _trouble(self, what: str) -> None:
        log.info("pictures of hosts: %s; initials for a minute", what)
        self._again_at_s = self._clock.monotonic_s() + PAUSE_AFTER_TROUBLE_S

    def _begin_day(self) -> None:
        today = self._clock.now().date()
        if today != self._day:
            self._day = today
            self._without.clear()
