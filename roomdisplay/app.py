"""The composition root of the door panel: one asyncio loop with panel, glass, control socket and watchdog."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path

from common.clock import SystemClock
from common.control import ControlServer
from common.sd_notify import Notifier
from roomdisplay.assembly import assembled
from roomdisplay.config import load
from roomdisplay.control import Capture, Control
from roomdisplay.glass import Glass, NoDisplay
from roomdisplay.panel import Panel

log = logging.getLogger(__name__)

DISTRIBUTION = "mydesk-firmware"
FRAME_EVERY_S = 5.0
DISPLAY_RETRY_S = 5.0
REPLY_FIRST_S = 0.5
"""Whoever asked for the reload over the control socket gets an answer before that socket closes."""

Reload = Callable[[], Awaitable[None]]


def run_panel(path: Path, *, headless: bool = False) -> None:
    """Run the panel of the configuration at `path` until SIGTERM or SIGINT. Raises ConfigError."""
    asyncio.run(_until_signalled(path, headless=headless))


async def _until_signalled(path: Path, *, headless: bool) -> None:
    loop = asyncio.get_running_loop()
    stop, reload = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    config = load(path)
    while not stop.is_set():
        reload.clear()
        async with assembled(config, SystemClock()) as panel:
            panel.reporter.started(version(DISTRIBUTION))
            await _serve_until(panel, _reload(panel, path, reload), (stop, reload), headless=headless)
        if not stop.is_set():
            config = load(path)
    Notifier().stopping()


async def _serve_until(panel: Panel, reload: Reload, ends: Sequence[asyncio.Event], *, headless: bool) -> None:
    """Serve until one of `ends` is set; what kills `serve` is raised."""
    serving = asyncio.create_task(serve(panel, reload, headless=headless), name="serve")
    waits = [asyncio.create_task(end.wait()) for end in ends]
    await asyncio.wait((serving, *waits), return_when=asyncio.FIRST_COMPLETED)
    for task in (*waits, serving):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


async def serve(panel: Panel, reload: Reload, *, headless: bool) -> None:
    """Run the panel with its socket and, unless headless, its glass."""
    notifier = Notifier()
    glass = None if headless else _glass(panel)
    capture: Capture | None = glass.capture if glass else None
    async with AsyncExitStack() as stack:
        socket = panel.config.unit.control_socket
        if socket:
            server = ControlServer(Path(socket), Control(panel, capture, reload).handlers())
            await stack.enter_async_context(server)
        async with asyncio.TaskGroup() as group:
            group.create_task(panel.run(), name="panel")
            if glass:
                group.create_task(_draw(panel, glass, notifier), name="glass")
                group.create_task(_watchdog(notifier, lambda: glass.frame(FRAME_EVERY_S)), name="watchdog")
            else:
                notifier.ready("running without a screen")
                group.create_task(_watchdog(notifier, _always), name="watchdog")


def _glass(panel: Panel) -> Glass:
    offscreen = os.environ.get("SDL_VIDEODRIVER") == "offscreen"
    return Glass(
        panel.config.screen, panel.touches.act, panel.touches.touched, panel.touches.released, offscreen=offscreen
    )


def _reload(panel: Panel, path: Path, changed: asyncio.Event) -> Reload:
    """Read the calendar again; start anew if the file says something else by now. A wrong one changes nothing."""

    async def reload() -> None:
        if await asyncio.to_thread(load, path) != panel.config:
            asyncio.get_running_loop().call_later(REPLY_FIRST_S, changed.set)
        panel.reader.soon()

    return reload


async def _draw(panel: Panel, glass: Glass, notifier: Notifier) -> None:
    """Show the panel on the glass; without a connected display wait for one, and go on with all else."""

    def on_screen() -> None:
        notifier.ready("on screen")

    while True:
        try:
            panel.on_view = glass.show
            glass.show(panel.view)
            await glass.run(on_first_frame=on_screen)
        except NoDisplay as error:
            log.warning("no display: %s", error)
            notifier.ready("waiting for a display")
            await asyncio.sleep(DISPLAY_RETRY_S)
        else:
            return


async def _always() -> bool:
    return True


async def _watchdog(notifier: Notifier, alive: Callable[[], Awaitable[bool]]) -> None:
    """WATCHDOG=1 every 5 s, but only if the frame that was asked for was flipped; the loop ran, or this did not."""
    while True:
        await asyncio.sleep(FRAME_EVERY_S)
        if await alive():
            notifier.watchdog()
        else:
            log.error("no frame was drawn for %.0f s", FRAME_EVERY_S)
