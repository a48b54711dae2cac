"""A background and everything that may stand on it, blended and moved until the contrast holds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from ui.colour import Rgb, blend, contrast_ratio, parse

MIN_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3; kept for large text too, since it is read from afar."""

WHITE = parse("#FFFFFF")
BLACK = parse("#000000")
AMBER_INK = parse("#1D1503")
DANGER = parse("#B3261E")


@dataclass(frozen=True, slots=True)
class Fill:
    """A box with text on it: a button, a banner, a card of the timeline."""

    fill: Rgb
    text: Rgb
    detail: Rgb
    border: Rgb
    pressed: Rgb


@dataclass(frozen=True, slots=True)
class Surface:
    """A background and all that may stand on it."""

    background: Rgb
    text: Rgb
    muted: Rgb
    line: Rgb
    track: Rgb
    """The part of a progress bar that is still to come."""
    bar: Rgb
    primary: Fill
    secondary: Fill
    inverse: Fill
    """Text and background changed over: what is chosen among several."""
    dark: Fill
    danger: Fill
    disabled: Fill

    def button(self, style: str) -> Fill:
        """The fill of a button's style: primary, secondary, inverse, dark or danger."""
        fills = {
            "primary": self.primary,
            "secondary": self.secondary,
            "inverse": self.inverse,
            "dark": self.dark,
            "danger": self.danger,
        }
        return fills[style]


def surface(background: Rgb, text: Rgb, *, button: Rgb | None = None) -> Surface:
    """Derive a surface; `button` is the fill of primary buttons, else they are of the text's colour."""
    line = blend(text, background, 0.30)
    raised = _raised(background, text, 0.16)
    secondary = Fill(raised, text, legible(text, raised, 0.85), line, pressed_fill(raised, text))
    return Surface(
        background=background,
        text=text,
        muted=legible(text, background, 0.80),
        line=line,
        track=blend(text, background, 0.22 if text == WHITE else 0.14),
        bar=button or text,
        primary=_inverse(background, text) if button is None else filled(button),
        secondary=secondary,
        inverse=_inverse(background, text),
        dark=_dark(background, text),
        danger=dataclasses.replace(filled(DANGER), border=line),
        disabled=Fill(
            fill=blend(text, background, 0.06),
            text=legible(text, blend(text, background, 0.06), 0.45),
            detail=legible(text, blend(text, background, 0.06), 0.45),
            border=blend(text, background, 0.14),
            pressed=blend(text, background, 0.06),
        ),
    )


def legible(text: Rgb, background: Rgb, alpha: float) -> Rgb:
    """`text` muted to `alpha`, or less muted until it reaches the least contrast."""
    while alpha < 1.0:
        muted = blend(text, background, alpha)
        if contrast_ratio(muted, background) >= MIN_CONTRAST + 0.1:
            return muted
        alpha += 0.02
    return text


def _raised(background: Rgb, text: Rgb, alpha: float) -> Rgb:
    """A fill a step from the background: towards the text where that stays legible, else away from it."""
    towards = blend(text, background, alpha)
    if contrast_ratio(text, towards) >= MIN_CONTRAST + 0.3:
        return towards
    return blend(_opposite(text), background, alpha + 0.06)


def pressed_fill(fill: Rgb, text: Rgb) -> Rgb:
    """What a fill turns to under a finger: away from its text."""
    return blend(_opposite(text), fill, 0.22)


def _opposite(ink: Rgb) -> Rgb:
    return WHITE if contrast_ratio(ink, WHITE) > contrast_ratio(ink, BLACK) else BLACK


def _inverse(background: Rgb, text: Rgb) -> Fill:
    """Text and background change places."""
    ink = background
    while contrast_ratio(ink, text) < 9 and ink not in {WHITE, BLACK}:
        ink = blend(_opposite(text), ink, 0.12)
        if contrast_ratio(ink, _opposite(text)) < 1.05:
            ink = _opposite(text)
    return Fill(text, ink, legible(ink, text, 0.80), text, blend(background, text, 0.22))


def filled(fill: Rgb) -> Fill:
    """A box of one colour, with white or near-black text."""
    ink = WHITE if contrast_ratio(fill, WHITE) >= MIN_CONTRAST else AMBER_INK
    return Fill(fill, ink, legible(ink, fill, 0.85), fill, pressed_fill(fill, ink))


def _dark(background: Rgb, text: Rgb) -> Fill:
    fill = blend(text, background, 0.07)
    return Fill(fill, legible(text, fill, 0.88), legible(text, fill, 0.70), fill, pressed_fill(fill, text))
