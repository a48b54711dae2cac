"""The colours of the screens, as data; Kivy is not imported here.

Only backgrounds and inks are chosen by hand: the rest is derived (ui.surface).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ui.colour import ColourError, Rgb, Vision, blend, contrast_ratio, delta_e, parse
from ui.surface import AMBER_INK, BLACK, DANGER, MIN_CONTRAST, WHITE, Fill, Surface, filled, legible, surface

MIN_STATE_DISTANCE = 20.0
NIGHT = parse("#0D131E")
INK = parse("#14202B")
AMBER = parse("#FFC20A")
RED = parse("#8B0000")
PURPLE = parse("#6264A7")
GREEN = parse("#0B7A4B")
SLATE = parse("#2A3344")
EDGE = 0.5
"""Ink in the border of a field on a light page: 3:1 to what is around it (WCAG 2.2, 1.4.11)."""


class StateColour(StrEnum):
    """What a room's state looks like from the end of the corridor."""

    FREE = "free"
    BUSY = "busy"
    ATTENTION = "attention"
    """Check-in due, or starting soon."""
    UNKNOWN = "unknown"
    """Stale, offline, needs sign-in: never green."""


@dataclass(frozen=True, slots=True)
class TimelineColours:
    """The day on a side panel."""

    background: Rgb
    heading: Rgb
    hour: Rgb
    grid: Rgb
    axis: Rgb
    now: Rgb
    block: Fill
    current: Fill
    slot: Fill
    stale: Fill
    note: Fill


@dataclass(frozen=True, slots=True)
class FieldColours:
    """A text field: its border says whether it has the focus or is wrong."""

    fill: Rgb
    text: Rgb
    placeholder: Rgb
    border: Rgb
    focus: Rgb
    error: Rgb


@dataclass(frozen=True, slots=True)
class KeyColours:
    """The on-screen keyboard."""

    background: Rgb
    shadow: Rgb
    letter: Fill
    function: Fill
    action: Fill
    latched: Fill


@dataclass(frozen=True, slots=True)
class Theme:
    """Everything that is drawn takes its colours from here."""

    name: str
    free: Surface
    busy: Surface
    attention: Surface
    unknown: Surface
    side: Surface
    sheet: Surface
    page: Surface
    card: Surface
    accent: Surface
    banner: Fill
    toast: Fill
    timeline: TimelineColours
    field: FieldColours
    keyboard: KeyColours
    scrim: Rgb = BLACK
    scrim_alpha: float = 0.55

    def state(self, colour: StateColour) -> Surface:
        """The surface of one state."""
        surfaces = {
            StateColour.FREE: self.free,
            StateColour.BUSY: self.busy,
            StateColour.ATTENTION: self.attention,
            StateColour.UNKNOWN: self.unknown,
        }
        return surfaces[colour]


def _card(fill: Rgb, edge: Rgb, *, text: Rgb = WHITE, strength: float = 1.0) -> Fill:
    """A block of the timeline; its border is the coloured edge."""
    return Fill(fill, legible(text, fill, strength), legible(text, fill, 0.72 * strength), edge, blend(text, fill, 0.1))


def _timeline(background: Rgb) -> TimelineColours:
    block = blend(parse("#8EA0C8"), background, 0.18)
    current = blend(parse("#C0182E"), background, 0.26)
    slot_ink = parse("#62DFA8")
    return TimelineColours(
        background=background,
        heading=legible(WHITE, background, 0.85),
        hour=legible(WHITE, background, 0.62),
        grid=blend(WHITE, background, 0.07),
        axis=blend(WHITE, background, 0.22),
        now=parse("#F2C14E"),
        block=_card(block, parse("#8B93AE")),
        current=_card(current, parse("#FF5C77")),
        slot=Fill(
            blend(slot_ink, background, 0.03),
            slot_ink,
            legible(slot_ink, background, 0.75),
            blend(slot_ink, background, 0.50),
            blend(slot_ink, background, 0.20),
        ),
        stale=_card(blend(WHITE, background, 0.06), blend(WHITE, background, 0.30), strength=0.66),
        note=_card(blend(WHITE, background, 0.05), blend(WHITE, background, 0.05), strength=0.85),
    )


def _keyboard(background: Rgb, key: Rgb, ink: Rgb, accent: Rgb) -> KeyColours:
    def fill(colour: Rgb, text: Rgb) -> Fill:
        return Fill(colour, text, legible(text, colour, 0.6), colour, blend(text, colour, 0.18))

    return KeyColours(
        background=background,
        shadow=blend(BLACK, background, 0.16),
        letter=fill(key, ink),
        function=fill(blend(ink, background, 0.10), ink),
        action=filled(accent),
        latched=fill(ink, key),
    )


def _field(fill: Rgb, ink: Rgb, page: Rgb, accent: Rgb, edge: float = 0.18) -> FieldColours:
    return FieldColours(
        fill=fill,
        text=ink,
        placeholder=legible(ink, fill, 0.45),
        border=blend(ink, page, edge),
        focus=accent,
        error=DANGER if contrast_ratio(DANGER, page) >= 3 else parse("#FF8A80"),
    )


def room_theme(*, purple_busy: bool = False) -> Theme:
    """The door panel: state colours beside a dark day."""
    sheet = blend(parse("#8EA0C8"), NIGHT, 0.12)
    return Theme(
        name="room",
        free=surface(GREEN, WHITE),
        busy=surface(PURPLE if purple_busy else RED, WHITE),
        attention=surface(AMBER, AMBER_INK),
        unknown=surface(SLATE, WHITE),
        side=surface(NIGHT, WHITE),
        sheet=surface(sheet, WHITE, button=WHITE),
        page=surface(NIGHT, WHITE),
        card=surface(blend(WHITE, NIGHT, 0.08), WHITE),
        accent=surface(GREEN, WHITE),
        banner=Fill(AMBER, AMBER_INK, AMBER_INK, AMBER, AMBER),
        toast=Fill(INK, WHITE, legible(WHITE, INK, 0.8), blend(WHITE, INK, 0.35), INK),
        timeline=_timeline(NIGHT),
        field=_field(blend(WHITE, sheet, 0.06), WHITE, sheet, parse("#62DFA8")),
        keyboard=_keyboard(blend(BLACK, sheet, 0.25), blend(WHITE, sheet, 0.12), WHITE, GREEN),
        scrim_alpha=0.62,
    )


def kiosk_theme(*, accent: Rgb = GREEN, high_contrast: bool = False) -> Theme:
    """The lobby kiosk: light, with one accent; in high contrast black on white."""
    page = WHITE if high_contrast else parse("#F5F3EE")
    ink = BLACK if high_contrast else INK
    keys = parse("#D0D0D0") if high_contrast else parse("#E2DDD1")

    def ground(background: Rgb) -> Surface:
        return _quiet(surface(background, ink, button=accent), high_contrast=high_contrast)

    return dataclasses.replace(
        room_theme(),
        name="kiosk-contrast" if high_contrast else "kiosk",
        side=ground(page),
        sheet=ground(WHITE),
        page=ground(page),
        card=ground(WHITE),
        accent=surface(accent, WHITE),
        toast=Fill(ink, WHITE, legible(WHITE, ink, 0.8), blend(WHITE, ink, 0.35), ink),
        field=_field(WHITE, ink, page, accent, edge=1.0 if high_contrast else EDGE),
        keyboard=_keyboard(keys, WHITE, ink, accent),
        scrim=ink,
    )


def _quiet(ground: Surface, *, high_contrast: bool) -> Surface:
    """Buttons that are not the way on: an outline, or a warm grey."""
    ink, background = ground.text, ground.background
    edge, warm = (ink, background) if high_contrast else (parse("#B9B2A0"), parse("#E8E3D8"))
    pressed = blend(ink, background, 0.14)
    return dataclasses.replace(
        ground,
        muted=legible(ink, background, 0.9 if high_contrast else 0.72),
        track=parse("#9A9A9A") if high_contrast else parse("#DDD7CA"),
        secondary=Fill(background, ink, legible(ink, background, 0.85), edge, pressed),
        dark=Fill(warm, ink, legible(ink, warm, 0.8), edge if high_contrast else warm, blend(ink, warm, 0.14)),
    )


def customised(theme: Theme, colours: Mapping[str, str]) -> Theme:
    """`theme` with a customer's colours, for example {"free": "#00703C"}; white or near-black text is chosen.

    Keys: free, busy, attention, unknown, accent. Raises ColourError when a colour cannot be read, when no text is
    legible on it, or when two states would look alike to somebody.
    """
    changed: dict[str, Any] = {}
    for name, text in colours.items():
        if name not in {*StateColour, "accent"}:
            raise ColourError(f"There is no colour {name!r}.", hint="Use free, busy, attention, unknown or accent.")
        changed[name] = surface(parse(text), ink_for(parse(text), name))
    result = dataclasses.replace(theme, **changed)
    problems = contrast_problems(result) + state_problems(result)
    if problems:
        raise ColourError("; ".join(problems) + ".", hint="Choose a darker or lighter colour.")
    return result


def ink_for(background: Rgb, name: str = "it") -> Rgb:
    """White, or near-black where white is not legible. Raises ColourError when neither is."""
    for ink in (WHITE, AMBER_INK):
        if contrast_ratio(ink, background) >= MIN_CONTRAST:
            return ink
    best = max(contrast_ratio(ink, background) for ink in (WHITE, AMBER_INK))
    raise ColourError(
        f"On {background.hex} ({name}) text reaches a contrast of {best:.1f}, and {MIN_CONTRAST} is needed.",
        hint="Choose a darker or lighter colour.",
    )


def text_pairs(theme: Theme) -> Iterator[tuple[str, Rgb, Rgb]]:
    """Every text and what it stands on: (where, text, background)."""
    for field in dataclasses.fields(theme):
        yield from _pairs(field.name, getattr(theme, field.name))


def _pairs(name: str, value: object) -> Iterator[tuple[str, Rgb, Rgb]]:
    match value:
        case Fill():
            yield f"{name}.text", value.text, value.fill
            yield f"{name}.detail", value.detail, value.fill
            yield f"{name}.text pressed", value.text, value.pressed
        case Surface() | KeyColours():
            if isinstance(value, Surface):
                yield f"{name}.text", value.text, value.background
                yield f"{name}.muted", value.muted, value.background
            for part in dataclasses.fields(value):
                yield from _pairs(f"{name}.{part.name}", getattr(value, part.name))
        case TimelineColours():
            yield f"{name}.heading", value.heading, value.background
            yield f"{name}.hour", value.hour, value.background
            for part in dataclasses.fields(value):
                yield from _pairs(f"{name}.{part.name}", getattr(value, part.name))
        case FieldColours():
            yield f"{name}.text", value.text, value.fill
            yield f"{name}.placeholder", value.placeholder, value.fill


def contrast_problems(theme: Theme) -> list[str]:
    """What cannot be read, in words; empty when all is well."""
    return [
        f"{where}: {text.hex} on {background.hex} has a contrast of {contrast_ratio(text, background):.2f}"
        for where, text, background in text_pairs(theme)
        if contrast_ratio(text, background) < MIN_CONTRAST
    ]


def state_problems(theme: Theme) -> list[str]:
    """Which states look alike, and to whom; empty when all is well."""
    states = list(StateColour)
    problems = []
    for index, one in enumerate(states):
        for other in states[index + 1 :]:
            for vision in Vision:
                distance = delta_e(theme.state(one).background, theme.state(other).background, vision)
                if distance < MIN_STATE_DISTANCE:
                    problems.append(f"{one} and {other} are {distance:.0f} apart in {vision} vision (20 needed)")
    return problems
