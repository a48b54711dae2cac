from __future__ import annotations

import pytest

from ui.stack import Item, Place, stack

WORD = Item("word", 100, least=40)


@pytest.mark.parametrize(
    ("items", "height", "places"),
    [
        ([], 100, {}),
        ([WORD], 200, {"word": Place(0, 100)}),
        ([Item("a", 20), Item("b", 30, gap=10)], 100, {"a": Place(0, 20), "b": Place(30, 30)}),
        ([Item("a", 20), Item("b", 30, gap=10)], 55, {"a": Place(0, 20), "b": Place(25, 30)}),
        ([WORD, Item("b", 30, gap=20)], 100, {"word": Place(0, 60), "b": Place(70, 30)}),
        ([WORD, Item("b", 30, gap=20, drop=1)], 70, {"word": Place(0, 70)}),
        ([Item("a", 0), Item("b", 30, gap=20)], 100, {"b": Place(0, 30)}),
    ],
    ids=["empty", "room", "gap", "tight gap", "shrinks", "dropped", "nothing to show"],
)
def test_places(items: list[Item], height: float, places: dict[str, Place]) -> None:
    assert stack(items, height) == places


def test_the_least_important_is_left_out_first() -> None:
    items = [WORD, Item("b", 30, drop=1), Item("c", 30, drop=3), Item("d", 30, drop=2)]
    assert set(stack(items, 125)) == {"word", "b", "d"}
    assert set(stack(items, 80)) == {"word", "b"}


def test_what_must_stay_stays_even_where_it_does_not_fit() -> None:
    assert set(stack([WORD, Item("b", 50)], 60)) == {"word", "b"}
