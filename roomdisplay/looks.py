"""From the [screen] section to the panel's metrics and colours."""

from __future__ import annotations

from roomdisplay.settings import ScreenSection
from ui.metrics import Panel
from ui.theme import Theme, customised, room_theme


def metrics(screen: ScreenSection) -> Panel:
    """The panel in pixels and millimetres."""
    return Panel(screen.width_px, screen.height_px, screen.width_mm)


def theme(screen: ScreenSection) -> Theme:
    """The colours; a brand colour on which no text is legible is refused with what to do."""
    colours = room_theme(purple_busy=screen.busy_colour == "purple")
    return customised(colours, {"accent": screen.brand_colour}) if screen.brand_colour else colours
