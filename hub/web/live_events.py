"""GET /events: which units have just changed, as server-sent events; pages then read again what they show of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.responses import JSONResponse, Response, StreamingResponse

from hub.live import Change
from hub.roles import Permission
from hub.web import sessions
from hub.web.rules import Kind, Rule
from hub.web.site import Visit

GATHER_S = 0.2
"""Changes within that time go out together."""

QUIET_S = 15.0
"""A comment at least so often: proxies keep the connection, and a session that ended is noticed."""

LONGEST_S = 1800.0
RETRY_MS = 2000
MOST_PER_SESSION = 6
MOST_STREAMS = 300
ROOM_TOPICS = ("status", "now/room", "e/room", "e/presence")
"""What those may know who only see the room board."""

VISIT_TOPICS = ("e/visit", "e/host-told", "e/evacuation", "evacuation")
"""And those who see visitors; it tells that something changed, not what."""


async def events(visit: Visit) -> Response:
    """A stream for this session; 429 when it has too many."""
    streams, key = visit.site.open_events, visit.session.token_hash
    if streams.get(key, 0) >= MOST_PER_SESSION or sum(streams.values()) >= MOST_STREAMS:
        return JSONResponse({"error": "too many open pages", "hint": "Close some."}, 429, headers={"Retry-After": "60"})
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_counted(visit), media_type="text/event-stream", headers=headers)


async def _counted(visit: Visit) -> AsyncIterator[str]:
    streams, key = visit.site.open_events, visit.session.token_hash
    streams[key] = streams.get(key, 0) + 1
    try:
        async for text in _stream(visit):
            yield text
    finally:
        streams[key] -= 1
        if streams[key] <= 0:
            del streams[key]


async def _stream(visit: Visit) -> AsyncIterator[str]:
    clock = asyncio.get_running_loop().time
    end_s = clock() + LONGEST_S
    with visit.parts.live.listening() as queue:
        yield f"retry: {RETRY_MS}\nevent: hello\ndata: {{}}\n\n"
        while clock() < end_s:
            try:
                first = await asyncio.wait_for(queue.get(), QUIET_S)
            except TimeoutError:
                if not await _signed_in(visit):
                    yield "event: signed-out\ndata: {}\n\n"
                    return
                yield ": still here\n\n"
                continue
            await asyncio.sleep(GATHER_S)
            if text := _message(visit, [first, *_rest(queue)]):
                yield text


def _rest(queue: asyncio.Queue[Change | None]) -> list[Change | None]:
    return [queue.get_nowait() for _ in range(queue.qsize())]


def _message(visit: Visit, changes: list[Change | None]) -> str:
    if None in changes:
        return "event: all\ndata: {}\n\n"
    everything = visit.session.may(Permission.SEE_UNITS)
    known = ROOM_TOPICS + (VISIT_TOPICS if visit.session.may(Permission.SEE_VISITORS) else ())
    seen: dict[str, list[str]] = {}
    for change in changes:
        if change is not None and (everything or change.topic in known):
            seen.setdefault(change.unit, []).append(change.topic)
    if not seen:
        return ""
    found = {unit: sorted(set(topics)) for unit, topics in seen.items()}
    return f"event: change\ndata: {json.dumps(found, ensure_ascii=True)}\n\n"


async def _signed_in(visit: Visit) -> bool:
    token, now_ms, life_ms = visit.session.token_hash, visit.site.now_ms(), visit.site.life_ms
    return await visit.site.read(lambda c: sessions.lasts(c, token, life_ms, now_ms))


RULES = (Rule("GET", "/events", Permission.SEE_ROOMS, events, Kind.DATA),)
