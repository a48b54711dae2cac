"""Textures are kept while they are used, and never more of them than the budget."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ui.kept_textures import KeptTextures

BUDGET_PX = 100


@dataclass(frozen=True)
class Drawn:
    width: int
    height: int = 1


@given(st.lists(st.integers(1, 130), max_size=60), st.integers(0, 60))
def test_the_last_used_that_fit_are_kept_and_drawn_once(wanted: list[int], cleared_at: int) -> None:
    drawn: list[int] = []

    def draw(width: int) -> Drawn:
        drawn.append(width)
        return Drawn(width)

    kept = KeptTextures(draw, BUDGET_PX)
    newest = OrderedDict[int, None]()
    for at, width in enumerate(wanted):
        if at == cleared_at:
            kept.clear()
            newest.clear()
        known = width in newest
        before = len(drawn)
        assert kept.get(width) == Drawn(width)
        assert len(drawn) - before == (not known)
        newest.pop(width, None)
        newest[width] = None
        while sum(newest) > BUDGET_PX and len(newest) > 1:
            newest.popitem(last=False)
        assert kept.px == sum(newest)


def test_a_smaller_budget_counts_at_once() -> None:
    kept = KeptTextures(Drawn, BUDGET_PX)
    for width in (30, 20, 10):
        kept.get(width)
    kept.budget(30)
    assert kept.px == 30
