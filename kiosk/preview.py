"""Draws any sample page of the kiosk to a PNG, without a tenant, a register or a display."""

from __future__ import annotations

from dataclasses import replace

from common.errors import MyDeskError
from kiosk import sample_views
from ui import window
from ui.metrics import Panel

WIDTHS_MM = {(1280, 800): 217.0, (800, 480): 154.1, (720, 1280): 87.1}
"""Width of the picture of the panels we know: 10.1 inch, Pi 7 inch, Touch Display 2 upright."""

PAGES = tuple(sample_views.PAGES)


def draw(
    name: str,
    lang: str,
    size: tuple[int, int],
    *,
    large_text: bool = False,
    high_contrast: bool = False,
    low_reach: bool = False,
    long_names: bool = False,
) -> bytes:
    """The PNG of one page; `PAGES` names them. Raises MyDeskError for a page, language or size that does not exist."""
    view = replace(
        sample_views.view(name, lang, long=long_names),
        large_text=large_text,
        high_contrast=high_contrast,
        low_reach=low_reach,
    )
    panel = panel_of(size)
    # Kivy opens its window when it is imported, so this comes last and off the screen.
    window.configure(panel, offscreen=True)
    window.open_window()
    from kiosk.screens.capture import picture

    return picture(view, panel).png()


def panel_of(size: tuple[int, int]) -> Panel:
    """The panel of that many px. Raises MyDeskError when it is none."""
    try:
        return Panel(*size, WIDTHS_MM.get(size, size[0] / 5.9))
    except ValueError as error:
        raise MyDeskError(f"{size[0]}x{size[1]} is no size of a panel: {error}.", hint="Try 1280x800.") from error
