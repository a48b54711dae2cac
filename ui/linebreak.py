"""Breaking a text into lines that fit, whatever measures them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

ELLIPSIS = "…"
_BETWEEN = re.compile(r"(?<!\d) | (?!\d)")
"""Where a line may end: at a space, but not within a telephone number."""

Measure = Callable[[str], float]
"""Width in px of a text on one line."""


def ellipsize(text: str, width: float, measure: Measure) -> str:
    """`text`, or as many of its first letters as fit `width` with an ellipsis; empty when not even that fits."""
    if measure(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(_cut(text, middle)) <= width:
            low = middle
        else:
            high = middle - 1
    shortened = _cut(text, low)
    return shortened if measure(shortened) <= width else ""


def break_lines(text: str, width: float, measure: Measure, max_lines: int) -> list[str]:
    """At most `max_lines` lines no wider than `width`; what does not fit ends in an ellipsis.

    Numbers with spaces in them stay together where a line has room for them.
    """
    lines: list[str] = []
    rest = _BETWEEN.split(" ".join(text.split())) if text.strip() else []
    while rest and len(lines) < max_lines - 1:
        taken = _words_that_fit(rest, width, measure)
        if taken == 0:
            head, tail = _split_word(rest[0], width, measure)
            lines.append(head)
            rest[:1] = [tail] if tail else []
        else:
            lines.append(" ".join(rest[:taken]))
            del rest[:taken]
    if rest:
        lines.append(ellipsize(" ".join(rest), width, measure))
    return lines


def largest_size(low: int, high: int, fits: Callable[[int], bool]) -> int:
    """The largest size in [low, high] that fits; `low` when none does."""
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: str, length: int) -> str:
    return text[:length].rstrip(" ,;:-–—·") + ELLIPSIS


def _words_that_fit(words: list[str], width: float, measure: Measure) -> int:
    taken = 0
    while taken < len(words) and measure(" ".join(words[: taken + 1])) <= width:
        taken += 1
    return taken


def _split_word(word: str, width: float, measure: Measure) -> tuple[str, str]:
    """A word wider than the line is cut where it must be, at a hyphen where there is one."""
    length = largest_size(1, len(word), lambda n: measure(word[:n]) <= width)
    hyphen = word.rfind("-", 1, length)
    length = hyphen + 1 if hyphen > 0 else length
    return word[:length], word[length:]
