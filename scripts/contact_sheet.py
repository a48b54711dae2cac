"""Many pictures on one: each at half its size, drawn with the OpenGL that the panel is drawn with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ui.window import Frame

MARGIN_PX = 16


def write(frames: Sequence[Frame], path: Path, *, columns: int = 4) -> None:
    """Write `frames`, all of one size, row by row to one PNG. Kivy must have its window."""
    tile = frames[0].width // 2, frames[0].height // 2
    rows = -(-len(frames) // columns)
    size = columns * (tile[0] + MARGIN_PX) + MARGIN_PX, rows * (tile[1] + MARGIN_PX) + MARGIN_PX
    path.write_bytes(_drawn(frames, tile, size, columns).png())


def _drawn(frames: Sequence[Frame], tile: tuple[int, int], size: tuple[int, int], columns: int) -> Frame:
    from kivy.graphics import ClearBuffers, ClearColor, Color, Rectangle
    from kivy.graphics.fbo import Fbo

    fbo: Any = Fbo(size=size)
    with fbo:
        ClearColor(0.35, 0.36, 0.39, 1)
        ClearBuffers()
        Color(1, 1, 1, 1)
        for number, frame in enumerate(frames):
            x = MARGIN_PX + number % columns * (tile[0] + MARGIN_PX)
            y = size[1] - (number // columns + 1) * (tile[1] + MARGIN_PX)
            Rectangle(texture=_texture(frame), pos=(x, y), size=tile)
    fbo.draw()
    pixels = bytes(fbo.pixels)
    rgb = bytearray(size[0] * size[1] * 3)
    for channel in range(3):
        rgb[channel::3] = pixels[channel::4]
    stride = size[0] * 3
    return Frame(*size, b"".join(bytes(rgb[y * stride : (y + 1) * stride]) for y in range(size[1] - 1, -1, -1)))


def _texture(frame: Frame) -> Any:
    from kivy.graphics.texture import Texture

    texture = Texture.create(size=(frame.width, frame.height), colorfmt="rgb")
    texture.blit_buffer(frame.rgb, colorfmt="rgb", bufferfmt="ubyte")
    texture.flip_vertical()
    return texture
