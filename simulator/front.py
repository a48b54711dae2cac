"""The door of the tenant: reads a request, lets a fault strike, asks sign-in or Graph, writes the log."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from simulator.answers import json_answer
from simulator.api.errors import throttled
from simulator.api.service import GraphRequest, GraphService
from simulator.faults import Fault
from simulator.journal import Entry
from simulator.login.endpoints import LoginCall, handle, read_form
from simulator.spoiling import REPLACING, replacement, spoilt
from simulator.tenant import Tenant

BODY_LIMIT = 4_000_000
KEPT_BODY = 4_000


class NobodyWaits(Exception):  # noqa: N818 - not an error: the client gave up on a fault that hangs
    """Raised when there is nobody left to answer."""


class Front:
    """The ASGI application for everything but the control calls."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.graph = GraphService(tenant)
        self.closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began_s = time.perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        body = await _read(receive)
        now = self.tenant.now()
        entry = self.tenant.journal.open(_entry(scope, headers, query, body or b"", now))
        fault = self.tenant.faults.pick(scope["method"], scope["path"], query)
        status = 0
        try:
            if body is None:
                response = Response("Payload too large", 413)
            else:
                request = GraphRequest(scope["method"], scope["path"], query, headers, body, _base_url(scope, headers))
                response = await self._respond(request, entry, fault, receive, now)
            entry.request_id = response.headers.get("request-id", "")
            status = await self._send(response, fault, send)
        except NobodyWaits:
            pass
        finally:
            self.tenant.journal.close(entry, status, (time.perf_counter() - began_s) * 1000)

    async def _respond(
        self, request: GraphRequest, entry: Entry, fault: Fault | None, receive: Receive, now: datetime
    ) -> Response:
        if not request.path.startswith("/v1.0/"):
            return await self._faulted(lambda at: self._login(request, at), request, entry, fault, receive, now)
        key = self.graph.throttle_key(request)
        if key is None:
            return await self._faulted(lambda at: self.graph.answer(request, at), request, entry, fault, receive, now)
        entry.client_id, entry.account = key
        throttle = self.tenant.throttle
        retry_after_s = throttle.enter(key, now)
        if retry_after_s is not None:
            return _throttled(retry_after_s, request, now)
        try:
            return await self._faulted(lambda at: self.graph.answer(request, at), request, entry, fault, receive, now)
        finally:
            throttle.leave(key)

    async def _faulted(
        self,
        real: Callable[[datetime], Response],
        request: GraphRequest,
        entry: Entry,
        fault: Fault | None,
        receive: Receive,
        now: datetime,
    ) -> Response:
        if fault is None:
            return real(now)
        entry.fault = fault.id
        answer = real(now) if fault.after else None
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.kind == "hang":
            await self._hang(receive)
        if fault.kind in REPLACING:
            return replacement(fault, now, request.headers.get("client-request-id", ""))
        return spoilt(fault, answer or real(self.tenant.now()))

    async def _hang(self, receive: Receive) -> None:
        gone = asyncio.ensure_future(_disconnected(receive))
        closing = asyncio.ensure_future(self.closing.wait())
        _, pending = await asyncio.wait({gone, closing}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        raise NobodyWaits

    def _login(self, request: GraphRequest, now: datetime) -> Response:
        tenant, _, path = request.path.lstrip("/").partition("/")
        call = LoginCall(
            request.method,
            tenant,
            path,
            request.base_url,
            read_form(request.raw_query.encode()),
            read_form(request.body),
            request.headers,
            now,
        )
        return handle(self.tenant.sign_in, call) or Response("Not found", 404)

    async def _send(self, response: Response, fault: Fault | None, send: Send) -> int:
        offset_s = fault.date_offset_s if fault is not None and fault.kind == "date" else 0.0
        stamp = format_datetime(self.tenant.clock.now() + timedelta(seconds=offset_s), usegmt=True)
        headers = [*response.raw_headers, (b"date", stamp.encode())]
        body = bytes(response.body)
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        if fault is not None and fault.kind == "drop":
            # The length was promised and does not come: the server closes the connection in the middle.
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            return 0
        await send({"type": "http.response.body", "body": body})
        return response.status_code


def _throttled(retry_after_s: int, request: GraphRequest, now: datetime) -> Response:
    error = throttled(retry_after_s)
    client_request_id = request.headers.get("client-request-id", "")
    request_id = str(uuid.uuid4())
    headers = error.headers | {"request-id": request_id, "client-request-id": client_request_id or request_id}
    return json_answer(error.body(now, request_id, client_request_id), 429, headers)


async def _read(receive: Receive) -> bytes | None:
    """The body; None if it is longer than anybody needs."""
    parts: list[bytes] = []
    size = 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_LIMIT:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _base_url(scope: Scope, headers: dict[str, str]) -> str:
    host = headers.get("host") or "localhost"
    return f"{scope['scheme']}://{host}"


def _entry(scope: Scope, headers: dict[str, str], query: str, body: bytes, now: datetime) -> Entry:
    return Entry(
        number=0,
        at=now,
        method=scope["method"],
        path=scope["path"],
        query=query,
        client_request_id=headers.get("client-request-id", ""),
        user_agent=headers.get("user-agent", ""),
        prefer=headers.get("prefer", ""),
        body=body[:KEPT_BODY],
    )
