"""The control socket of an app: JSON lines over a unix stream socket, one request, one reply.

    -> {"op": "status", "full": true}
    <- {"ok": true, "state": "free"}            or {"ok": false, "error": "...", "hint": "..."}

Who may connect is a matter of the file's mode (0660) and group; who the peer is comes from the kernel (SO_PEERCRED).
The reply to a request that was understood is never missing: a handler that fails is answered in its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from common.errors import MyDeskError

MAX_REQUEST_BYTES = 64 << 10
MAX_REPLY_BYTES = 8 << 20
MAX_CONNECTIONS = 8
IDLE_TIMEOUT_S = 10.0
HANDLER_TIMEOUT_S = 60.0
WRITE_TIMEOUT_S = 10.0
_PEERCRED = struct.Struct("3i")

_log = logging.getLogger(__name__)


class ControlError(MyDeskError):
    """Error raised when a control socket cannot be opened or reached, or when the app refused."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a peer asks; `args` is all of the JSON object but `op`. `uid` is the peer's, told by the kernel."""

    op: str
    args: Mapping[str, Any]
    uid: int
    pid: int

    @property
    def is_root(self) -> bool:
        """Whether the peer may see what only root may."""
        return self.uid == 0


Handler = Callable[[Request], Awaitable[dict[str, Any]]]


class ControlServer:
    """Serves `handlers` on the socket at `path`, as an async context manager.

    >>> async def status(request):
    ...     return {"state": "free"}
    >>> async with ControlServer(Path("/run/mydesk/room.sock"), {"status": status}):   # doctest: +SKIP
    ...     ...

    A handler returns a JSON object, or raises a MyDeskError whose message and hint become the answer.
    """

    def __init__(self, path: Path, handlers: Mapping[str, Handler], *, mode: int = 0o660) -> None:
        self._path = path
        self._handlers = dict(handlers)
        self._mode = mode
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._identity: tuple[int, int] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Listen. A socket file that nobody serves is replaced.

        Raises:
            ControlError: another program serves this socket, something else is in its place, or the folder is not ours.
        """
        listener = _listen(self._path, self._mode)
        found = self._path.stat()
        self._identity = (found.st_dev, found.st_ino)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=MAX_REQUEST_BYTES)

    async def close(self) -> None:
        """Stop listening, end open connections and remove the socket file, if it is still ours."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open, timeout=WRITE_TIMEOUT_S)
        self._remove()

    def _remove(self) -> None:
        try:
            found = self._path.stat()
            if (found.st_dev, found.st_ino) == self._identity:
                self._path.unlink()
        except OSError:
            _log.debug("the control socket is gone already")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        refused = len(self._open) >= MAX_CONNECTIONS
        self._open.add(task)
        try:
            if refused:
                await _send(writer, _refusal("too many connections at once", "Try again in a few seconds."))
            else:
                await self._converse(reader, writer)
            writer.close()
        except (OSError, TimeoutError):
            _log.debug("a control connection was cut")
        finally:
            self._open.discard(task)
            if not writer.is_closing():
                writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        uid, pid = _peer(writer)
        while True:
            try:
                line = await asyncio.wait_for(reader.readline(), IDLE_TIMEOUT_S)
            except ValueError:  # the line is longer than the limit
                await _send(writer, _refusal(f"a request is at most {MAX_REQUEST_BYTES} bytes"))
                return
            if not line.endswith(b"\n"):
                return
            await _send(writer, await self._answer(line, uid, pid))

    async def _answer(self, line: bytes, uid: int, pid: int) -> dict[str, Any]:
        request = _parsed(line, uid, pid)
        if request is None:
            return _refusal("a request is a JSON object with an op", 'For example {"op": "status"}.')
        handler = self._handlers.get(request.op)
        if handler is None:
            return _refusal(f"unknown op {request.op[:40]!r}", f"Known: {', '.join(sorted(self._handlers))}.")
        try:
            return {**await asyncio.wait_for(handler(request), HANDLER_TIMEOUT_S), "ok": True}
        except MyDeskError as error:
            return _refusal(error.message, error.hint)
        except TimeoutError:
            return _refusal(f"{request.op} took longer than {HANDLER_TIMEOUT_S:g} s")
        except Exception as error:  # noqa: BLE001 - one bad request must not end the app; its text may hold names
            _log.error("control op %s failed with %s", request.op, type(error).__name__)
            return _refusal(f"{request.op} failed inside the app ({type(error).__name__})", "See its log.")


def _parsed(line: bytes, uid: int, pid: int) -> Request | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("op"), str):
        return None
    return Request(op=found.pop("op"), args=found, uid=uid, pid=pid)


def _refusal(error: str, hint: str = "") -> dict[str, Any]:
    return {"ok": False, "error": error, "hint": hint}


async def _send(writer: asyncio.StreamWriter, reply: dict[str, Any]) -> None:
    try:
        line = json.dumps(reply, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except (TypeError, ValueError):
        line = json.dumps(_refusal("the app's answer cannot be written as JSON")).encode() + b"\n"
    if len(line) > MAX_REPLY_BYTES:
        line = json.dumps(_refusal(f"the answer is larger than {MAX_REPLY_BYTES} bytes")).encode() + b"\n"
    writer.write(line)
    await asyncio.wait_for(writer.drain(), WRITE_TIMEOUT_S)


def _peer(writer: asyncio.StreamWriter) -> tuple[int, int]:
    link: socket.socket = writer.get_extra_info("socket")
    pid, uid, _ = _PEERCRED.unpack(link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEERCRED.size))
    return uid, pid


def _listen(path: Path, mode: int) -> socket.socket:
    _clear_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Bound under another name, so that nobody can connect before the mode is right.
        hidden = path.with_name(f".{path.name}.{os.getpid()}")
        hidden.unlink(missing_ok=True)
        listener.bind(str(hidden))
        hidden.chmod(mode)
        listener.listen(MAX_CONNECTIONS)
        listener.setblocking(False)
        hidden.rename(path)
    except OSError as error:
        listener.close()
        hint = (
            f"Its folder must exist, be writable for this user and the path shorter than 100 characters: {path.parent}"
        )
        raise ControlError(f"cannot open the control socket {path}: {error.strerror or error}.", hint=hint) from error
    return listener


def _clear_stale(path: Path) -> None:
    if not path.exists():
        return
    if not path.is_socket():
        raise ControlError(f"{path} is not a socket.", hint="Remove it, or set another control_socket.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return  # nobody serves it: rename() replaces the file
        except OSError as error:
            raise ControlError(f"cannot tell whether {path} is in use: {error}.") from error
    raise ControlError(f"another program serves {path} already.", hint="Stop it first: systemctl status 'mydesk-*'.")


def request(path: Path, op: str, timeout_s: float = 10.0, **args: Any) -> dict[str, Any]:
    """Ask the app behind `path` and return its reply without `ok`. Blocks up to `timeout_s`.

    Raises:
        ControlError: not running, not allowed, no answer in time, or the app refused.
    """
    line = json.dumps({"op": op, **args}).encode() + b"\n"
    until_s = time.monotonic() + timeout_s
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(timeout_s)
        try:
            link.connect(str(path))
            with contextlib.suppress(BrokenPipeError):  # an app that refuses answers before it has read all
                link.sendall(line)
            answer = _read_line(link, until_s)
        except (ConnectionRefusedError, FileNotFoundError) as error:
            hint = "Start it, or look why it stopped: systemctl status 'mydesk-*'."
            raise ControlError(f"nothing is running behind {path}.", hint=hint) from error
        except PermissionError as error:
            hint = "Use sudo, or join the group that owns the socket."
            raise ControlError(f"this user may not use {path}.", hint=hint) from error
        except TimeoutError as error:
            raise ControlError(f"no answer to {op} within {timeout_s:g} s.", hint="The app may hang.") from error
        except OSError as error:
            raise ControlError(f"the connection to {path} broke: {error.strerror or error}.") from error
    return _reply(answer, op)


def _read_line(link: socket.socket, until_s: float) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n"):
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        link.settimeout(left_s)
        chunk = link.recv(1 << 16)
        if not chunk or len(received) > MAX_REPLY_BYTES:
            raise ConnectionResetError(0, "the app ended it before it had answered")
        received += chunk
    return bytes(received)


def _reply(answer: bytes, op: str) -> dict[str, Any]:
    try:
        reply = json.loads(answer)
    except ValueError as error:
        raise ControlError(f"the answer to {op} is not JSON.") from error
    if not isinstance(reply, dict) or not reply.pop("ok", False):
        found = reply if isinstance(reply, dict) else {}
        raise ControlError(str(found.get("error", f"{op} was refused")), hint=str(found.get("hint", "")))
    return reply
