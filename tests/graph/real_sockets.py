"""Real servers on the loopback: a TLS peer that behaves as told, and a forward proxy that does CONNECT."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import trustme

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def http(body: bytes, *, status: str = "200 OK", media: str = "application/json", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\nrequest-id: r\r\n{more}\r\n"
    return head.encode() + body


async def request_of(reader: asyncio.StreamReader) -> str:
    """Return the head of a request, without reading on."""
    return (await reader.readuntil(b"\r\n\r\n")).decode()


def saying(answer: bytes) -> Behaviour:
    """Answer every request of a connection with `answer`."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await request_of(reader)
                writer.write(answer)
                await writer.drain()

    return behave


def cutting(answer: bytes) -> Behaviour:
    """Say a part and hang up."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(answer)
        await writer.drain()

    return behave


def blurting(answer: bytes) -> Behaviour:
    """Answer whatever comes first, TLS or not."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        await writer.drain()

    return behave


async def hanging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take the request and say nothing until the other side goes."""
    await reader.read()


def trickling(pause_s: float) -> Behaviour:
    """Send one byte after another, for ever: no silence is ever long enough for a read time-out."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(pause_s)

    return behave


@contextlib.asynccontextmanager
async def serving(behave: Behaviour, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve on the loopback and give the port; everything is closed and awaited at the end."""
    open_now: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_now.add(task)
        try:
            await behave(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went first
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            open_now.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(open_now):
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)


@dataclass
class Authority:
    """A CA of the test's own."""

    ca: trustme.CA = field(default_factory=trustme.CA)

    def server(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*(names or ("127.0.0.1", "localhost"))).configure_cert(context)
        return context

    def file(self, folder: Path) -> str:
        path = folder / "site-ca.pem"
        self.ca.cert_pem.write_to_path(path)
        return str(path)


@dataclass
class Proxy:
    """A forward proxy: CONNECT only, to one port of the loopback whatever name is asked for."""

    to_port: int
    password: str = ""
    refusal: str = ""
    asked: list[str] = field(default_factory=list)

    async def behave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await request_of(reader)
        self.asked.append(head.split("\r\n", 1)[0])
        wanted = f"Proxy-Authorization: Basic {base64.b64encode(self.password.encode()).decode()}"
        if self.password and wanted.casefold() not in head.casefold():
            self.refusal = "407 Proxy Authentication Required"
        if self.refusal:
            writer.write(f"HTTP/1.1 {self.refusal}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to_port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        finally:
            far_writer.close()
            with contextlib.suppress(OSError):
                await far_writer.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()
