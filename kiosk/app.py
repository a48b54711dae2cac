"""The composition root of the kiosk: one asyncio loop with flow, glass, control socket and watchdog."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from common.clock import SystemClock
from common.control import ControlServer, Handler
from common.sd_notify import Notifier
from common.settings_control import check_settings, with_facts
from kiosk.assembly import assembled
from kiosk.config import OVERLAY, KioskConfig, load
from kiosk.control import Capture, Control
from kiosk.glass import Glass
from kiosk.kiosk import Kiosk
from ui.colour import Rgb, parse
from ui.metrics import Panel
from ui.serving import frame_facts, start, stopped_by_signals, until
from ui.theme import GREEN

REPLY_FIRST_S = 0.5
"""Whoever asked for the reload over the control socket gets an answer before that socket closes."""

Reload = Callable[[], Awaitable[None]]


def run_kiosk(path: Path, *, headless: bool = False) -> None:
    """Run the kiosk of the configuration at `path` until SIGTERM or SIGINT. Raises ConfigError."""
    asyncio.run(_until_signalled(path, headless=headless))


async def _until_signalled(path: Path, *, headless: bool) -> None:
    stop, reload = stopped_by_signals(), asyncio.Event()
    config = load(path)
    while not stop.is_set():
        reload.clear()
        async with assembled(config, SystemClock()) as kiosk:
            kiosk.parts.reporter.started()
            await until((stop, reload), serve(kiosk, path, _reload(kiosk, path, reload), headless=headless))
        if not stop.is_set():
            config = load(path)
    Notifier().stopping()


async def serve(kiosk: Kiosk, path: Path, reload: Reload, *, headless: bool) -> None:
    """Run the kiosk of the file at `path` with its socket and, unless headless, its glass."""
    notifier = Notifier()
    glass = None if headless else make_glass(kiosk)
    capture: Capture | None = glass.capture if glass else None
    async with AsyncExitStack() as stack:
        socket = kiosk.config.unit.control_socket
        if socket:
            control = Control(kiosk, capture, reload)
            stack.callback(control.close)
            handlers = _handlers(control.handlers(), path, glass)
            await stack.enter_async_context(ControlServer(Path(socket), handlers))
        async with asyncio.TaskGroup() as group:
            group.create_task(kiosk.run(), name="kiosk")
            start(group, glass, partial(_begin, kiosk), notifier)


def _handlers(own: Mapping[str, Handler], path: Path, glass: Glass | None) -> dict[str, Handler]:
    status = with_facts(own["status"], partial(frame_facts, glass))
    return {**own, "status": status, "check-settings": check_settings(OVERLAY, path)}


def make_glass(kiosk: Kiosk) -> Glass:
    """The glass of this configuration."""
    offscreen = os.environ.get("SDL_VIDEODRIVER") == "offscreen"
    return Glass(
        panel_of(kiosk.config),
        kiosk.touch,
        kiosk.display.touched,
        kiosk.stirred,
        accent=accent_of(kiosk.config),
        offscreen=offscreen,
    )


def panel_of(config: KioskConfig) -> Panel:
    """Pixels and millimetres."""
    screen = config.screen
    return Panel(screen.width_px, screen.height_px, screen.width_mm)


def accent_of(config: KioskConfig) -> Rgb:
    """The colour of buttons and tiles."""
    return parse(config.screen.brand_colour) if config.screen.brand_colour else GREEN


def _begin(kiosk: Kiosk, glass: Glass) -> None:
    kiosk.on_view = glass.show
    glass.show(kiosk.view)


def _reload(kiosk: Kiosk, path: Path, changed: asyncio.Event) -> Reload:
    """Start anew if the file says something else by now. A wrong one changes nothing."""

    async def reload() -> None:
        if await asyncio.to_thread(load, path) != kiosk.config:
            asyncio.get_running_loop().call_later(REPLY_FIRST_S, changed.set)
        kiosk.reachable()

    return reload
