"""`mydesk-kiosk run --headless` with a finger: `python -m tests.system.touched_kiosk CONFIG SOCKET`.

A headless kiosk has no glass to touch. Here each datagram that comes to SOCKET is one touch, `verb` or `verb value`
(kiosk.view.Verb); all else is the program itself.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from common.clock import Clock
from kiosk import app, process
from kiosk.assembly import assembled
from kiosk.config import KioskConfig
from kiosk.kiosk import Kiosk
from kiosk.view import Action, Verb


@contextmanager
def finger(kiosk: Kiosk, path: Path) -> Iterator[None]:
    """Touches that come to the socket at `path`."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))
        listening.setblocking(False)

        def touched() -> None:
            verb, _, value = listening.recv(200).decode().partition(" ")
            kiosk.touch(Action(Verb(verb), value))

        loop = asyncio.get_running_loop()
        loop.add_reader(listening, touched)
        try:
            yield
        finally:
            loop.remove_reader(listening)


def main(config: str, path: str) -> None:
    """Run until SIGTERM."""

    @asynccontextmanager
    async def with_finger(settings: KioskConfig, clock: Clock) -> AsyncIterator[Kiosk]:
        async with assembled(settings, clock) as kiosk:
            with finger(kiosk, Path(path)):
                yield kiosk

    vars(app)["assembled"] = with_finger
    process.main([config, process.HEADLESS])


if __name__ == "__main__":
    main(*sys.argv[1:])
