"""A look at the hub's board in a browser, signed in as the local admin; for a demo that nobody watches.

The browser is driven by a process of its own (`python -m scripts.demo_board URL WIDTH HEIGHT`), which the Ctrl-C of the
demo's terminal does not reach: it ends with its standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scripts.demo_hub import ADMIN, ROOT, DemoHub
from ui.window import Frame

CHROMIUM = Path("/usr/bin/chromium")
TIMEOUT_S = 30.0
ENDS_WITHIN_S = 5.0
DONE = "done"


def missing() -> str:
    """What a picture of the board lacks on this machine, "" if nothing."""
    if not CHROMIUM.exists():
        return f"{CHROMIUM} (scripts/install --slow)"
    return "" if find_spec("playwright") else "playwright"


class BoardError(RuntimeError):
    """The browser did not do as it was told."""


class BoardCamera:
    """A browser, started ahead of the picture because that takes seconds."""

    def __init__(self, process: Process) -> None:
        self._process, self._here = process, Path.cwd()

    @classmethod
    async def begun(cls, hub: DemoHub, width: int, height: int) -> BoardCamera:
        """Let the browser start and sign in; `picture` waits for it."""
        command = (sys.executable, "-m", "scripts.demo_board", hub.url, str(width), str(height))
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
        )
        camera = cls(process)
        await camera._say(hub.password)
        return camera

    async def picture(self, path: Path) -> Frame:
        """The board as it is now, and as a PNG in `path`. Raises BoardError."""
        assert self._process.stdout
        await self._say(str(self._here / path))
        try:
            answer = await asyncio.wait_for(self._process.stdout.readline(), 2 * TIMEOUT_S)
        except TimeoutError as error:
            raise BoardError("the browser does not answer") from error
        if answer.decode().strip() != DONE:
            raise BoardError(answer.decode("utf-8", "replace").strip() or "the browser has ended")
        return await asyncio.to_thread(_frame, path)

    async def close(self) -> None:
        """End the browser."""
        assert self._process.stdin
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), ENDS_WITHIN_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def _say(self, line: str) -> None:
        assert self._process.stdin
        with contextlib.suppress(ConnectionError):  # then `picture` hears that it has ended
            self._process.stdin.write(f"{line}\n".encode())
            await self._process.stdin.drain()


def _frame(path: Path) -> Frame:
    """The PNG as our own picture, read by Kivy, which has its window by now."""
    from kivy.core.image import Image

    image = Image(str(path), keep_data=True, nocache=True).image
    data = image._data[0]
    pixels, step = bytes(data.data), 4 if data.fmt == "rgba" else 3
    rgb = bytearray(image.width * image.height * 3)
    for channel in range(3):
        rgb[channel::3] = pixels[channel::step]
    return Frame(image.width, image.height, bytes(rgb))


def main(url: str, width: int, height: int) -> None:
    """Take a picture for each path on standard input; the first line is the password."""
    from playwright.sync_api import Error, sync_playwright

    password = sys.stdin.readline().strip()
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": width, "height": height}, ignore_https_errors=True)
            page = signed_in(context, url, password)
            for line in sys.stdin:
                page.wait_for_function("document.fonts.status === 'loaded'")
                page.screenshot(path=line.strip())
                print(DONE, flush=True)
        except Error as error:
            print(str(error).partition("\n")[0], flush=True)


def signed_in(context: Any, url: str, password: str) -> Any:
    """The board's page, when its rooms are there."""
    context.set_default_timeout(TIMEOUT_S * 1000)
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    page.fill("input[name=name]", ADMIN)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_selector("article.room")
    return page


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
