"""Sends requests to Graph: token, time limits, Retry-After, a quick repeat, and one error tree.

Long-term pacing is the caller's: a call here takes at most NetworkConfig.total_timeout_s.
Source: reference/graph.md 1.6 (401, claims challenge), 3 (throttling), 5 (errors).
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from secrets import SystemRandom
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from common.clock import AGREEMENT_S, Clock
from graph.answers import Refusal, error_of, http_date, json_of, media_of
from graph.challenge import claims_of
from graph.errors import BadAnswer, Busy, GraphError, NetworkDown, SignInNeeded, TimedOut
from graph.failures import translated
from graph.lanes import Lanes, RetryAfterGate
from graph.reach import Contact, Seen, contact_of
from graph.wire import USER_AGENT, whole_body

log = logging.getLogger(__name__)

ATTEMPTS = 3
QUICK_WAIT_S = 2.0
"""What a person is made to wait for Graph to be ready again; longer is an error at once."""
_random = SystemRandom()
_FIRST_PAUSE_S = 0.3
_MAX_PAGES = 40
_MAX_ITEMS = 4000
PREFER = 'IdType="ImmutableId", outlook.timezone="UTC"'


class TokenSource(Protocol):
    """Where the bearer token comes from (graph.auth.Authenticator)."""

    async def token(self, *, claims: str | None = None, force: bool = False, rejected: str = "") -> str: ...


class HttpSource(Protocol):
    """Where the httpx client comes from (graph.wire.Wire)."""

    def async_client(self) -> httpx.AsyncClient: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `what` names it in logs and errors, so it holds no address; `kind` is its Retry-After gate."""

    what: str
    kind: str
    method: str
    path: str
    """Below graph_url and quoted, or a nextLink."""
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = False
    """Doing it twice is as good as once."""
    about: str = "mailbox"
    media: tuple[str, ...] = ()
    """The media types that are taken in place of JSON; the data of the reply are bytes then."""
    most_bytes: int | None = None
    """None: graph.wire.MAX_BYTES"""


_PROBE = Request(what="probe", kind="probe", method="GET", path="/me", params={"$select": "id"}, repeatable=True)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back with a 2xx; `data` is None for an empty body. `sent_at_s` is monotonic, `sent_at` wall time."""

    status: int
    data: Any
    sent_at_s: float
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Pages:
    """Every item of every page, and when the first page was asked for."""

    items: tuple[Any, ...]
    sent_at_s: float
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class _Raw:
    status: int
    headers: httpx.Headers
    body: bytes
    sent_at_s: float
    sent_at: datetime


class GraphClient:
    """One connection to Graph for one program. Opens nothing before the first request."""

    def __init__(
        self,
        graph_url: str,
        tokens: TokenSource,
        wire: HttpSource,
        clock: Clock,
        *,
        total_timeout_s: float,
        jitter: Callable[[], float] = _random.random,
    ) -> None:
        self._base = graph_url.rstrip("/")
        self._tokens = tokens
        self._wire = wire
        self._clock = clock
        self._total_timeout_s = total_timeout_s
        self._jitter = jitter
        self._lanes = Lanes()
        self._gate = RetryAfterGate(clock)
        self._http: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._out: set[str] = set()
        """Our ids of the requests that have been put on a connection."""
        self.seen = Seen(Contact.NONE, clock.monotonic_s())
        """what the last request met"""

    async def send(self, request: Request, *, user: bool = False) -> Reply:
        """Send `request` and return its answer. Raises GraphError, with both request ids in it."""
        our_id = str(uuid.uuid4())
        try:
            with translated(request.what):
                async with asyncio.timeout(self._total_timeout_s), self._lanes.enter(user=user):
                    reply = await self._repeat(request, our_id)
            self._saw(Contact.ANSWERED)
            return reply
        except GraphError as error:
            self._saw(contact_of(error))
            error.client_request_id = our_id
            error.may_have_arrived = our_id in self._out and _is_uncertain(error)
            log.info(
                "%s: %s, code %s, request-id %s, client-request-id %s",
                request.what,
                type(error).__name__,
                error.code or "-",
                error.request_id or "-",
                our_id,
            )
            raise
        finally:
            self._out.discard(our_id)

    async def probe(self, timeout_s: float) -> Seen:
        """Ask Graph something light, only to learn whether it answers; what it answers does not matter."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.send(_PROBE)
        except GraphError:
            pass  # `seen` knows
        except TimeoutError:
            self._saw(Contact.LOST)
        return self.seen

    def _saw(self, contact: Contact | None) -> None:
        if contact is not None:
            self.seen = Seen(contact, self._clock.monotonic_s())

    async def pages(self, request: Request, *, user: bool = False, most_items: int = _MAX_ITEMS) -> Pages:
        """Follow @odata.nextLink to the end and return all items. Raises BadAnswer rather than return a part."""
        first = reply = await self.send(request, user=user)
        items = _items(request.what, reply)
        followed: set[str] = set()
        while (link := self._next_link(request.what, reply)) is not None:
            if link in followed or len(followed) >= _MAX_PAGES or len(items) > most_items:
                raise BadAnswer(f"{request.what}: the pages do not end ({len(items)} items).")
            followed.add(link)
            reply = await self.send(_page_of(request, link), user=user)
            items += _items(request.what, reply)
        return Pages(tuple(items), first.sent_at_s, first.sent_at)

    async def close(self) -> None:
        """Close the connections. Not to be used afterwards."""
        if self._http is not None:
            await self._http.aclose()

    async def _repeat(self, request: Request, our_id: str) -> Reply:
        for attempt in range(1, ATTEMPTS + 1):
            await self._pass_gate(request.kind)
            try:
                return await self._authorised(request, our_id)
            except (NetworkDown, Busy) as error:
                waits_long = (error.retry_after_s or 0.0) > QUICK_WAIT_S
                if attempt == ATTEMPTS or not request.repeatable or waits_long:
                    raise
            await asyncio.sleep(_FIRST_PAUSE_S * 2 ** (attempt - 1) * (0.5 + self._jitter()))
        raise AssertionError("the last attempt returns or raises")

    async def _pass_gate(self, kind: str) -> None:
        if self._gate.remaining_s(kind) > QUICK_WAIT_S:
            self._gate.check(kind)
        await asyncio.sleep(self._gate.remaining_s(kind))

    async def _authorised(self, request: Request, our_id: str) -> Reply:
        """Send with a token; after a 401 once more with a fresh one (reference/graph.md 1.6)."""
        token = await self._tokens.token()
        raw = await self._exchange(request, token, our_id)
        if raw.status == 401 and _is_bearer_challenge(raw):
            claims = claims_of(raw.headers.get("www-authenticate", ""))
            token = await self._tokens.token(claims=claims, force=True, rejected=token)
            raw = await self._exchange(request, token, our_id)
        return self._judge(request, raw)

    async def _exchange(self, request: Request, token: str, our_id: str) -> _Raw:
        http = await self._opened()
        url = request.path if request.path.startswith("https://") else self._base + request.path
        sent_at_s, sent_at = self._clock.monotonic_s(), self._clock.now()
        self._out.add(our_id)
        with translated(request.what), self._never_out(our_id):
            async with http.stream(
                request.method,
                url,
                params=dict(request.params) or None,
                json=request.body,
                headers=_headers(request, token, our_id),
            ) as response:
                self._compare_clock(response, sent_at_s)
                body = await whole_body(request.what, response, request.most_bytes)
        took_ms = (self._clock.monotonic_s() - sent_at_s) * 1000
        log.debug(
            "%s: %d in %.0f ms, %d bytes, request-id %s, client-request-id %s",
            request.what,
            response.status_code,
            took_ms,
            len(body),
            response.headers.get("request-id", "-"),
            our_id,
        )
        return _Raw(response.status_code, response.headers, body, sent_at_s, sent_at)

    @contextmanager
    def _never_out(self, our_id: str) -> Iterator[None]:
        """Take the id back where no connection came about: nothing of the request has left."""
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError):
            self._out.discard(our_id)
            raise

    def _judge(self, request: Request, raw: _Raw) -> Reply:
        try:
            if raw.status >= 300:
                raise self._error(request, raw)
            data = _data(request, raw) if raw.body or raw.status == 200 else None
        except GraphError as error:
            error.request_id = raw.headers.get("request-id", "")
            raise
        return Reply(raw.status, data, raw.sent_at_s, raw.sent_at)

    def _error(self, request: Request, raw: _Raw) -> GraphError:
        if raw.status == 401 and _is_bearer_challenge(raw):
            return SignInNeeded(
                f"{request.what}: Microsoft 365 refuses our token, fresh as it is.", outcome="token-rejected"
            )
        refusal = Refusal(request.what, request.about, raw.status, raw.headers, raw.body)
        error = error_of(refusal, self._clock.now())
        if isinstance(error, Busy) and error.retry_after_s is not None:
            self._gate.close(request.kind, error.retry_after_s)
        return error

    def _compare_clock(self, response: httpx.Response, sent_at_s: float) -> None:
        """Let the clock know Graph's time. An answer that Graph did not make proves nothing.

        A slow one cannot vouch for the clock; it can still prove it wrong, when it was made neither while we waited
        nor within the agreement of that.
        """
        server_time = http_date(response.headers.get("date", ""))
        if not server_time or response.url.scheme != "https" or "request-id" not in response.headers:
            return
        took_s = self._clock.monotonic_s() - sent_at_s
        behind_s = (self._clock.now() - server_time).total_seconds()
        if took_s < AGREEMENT_S / 2 or not -AGREEMENT_S <= behind_s <= took_s + AGREEMENT_S:
            self._clock.compare(server_time)

    def _next_link(self, what: str, reply: Reply) -> str | None:
        link = reply.data.get("@odata.nextLink")
        if link is None:
            return None
        if not isinstance(link, str) or urlsplit(link)[:2] != urlsplit(self._base)[:2]:
            raise BadAnswer(f"{what}: the link to the next page leads elsewhere.")
        return link

    async def _opened(self) -> httpx.AsyncClient:
        async with self._opening:
            if self._http is None:
                self._http = await asyncio.to_thread(self._wire.async_client)
            return self._http


def _is_uncertain(error: GraphError) -> bool:
    """Return whether Graph may have done what was asked: no answer, half of one, or a gateway's."""
    return isinstance(error, NetworkDown | TimedOut | BadAnswer) or error.status in (500, 502, 504)


def _headers(request: Request, token: str, our_id: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": ", ".join(request.media) or "application/json",
        "Prefer": PREFER,
        "User-Agent": USER_AGENT,
        "client-request-id": our_id,
        "return-client-request-id": "true",
        **request.headers,
    }


def _data(request: Request, raw: _Raw) -> Any:
    if request.media:
        return media_of(request.what, raw.headers, raw.body, request.media)
    return json_of(request.what, raw.headers, raw.body)


def _is_bearer_challenge(raw: _Raw) -> bool:
    """Return whether a 401 came from Graph, not from a proxy's or a network's own sign-in page."""
    challenge = raw.headers.get("www-authenticate", "").casefold()
    return raw.status == 401 and ("request-id" in raw.headers or challenge.startswith("bearer"))


def _page_of(request: Request, link: str) -> Request:
    return Request(
        what=request.what,
        kind=request.kind,
        method="GET",
        path=link,
        headers=request.headers,
        repeatable=True,
        about=request.about,
    )


def _items(what: str, reply: Reply) -> list[Any]:
    values = reply.data.get("value") if isinstance(reply.data, dict) else None
    if not isinstance(values, list):
        raise BadAnswer(f"{what}: the answer is not a list of values.")
    return list(values)
