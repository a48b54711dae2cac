"""Which panel has so many pixels, for previews: the ones we know, else one of the same density as ours of 10.1 inch."""

from __future__ import annotations

from common.errors import MyDeskError
from ui.metrics import PANELS, Panel

LEAST_PX, MOST_PX = 320, 4096
PX_PER_MM = 5.9


def parse_size(text: str) -> tuple[int, int]:
    """'1280x800' as two numbers. Raises MyDeskError."""
    width, _, height = text.partition("x")
    if not all(side.isdecimal() and LEAST_PX <= int(side) <= MOST_PX for side in (width, height)):
        raise MyDeskError(
            f"{text!r} is not a size.", hint=f"Write it like 1280x800, each side from {LEAST_PX} to {MOST_PX}."
        )
    return int(width), int(height)


def panel_of(size: tuple[int, int]) -> Panel:
    """The panel of that many px. Raises MyDeskError when it is none."""
    known = (panel for panel in PANELS if (panel.width_px, panel.height_px) == size)
    try:
        return next(known, None) or Panel(*size, size[0] / PX_PER_MM)
    except ValueError as error:
        raise MyDeskError(f"{size[0]}x{size[1]} is no size of a panel: {error}.", hint="Try 1280x800.") from error
