"""Input devices that come, speak, and go: FIFOs in place of /dev/input/event*."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

import ui.input_nodes
from tests.waiting import until_async
from ui.input_nodes import InputNodes

Story = Callable[[InputNodes, list[str], Path], Coroutine[Any, Any, None]]


def device(folder: Path, name: str) -> int:
    """A device somebody can touch: writing to it is a touch, closing it is pulling its plug."""
    os.mkfifo(folder / name)
    return os.open(folder / name, os.O_RDWR | os.O_NONBLOCK)


def lived(folder: Path, story: Story) -> None:
    async def main() -> None:
        heard: list[str] = []
        nodes = InputNodes(lambda: heard.append("touch"), folder)
        try:
            await story(nodes, heard, folder)
        finally:
            nodes.close()

    asyncio.run(main())


def test_a_device_is_heard(tmp_path: Path) -> None:
    async def story(nodes: InputNodes, heard: list[str], folder: Path) -> None:
        finger, other = device(folder, "event0"), device(folder, "mouse0")
        nodes.look()
        nodes.look()
        os.write(other, b"x" * 24)
        os.write(finger, b"x" * 24)
        await until_async(lambda: heard)
        os.write(finger, b"x" * 10_000)
        await until_async(lambda: len(heard) >= 2)
        assert nodes.hears_all
        os.close(finger)
        os.close(other)

    lived(tmp_path, story)


def test_a_device_that_comes_later_and_one_that_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui.input_nodes, "LOOK_EVERY_S", 0.01)

    async def story(nodes: InputNodes, heard: list[str], folder: Path) -> None:
        watching = asyncio.create_task(nodes.watch())
        finger = device(folder, "event3")

        async def touched(node: int) -> None:
            seen = len(heard)
            while len(heard) == seen:
                os.write(node, b"x" * 24)
                await asyncio.sleep(0.01)

        await touched(finger)
        (folder / "event3").unlink()
        os.close(finger)
        again = device(folder, "event3")
        await touched(again)
        os.close(again)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    lived(tmp_path, story)


def test_a_device_that_may_not_be_opened_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(nodes: InputNodes, heard: list[str], folder: Path) -> None:
        (folder / "event1").symlink_to("event1")  # ELOOP: what root may not open either
        with caplog.at_level(logging.WARNING):
            nodes.look()
            nodes.look()
        assert len(caplog.messages) == 1
        assert "event1" in caplog.messages[0]
        assert not nodes.hears_all
        (folder / "event1").unlink()
        nodes.look()
        assert nodes.hears_all

    lived(tmp_path, story)


def test_no_input_at_all(tmp_path: Path) -> None:
    async def story(nodes: InputNodes, heard: list[str], folder: Path) -> None:
        nodes.look()
        assert nodes.hears_all

    lived(tmp_path / "nothing", story)
