"""Listens to every input device of Linux, to learn that somebody touched the panel; what was, Kivy reads itself.

Each process that opens /dev/input/event* gets its own copy of the events (Linux, Documentation/input/input.rst).
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

FOLDER = Path("/dev/input")
LOOK_EVERY_S = 5.0
_CHUNK = 4096


class InputNodes:
    """`on_input` is called whenever a device has something to say. Run `watch`, then `close`."""

    def __init__(self, on_input: Callable[[], None], folder: Path = FOLDER) -> None:
        self._on_input = on_input
        self._folder = folder
        self._open: dict[str, int] = {}
        self._refused: set[str] = set()

    @property
    def hears_all(self) -> bool:
        """Whether there is no device that may not be opened."""
        return not self._refused

    async def watch(self) -> None:
        """Look for devices that came, until cancelled."""
        try:
            while True:
                self.look()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            self.close()

    def look(self) -> None:
        """Open the devices that are new."""
        try:
            found = {node.name for node in self._folder.iterdir() if node.name.startswith("event")}
        except OSError:
            found = set()  # no input at all, or none yet
        self._refused &= found
        for name in sorted(found - self._open.keys()):
            self._listen(name)

    def _listen(self, name: str) -> None:
        try:
            node = os.open(self._folder / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if name not in self._refused:
                log.warning("input device %s cannot be opened (%s): the screen asks for touches instead", name, error)
            self._refused.add(name)
            return
        self._refused.discard(name)
        self._open[name] = node
        asyncio.get_running_loop().add_reader(node, self._read, name)

    def _read(self, name: str) -> None:
        try:
            while data := os.read(self._open[name], _CHUNK):
                self._on_input()
                if len(data) < _CHUNK:
                    return
        except BlockingIOError:
            return
        except OSError as error:
            log.info("input device %s is gone (%s)", name, error)
        self._forget(name)

    def _forget(self, name: str) -> None:
        node = self._open.pop(name)
        asyncio.get_running_loop().remove_reader(node)
        os.close(node)

    def close(self) -> None:
        """Stop listening."""
        for name in tuple(self._open):
            self._forget(name)
