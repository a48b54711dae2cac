"""Sizes in millimetres on a panel whose real density is known; nothing here guesses a density.

Text is measured by its capital height, since that is what is read from afar (reference/roomdisplay.md 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

CAP_HEIGHT = 2048 / 2816
"""Capital height of Inter per unit of font size (OS/2 sCapHeight)."""

LINE_HEIGHT = 1.28
"""Distance between baselines per unit of font size, in text of several lines."""

TOUCH_MM = 12.0
"""Smallest touch target at the door."""

TOUCH_PRIMARY_MM = 20.0
"""Smallest primary target in the kiosk, and the width of a key on 10-inch landscape panels."""


class Layout(Enum):
    """How a screen is arranged."""

    WIDE = "wide"
    """10 inches and more, landscape: state on the left, the day on the right."""
    COMPACT = "compact"
    """7 inches, landscape: as wide, with less around it."""
    PORTRAIT = "portrait"
    """State on top, the day beneath."""


class TextRole(Enum):
    """What a text is for: (capital height in mm, font size as the largest share of the panel's shorter side)."""

    STATUS = (25.0, 0.40)
    HEADLINE = (8.8, 0.10)
    SUBTITLE = (5.2, 0.075)
    ROOM = (5.0, 0.070)
    CLOCK = (4.8, 0.068)
    TITLE = (3.7, 0.055)
    BUTTON = (3.6, 0.054)
    KEY = (4.0, 0.058)
    BODY = (2.75, 0.042)
    SMALL = (2.45, 0.038)
    DETAIL = (2.2, 0.036)
    CAPTION = (1.95, 0.032)

    @property
    def cap_mm(self) -> float:
        """Wanted height of a capital letter."""
        return self.value[0]

    @property
    def share(self) -> float:
        """Font size at most this share of the panel's shorter side."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Panel:
    """A screen: its pixels, and how wide the picture really is.

    >>> Panel(1280, 800, 217).mm(20)
    118
    """

    width_px: int
    height_px: int
    width_mm: float
    text_scale: float = 1.0
    """1.3 in the kiosk's large-text mode."""

    def __post_init__(self) -> None:
        if min(self.width_px, self.height_px) < 320:
            raise ValueError(f"a panel of {self.width_px}x{self.height_px} px is too small: 320 px is the least")
        if not 2 <= self.px_per_mm <= 40:
            raise ValueError(
                f"{self.width_px} px on {self.width_mm} mm cannot be: give the width of the picture in mm, for "
                "example 217 for a 10.1-inch panel of 1280x800"
            )
        if not 0.8 <= self.text_scale <= 2:
            raise ValueError(f"a text scale of {self.text_scale} is out of range: 0.8 to 2")

    @property
    def px_per_mm(self) -> float:
        return self.width_px / self.width_mm

    @property
    def height_mm(self) -> float:
        return self.height_px / self.px_per_mm

    @property
    def short_px(self) -> int:
        return min(self.width_px, self.height_px)

    @property
    def portrait(self) -> bool:
        return self.height_px > self.width_px

    @property
    def layout(self) -> Layout:
        if self.portrait:
            return Layout.PORTRAIT
        return Layout.WIDE if self.width_mm >= 190 else Layout.COMPACT

    def mm(self, millimetres: float) -> int:
        """Whole pixels, at least 1 of what is not nothing."""
        return max(1, round(millimetres * self.px_per_mm)) if millimetres > 0 else 0

    def text(self, role: TextRole) -> int:
        """Font size in px: what the role wants, or what the panel has room for."""
        wanted = role.cap_mm * self.px_per_mm / CAP_HEIGHT * self.text_scale
        return max(10, round(min(wanted, role.share * self.short_px * self.text_scale)))

    def line(self, role: TextRole) -> int:
        """Height in px of one line of that role."""
        return round(self.text(role) * LINE_HEIGHT)

    @property
    def unit(self) -> int:
        """The grid: every gap is a multiple of it. 8 px on 1280x800."""
        return max(4, round(self.short_px / 100))

    @property
    def margin(self) -> int:
        """Between the edge of the screen and what is on it."""
        return self.unit * 6 if self.layout is Layout.WIDE else self.unit * 4

    @property
    def radius(self) -> int:
        """Of the corners of buttons and cards."""
        return self.mm(2.8) if self.layout is Layout.WIDE else self.mm(2.2)

    @property
    def touch(self) -> int:
        """Smallest height and width of what can be touched."""
        return self.mm(TOUCH_MM)


TEN_INCH = Panel(1280, 800, 217.0)
SEVEN_INCH = Panel(800, 480, 154.1)
TOUCH_DISPLAY_2 = Panel(720, 1280, 87.2)
PANELS = (TEN_INCH, SEVEN_INCH, TOUCH_DISPLAY_2)
"""The panels that every screen is tested on."""


def known_panel(width_px: int, height_px: int) -> Panel:
    """The panel of that resolution, for previews. Raises ValueError when it is not one of ours."""
    for panel in PANELS:
        if (panel.width_px, panel.height_px) == (width_px, height_px):
            return panel
    known = ", ".join(f"{p.width_px}x{p.height_px}" for p in PANELS)
    raise ValueError(f"no panel of {width_px}x{height_px} is known ({known}): give its width in mm")
