"""What a code is that was scanned or typed: an invitation, a badge, or of no use and why."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from common.clock import Clock
from common.database import StoreError
from common.visiting import codes
from common.visiting.tokens import BadgeClaim, Claim, Fault, judge_invitation, judge_time, parse
from kiosk.badge_keys import BadgeKeys
from kiosk.draft import HostPick
from kiosk.events import AlreadyIn, Badge, Invitation, Reading, Refusal, Refused
from kiosk.foreign_codes import Foreign, what_is
from kiosk.invitation_records import INVITED, ExpectedVisits, InvitationRecords
from kiosk.model import Host, Visit, VisitState
from kiosk.settings import InvitationsSection

__all__ = ["CodeReader", "refusal_of"]

_REFUSALS: Mapping[Fault, Refusal] = {
    Fault.TOO_LONG: Refusal.NOT_OURS,
    Fault.NOT_OURS: Refusal.NOT_OURS,
    Fault.DAMAGED: Refusal.FORGED,
    Fault.WRONG_VERSION: Refusal.FAILED,
    Fault.UNKNOWN_KEY: Refusal.FORGED,
    Fault.BAD_SIGNATURE: Refusal.FORGED,
    Fault.CLOCK_UNSURE: Refusal.CLOCK_UNSURE,
    Fault.TOO_EARLY: Refusal.TOO_EARLY,
    Fault.EXPIRED: Refusal.EXPIRED,
    Fault.REVOKED: Refusal.REVOKED,
    Fault.USED: Refusal.USED,
}
MOST_HOSTS = 40
"""Remembered while their guests sign in; more than the flow holds unsaved sign-ins."""

_OVER = (VisitState.LEFT, VisitState.LEFT_ASSUMED)


def refusal_of(fault: Fault) -> Refusal:
    """A fault of a token as the guest is told it."""
    return _REFUSALS[fault]


class CodeReader:
    """Reads codes with what the kiosk knows. `last_fault` and `last_foreign` are for telemetry and for kind words.

    Single use per direction: an invitation signs in once; scanned again, it asks whether its guest leaves; after
    that it is used. The register decides, so that a power cut changes nothing.
    """

    def __init__(
        self,
        settings: InvitationsSection,
        keys: Mapping[int, Ed25519PublicKey],
        records: InvitationRecords,
        visits: ExpectedVisits,
        badges: BadgeKeys,
        clock: Clock,
        *,
        code_tries_per_min: int = 5,
    ) -> None:
        self._early = timedelta(minutes=settings.early_min)
        self._late = timedelta(minutes=settings.late_min)
        self._keys = keys
        self._records = records
        self._visits = visits
        self._badges = badges
        self._clock = clock
        self._tries = codes.Tries(code_tries_per_min)
        self._hosts: OrderedDict[str, Host] = OrderedDict()
        self.last_fault: Fault | None = None
        self.last_foreign: Foreign | None = None

    async def read(self, text: str) -> Reading:
        """What this code is. No input raises; a register that fails is Refusal.FAILED."""
        self.last_foreign = None
        match parse(text):
            case Claim() as claim:
                return await self._invitation(claim)
            case BadgeClaim() as badge:
                return await self._badge(badge)
            case fault:
                if fault in (Fault.NOT_OURS, Fault.TOO_LONG):
                    self.last_foreign = what_is(text)
                return self._refused(fault)

    async def check(self, typed: str) -> Reading:
        """Whose code was typed. A mistyped one costs no try; an unknown one does."""
        self.last_fault = None
        code = codes.normalised(typed)
        if not code:
            return Refused(Refusal.UNKNOWN_CODE)
        now_s = self._clock.monotonic_s()
        if not self._tries.left(now_s):
            return Refused(Refusal.TOO_MANY_TRIES)
        self._tries = self._tries.tried(now_s)
        found = self._records.ledger.by_code(code)
        if found is None:
            return Refused(Refusal.UNKNOWN_CODE)
        visit_id, coded = found
        opens, closes = coded.start - self._early, coded.end + self._late
        fault = judge_time(opens, closes, self._clock.now(), clock_sure=self._clock.synchronised())
        return await self._known(visit_id, coded.end, fault)

    def invited_host(self, ref: str) -> Host | None:
        """The host of an invitation that was opened lately, with the address to tell; None for other refs."""
        return self._hosts.get(ref)

    async def _invitation(self, claim: Claim) -> Reading:
        fault = judge_invitation(
            claim,
            self._keys,
            self._clock.now(),
            clock_sure=self._clock.synchronised(),
            early=self._early,
            late=self._late,
            revoked=self._records.ledger.revoked,
        )
        if fault in (Fault.UNKNOWN_KEY, Fault.BAD_SIGNATURE, Fault.REVOKED):
            return self._refused(fault)
        return await self._known(claim.visit_id, claim.end, fault)

    async def _known(self, visit_id: str, end: datetime, fault: Fault | None) -> Reading:
        """A true invitation. Its guest may leave with it at any time; the time is judged for coming only."""
        try:
            visit = await self._visits.by_id(visit_id)
        except StoreError:
            return Refused(Refusal.FAILED)
        if visit is not None and visit.state is VisitState.ON_SITE:
            return AlreadyIn(visit_id)
        if visit_id in self._records.ledger.used or (visit is not None and visit.state in _OVER):
            return self._refused(Fault.USED)
        if fault is None and visit is not None and visit.state is VisitState.NO_SHOW:
            fault = Fault.EXPIRED
        if fault:
            return self._refused(fault)
        if visit is not None:
            self._remember(visit.host)
        return _opened(visit_id, visit, end)

    def _remember(self, host: Host) -> None:
        if host.ref.startswith(INVITED):
            self._hosts[host.ref] = host
            while len(self._hosts) > MOST_HOSTS:
                self._hosts.popitem(last=False)

    async def _badge(self, claim: BadgeClaim) -> Reading:
        now, clock_sure = self._clock.now(), self._clock.synchronised()
        fault = self._badges.judge(claim, now, clock_sure=clock_sure)
        if fault is not None:
            self.last_fault = fault
            return Refused(Refusal.BADGE_OVER if fault is Fault.EXPIRED else Refusal.FORGED)
        try:
            visit = await self._visits.by_id(claim.visit_id)
        except StoreError:
            return Refused(Refusal.FAILED)
        if visit is None or visit.state is not VisitState.ON_SITE:
            self.last_fault = Fault.USED
            return Refused(Refusal.BADGE_OVER)
        return Badge(claim.visit_id)

    def _refused(self, fault: Fault) -> Refused:
        self.last_fault = fault
        return Refused(refusal_of(fault))


def _opened(visit_id: str, visit: Visit | None, end: datetime) -> Invitation:
    """Without the record the guest types name and host."""
    if visit is None:
        return Invitation(visit_id, until=end)
    host = HostPick(visit.host.ref, visit.host.name)
    return Invitation(visit_id, visit.type, visit.guest, host, visit.until or end)
