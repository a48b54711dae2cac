"""Runs a real kiosk Glass in a process of its own, and prints what was seen as JSON."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from typing import Any

from kiosk.glass import Glass
from kiosk.redaction import redacted
from kiosk.view import Action, Verb
from tests.kiosk_ui.pages import page
from ui.metrics import SEVEN_INCH


async def run() -> dict[str, Any]:
    actions: list[Action] = []
    touched: list[bool] = []

    def touch() -> bool:
        touched.append(True)
        return True

    glass = Glass(SEVEN_INCH, actions.append, touch, offscreen=True)
    glass.show(page("form"))
    async with asyncio.timeout(60):
        running = asyncio.create_task(glass.run())
        await glass.first_frame.wait()
        await _quiet(glass)
        before = glass.frames
        await asyncio.sleep(0.5)
        idle = glass.frames - before
        latencies = [await _press(glass, key) for key in "nenenenenenenenenenene"]
        png = await glass.capture(redacted(page("form")))
        glass.show(page("welcome"))
        await _quiet(glass)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    latencies.sort()
    typed = [action.value for action in actions if action.verb is Verb.TYPED]
    return {
        "idle": idle,
        "median_ms": round(latencies[len(latencies) // 2] * 1000, 1),
        "worst_ms": round(latencies[-1] * 1000, 1),
        "typed": typed[-1],
        "touched": len(touched),
        "png": png[:4].hex(),
        "running": glass.running,
    }


async def _quiet(glass: Glass) -> None:
    """Until a tenth of a second passes without a frame."""
    count = -1
    while count != glass.frames:
        count = glass.frames
        await asyncio.sleep(0.1)


async def _press(glass: Glass, key: str) -> float:
    """From the finger on a key to the frame in which it is down, in seconds."""
    from kivy.core.window import Window

    from tests.ui_kit.touch import Finger

    keyboard = Window.children[0].page.keyboard
    await _quiet(glass)
    flipped = glass.frames
    start = time.perf_counter()
    finger = Finger(Window).down(*keyboard.key_rect(key).centre)
    while glass.frames == flipped:
        await asyncio.sleep(0)
    took = time.perf_counter() - start
    finger.up()
    return took


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(run())) + "\n")
