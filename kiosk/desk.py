"""What reception and admins want: help and deliveries, the PIN, who is in the building, the evacuation."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from typing import TYPE_CHECKING

from common.database import StoreError
from common.log_tail import tail
from common.pin import Guard
from drivers.errors import UsageError
from kiosk.admin_facts import AdminFacts
from kiosk.audit import Actor
from kiosk.errands import Errands
from kiosk.evacuation_paper import EvacuationPaper, evacuation_pages
from kiosk.events import OnSite, OnSiteListed, PinChecked, ToldChanged
from kiosk.kiosk_effects import (
    AnnounceDelivery,
    CallReason,
    CallReception,
    CheckPin,
    Effect,
    ListOnSite,
    PrintList,
    ReadAdmin,
    SetEvacuation,
    TickOff,
)
from kiosk.message_texts import DELIVERY, DELIVERY_AT_DESK, HELP
from kiosk.pages import InBuilding
from telemetry.payloads import EvacuationBy

if TYPE_CHECKING:
    from kiosk.kiosk import Kiosk


log = logging.getLogger(__name__)


class Desk:
    """Does the effects that are not about one guest's sign-in."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk
        self._guard = Guard(kiosk.config.admin.pin_hash)
        self._errands = Errands(kiosk.parts.reporter.errand_failed)

    @property
    def busy(self) -> bool:
        """Something is under way."""
        return self._errands.busy

    def begin(self, effect: Effect) -> bool:
        """True when this effect is one of ours."""
        match effect:
            case CallReception(request_id=request_id, reason=reason):
                self._errands.run("calling reception", self._call(request_id, reason))
            case AnnounceDelivery(request_id=request_id, host_ref=ref):
                self._errands.run("announcing a delivery", self._announce(request_id, ref))
            case CheckPin(digits=digits, session=session):
                self._errands.run("checking a PIN", self._check_pin(digits, session))
            case ReadAdmin(page=page):
                self._errands.run("reading the admin page", self._read_admin(page))
            case ListOnSite():
                self._errands.run("listing", self._list())
            case SetEvacuation(active=active):
                self._errands.run("evacuation", self.set_evacuation(active, "reception"))
            case TickOff(visit_id=visit_id, found=found):
                self._errands.run("ticking off", self._tick(visit_id, found))
            case PrintList():
                self._errands.run("printing the list", self._print_list())
            case _:
                return False
        return True

    async def take_up(self) -> None:
        """An evacuation that was on goes on after a restart. A register that fails is told by the health."""
        try:
            await self._kiosk.parts.register.open()
            if await self._kiosk.parts.register.evacuating():
                self._kiosk.evacuation_changed(True)
                self._evacuation_goes_on(await self._kiosk.parts.register.evacuating_since())
        except StoreError as error:
            self._kiosk.parts.reporter.register_failed(str(error.fault))

    async def _call(self, request_id: str, reason: CallReason) -> None:
        text = HELP if reason is CallReason.HELP else DELIVERY_AT_DESK
        self._kiosk.parts.reporter.reception_called(reason)
        told = await self._kiosk.parts.messenger.call_reception(text)
        self._kiosk.feed(ToldChanged(request_id, (told,)))

    async def _announce(self, request_id: str, ref: str) -> None:
        host = self._kiosk.parts.hosts.hosts.by_ref(ref)
        if host is None:
            await self._call(request_id, CallReason.DELIVERY)
            return
        self._kiosk.feed(ToldChanged(request_id, await self._kiosk.parts.messenger.announce(host, DELIVERY)))

    # --- behind the PIN ---

    async def _check_pin(self, digits: str, session: int) -> None:
        now_s = self._kiosk.clock.monotonic_s()
        locked = self._guard.locked_s(now_s)
        right = not locked and await asyncio.to_thread(self._guard.allows, digits, now_s)
        if not right:
            self._kiosk.parts.reporter.wrong_pin()
        self._kiosk.feed(PinChecked(session, right, self._guard.locked_s(now_s)))

    async def _read_admin(self, page: str) -> None:
        self._kiosk.admin_facts = await self.facts(page)
        self._kiosk.refresh()

    async def facts(self, page: str = "status") -> AdminFacts:
        """What the admin pages and `status` tell; nothing about guests."""
        kiosk, parts = self._kiosk, self._kiosk.parts
        auth = parts.session.auth.state
        try:
            waiting = len(await parts.register.messages_due())
        except StoreError:
            waiting = 0
        age = parts.hosts.age
        return AdminFacts(
            unit=kiosk.config.unit.id,
            version=parts.reporter.version,
            account=auth.account,
            signed_in=auth.signed_in,
            hosts_read_at=None if age is None else kiosk.clock.now() - age,
            hosts=len(parts.hosts.hosts),
            labels_left=parts.printing.counter.left,
            waiting_messages=waiting,
            on_site=len(parts.register.open_visits()),
            last_error=parts.register.state.fault,
            log=tail() if page == "log" else (),
        )

    def list_changed(self) -> None:
        """Somebody came or went: the list behind the PIN follows."""
        if isinstance(self._kiosk.state.page, InBuilding):
            self._errands.run("listing", self._list())

    async def people(self) -> tuple[tuple[OnSite, ...], int]:
        """Who is in the building, and how many more whose names cannot be read."""
        found = await self._kiosk.parts.register.evacuation()
        listed = (
            OnSite(
                one.visit.id,
                one.visit.guest.name,
                one.visit.host.name,
                one.visit.type,
                one.visit.in_at,
                one.assumed,
                one.found,
            )
            for one in found.people
        )
        return tuple(listed), found.unreadable

    async def _list(self) -> None:
        people, unreadable = await self.people()
        self._kiosk.feed(OnSiteListed(people, unreadable))

    async def _tick(self, visit_id: str, found: bool) -> None:
        await self._kiosk.parts.register.tick(visit_id, found=found)
        await self._list()

    async def set_evacuation(self, active: bool, by: EvacuationBy) -> None:
        """Begin or end it; it outlives a restart, and the hub hears of it.

        Raises:
            StoreError: the register does not take it. One that begins has begun all the same.
        """
        actor = Actor.KIOSK if by == "reception" else Actor.CONTROL
        try:
            changed = await self._kiosk.parts.register.set_evacuation(active, actor)
        except StoreError:
            if active:
                self._evacuation_set(active, by)
            raise
        if changed or active is not self._kiosk.state.evacuation:
            self._evacuation_set(active, by)

    def _evacuation_set(self, active: bool, by: EvacuationBy) -> None:
        self._kiosk.parts.reporter.evacuation(active, by)
        self._kiosk.evacuation_changed(active)

    def _evacuation_goes_on(self, since: datetime | None) -> None:
        """A kill may have come before the outbox had its beginning on the disk; the hub knows what to make of it."""
        clock = self._kiosk.clock
        if since is not None and clock.synchronised():
            self._kiosk.parts.reporter.evacuation_goes_on(max(0, round((clock.now() - since).total_seconds())))

    async def _print_list(self) -> None:
        parts, people = self._kiosk.parts, await self.people()
        words = parts.catalogues[self._kiosk.config.site.language]
        on = EvacuationPaper(parts.printer.paper, parts.draw, words, parts.setup.zone)
        try:
            pages = await evacuation_pages(people[0], self._kiosk.clock.now(), on, unreadable=people[1])
        except UsageError as error:
            log.error("evacuation list: %s", type(error).__name__)
            pages = ()
        parts.printing.print_list(pages)
