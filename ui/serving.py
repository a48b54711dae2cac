"""What the process of any panel does: serve until it is told to stop, draw, feed the watchdog."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from common.sd_notify import Notifier
from ui.glass import Glass, NoDisplay

log = logging.getLogger(__name__)

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


async def draw(glass: Glass[Any], begin: Callable[[], None], notifier: Notifier) -> None:
    """Show on the glass what `begin` puts there; without a connected display wait for one, and go on with all else."""

    def on_screen() -> None:
        keep_what_is_there()
        notifier.ready("on screen")

    while True:
        try:
            begin()
            await glass.run(on_first_frame=on_screen)
        except NoDisplay as error:
            log.warning("no display: %s", error)
            notifier.ready("waiting for a display")
            await asyncio.sleep(DISPLAY_RETRY_S)
        else:
            return


def keep_what_is_there() -> None:
    """What exists once the screen stands stays as long as the process, so the garbage collector need not look at it.

    Its passes over everything took up to 90 ms, now and then in the middle of a touch.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


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
