"""Asks Microsoft 365 what the doctor needs to know. Reads only; the one write is a free event, and only when asked for.

Nothing here raises for what Graph refuses: a refusal is a fact.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx

from common.clock import Clock
from graph import certificate, fields
from graph.answers import error_object
from graph.client import Request
from graph.config import GraphConfig
from graph.doctor_facts import Asked, Facts, OutsideSeen, Refusal, RoomSeen, SignInSeen, WriteTest
from graph.doctor_room_rules import LEFT_BEHIND_SUBJECT
from graph.errors import AccessDenied, GraphError, SignInNeeded
from graph.exchange import RoomSettings
from graph.failures import translated
from graph.model import ShowAs
from graph.reading import Reader
from graph.token_claims import claims_of
from graph.wire import USER_AGENT, whole_body

DAYS_AROUND = 7
"""The days before and after today whose meetings are looked at."""
_POLICY_WORDS = "access to odata is disabled"
_KIND = "calendar"


class WitnessClock:
    """A clock that remembers how far it was from the times it was compared with."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.off_s: float | None = None

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic_s(self) -> float:
        return self._clock.monotonic_s()

    def synchronised(self) -> bool:
        return self._clock.synchronised()

    def compare(self, server_time: datetime) -> None:
        self.off_s = (self._clock.now() - server_time).total_seconds()
        self._clock.compare(server_time)


@dataclass(frozen=True, slots=True)
class Probe:
    """One examination. `zone` is the rooms'."""

    reader: Reader
    config: GraphConfig
    clock: WitnessClock
    zone: ZoneInfo

    async def facts(self, asked: Asked, exchange: dict[str, RoomSettings] | None, *, write_test: bool) -> Facts:
        """Return everything there is to see."""
        expires, certificate_error = self._certificate()
        sign_in = await self._sign_in()
        signed_in = sign_in.error is None
        rooms = [await self._room(room, asked, write_test=write_test) for room in asked.rooms if signed_in]
        outside = await self._outside(asked.out_of_scope) if signed_in and asked.out_of_scope else None
        return Facts(
            asked=asked,
            sign_in=sign_in,
            rooms=tuple(rooms),
            outside=outside,
            clock_off_s=self.clock.off_s,
            certificate_expires=expires,
            certificate_error=certificate_error,
            exchange=exchange,
        )

    def _certificate(self) -> tuple[datetime | None, GraphError | None]:
        if self.config.shape != "app-only":
            return None, None
        try:
            return certificate.expires_at(self.config.certificate_file), None
        except SignInNeeded as error:
            return None, error

    async def _sign_in(self) -> SignInSeen:
        """Ask for a fresh token: the one in the file may be older than what the admin just changed."""
        try:
            return SignInSeen(claims=claims_of(await self.reader.session.auth.token(force=True)))
        except GraphError as error:
            return SignInSeen(error=error)

    async def _room(self, room: str, asked: Asked, *, write_test: bool) -> RoomSeen:
        today = self.clock.now()
        start, end = today - timedelta(days=DAYS_AROUND), today + timedelta(days=DAYS_AROUND)
        try:
            read = await self.reader.session.calendars.view(room, start, end, zone=self.zone)
        except AccessDenied as error:
            return RoomSeen(room=room, error=error, refusal=await self._who_refused(self._owner(room)))
        except GraphError as error:
            return RoomSeen(room=room, error=error)
        rights = await self._calendar(room)
        return RoomSeen(
            room=room,
            events=read.events,
            can_edit=_flag(rights, "canEdit"),
            can_view_private=_flag(rights, "canViewPrivateItems"),
            write_test=await self._write_test(room) if write_test and asked.books else WriteTest.NOT_TRIED,
        )

    async def _calendar(self, room: str) -> dict[str, Any]:
        """Return the calendar resource (canEdit, canViewPrivateItems), or {} when Graph does not give it."""
        request = Request(
            what="read calendar",
            kind=_KIND,
            method="GET",
            path=f"{self._owner(room)}/calendar",
            params={"$select": "name,canEdit,canViewPrivateItems"},
            repeatable=True,
        )
        try:
            reply = await self.reader.client.send(request)
        except GraphError:
            return {}
        return reply.data if isinstance(reply.data, dict) else {}

    async def _write_test(self, room: str) -> WriteTest:
        """Make a free event a year ago and delete it: no screen and no person looks there."""
        start = self.clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=365)
        body = {
            "subject": LEFT_BEHIND_SUBJECT,
            "start": fields.utc_object(start),
            "end": fields.utc_object(start + timedelta(minutes=15)),
            "showAs": ShowAs.FREE.value,
            "isReminderOn": False,
            "transactionId": str(uuid.uuid4()),
        }
        path = f"{self._owner(room)}/events"
        create = Request(what="write test", kind=_KIND, method="POST", path=path, body=body, repeatable=True)
        try:
            reply = await self.reader.client.send(create)
            event_id = fields.needed_text(fields.record(reply.data, "An event"), "id")
        except AccessDenied:
            return WriteTest.REFUSED
        except GraphError:
            return WriteTest.NOT_TRIED
        return await self._deleted(f"{path}/{quote(event_id, safe='')}")

    async def _deleted(self, path: str) -> WriteTest:
        delete = Request(
            what="end of write test", kind=_KIND, method="DELETE", path=path, repeatable=True, about="event"
        )
        try:
            await self.reader.client.send(delete)
        except GraphError:
            return WriteTest.LEFT_BEHIND
        return WriteTest.PASSED

    async def _outside(self, address: str) -> OutsideSeen:
        now = self.clock.now()
        owner = f"/users/{quote(address, safe='@')}"
        request = Request(
            what="out-of-scope mailbox",
            kind=_KIND,
            method="GET",
            path=f"{owner}/calendarView",
            params={**_window(now), "$select": "id", "$top": "1"},
            repeatable=True,
        )
        try:
            await self.reader.client.send(request)
        except AccessDenied as error:
            return OutsideSeen(address, error, await self._who_refused(owner))
        except GraphError as error:
            return OutsideSeen(address, error)
        return OutsideSeen(address, None)

    async def _who_refused(self, owner: str) -> Refusal:
        """Ask once more and look at the text, which graph.answers never does (it changes, and may name people)."""
        try:
            with translated("refusal"):
                async with await asyncio.to_thread(self.reader.wire.async_client) as http:
                    message = await self._refusal_text(http, owner)
        except GraphError:
            return Refusal.RIGHTS
        return Refusal.ACCESS_POLICY if _POLICY_WORDS in message.casefold() else Refusal.RIGHTS

    async def _refusal_text(self, http: httpx.AsyncClient, owner: str) -> str:
        token = await self.reader.session.auth.token()
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": USER_AGENT}
        url = f"{self.config.graph_url.rstrip('/')}{owner}/calendarView"
        async with http.stream("GET", url, params=_window(self.clock.now()), headers=headers) as response:
            message = error_object(await whole_body("refusal", response)).get("message")
        return message if isinstance(message, str) else ""

    def _owner(self, room: str) -> str:
        return "/me" if self.config.shape == "room-account" else f"/users/{quote(room, safe='@')}"


def _window(now: datetime) -> dict[str, str]:
    return {"startDateTime": fields.iso_utc(now), "endDateTime": fields.iso_utc(now + timedelta(hours=1))}


def _flag(source: dict[str, Any], name: str) -> bool | None:
    value = source.get(name)
    return value if isinstance(value, bool) else None


def unique(addresses: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses once each, in order, whatever their case."""
    return tuple({address.casefold(): address for address in reversed(list(addresses))}.values())[::-1]
