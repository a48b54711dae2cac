"""What a guest looks for: hosts behind the shield, and whose a code is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kiosk.errands import Errands
from kiosk.events import HostsFound, InvitationRead, SearchProblem
from kiosk.host_search import Budget, search, with_photos, with_presence
from kiosk.kiosk_effects import CheckCode, Effect, ReadCode, SearchHosts
from kiosk.model import HostHit

if TYPE_CHECKING:
    from kiosk.kiosk import Kiosk

PAUSE_S = 0.12
"""A search begins when nobody has typed for so long. Hits are to be on the screen 300 ms after the last letter."""


class Searching:
    """Answers SearchHosts, ReadCode and CheckCode."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk
        self._budget = Budget()
        self._typing: asyncio.Task[None] | None = None
        self._errands = Errands(kiosk.parts.reporter.errand_failed)

    @property
    def busy(self) -> bool:
        """Something is looked for."""
        return self._errands.busy or (self._typing is not None and not self._typing.done())

    def new_session(self) -> None:
        """Somebody else stands at the kiosk."""
        self._budget = self._budget.new_session()
        if self._typing:
            self._typing.cancel()
        if self._kiosk.parts.photos:
            self._kiosk.parts.photos.new_session()

    def begin(self, effect: Effect) -> bool:
        """True when this effect is one of ours."""
        match effect:
            case SearchHosts():
                if self._typing:
                    self._typing.cancel()
                self._typing = asyncio.get_running_loop().create_task(self._search(effect), name="host search")
            case ReadCode(text=text, session=session):
                self._errands.run("reading a code", self._read(text, session))
            case CheckCode(code=code, session=session):
                self._errands.run("checking a code", self._check(code, session))
            case _:
                return False
        return True

    async def _search(self, wanted: SearchHosts) -> None:
        await asyncio.sleep(PAUSE_S)
        kiosk, hosts = self._kiosk, self._kiosk.parts.hosts
        rules = kiosk.config.hosts
        found = search(hosts.hosts, wanted.text, self._budget, kiosk.clock.monotonic_s(), rules)
        self._budget = found.budget
        if found.problem is SearchProblem.BUDGET:
            kiosk.parts.reporter.search_budget()
        kiosk.feed(HostsFound(wanted.session, wanted.text, found.hits, found.problem))
        hits = found.hits
        if hits and rules.presence:
            hits = with_presence(hits, await hosts.presences([hit.ref for hit in hits]))
            kiosk.feed(HostsFound(wanted.session, wanted.text, hits))
        await self._show_photos(wanted, hits)

    async def _show_photos(self, wanted: SearchHosts, hits: tuple[HostHit, ...]) -> None:
        """Of those whom the shield no longer hides; nobody waits for them."""
        photos = self._kiosk.parts.photos
        shown = [hit.ref for hit in hits if hit.whole_name]
        if photos is None or not shown:
            return
        if found := await photos.of(shown):
            self._kiosk.feed(HostsFound(wanted.session, wanted.text, with_photos(hits, found)))

    async def _read(self, text: str, session: int) -> None:
        reading = await self._kiosk.parts.codes.read(text)
        self._kiosk.parts.reporter.code_read(self._kiosk.parts.codes.last_fault)
        self._kiosk.feed(InvitationRead(session, reading))

    async def _check(self, code: str, session: int) -> None:
        self._kiosk.feed(InvitationRead(session, await self._kiosk.parts.codes.check(code)))
