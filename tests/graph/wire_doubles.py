"""What stands in for the network below httpx: the client, msal and all of our code above it are the real ones."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import httpx

from common.clock import ManualClock
from graph.client import GraphClient
from graph.errors import GraphError

ROOM = "sal-1@contoso.example"
ZONE = ZoneInfo("Europe/Copenhagen")
START = datetime(2026, 11, 23, 7, tzinfo=UTC)
END = datetime(2026, 11, 23, 19, tzinfo=UTC)
GRAPH = "https://graph.microsoft.com/v1.0"


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body as the network brings it: in two pieces."""

    def __init__(self, body: bytes) -> None:
        self._pieces = (body[: len(body) // 2], body[len(body) // 2 :])

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


Answer = httpx.Response | Exception


def ok(data: Any, status: int = 200, **headers: str) -> httpx.Response:
    """Answer as Graph does; `retry_after="17"` is the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=data, headers={"request-id": "r-1", **named})


def empty(status: int) -> httpx.Response:
    return httpx.Response(status, headers={"request-id": "r-1"})


def refusal(status: int, code: str, inner: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
    error: dict[str, Any] = {"code": code, "message": "Anna Berg <anna@contoso.example> may not."}
    if inner:
        error["innerError"] = inner
    return ok({"error": error}, status, **headers)


class Script:
    """Answers requests from a list, in order; the last answer is for all that follow. Keeps what was asked."""

    def __init__(self, *answers: Answer | Callable[[httpx.Request], Answer]) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if callable(answer) and not isinstance(answer, Exception):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, stream=_Stream(answer.content))

    def json(self, place: int = -1) -> Any:
        return json.loads(self.requests[place].content)

    def form(self, place: int = -1) -> dict[str, str]:
        return dict(parse_qsl(self.requests[place].content.decode(), keep_blank_values=True))

    def async_client(self) -> httpx.AsyncClient:
        """Be a graph.wire.Wire."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self))


class Tokens:
    """Gives tokens by number, and remembers what it was asked."""

    def __init__(self, error: GraphError | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.error = error
        self._number = 1

    async def token(self, *, claims: str | None = None, force: bool = False, rejected: str = "") -> str:
        if self.error:
            raise self.error
        if force:
            self.asked.append({"claims": claims, "rejected": rejected})
            self._number += 1
        return f"token-{self._number}"


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 23, 8, 0, 30, tzinfo=UTC))


def client_of(
    script: Script,
    *,
    tokens: Tokens | None = None,
    time: ManualClock | None = None,
    total_timeout_s: float = 5,
    jitter: float = -0.5,
) -> GraphClient:
    """Return a client; with the default `jitter` its pauses take no time."""
    return GraphClient(
        GRAPH,
        tokens or Tokens(),
        script,
        time or clock(),
        total_timeout_s=total_timeout_s,
        jitter=lambda: jitter,
    )


def event(**changes: Any) -> dict[str, Any]:
    """An event as calendarView sends it."""
    plain: dict[str, Any] = {
        "@odata.etag": 'W/"v1"',
        "id": "AAMk/1+=",
        "subject": "Budget",
        "start": {"dateTime": "2026-11-23T08:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-23T09:00:00.0000000", "timeZone": "UTC"},
        "isAllDay": False,
        "isCancelled": False,
        "showAs": "busy",
        "sensitivity": "normal",
        "organizer": {"emailAddress": {"name": "Anna Berg", "address": "anna@contoso.example"}},
        "type": "singleInstance",
        "seriesMasterId": None,
        "responseStatus": {"response": "accepted", "time": "2026-11-01T08:00:00Z"},
        "iCalUId": "0400-1",
        "isOrganizer": False,
        "isOnlineMeeting": False,
    }
    return {**plain, **changes}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in event().items() if key != name}
