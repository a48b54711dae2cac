"""Shares this kiosk's visits with the site through the hub, sealed by day (docs/decisions/0014).

    register changes -> a new version in `shares` -> sealed to the hub's key of the visit's day -> outbox
    hub -> agent -> control socket `visit` -> opened with our key of that day -> register, if newer

A version counts as told when the outbox has it on the disk; a kill before that tells it again. What the hub has no key
for waits in the register. At the start, and once a day, all open visits are told again.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from common.control import ControlError
from common.database import StoreError
from common.visiting.sealed_visit import VisitRefused, seal_visit
from common.visiting.shared_visit import SharedVisit
from kiosk.day_transport import open_sealed, own_keys
from kiosk.register import Register
from kiosk.register_store import RegisterStore, WriteTime
from kiosk.shared_telling import Business
from kiosk.shared_visits import Telling, apply_shared, outgoing
from telemetry.messages import SharingKeys
from telemetry.outbox import EventSink
from telemetry.payloads import VisitSealed

__all__ = ["BadgeKeyring", "Sharing"]

ANNOUNCE_EVERY_S = 86400.0
LOOK_S = 30.0
WRITTEN_LOOK_S = 0.05
WRITTEN_LOOKS = 600
HUB_KEYS = "hub-keys"

_log = logging.getLogger(__name__)


class BadgeKeyring(Protocol):
    """What of kiosk.badge_keys.BadgeKeys is needed."""

    def key_of(self, visit_id: str, now: datetime, *, clock_sure: bool) -> bytes: ...

    def know(self, keys: Mapping[str, bytes]) -> None: ...


class Sharing:
    """Sharing of one register, which has it enabled or not. `on_taken` hears of visits that came from elsewhere,
    `on_telling` of those, by id, whose host is told from here, and whether that begins only now.

    Where sharing is off nothing is told, and what comes is refused.
    """

    def __init__(
        self,
        register: Register,
        outbox: EventSink,
        badges: BadgeKeyring,
        site: str,
        telling: Telling | None = None,
    ) -> None:
        self._register = register
        self._outbox = outbox
        self._badges = badges
        self._site = site
        self._telling = telling or Telling()
        self._stirred = asyncio.Event()
        self._announce_s = float("-inf")
        self._complained = False
        self.on_taken: Callable[[], None] = lambda: None
        self.on_telling: Callable[[str, bool], None] = lambda visit_id, begins: None
        register.on_change = self._stirred.set

    async def run(self) -> None:
        """Tell the hub what changes, for ever; returns at once where sharing is off."""
        while self._register.shared:
            self._stirred.clear()
            try:
                await self.turn()
                self._complained = False
            except StoreError as error:
                if not self._complained:
                    _log.error("sharing: the register %s; tried again", error.fault)
                self._complained = True
            await self._pause()

    async def turn(self) -> None:
        """Tell what is to be told now. Raises StoreError."""
        now_s = self._register.clock.monotonic_s()
        if now_s - self._announce_s >= ANNOUNCE_EVERY_S:
            await self._write(lambda store, at: store.shares.announce())
            await self._learn_badges()
            self._announce_s = now_s
        while await self._send():
            pass

    async def exchange(self, given: object) -> dict[str, Any]:
        """Take the hub's keys by day (none: those known stay), and answer with ours.

        `keys` are this kiosk's, by day; `waiting` is how many visits the hub has not been told.

        Raises:
            ControlError: what was given are no keys.
            StoreError: the register does not take them now.
        """
        keys = _checked(given)
        if not self._register.shared:
            return {"keys": {}, "waiting": 0}
        days = self._register.settings.retention_days
        if keys:
            await self._write(lambda store, at: _note_keys(store, keys))
            self._stirred.set()

        def work(store: RegisterStore, at: WriteTime) -> tuple[dict[str, str], int]:
            return own_keys(store, at, days), len(store.shares.unsent())

        own, waiting = await self._register.apply(work, refresh=False)
        return {"keys": own, "waiting": waiting}

    async def take(self, sealed: bytes) -> bool:
        """A visit from the hub. False: it was known already, or is to be forgotten by now.

        Raises:
            VisitRefused: it does not open here, or sharing is off.
            StoreError: the register does not take it now.
        """
        if not self._register.shared:
            raise VisitRefused("Visits are not shared with this kiosk ([sharing] enabled).")
        settings, zone = self._register.settings, self._register.zone
        taken = await self._register.apply(
            lambda store, at: apply_shared(store, at, open_sealed(store, sealed), settings, zone, self._telling)
        )
        if taken is None:
            return False
        if taken.business is not Business.NONE:
            self.on_telling(taken.visit_id, taken.business is Business.BEGINS)
        await self._learn_badges()
        self.on_taken()
        return True

    # --- telling ---

    async def _send(self) -> bool:
        """One portion; False when there is nothing more to tell now, or the outbox cannot write it down."""
        if self._outbox.state.fault:
            return False
        keys, found = await self._register.apply(self._collect, refresh=False)
        sealed = [(visit, keys[visit.day.isoformat()]) for visit in map(self._with_badge_key, found)]
        before = self._outbox.state.lost
        for visit, key in sealed:
            self._outbox.put(VisitSealed(_text(seal_visit(visit, _public(key)))))
        if not sealed or not await self._written(before):
            return False

        def note(store: RegisterStore, at: WriteTime) -> None:
            for visit, key in sealed:
                store.shares.sent(visit, key)

        await self._write(note)
        return True

    def _collect(self, store: RegisterStore, at: WriteTime) -> tuple[dict[str, str], tuple[SharedVisit, ...]]:
        keys = _hub_keys(store)
        return keys, outgoing(store, frozenset(keys), self._site)

    def _with_badge_key(self, visit: SharedVisit) -> SharedVisit:
        if visit.badge_key or not visit.present:
            return visit
        clock = self._register.clock
        key = self._badges.key_of(visit.id, clock.now(), clock_sure=clock.synchronised())
        return msgspec.structs.replace(visit, badge_key=key)

    async def _written(self, lost: int) -> bool:
        """Whether all that was put is on the disk; False when it was lost, or the disk takes too long."""
        state = self._outbox.state
        target = state.written + state.waiting
        for _ in range(WRITTEN_LOOKS):
            state = self._outbox.state
            if state.lost != lost or state.written >= target:
                return state.lost == lost
            await asyncio.sleep(WRITTEN_LOOK_S)
        return False

    async def _learn_badges(self) -> None:
        self._badges.know(await self._register.apply(lambda store, at: store.shares.badge_keys(), refresh=False))

    async def _write(self, work: Callable[[RegisterStore, WriteTime], None]) -> None:
        def within(store: RegisterStore, at: WriteTime) -> None:
            with store.transaction():
                work(store, at)

        await self._register.apply(within, refresh=False)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                await self._stirred.wait()
        except TimeoutError:
            return


def _checked(given: object) -> dict[str, str]:
    try:
        keys = msgspec.convert({"keys": given}, SharingKeys).keys
        for text in keys.values():
            X25519PrivateKey.generate().exchange(_public(text))  # a point of low order, which nothing can be sealed to
    except ValueError as error:
        raise ControlError(f"keys are X25519 public keys in base64url by day: {error}.") from error
    return keys


def _note_keys(store: RegisterStore, keys: Mapping[str, str]) -> None:
    if keys != _hub_keys(store):
        store.meta.set(HUB_KEYS, json.dumps(keys))
        store.shares.rekeyed(keys)


def _hub_keys(store: RegisterStore) -> dict[str, str]:
    kept = store.meta.get(HUB_KEYS)
    return dict(json.loads(kept)) if isinstance(kept, str) else {}


def _public(text: str) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(text + "="))


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")
