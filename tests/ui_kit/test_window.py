"""The panel's window: no way out, true pixels, and a picture of every page of the gallery."""

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from ui.look import Look
from ui.metrics import TEN_INCH
from ui.theme import room_theme
from ui.widgets.backdrop import Backdrop
from ui.window import MAX_SHIFT_PX, SHIFT_PATH, Frame, frame, frame_png, open_window, swallow_keys

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("key", [27, 282, 283, 292, 9, 101], ids=["esc", "f1", "f2", "f11", "tab", "e"])
def test_a_keyboard_plugged_in_changes_nothing(the_window: Any, key: int) -> None:
    heard: list[int] = []
    the_window.bind(on_keyboard=lambda *_: heard.append(key))
    swallow_keys(the_window)
    assert the_window.dispatch("on_key_down", key, 0, "", [])
    assert the_window.dispatch("on_keyboard", key, 0, "", [])
    assert heard == []


def test_kivy_was_told_to_stay_out(the_window: Any) -> None:
    from kivy.config import Config
    from kivy.core.window import Window

    assert Config.get("kivy", "exit_on_escape") == "0"
    assert all(os.environ[name] == "1" for name in ("KIVY_NO_ARGS", "KIVY_NO_CONFIG", "KIVY_NO_FILELOG"))
    assert dict(Config.items("input")) == {"mouse": "mouse,disable_multitouch"}
    assert open_window() is the_window is Window


def test_frames_are_true_pixels(stage: Any, tmp_path: Path) -> None:
    look = Look(TEN_INCH, room_theme())
    window = stage(TEN_INCH, Backdrop(look, colour=room_theme().free.background, pos=(100, 200), size=(50, 60)))
    picture = frame(window)
    assert (picture.width, picture.height) == (1280, 800)
    assert picture.pixel(100, 800 - 260) == picture.pixel(149, 800 - 201) == (0x0B, 0x7A, 0x4B)
    assert picture.pixel(99, 800 - 260) == picture.pixel(100, 800 - 261) == (0, 0, 0)
    with pytest.raises(IndexError, match="outside"):
        picture.pixel(1280, 0)
    frame_png(window, tmp_path / "frame.png")
    assert decoded((tmp_path / "frame.png").read_bytes()) == picture


def decoded(png: bytes) -> Frame:
    """Reads what Frame.png writes, chunk by chunk."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        data = png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length)[0] == zlib.crc32(kind + data)
        chunks[kind] = data
        at += 12 + length
    width, height, depth, colour = struct.unpack_from(">IIBB", chunks[b"IHDR"])
    assert (depth, colour) == (8, 2)
    rows = zlib.decompress(chunks[b"IDAT"])
    stride = width * 3 + 1
    assert {rows[y * stride] for y in range(height)} == {0}
    return Frame(width, height, b"".join(rows[y * stride + 1 : (y + 1) * stride] for y in range(height)))


def test_the_backdrop_reaches_beyond_the_screen_for_the_shift(the_window: Any) -> None:
    assert max(abs(offset) for step in SHIFT_PATH for offset in step) == MAX_SHIFT_PX
    backdrop = Backdrop(Look(TEN_INCH, room_theme()), pos=(0, 0), size=(1280, 800))
    backdrop._repaint()
    (rectangle,) = [part for part in backdrop.picture.children if hasattr(part, "size")]
    assert rectangle.pos[0] <= -MAX_SHIFT_PX
    assert rectangle.size[0] >= 1280 + 2 * MAX_SHIFT_PX


@pytest.mark.parametrize(
    ("size", "page"),
    [("1280x800", "room"), ("800x480", "parts"), ("720x1280", "sheet"), ("1280x800", "toast"), ("800x480", "host")],
)
def test_the_gallery_draws_its_pages(tmp_path: Path, size: str, page: str) -> None:
    out = tmp_path / "kit.png"
    command = [sys.executable, "-W", "error", "-m", "ui.gallery", "--size", size, "--page", page, "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    picture = decoded(out.read_bytes())
    assert f"{picture.width}x{picture.height}" == size
    assert len({picture.rgb[i : i + 3] for i in range(0, len(picture.rgb), 999 * 3)}) > 8


@pytest.mark.parametrize("wrong", [["--size", "1024x600"], ["--size", "big"], ["--page", "none"]])
def test_the_gallery_says_what_is_wrong(tmp_path: Path, wrong: list[str]) -> None:
    command = [sys.executable, "-m", "ui.gallery", "--out", str(tmp_path / "x.png"), *wrong]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "error" in done.stderr
