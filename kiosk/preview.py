"""Draws any page of the kiosk to a PNG, made by the real flow and presenter, without a tenant, register or display."""

from __future__ import annotations

from common.errors import MyDeskError
from kiosk import sample_pages
from kiosk.sample_lobby import Sample
from kiosk.sample_site import EVERYDAY, LONG
from kiosk.states import Aids
from ui import window
from ui.panel_size import panel_of

PAGES = tuple(sample_pages.PAGES)


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
    if name not in PAGES:
        raise MyDeskError(f"There is no page {name!r}.", hint="`--page list` names them.")
    panel = panel_of(size)
    # Kivy opens its window when it is imported, so this comes last and off the screen.
    window.configure(panel, offscreen=True)
    window.open_window()
    from kiosk.screens.badge_text import draw_line
    from kiosk.screens.capture import picture

    aids = Aids(large_text, high_contrast, low_reach)
    sample = Sample(lang, LONG if long_names else EVERYDAY, aids, draw_line)
    return picture(sample_pages.view(name, sample), panel).png()
