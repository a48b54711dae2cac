"""A panel without a monitor waits for one, says so, and starts when it comes: no crash, no endless log."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.sd_notify import Notifier
from ui.connector import connectors, no_monitor
from ui.glass import NoDisplay
from ui.serving import draw

KMS = {"SDL_VIDEODRIVER": "kmsdrm"}


def plug(root: Path, **states: str) -> None:
    for name, state in states.items():
        folder = root / "sys/class/drm" / name.replace("_", "-")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "status").write_text(f"{state}\n")


@pytest.mark.parametrize(
    ("states", "missing"),
    [
        ({}, False),
        ({"card1_HDMI_A_1": "connected"}, False),
        ({"card1_HDMI_A_1": "disconnected"}, True),
        ({"card1_HDMI_A_1": "disconnected", "card1_HDMI_A_2": "disconnected"}, True),
        ({"card1_HDMI_A_1": "disconnected", "card0_DSI_1": "connected"}, False),
        ({"card1_HDMI_A_1": "disconnected", "card1_Writeback_1": "unknown"}, True),
        ({"card1_DPI_1": "unknown"}, False),
    ],
)
def test_whether_a_monitor_is_missing(tmp_path: Path, states: dict[str, str], missing: bool) -> None:
    (tmp_path / "sys/class/drm/card1").mkdir(parents=True)
    (tmp_path / "sys/class/drm/version").write_text("drm 1.1.0")
    plug(tmp_path, **states)
    assert no_monitor(tmp_path, KMS) is missing
    assert no_monitor(tmp_path, {"SDL_VIDEODRIVER": "offscreen"}) is False, "only on a unit"
    assert no_monitor(tmp_path, {}) is False


def test_a_connector_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    plug(tmp_path, card1_HDMI_A_1="disconnected")
    (tmp_path / "sys/class/drm/card1-HDMI-A-2/status").mkdir(parents=True)
    assert connectors(tmp_path) == {"card1-HDMI-A-1": "disconnected"}


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[tuple[socket.socket, Notifier]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(str(tmp_path / "notify"))
        link.setblocking(False)
        yield link, Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})


def heard(link: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(link.recv(4096).decode().replace("READY=1\nSTATUS=", ""))
        except BlockingIOError:
            return found


class GlassDouble:
    """A glass whose window opens unless `fails` raises, and that draws until it is told to end."""

    def __init__(self, fails: Callable[[], None] = lambda: None) -> None:
        self.tried = 0
        self.drew = asyncio.Event()
        self.end = asyncio.Event()
        self._fails = fails

    async def run(self, on_first_frame: Callable[[], None]) -> None:
        self.tried += 1
        self._fails()
        on_first_frame()
        self.drew.set()
        await self.end.wait()


async def drawing(glass: GlassDouble, notifier: Notifier, root: Path) -> asyncio.Task[None]:
    missing = lambda: no_monitor(root, KMS)  # noqa: E731 - one expression
    return asyncio.create_task(draw(glass, lambda: None, notifier, missing=missing, retry_s=0.01))  # type: ignore[arg-type]


def test_a_panel_waits_for_its_monitor(
    tmp_path: Path, manager: tuple[socket.socket, Notifier], caplog: pytest.LogCaptureFixture
) -> None:
    link, notifier = manager
    plug(tmp_path, card1_HDMI_A_1="disconnected")

    async def story() -> None:
        glass = GlassDouble()
        running = await drawing(glass, notifier, tmp_path)
        async with asyncio.timeout(10):
            while not caplog.records:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            assert (glass.tried, running.done()) == (0, False), "no window is tried without a monitor"
            assert heard(link) == ["waiting for a display"], "told once, at once: the service has started"
            plug(tmp_path, card1_HDMI_A_1="connected")
            await glass.drew.wait()
            glass.end.set()
            await running

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert heard(link) == ["on screen"]
    texts = [record.getMessage() for record in caplog.records]
    assert texts == ["no display: No monitor is connected.", "display: on screen"], "tried often, logged once"


def test_a_monitor_that_is_unplugged_is_told_and_drawn_for(
    tmp_path: Path, manager: tuple[socket.socket, Notifier]
) -> None:
    link, notifier = manager
    plug(tmp_path, card1_HDMI_A_1="connected")

    async def told(text: str) -> None:
        while heard(link) != [text]:
            await asyncio.sleep(0.02)

    async def story() -> None:
        glass = GlassDouble()
        running = await drawing(glass, notifier, tmp_path)
        async with asyncio.timeout(10):
            await glass.drew.wait()
            assert heard(link) == ["on screen"]
            plug(tmp_path, card1_HDMI_A_1="disconnected")
            await told("on screen, but no monitor is connected")
            plug(tmp_path, card1_HDMI_A_1="connected")
            await told("on screen")
        assert glass.tried == 1
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(story())


def test_graphics_that_refuse_are_tried_again(tmp_path: Path, manager: tuple[socket.socket, Notifier]) -> None:
    """A monitor is there, but the window does not open yet: the driver is still loading."""
    link, notifier = manager
    plug(tmp_path, card1_HDMI_A_1="connected")

    async def story() -> int:
        def fails() -> None:
            if glass.tried < 4:
                raise NoDisplay("There is no display to draw on (no kmsdrm).")

        glass = GlassDouble(fails)
        running = await drawing(glass, notifier, tmp_path)
        async with asyncio.timeout(10):
            await glass.drew.wait()
        glass.end.set()
        await running
        return glass.tried

    assert asyncio.run(story()) == 4
    assert heard(link) == ["waiting for a display", "on screen"]
