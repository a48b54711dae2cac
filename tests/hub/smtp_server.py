"""A real SMTP server on the loopback, on asyncio in a thread: STARTTLS, TLS, AUTH PLAIN and LOGIN, and ways to fail.

>>> with SmtpServer(context) as server:                                   # doctest: +SKIP
...     server.fail["DATA"] = "451 4.3.0 try again"
...     MailChannel(settings(server), "https://hub.example").send(message)
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from types import TracebackType
from typing import Self, cast

HANG_UP = "hang up"
SILENCE = "silence"


@dataclass
class Delivered:
    """What one client said, from its EHLO to the end of DATA."""

    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    user: str = ""
    tls: bool = False
    raw: bytes = b""

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=SMTP)

    @property
    def text(self) -> str:
        return str(self.mail.get_content()).replace("\r\n", "\n")


class SmtpServer:
    """`mail` is what it took. `fail` maps a verb (`END`: the end of the data) to an answer, HANG_UP or SILENCE."""

    def __init__(
        self, context: ssl.SSLContext, *, tls: bool = False, starttls: bool = True, password: str = ""
    ) -> None:
        self._context, self._tls, self._starttls, self._password = context, tls, starttls, password
        self.mail: list[Delivered] = []
        self.tried = 0
        self.connections = 0
        self.fail: dict[str, str] = {}
        self.on_end: Callable[[], object] = lambda: None
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp")
        self._open: set[asyncio.StreamWriter] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> None:
        context = self._context if self._tls else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        others = asyncio.all_tasks() - {cast("asyncio.Task[None]", asyncio.current_task())}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await _Dialogue(self, reader, writer).run()
        self._open.discard(writer)
        writer.transport.abort()


class _Dialogue:
    def __init__(self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._delivered = Delivered(tls=server._tls)

    async def run(self) -> None:
        await self._say("CONNECT", "220 mail.example ESMTP")
        while line := await self._reader.readline():
            verb, _, rest = line.decode("ascii").strip().partition(" ")
            await getattr(self, f"_{verb.lower()}", self._unknown)(rest)
            if verb == "QUIT":
                return

    async def _say(self, verb: str, answer: str) -> bool:
        """Answer, or fail as told; whether the answer was the good one."""
        failure = self._server.fail.get(verb)
        if failure == SILENCE:
            await asyncio.Event().wait()
        if failure == HANG_UP:
            self._writer.transport.abort()
            raise ConnectionResetError
        self._writer.write(f"{failure or answer}\r\n".encode())
        await self._writer.drain()
        return failure is None

    async def _unknown(self, rest: str) -> None:
        await self._say("?", "500 unknown")

    async def _ehlo(self, rest: str) -> None:
        more = [] if self._delivered.tls or not self._server._starttls else ["STARTTLS"]
        more += ["AUTH PLAIN LOGIN"] if self._server._password else []
        lines = ["mail.example", *more, "SIZE 1000000"]
        await self._say("EHLO", "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"]))

    async def _starttls(self, rest: str) -> None:
        if await self._say("STARTTLS", "220 go ahead"):
            await self._writer.start_tls(self._server._context)
            self._delivered = Delivered(tls=True)

    async def _auth(self, rest: str) -> None:
        kind, _, initial = rest.partition(" ")
        assert kind == "PLAIN", kind
        _, user, password = base64.b64decode(initial).decode().split("\0")
        if password != self._server._password:
            await self._say("?", "535 5.7.8 authentication failed")
        elif await self._say("AUTH", "235 welcome"):
            self._delivered.user = user

    async def _mail(self, rest: str) -> None:
        self._delivered.sender = rest.partition("<")[2].partition(">")[0]
        await self._say("MAIL", "250 ok")

    async def _rcpt(self, rest: str) -> None:
        to = rest.partition("<")[2].partition(">")[0]
        if await self._say("RCPT", "550 5.1.1 nobody" if to.startswith("nobody@") else "250 ok"):
            self._delivered.recipients += [] if to.startswith("nobody@") else [to]

    async def _data(self, rest: str) -> None:
        self._server.tried += 1
        if not await self._say("DATA", "354 go on"):
            return
        self._delivered.raw = (await self._reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
        self._server.on_end()
        taken = self._delivered
        if (self._server.fail.get("END") or "250")[0] in "2hs":  # taken, although the client may never hear of it
            self._server.mail.append(taken)
        await self._say("END", "250 queued")

    async def _rset(self, rest: str) -> None:
        await self._say("RSET", "250 ok")

    async def _quit(self, rest: str) -> None:
        await self._say("QUIT", "221 bye")
