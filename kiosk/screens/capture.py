"""A view as a picture, drawn beside the window: what is on the glass is not touched by it."""

from __future__ import annotations

from kiosk.screens.kiosk_root import KioskRoot
from kiosk.view import KioskView
from ui.capture import drawn
from ui.colour import Rgb
from ui.metrics import Panel
from ui.theme import GREEN
from ui.window import Frame


def picture(view: KioskView, panel: Panel, accent: Rgb = GREEN) -> Frame:
    """Draw `view` on a tree of its own: give it the redacted view before it leaves the kiosk."""
    root = KioskRoot(panel, lambda action: None, accent=accent, still=True)
    try:
        root.show(view)
        root.paint_now()
        return drawn(root, panel)
    finally:
        root.close()
