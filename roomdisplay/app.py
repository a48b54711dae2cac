"""The composition root of the door panel: one asyncio loop with panel, glass, control socket and watchdog."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from common.clock import SystemClock
from common.control import ControlServer
from common.sd_notify import Notifier
from roomdisplay.assembly import assembled
from roomdisplay.config import RoomConfig
from roomdisplay.control import Capture, Control
from roomdisplay.glass import Glass, NoDisplay
from roomdisplay.panel import Panel

log = logging.getLogger(__name__)

FRAME_EVERY_S = 5.0
DISPLAY_RETRY_S = 5.0


def run_panel(config: RoomConfig, *, headless: bool = False) -> None:
    """Run the panel until SIGTERM or SIGINT."""
    asyncio.run(_until_signalled(config, headless=headless))


async def _until_signalled(config: RoomConfig, *, headless: bool) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with assembled(config, SystemClock()) as panel:
        serving = asyncio.create_task(serve(panel, headless=headless), name="serve")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        Notifier().stopping()
        stopping.cancel()
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def serve(panel: Panel, *, headless: bool) -> None:
    """Run the panel with its socket and, unless headless, its glass."""
    notifier = Notifier()
    glass = None if headless else _glass(panel)
    capture: Capture | None = glass.capture if glass else None
    async with AsyncExitStack() as stack:
        socket = panel.config.unit.control_socket
        if socket:
            server = ControlServer(Path(socket), Control(panel, capture, _reload(panel)).handlers())
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
    return Glass(panel.config.screen, panel.touch, panel.touched, panel.released_touch, offscreen=offscreen)


def _reload(panel: Panel) -> Callable[[], Awaitable[None]]:
    async def reload() -> None:
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
