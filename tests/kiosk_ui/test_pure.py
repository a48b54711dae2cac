"""Echoes of what was typed, strokes as text, places of tiles."""

from __future__ import annotations

import itertools

import pytest

from kiosk.screens.strokes import MAX_POINTS, MAX_STROKES, from_text, to_text
from kiosk.screens.typed import MAX_PENDING, Echoes
from ui.metrics import PANELS, Panel
from ui.rect import Rect

pytestmark = pytest.mark.usefixtures("the_window")


@pytest.mark.parametrize(
    ("sent", "view", "shown", "taken"),
    [
        ([], "", "", False),
        ([], "Jes", "", True),
        (["J", "Je"], "J", "Je", False),
        (["J", "Je"], "Je", "Je", False),
        (["J", "Je"], "", "Je", True),
        (["J", "", "B"], "", "B", True),
        (["j"], "J", "j", True),
        (["J", "Je"], "Jens", "Je", True),
    ],
    ids=["equal", "prefilled", "behind", "level", "wiped", "wiped among echoes", "normalised", "changed"],
)
def test_which_views_take_a_text_away(sent: list[str], view: str, shown: str, taken: bool) -> None:
    echoes = Echoes()
    for text in sent:
        echoes.sent(text)
    assert echoes.takes(view, shown) is taken


def test_an_old_echo_is_no_echo_any_more() -> None:
    echoes = Echoes()
    for text in ("J", "Je", "Jes"):
        echoes.sent(text)
    assert not echoes.takes("Je", "Jes")
    assert echoes.takes("J", "Jes")
    for number in range(3 * MAX_PENDING):
        echoes.sent(str(number))
    assert echoes.takes("0", "299")


@pytest.mark.parametrize(
    ("text", "strokes"),
    [
        ("", []),
        ("1,2", [((1, 2),)]),
        ("1,2 3,4;5,6", [((1, 2), (3, 4)), ((5, 6),)]),
        ("9999,5", [((1000, 5),)]),
        (";;x,y;1,2", [((1, 2),)]),
        ("-1,2", [((1, 2),)]),
    ],
)
def test_strokes_are_read(text: str, strokes: list[object]) -> None:
    assert from_text(text) == strokes


def test_strokes_come_back_and_are_bounded() -> None:
    drawn = [((0, 0), (1000, 1000)), ((500, 500),)]
    assert from_text(to_text(drawn)) == drawn
    assert len(from_text("1,1;" * 10_000)) <= MAX_STROKES
    assert sum(map(len, from_text("1,1 " * 10_000))) == MAX_POINTS


@pytest.mark.parametrize("panel", PANELS, ids=["10", "7", "portrait"])
@pytest.mark.parametrize(("count", "primary", "low"), list(itertools.product(range(7), (False, True), (False, True))))
def test_tiles_lie_in_their_place_and_apart(panel: Panel, count: int, primary: bool, low: bool) -> None:
    from kiosk.screens.tile_grid import places

    room = Rect(20, 60, panel.width_px - 40, panel.height_px * 0.55)
    tiles = places(count, room, panel, primary=primary, low=low)
    assert len(tiles) == count
    for one, other in itertools.combinations(tiles, 2):
        assert not one.inset(0.5).overlaps(other.inset(0.5))
    for tile in tiles:
        assert room.x - 1 <= tile.x <= tile.right <= room.right + 1
        assert room.y - 1 <= tile.y <= tile.top <= room.top + 1
        assert min(tile.width, tile.height) >= panel.mm(20)
    if tiles and low:
        assert min(tile.y for tile in tiles) == pytest.approx(room.y, abs=1)
    if primary and count > 1:
        assert tiles[0].width >= max(tile.width for tile in tiles) - 1
