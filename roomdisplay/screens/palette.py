"""Which colours and signs of the kit stand for the tones, styles and shapes of the views."""

from __future__ import annotations

from roomdisplay.view import Shape, Style, Tone
from ui.colour import blend
from ui.surface import Surface, surface
from ui.theme import Theme
from ui.widgets.state_shape import Shape as Sign

SIGNS = {
    Shape.RING: Sign.FREE,
    Shape.RING_DOT: Sign.FREE_SOON,
    Shape.DISC: Sign.BUSY,
    Shape.PIE: Sign.ENDING,
    Shape.CLOCK: Sign.CHECK_IN,
    Shape.DASHED_RING: Sign.UNKNOWN,
    Shape.NONE: Sign.UNKNOWN,
}
"""NONE has no sign: whoever draws it leaves the place empty."""

_BUTTONS = {Style.PRIMARY: "primary", Style.DANGER: "danger", Style.QUIET: "dark", Style.SECONDARY: "secondary"}


def surface_of(theme: Theme, tone: Tone) -> Surface:
    """The background and inks of a tone."""
    surfaces = {
        Tone.FREE: theme.free,
        Tone.BUSY: theme.busy,
        Tone.ATTENTION: theme.attention,
        Tone.NEUTRAL: theme.unknown,
        Tone.DARK: theme.page,
    }
    return surfaces[tone]


def row_surface(theme: Theme) -> Surface:
    """A step above the sheet that rows lie on."""
    return surface(blend(theme.sheet.text, theme.sheet.background, 0.08), theme.sheet.text)


def button_style(style: Style) -> str:
    """The kit's name of a button's style."""
    return _BUTTONS[style]
