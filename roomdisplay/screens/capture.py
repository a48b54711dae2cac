"""A view as a picture, drawn beside the window: what is on the glass is not touched by it."""

from __future__ import annotations

from roomdisplay.screens.panel_root import PanelRoot
from roomdisplay.view import PanelView
from ui.capture import drawn
from ui.metrics import Panel
from ui.theme import Theme
from ui.window import Frame


def picture(view: PanelView, panel: Panel, theme: Theme | None = None) -> Frame:
    """Draw `view` on a tree of its own. Needs Kivy's window, whose OpenGL it borrows."""
    root = PanelRoot(panel, lambda action: None, theme=theme)
    try:
        root.show(view)
        root.paint_now()
        return drawn(root, panel)
    finally:
        root.close()


def png(view: PanelView, panel: Panel, theme: Theme | None = None) -> bytes:
    """Draw `view` beside the window, as a PNG file: give it the redacted view before it leaves the panel."""
    return picture(view, panel, theme).png()
