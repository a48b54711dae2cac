"""Waits on the loopback for the browser that comes back from Microsoft's sign-in page (RFC 8252 section 7.3).

Takes one answer whose `state` is the one we gave out; everything else that knocks gets a short page and no attention.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

from common.errors import MyDeskError

HEAD_BYTES = 16 << 10
HEAD_TIMEOUT_S = 10.0
MAX_CONNECTIONS = 16
_DONE = "Back to the terminal: it says whether the sign-in worked. You may close this page."
_STRAY = "This page only takes the answer of a sign-in that was begun in the terminal."


class LoopbackError(MyDeskError):
    """Error raised when the port is taken, or when nobody came back in time."""


class Loopback:
    """The waiting side. `port` is the one it listens on."""

    def __init__(self, port: int, state: str) -> None:
        self.port = port
        self._state = state
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._open: set[asyncio.Task[None]] = set()

    async def answer(self, timeout_s: float) -> str:
        """Return the query the browser brought. Raises LoopbackError."""
        try:
            return await asyncio.wait_for(asyncio.shield(self._answer), timeout_s)
        except TimeoutError as error:
            raise LoopbackError(
                "Nobody came back from the sign-in page in time.",
                hint="Begin again; the browser must be on this machine, or on one with the ssh -L line above.",
            ) from error

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        task = asyncio.current_task()
        if task is None or len(self._open) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._open.add(task)
        try:
            await self._answered(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def close(self) -> None:
        """End connections that are still open: browsers open more than they use."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_TIMEOUT_S)
            query = self._query_of(head)
            writer.write(_page("200 OK", _DONE) if query else _page("404 Not Found", _STRAY))
            await asyncio.wait_for(writer.drain(), HEAD_TIMEOUT_S)
            if query and not self._answer.done():
                self._answer.set_result(query)

    def _query_of(self, head: bytes) -> str:
        """Return the query of a GET that belongs to our sign-in, or ""."""
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        if len(words) != 3 or words[0] != "GET":
            return ""
        try:
            query = urlsplit(words[1]).query
            fields = parse_qs(query, max_num_fields=20)
        except ValueError:
            return ""
        ours = fields.get("state") == [self._state] and ("code" in fields or "error" in fields)
        return query if ours else ""


@asynccontextmanager
async def loopback(port: int, state: str) -> AsyncIterator[Loopback]:
    """Listen on 127.0.0.1:`port`. Raises LoopbackError."""
    waiting = Loopback(port, state)
    try:
        server = await asyncio.start_server(waiting.serve, "127.0.0.1", port, limit=HEAD_BYTES)
    except OSError as error:
        raise LoopbackError(
            f"Port {port} of this machine cannot be used ({error.strerror}).", hint="Choose another with --port."
        ) from error
    try:
        yield waiting
    finally:
        server.close()
        await waiting.close()
        await server.wait_closed()


def _page(status: str, text: str) -> bytes:
    body = f'<!doctype html><meta charset="utf-8"><title>MyDesk</title><p>{text}</p>'.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\nCache-Control: no-store\r\n\r\n"
    )
    return head.encode() + body
