"""What a tree of widgets draws, as values: every text with the box it takes on the glass."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kivy.graphics import InstructionGroup

from ui.painter import Painter
from ui.rect import Rect
from ui.text import TextStyle, measure
from ui.widgets.painted import Painted

DESCENDING = set("gjpqyçþQJ,;()[]{}|/@ø")


@dataclass(frozen=True)
class Text:
    """A line: `box` reaches from the top of its capitals to the bottom of its descenders."""

    text: str
    box: Rect
    widget: Any


class Noting(Painter):
    """Draws, and notes the texts."""

    def __init__(self, widget: Any) -> None:
        super().__init__(InstructionGroup())
        self.widget = widget
        self.texts: list[Text] = []

    def text(self, text: str, x: float, baseline: float, style: TextStyle, colour: Any, **how: Any) -> None:
        super().text(text, x, baseline, style, colour, **how)
        if text:
            width = measure(text, style)
            left = {"center": x - width / 2, "right": x - width}.get(how.get("align", "left"), x)
            below = style.descent_px * 0.9 if DESCENDING & set(text) else 0.0
            self.texts.append(Text(text, Rect(left, baseline - below, width, style.cap_px + below), self.widget))


def texts(tree: Any) -> list[Text]:
    """Every text that is drawn somewhere beneath `tree`."""
    return [text for widget in painted(tree) for text in _texts_of(widget)]


def painted(tree: Any) -> Iterator[Any]:
    """The widgets that draw something on the glass."""
    for widget in tree.walk(restrict=True):
        if isinstance(widget, Painted) and widget.width > 0 and widget.height > 0 and widget.right > 0:
            yield widget


def _texts_of(widget: Any) -> list[Text]:
    noting = Noting(widget)
    widget.paint(noting)
    return noting.texts


def overlapping(found: list[Text], *, slack: float = 1.0) -> list[tuple[str, str]]:
    """Pairs of texts that cover one another."""
    return [
        (one.text, other.text)
        for one, other in itertools.combinations(found, 2)
        if one.box.inset(slack).overlaps(other.box.inset(slack))
    ]
