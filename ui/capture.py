"""A tree of widgets as a picture, drawn beside the window: what is on the glass is not touched by it."""

from __future__ import annotations

from typing import Any

from kivy.base import EventLoop
from kivy.graphics import ClearBuffers, ClearColor
from kivy.graphics.fbo import Fbo
from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glPixelStorei, glReadPixels

from ui.metrics import Panel
from ui.window import Frame, frame

GL_PACK_ALIGNMENT = 0x0D05


def window_png() -> bytes:
    """What is on the glass right now, names and all: for an admin at the panel, never for the network."""
    return frame(EventLoop.window).png()


def drawn(root: Any, panel: Panel) -> Frame:
    """Draw a tree that is on no window, and has been painted. Needs Kivy's window, whose OpenGL it borrows."""
    size = (panel.width_px, panel.height_px)
    fbo: Any = Fbo(size=size, with_stencilbuffer=True)
    with fbo:
        ClearColor(0, 0, 0, 1)
        ClearBuffers(clear_stencil=True)
    fbo.add(root.canvas)
    fbo.draw()
    fbo.bind()
    try:
        glPixelStorei(GL_PACK_ALIGNMENT, 1)
        data = bytes(glReadPixels(0, 0, *size, GL_RGB, GL_UNSIGNED_BYTE))
    finally:
        fbo.release()
        fbo.remove(root.canvas)
    stride = size[0] * 3
    rows = [data[y * stride : (y + 1) * stride] for y in range(size[1] - 1, -1, -1)]
    return Frame(*size, b"".join(rows))
