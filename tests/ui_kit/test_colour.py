"""Contrast, colour blindness and distance, against published numbers and over every theme."""

import itertools

import pytest

from ui.colour import ColourError, Vision, blend, contrast_ratio, delta_e, luminance, parse, simulate
from ui.theme import (
    MIN_STATE_DISTANCE,
    StateColour,
    contrast_problems,
    customised,
    ink_for,
    kiosk_theme,
    room_theme,
    state_problems,
    text_pairs,
)

THEMES = {
    "room": room_theme(),
    "room, purple busy": room_theme(purple_busy=True),
    "kiosk": kiosk_theme(),
    "kiosk, high contrast": kiosk_theme(high_contrast=True),
}


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [  # WCAG's own extremes, and values of reference/roomdisplay.md 5
        ("#FFFFFF", "#000000", 21.0),
        ("#777777", "#777777", 1.0),
        ("#FFFFFF", "#22C55E", 2.28),
        ("#FFFFFF", "#B91C1C", 6.47),
        ("#FFFFFF", "#0B7A4B", 5.4),
        ("#000000", "#FFC20A", 13.0),
        ("#FFFFFF", "#8B0000", 10.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast_ratio(parse(one), parse(other)) == pytest.approx(ratio, abs=0.06)
    assert contrast_ratio(parse(other), parse(one)) == contrast_ratio(parse(one), parse(other))


@pytest.mark.parametrize(
    ("one", "other", "vision", "distance"),
    [
        ("#0B7A4B", "#8B0000", Vision.PROTAN, 27.5),
        ("#0B7A4B", "#8B0000", Vision.DEUTAN, 28.2),
        ("#0B7A4B", "#6264A7", Vision.TRITAN, 23.3),
        ("#22C55E", "#EF4444", Vision.DEUTAN, 13.0),
        ("#FFFFFF", "#000000", Vision.NORMAL, 100.0),
    ],
)
def test_distance_between_colours(one: str, other: str, vision: Vision, distance: float) -> None:
    assert delta_e(parse(one), parse(other), vision) == pytest.approx(distance, abs=1.0)


@pytest.mark.parametrize("vision", list(Vision))
def test_grey_stays_grey_to_everybody(vision: Vision) -> None:
    seen = simulate(parse("#808080"), vision)
    assert max(seen) - min(seen) < 0.01
    assert luminance(seen) == pytest.approx(luminance(parse("#808080")), abs=0.01)


def test_blending_and_reading() -> None:
    assert blend(parse("#FFFFFF"), parse("#000000"), 0.5).hex == "#808080"
    assert parse("#0b7a4b").hex == "#0B7A4B"
    for wrong in ("0B7A4B", "#0B7A4", "green", "#0B7A4BFF", ""):
        with pytest.raises(ColourError, match="#RRGGBB"):
            parse(wrong)


@pytest.mark.parametrize("name", THEMES)
def test_every_text_can_be_read(name: str) -> None:
    pairs = list(text_pairs(THEMES[name]))
    assert len(pairs) > 150, "the walk over the theme misses parts of it"
    assert contrast_problems(THEMES[name]) == []


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("vision", list(Vision))
def test_no_two_states_look_alike_to_anybody(name: str, vision: Vision) -> None:
    theme = THEMES[name]
    for one, other in itertools.combinations(StateColour, 2):
        distance = delta_e(theme.state(one).background, theme.state(other).background, vision)
        assert distance >= MIN_STATE_DISTANCE, (one, other)


@pytest.mark.parametrize(
    ("colours", "why"),
    [
        ({"free": "#7B7B7B"}, "contrast of 4.3, and 4.5 is needed"),
        ({"free": "#5B5B5B", "busy": "#4E4E4E"}, "apart"),
        ({"free": "#00703C", "unknown": "#10703C"}, "free and unknown"),
        ({"lobby": "#00703C"}, "no colour 'lobby'"),
        ({"free": "greenish"}, "not a colour"),
    ],
)
def test_a_customers_colours_are_refused_with_the_reason(colours: dict[str, str], why: str) -> None:
    with pytest.raises(ColourError, match=why):
        customised(room_theme(), colours)


def test_a_customers_colour_gets_a_legible_ink() -> None:
    theme = customised(room_theme(), {"free": "#00703C", "busy": "#6264A7"})
    assert theme.free.background.hex == "#00703C"
    assert contrast_problems(theme) == []
    assert state_problems(theme) == []
    assert ink_for(parse("#FFC20A")).hex == "#1D1503"
    assert ink_for(parse("#00703C")).hex == "#FFFFFF"
