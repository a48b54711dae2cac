"""What the process of any panel does: serve until it is told to stop, draw, feed the watchdog."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from common.sd_notify import Notifier
from ui.connector import no_monitor
from ui.glass import Glass, NoDisplay

log = logging.getLogger(__name__)

G = TypeVar("G", bound=Glass[Any])

FRAME_EVERY_S = 5.0
DISPLAY_RETRY_S = 5.0


def stopped_by_signals() -> asyncio.Event:
    """Set by SIGTERM and SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def until(ends: Sequence[asyncio.Event], work: Coroutine[Any, Any, None]) -> None:
    """Do `work` until one of `ends` is set; what kills it is raised."""
    working = asyncio.create_task(work, name="serve")
    waits = [asyncio.create_task(end.wait()) for end in ends]
    await asyncio.wait((working, *waits), return_when=asyncio.FIRST_COMPLETED)
    for task in (*waits, working):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


async def draw(
    glass: Glass[Any],
    begin: Callable[[], None],
    notifier: Notifier,
    *,
    missing: Callable[[], bool] = no_monitor,
    retry_s: float = DISPLAY_RETRY_S,
) -> None:
    """Show on the glass what `begin` puts there; without a connected display wait for one, and go on with all else.

    `missing` says whether the monitor is. systemd is told that the service runs at the first frame, or when it waits.
    """
    told = _Told(notifier)

    def on_screen() -> None:
        keep_what_is_there()
        told.shown(unplugged=missing())

    while True:
        try:
            if missing():
                raise NoDisplay("No monitor is connected.")
            begin()
            watching = asyncio.create_task(_watch(missing, told, retry_s), name="monitor")
            try:
                await glass.run(on_first_frame=on_screen)
            finally:
                watching.cancel()
        except NoDisplay as error:
            told.waiting(str(error))
            await asyncio.sleep(retry_s)
        else:
            return


async def _watch(missing: Callable[[], bool], told: _Told, every_s: float) -> None:
    """A monitor that is unplugged leaves a panel that draws for nobody: it is told, and drawn on for its return."""
    while True:
        await asyncio.sleep(every_s)
        if told.on_screen:
            told.shown(unplugged=missing())


class _Told:
    """What systemd and the log were told last: each thing once, however often it is tried."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._last = ""
        self.on_screen = False

    def waiting(self, why: str) -> None:
        self.on_screen = False
        if self._last != why:
            self._last = why
            log.warning("no display: %s", why)
            self._notifier.ready("waiting for a display")

    def shown(self, *, unplugged: bool) -> None:
        status = "on screen, but no monitor is connected" if unplugged else "on screen"
        self.on_screen = True
        if self._last != status:
            self._last = status
            log.log(logging.WARNING if unplugged else logging.INFO, "display: %s", status)
            self._notifier.ready(status)


def keep_what_is_there() -> None:
    """What exists once the screen stands stays as long as the process, so the garbage collector need not look at it.

    Its passes over everything took up to 90 ms, now and then in the middle of a touch.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def start(group: asyncio.TaskGroup, glass: G | None, begin: Callable[[G], None], notifier: Notifier) -> None:
    """Draw what `begin` puts on the glass, and feed the watchdog; a panel without a screen feeds it all the same."""
    if glass is None:
        notifier.ready("running without a screen")
        group.create_task(watchdog(notifier, always), name="watchdog")
        return
    group.create_task(draw(glass, lambda: begin(glass), notifier), name="glass")
    group.create_task(watchdog(notifier, lambda: glass.frame(FRAME_EVERY_S)), name="watchdog")


def frame_facts(glass: Glass[Any] | None) -> dict[str, Any]:
    """For the answer to `status`: {"frame_age_s": seconds since a frame was seen, or None}."""
    age_s = glass.frame_age_s if glass else None
    return {"frame_age_s": None if age_s is None else round(age_s, 1)}


async def watchdog(notifier: Notifier, alive: Callable[[], Awaitable[bool]]) -> None:
    """WATCHDOG=1 every 5 s, but only if the frame that was asked for was flipped; the loop ran, or this did not."""
    while True:
        await asyncio.sleep(FRAME_EVERY_S)
        if await alive():
            notifier.watchdog()
        else:
            log.error("no frame was drawn for %.0f s", FRAME_EVERY_S)


async def always() -> bool:
    """Alive as long as the loop runs: for a panel without a screen."""
    return True
