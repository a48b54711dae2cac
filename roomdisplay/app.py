"""The composition root of the door panel: one asyncio loop with panel, glass, control socket and watchdog."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path

from common.clock import SystemClock
from common.control import ControlServer, Handler
from common.sd_notify import Notifier
from common.settings_control import check_settings, with_facts
from roomdisplay.assembly import assembled
from roomdisplay.config import OVERLAY, load
from roomdisplay.control import Capture, Control
from roomdisplay.glass import Glass
from roomdisplay.panel import Panel
from ui.serving import frame_facts, start, stopped_by_signals, until

DISTRIBUTION = "mydesk-firmware"
REPLY_FIRST_S = 0.5
"""Whoever asked for the reload over the control socket gets an answer before that socket closes."""

Reload = Callable[[], Awaitable[None]]


def run_panel(path: Path, *, headless: bool = False) -> None:
    """Run the panel of the configuration at `path` until SIGTERM or SIGINT. Raises ConfigError."""
    asyncio.run(_until_signalled(path, headless=headless))


async def _until_signalled(path: Path, *, headless: bool) -> None:
    stop, reload = stopped_by_signals(), asyncio.Event()
    config = load(path)
    while not stop.is_set():
        reload.clear()
        async with assembled(config, SystemClock()) as panel:
            panel.reporter.started(version(DISTRIBUTION))
            await until((stop, reload), serve(panel, path, _reload(panel, path, reload), headless=headless))
        if not stop.is_set():
            config = load(path)
    Notifier().stopping()


async def serve(panel: Panel, path: Path, reload: Reload, *, headless: bool) -> None:
    """Run the panel of the file at `path` with its socket and, unless headless, its glass."""
    notifier = Notifier()
    glass = None if headless else _glass(panel)
    capture: Capture | None = glass.capture if glass else None
    async with AsyncExitStack() as stack:
        socket = panel.config.unit.control_socket
        if socket:
            handlers = _handlers(Control(panel, capture, reload).handlers(), path, glass)
            await stack.enter_async_context(ControlServer(Path(socket), handlers))
        async with asyncio.TaskGroup() as group:
            group.create_task(panel.run(), name="panel")
            start(group, glass, partial(_begin, panel), notifier)


def _handlers(own: Mapping[str, Handler], path: Path, glass: Glass | None) -> dict[str, Handler]:
    status = with_facts(own["status"], partial(frame_facts, glass))
    return {**own, "status": status, "check-settings": check_settings(OVERLAY, path)}


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


def _begin(panel: Panel, glass: Glass) -> None:
    panel.on_view = glass.show
    glass.show(panel.view)
