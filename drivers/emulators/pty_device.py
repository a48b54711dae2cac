"""An emulated device behind a real serial port: a pty, for the demo, the apps (`driver = "emulated"`) and tests.

>>> with PtyDevice(Ld2410Emulator()) as device:         # doctest: +SKIP
...     link = SerialLink(device.path, 115200)
...     device.unplug()
"""

from __future__ import annotations

import errno
import os
import select
import tempfile
import termios
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from drivers.emulators.emulator import Emulator

TICK_S = 0.02
MAX_UNREAD_BYTES = 1_100_000
FORGET_S = 1.0
"""What a host does not read is lost, as in a real UART: after this time, or what is beyond MAX_UNREAD_BYTES."""
READ_BYTES = 4096

E = TypeVar("E", bound=Emulator)


class PtyDevice(Generic[E]):
    """Hosts `emulator` in a thread of its own; `path` is the port, also for other processes.

    Like a real port, it forgets what nobody has open to hear, and it goes away on `unplug` and comes back, at the
    same `path`, on `replug`. `path` is a link in a folder of this user that `close` removes. `monotonic_s` is the
    emulator's clock.
    """

    def __init__(self, emulator: E, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self.emulator = emulator
        self._monotonic_s = monotonic_s
        self._folder = tempfile.TemporaryDirectory(prefix="mydesk-port-")
        self._link = Path(self._folder.name) / "port"
        self._plug: _Plug | None = None
        self.replug()

    @property
    def path(self) -> str:
        """The port to open; there is nothing at it while unplugged."""
        return str(self._link)

    @property
    def plugged(self) -> bool:
        return self._plug is not None

    def unplug(self) -> None:
        """Pull the cable: an open port hangs up, and `path` is gone; may be called again."""
        if self._plug is not None:
            self._link.unlink(missing_ok=True)
            self._plug.pull()
            self._plug = None

    def replug(self) -> None:
        """Put the cable back; may be called again."""
        if self._plug is None:
            self._plug = _Plug(self.emulator, self._monotonic_s)
            self._link.symlink_to(self._plug.port)

    def close(self) -> None:
        """Unplug for good; may be called again."""
        self.unplug()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Plug:
    """One pty from plugging in to pulling out, and the thread that serves it."""

    def __init__(self, emulator: Emulator, monotonic_s: Callable[[], float]) -> None:
        self._emulator = emulator
        self._monotonic_s = monotonic_s
        self._unread = bytearray()
        self._read_at_s = 0.0
        self._master, slave = os.openpty()
        tty.setraw(slave, termios.TCSANOW)  # or the pty would echo what the device sends
        self.port = os.ttyname(slave)
        os.close(slave)  # from now on the master tells whether a host has the port open
        os.set_blocking(self._master, False)
        self._pulled, self._pull = os.pipe()
        self._thread = threading.Thread(target=self._serve, name=f"emulated device at {self.port}", daemon=True)
        self._thread.start()

    def pull(self) -> None:
        os.write(self._pull, b"x")
        self._thread.join()
        for fd in (self._master, self._pulled, self._pull):
            os.close(fd)

    def _serve(self) -> None:
        has_host = False
        while True:
            # Without a host the pty is hung up, which would end each wait at once: then only the tick is waited for.
            events = _wait({self._pulled: select.POLLIN} | ({self._master: self._interest()} if has_host else {}))
            if self._pulled in events:
                return
            if not has_host:
                events = _wait({self._master: select.POLLIN}, 0)
            state = events.get(self._master, 0)
            has_host = not state & select.POLLHUP
            now_s = self._monotonic_s()
            if state & select.POLLIN and self._emulator.takes():
                self._keep(self._emulator.receive(self._received(), now_s))
            self._keep(self._emulator.due(now_s))
            self._send(has_host, now_s)

    def _interest(self) -> int:
        reading = select.POLLIN if self._emulator.takes() else 0
        return reading | (select.POLLOUT if self._unread else 0)

    def _received(self) -> bytes:
        try:
            return os.read(self._master, READ_BYTES)
        except OSError as error:
            if error.errno in (errno.EIO, errno.EAGAIN):  # the host has closed the port meanwhile
                return b""
            raise

    def _keep(self, data: bytes) -> None:
        self._unread += data[: MAX_UNREAD_BYTES - len(self._unread)]

    def _send(self, has_host: bool, now_s: float) -> None:
        if not self._unread:
            self._read_at_s = now_s
            return
        try:
            taken = os.write(self._master, self._unread) if has_host else 0
        except BlockingIOError:
            taken = 0
        if taken:
            del self._unread[:taken]
            self._read_at_s = now_s
        elif not has_host or now_s - self._read_at_s >= FORGET_S:
            self._unread.clear()


def _wait(interest: dict[int, int], timeout_s: float = TICK_S) -> dict[int, int]:
    poll = select.poll()
    for fd, events in interest.items():
        poll.register(fd, events)
    return dict(poll.poll(timeout_s * 1000))
