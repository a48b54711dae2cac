"""Serves a tenant: in this process from a thread, for tests, or until a signal, for the command line.

with Simulator.start(sample(), port=0) as sim:
    httpx.Client(verify=ssl.create_default_context(cafile=sim.ca_file), base_url=sim.url)
    sim.control("POST", "/_sim/clock", {"step_s": 60})
"""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import signal
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from simulator.certificates import CertificateFiles, make
from simulator.clock import SimulatedClock, SteppingClock
from simulator.control import clock as clock_calls
from simulator.control import faults, people, readback, sign_in, teams, truth
from simulator.front import Front
from simulator.office import Office
from simulator.office_file import load
from simulator.tenant import Tenant

START_TIMEOUT_S = 20.0
CONTROL_TIMEOUT_S = 30.0
KEEP_ALIVE_S = 75
GRACE_S = 1
GRACE_STEPS = 20
CONTROL = (clock_calls, faults, people, readback, sign_in, teams, truth)


class ControlRefused(Exception):  # noqa: N818 - said by the far side, nothing is broken
    """Error raised when a control call was answered with an error."""


class Application:
    """The ASGI application of a tenant: control calls under /_sim/, Microsoft everywhere else."""

    def __init__(self, tenant: Tenant) -> None:
        self.front = Front(tenant)
        self._control = Starlette(routes=[route for module in CONTROL for route in module.ROUTES])
        self._control.state.tenant = tenant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith("/_sim/"):
            await self._control({**scope, "path": path.removeprefix("/_sim"), "root_path": ""}, receive, send)
        else:
            await self.front(scope, receive, send)


class _Server(uvicorn.Server):
    """Uvicorn that tells when it listens, and lets hanging requests go when it stops."""

    def __init__(self, config: uvicorn.Config, front: Front) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._front = front

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, but a signal ends the program with 0 instead of being raised again."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._front.closing.set()
        for _ in range(GRACE_STEPS):
            if not self.server_state.tasks:
                break
            await asyncio.sleep(GRACE_S / GRACE_STEPS)
        # A client that keeps its connection open would never say goodbye over TLS: it must not hold up the end.
        for connection in list(self.server_state.connections):
            if connection.transport is not None and not connection.transport.is_closing():
                connection.transport.abort()
        await super().shutdown(sockets)


class Simulator:
    """A tenant that is being served. `url` has no trailing slash; `ca_file` is None without TLS."""

    def __init__(self, tenant: Tenant, *, host: str, port: int, tls: bool, state_dir: Path | None) -> None:
        self.tenant = tenant
        self._temporary = tempfile.TemporaryDirectory(prefix="mydesk-sim-") if tls and state_dir is None else None
        folder = Path(self._temporary.name) if self._temporary else state_dir
        self._files: CertificateFiles | None = make(folder) if tls and folder else None
        self.ca_file = self._files.ca if self._files else None
        self._socket = socket.create_server((host, port), backlog=256)
        # asyncio sets this only on sockets of an explicit protocol; without it each answer waits 40 ms for an ACK.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{'localhost' if tls else host}:{self.port}"
        self._server = self._make_server()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._used_s = 0.0

    @classmethod
    def start(
        cls,
        office: Office | Path,
        *,
        port: int = 0,
        tls: bool = True,
        clock: SteppingClock | None = None,
        state_dir: Path | None = None,
    ) -> Self:
        """Serve `office` from a thread of this process and return when it listens; close it, or use `with`.

        Raises:
            OfficeError: the office file is wrong.
            OSError: the port is taken.
            TimeoutError: it did not come up.
        """
        found = load(office) if isinstance(office, Path) else office
        tenant = Tenant(found, clock or SimulatedClock())
        simulator = cls(tenant, host="127.0.0.1", port=port, tls=tls, state_dir=state_dir)
        simulator._run_in_thread()
        return simulator

    def _make_server(self) -> _Server:
        files = self._files
        application = Application(self.tenant)
        config = uvicorn.Config(
            application,
            lifespan="off",
            log_config=None,
            log_level=logging.CRITICAL,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
            timeout_keep_alive=KEEP_ALIVE_S,
            ssl_certfile=str(files.certificate) if files else None,
            ssl_keyfile=str(files.key) if files else None,
        )
        return _Server(config, application.front)

    def _run_in_thread(self) -> None:
        self._thread = threading.Thread(target=self.serve, name="mydesk-sim", daemon=True)
        self._thread.start()
        if not self._server.ready.wait(START_TIMEOUT_S):
            self.close()
            raise TimeoutError("the simulator did not start to listen")

    def serve(self) -> None:
        """Serve in this thread until a signal or `close`."""
        self._server.run(sockets=[self._socket])

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Make a control call, for example `control("POST", "/_sim/clock", {"step_s": 60})`.

        Raises:
            ControlRefused: it was answered with an error; says what is allowed.
        """
        data = None if body is None else json.dumps(body).encode()
        with self._lock:
            try:
                status, text = self._exchange(method, path, data)
            except http.client.RemoteDisconnected:
                # The server hangs up on who says nothing for a while, which may cross with the next call.
                self._hang_up()
                if method != "GET":
                    raise
                status, text = self._exchange(method, path, data)
        answer: dict[str, Any] = json.loads(text) if text else {}
        if status >= 400:
            raise ControlRefused(f"{method} {path}: {status} {answer.get('error', '')}")
        return answer

    def _exchange(self, method: str, path: str, data: bytes | None) -> tuple[int, bytes]:
        if time.monotonic() - self._used_s > KEEP_ALIVE_S / 2:
            self._hang_up()
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request(method, path, data, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        text = response.read()
        self._used_s = time.monotonic()
        return response.status, text

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        if self.ca_file is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=CONTROL_TIMEOUT_S)
        context = ssl.create_default_context(cafile=str(self.ca_file))
        return http.client.HTTPSConnection("localhost", self.port, timeout=CONTROL_TIMEOUT_S, context=context)

    def close(self) -> None:
        """Stop serving and remove what was written for it."""
        self._hang_up()
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(START_TIMEOUT_S)
        self._socket.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
