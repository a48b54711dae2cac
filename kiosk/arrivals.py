"""Guests come and go: the register first, then the host is told and the badge printed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from common.database import StoreError
from kiosk.draft import HostPick, VisitDraft
from kiosk.errands import Errands
from kiosk.events import SignedIn, SignedOut, SignInFailed, SignOutResult, ToldChanged
from kiosk.kiosk_effects import Effect, Reprint, SignIn, SignOut, SignOutByName
from kiosk.ladder import first_channel
from kiosk.model import Channel, Host, LeftBy, Told, Visit, VisitState
from kiosk.register_store import Signature

if TYPE_CHECKING:
    from kiosk.kiosk import Kiosk


class Arrivals:
    """Does SignIn, SignOut, SignOutByName and Reprint; each may be repeated with the same ids."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk
        self._errands = Errands(kiosk.parts.reporter.errand_failed)
        self._asked_by: dict[str, str] = {}
        """visit -> the sign-in that is on the last page, which wants to hear of it"""
        self._reported: set[str] = set()

    @property
    def busy(self) -> bool:
        """Something is under way."""
        return self._errands.busy

    def begin(self, effect: Effect) -> bool:
        """True when this effect is one of ours."""
        match effect:
            case SignIn():
                self._errands.run("signing in", self._sign_in(effect))
            case SignOut(visit_id=visit_id, by=by, session=session):
                self._errands.run("signing out", self._sign_out(visit_id, by, session))
            case SignOutByName():
                self._errands.run("signing out", self._sign_out_by_name(effect))
            case Reprint(visit_id=visit_id):
                self._errands.run("reprint", self._reprint(visit_id))
            case _:
                return False
        return True

    def told(self, visit_id: str, steps: tuple[Told, ...]) -> None:
        """The messenger took a step for this visit."""
        request_id = self._asked_by.get(visit_id)
        if request_id:
            self._kiosk.feed(ToldChanged(request_id, steps))

    async def _sign_in(self, asked: SignIn) -> None:
        visits = [self._visit(draft) for draft in asked.visits]
        signatures = {
            draft.id: Signature(draft.notice_version, draft.signature) for draft in asked.visits if draft.signature
        }
        register = self._kiosk.parts.register
        try:
            stored = await register.sign_in(
                visits, tell=self._channel(visits), signatures=signatures, badges=asked.badge
            )
            for draft in asked.visits:
                if draft.invited:
                    await self._kiosk.parts.records.used(draft.id, draft.until)
        except StoreError as error:
            self._kiosk.parts.reporter.register_failed(str(error.fault))
            self._kiosk.feed(SignInFailed(asked.request_id))
            return
        self._asked_by = {visit.id: asked.request_id for visit in stored[:1]}
        self._kiosk.feed(SignedIn(asked.request_id))
        self._kiosk.parts.messenger.wake()
        if asked.badge:
            self._kiosk.badges.asked(asked.request_id, stored)
        if asked.request_id not in self._reported:
            self._reported = {asked.request_id}
            self._kiosk.parts.reporter.signed_in(stored, asked)

    def _channel(self, visits: list[Visit]) -> Channel | None:
        """Of a type that visits nobody nobody is told."""
        if not visits or not self._kiosk.parts.setup.type(visits[0].type).host:
            return None
        return first_channel(visits[0].host, self._kiosk.config.notify)

    def _visit(self, draft: VisitDraft) -> Visit:
        return Visit(
            id=draft.id,
            type=draft.type,
            state=VisitState.ON_SITE,
            guest=draft.guest,
            host=self.host_of(draft.host),
            language=draft.language,
            notice_version=draft.notice_version,
            in_at=self._kiosk.clock.now(),
            until=draft.until,
            group=draft.group,
        )

    def host_of(self, pick: HostPick) -> Host:
        """The host of the index; for those not on the list the fallback host, or reception."""
        hosts, config = self._kiosk.parts.hosts.hosts, self._kiosk.config
        if pick.listed:
            known = hosts.by_ref(pick.ref) or self._kiosk.parts.codes.invited_host(pick.ref)
        else:
            known = hosts.by_address(config.reception.fallback_host)
        if known:
            return known
        if pick.listed:
            return Host(pick.ref, pick.name, language=config.site.language)
        desk = config.reception
        return Host("", desk.name, desk.fallback_host or desk.address, language=config.site.language, phone=desk.phone)

    async def _reprint(self, visit_id: str) -> None:
        try:
            await self._kiosk.badges.reprint(visit_id)
        except StoreError as error:
            self._kiosk.parts.reporter.register_failed(str(error.fault))

    # --- leaving ---

    async def _sign_out(self, visit_id: str, by: LeftBy, session: int) -> None:
        try:
            left = await self._kiosk.parts.register.sign_out(visit_id, by)
        except StoreError as error:
            self._kiosk.parts.reporter.register_failed(str(error.fault))
            self._kiosk.feed(SignedOut(session, SignOutResult.FAILED))
            return
        if left:
            self._kiosk.parts.reporter.signed_out(by)
        self._kiosk.feed(SignedOut(session, SignOutResult.LEFT if left else SignOutResult.NO_MATCH))
        self._kiosk.desk.list_changed()

    async def _sign_out_by_name(self, asked: SignOutByName) -> None:
        """A match and none take the same time: both write to the register once."""
        visit = await asyncio.to_thread(self._kiosk.parts.register.find_open, asked.name, asked.factor)
        await self._sign_out(visit.id if visit else "0" * 32, LeftBy.GUEST, asked.session)
