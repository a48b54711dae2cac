"""Runs a real Glass in a process of its own, and prints what was seen as JSON: python -m tests.ui.glass_run SCENARIO"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from roomdisplay.glass import Glass, NoDisplay
from roomdisplay.settings import ScreenSection
from roomdisplay.view import Action, PanelView
from tests.ui.sample_views import ASLEEP, BUSY, FREE, SHEETS

SMALL = ScreenSection(width_px=800, height_px=480, width_mm=154.1)


async def with_glass(body: Callable[[Glass, list[Action]], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    actions: list[Action] = []
    glass = Glass(SMALL, actions.append, offscreen=True)
    glass.show(PanelView(FREE))
    heard: list[str] = []
    async with asyncio.timeout(30):
        running = asyncio.create_task(glass.run(on_first_frame=lambda: heard.append("first")))
        done, _ = await asyncio.wait(
            (running, asyncio.create_task(glass.first_frame.wait())), return_when=asyncio.FIRST_COMPLETED
        )
        if running in done:
            await running
        seen = await body(glass, actions)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    return {**seen, "first": heard, "running": glass.running, "after": await glass.frame(1.0)}


async def frames(glass: Glass, _: list[Action]) -> dict[str, Any]:
    await drawn_out(glass)
    before = glass.frames
    await asyncio.sleep(0.6)
    idle = glass.frames - before
    asked = await glass.frame(2.0)
    once = glass.frames - before - idle
    glass.show(PanelView(replace(FREE, clock="11:43")))
    await drawn_out(glass)
    clock = glass.frames - before - idle - once
    glass.show(PanelView(BUSY))
    await asyncio.sleep(0.5)
    faded = glass.frames
    await asyncio.sleep(0.4)
    return {"idle": idle, "asked": asked, "once": once, "clock": clock, "after fade": glass.frames - faded}


async def drawn_out(glass: Glass) -> None:
    """Until a tenth of a second passes without a frame."""
    count = -1
    while count != glass.frames:
        count = glass.frames
        await asyncio.sleep(0.1)


async def capture(glass: Glass, _: list[Action]) -> dict[str, Any]:
    from kivy.core.window import Window

    from ui.window import frame

    await drawn_out(glass)
    before = frame(Window)
    png = await glass.capture(PanelView(BUSY, SHEETS["working"]))
    after = frame(Window)
    return {"png": png[:4].hex(), "size": len(png), "same": before.rgb == after.rgb, "window": list(Window.size)}


async def keys(glass: Glass, _: list[Action]) -> dict[str, Any]:
    """F1, Esc, and what else a keyboard has."""
    from kivy.core.window import Window

    children = list(Window.children)
    for key in (282, 27, 293, 13, 9, 113):
        Window.dispatch("on_key_down", key, 0, None, [])
        Window.dispatch("on_keyboard", key, 0, None, [])
        Window.dispatch("on_key_up", key, 0)
    await glass.frame(2.0)
    return {"same": children == list(Window.children), "alive": glass.running}


async def failure() -> dict[str, Any]:
    """Something goes wrong in a touch: it comes out of run()."""

    def break_down(action: Action) -> None:
        raise ZeroDivisionError(action.verb)

    glass = Glass(SMALL, break_down, offscreen=True)
    glass.show(PanelView(FREE))
    async with asyncio.timeout(30):
        running = asyncio.create_task(glass.run())
        await glass.first_frame.wait()
        from kivy.clock import Clock
        from kivy.core.window import Window

        from tests.ui_kit.touch import Finger

        def tap(_: float) -> None:
            button = Window.children[0].home.status.buttons.buttons[0]
            Finger(Window).down(*button.center).up()

        Clock.schedule_once(tap)
        try:
            await running
        except ZeroDivisionError as error:
            return {"raised": str(error), "running": glass.running}
    return {"raised": ""}


async def no_display() -> dict[str, Any]:
    """No display at first; later there is one, and the same glass runs."""
    os.environ["SDL_VIDEODRIVER"] = "kmsdrm"
    glass = Glass(SMALL, print)
    glass.show(PanelView(ASLEEP))
    errors = []
    for _ in range(2):
        try:
            await glass.run()
        except NoDisplay as error:
            errors.append(error.message)
    alive = await glass.frame(0.2)
    try:
        await glass.capture(PanelView(FREE))
    except NoDisplay as error:
        errors.append(error.message)
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    async with asyncio.timeout(30):
        running = asyncio.create_task(glass.run())
        await glass.first_frame.wait()
        flipped = await glass.frame(5.0)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    return {
        "errors": errors,
        "alive": alive,
        "flipped": flipped,
    }


SCENARIOS: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
    "frames": lambda: with_glass(frames),
    "capture": lambda: with_glass(capture),
    "keys": lambda: with_glass(keys),
    "failure": failure,
    "no-display": no_display,
}


async def main(name: str) -> None:
    sys.stdout.write(json.dumps(await SCENARIOS[name]()) + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
