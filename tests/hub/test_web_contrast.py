"""The colours of the style sheet, measured: text 4.5:1 in both themes, states told apart by the colour-blind too."""

from __future__ import annotations

import itertools
import re

import pytest

from hub.web.static_files import STATIC
from ui.colour import Vision, contrast_ratio, delta_e, parse
from ui.theme import AMBER, GREEN, MIN_STATE_DISTANCE, RED

CSS = (STATIC / "hub.css").read_text()
BLOCKS = re.findall(r":root(\[data-theme=\"dark\"\]|:not\(\[data-theme\]\))? \{(.*?)\}", CSS, re.DOTALL)


def variables(text: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6});", text))


LIGHT = variables(BLOCKS[0][1])
THEMES = {"light": LIGHT, "dark": LIGHT | variables(BLOCKS[1][1])}

TEXT = [
    ("ink", "page"), ("ink", "card"), ("ink", "field"), ("ink", "wash"), ("soft", "page"), ("soft", "card"),
    ("soft", "field"), ("accent", "page"), ("accent", "card"), ("accent", "wash"), ("on-accent", "accent"),
    ("on-free", "free"), ("on-busy", "busy"), ("on-attention", "attention"), ("on-unknown", "unknown"),
    ("good", "good-wash"), ("bad", "bad-wash"), ("warn", "warn-wash"), ("neutral", "neutral-wash"), ("good", "card"),
    ("bad", "card"), ("warn", "card"),
]  # fmt: skip
SHAPES = [
    ("edge", "card"), ("edge", "field"), ("edge", "page"), ("bar", "card"), ("bar-used", "card"), ("warm", "card"),
    ("bar-used", "vacant"),
]  # fmt: skip


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read(theme: str, text: str, ground: str) -> None:
    colours = THEMES[theme]
    assert contrast_ratio(parse(colours[text]), parse(colours[ground])) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_can_be_seen(theme: str, shape: str, ground: str) -> None:
    wanted = 1.9 if ground == "vacant" else 3.0  # beside the hours in words
    assert contrast_ratio(parse(THEMES[theme][shape]), parse(THEMES[theme][ground])) >= wanted


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("step", range(11))
def test_every_cell_of_the_report_can_be_read(theme: str, step: int) -> None:
    colours = THEMES[theme]
    rule = re.search(rf"\.h{step} \{{ background: var\(--h{step}\); color: (var\(--([\w-]+)\)|#\w+); \}}", CSS)
    assert rule is not None
    text = colours[rule[2]] if rule[2] else rule[1]
    assert contrast_ratio(parse(text), parse(colours[f"h{step}"])) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", Vision)
def test_states_are_told_apart_by_everybody(theme: str, vision: Vision) -> None:
    states = [parse(THEMES[theme][name]) for name in ("free", "busy", "attention", "unknown")]
    assert min(delta_e(one, other, vision) for one, other in itertools.combinations(states, 2)) >= MIN_STATE_DISTANCE


def test_the_states_have_the_colours_of_the_panels() -> None:
    assert [parse(LIGHT[name]) for name in ("free", "busy", "attention")] == [GREEN, RED, AMBER]


def test_dark_by_the_device_is_dark_by_the_switch() -> None:
    assert variables(BLOCKS[1][1]) == variables(BLOCKS[2][1])


def test_every_colour_is_one_of_the_theme() -> None:
    rest = re.sub(r":root[^{]*\{.*?\}", "", CSS, flags=re.DOTALL)
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rest)) <= {"#FFFFFF"}
    assert "url(http" not in CSS
    assert "@import" not in CSS
