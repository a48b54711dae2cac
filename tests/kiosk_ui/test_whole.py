"""Nothing is shown in part: fields, labels of the header, lines of long texts, what is said on a small panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.kiosk_ui.pages import page
from tests.kiosk_ui.test_fits import AIDS, clip, inside, sample, tree
from ui.metrics import PANELS, SEVEN_INCH, TEN_INCH, TOUCH_DISPLAY_2, Panel
from ui.rect import Rect

pytestmark = pytest.mark.usefixtures("the_window")
PutUp = Callable[..., Any]

on_every_panel = pytest.mark.parametrize("panel", PANELS, ids=["10", "7", "portrait"])


def around(box: Any) -> Rect:
    return Rect(box.x, box.y, box.width, box.height)


@on_every_panel
@pytest.mark.parametrize("aids", AIDS)
def test_a_field_is_seen_whole_or_not_at_all(panel: Panel, aids: str) -> None:
    for name in (
        "form",
        "form-company",
        "form-seven",
        "form-contact",
        "form-group",
        "form-latin",
        "leaving",
        "leaving-typed",
    ):
        shown = tree(panel, sample(name, "da", aids)).page
        for box in shown.boxes:
            seen, field = clip(box), around(box)
            assert inside(field, seen) or not field.overlaps(seen.inset(1)), f"{name}: {box.view.key}"


@on_every_panel
def test_the_three_fields_of_a_walk_in_are_there_without_a_bar(panel: Panel) -> None:
    shown = tree(panel, sample("form", "es", "normal")).page
    assert [inside(around(box), clip(box)) for box in shown.boxes] == [True] * 3
    assert shown.pager.scroller.longest == 0
    assert shown.pager.scroller.bar.shown == 1


@pytest.mark.parametrize("language", ["da", "en", "es"])
def test_with_the_company_four_fields_are_there_on_ten_inches(language: str) -> None:
    shown = tree(TEN_INCH, sample("form-company", language, "normal")).page
    assert [inside(around(box), clip(box)) for box in shown.boxes] == [True] * 4


@on_every_panel
@pytest.mark.parametrize("language", ["da", "en", "es"])
@pytest.mark.parametrize("aids", AIDS)
def test_the_buttons_of_the_header_have_their_whole_words(panel: Panel, language: str, aids: str) -> None:
    from tests.ui.drawn import texts

    for name in ("welcome", "form"):
        header = tree(panel, sample(name, language, aids, long=True)).header
        drawn = [text.text for chip in header.chips for text in texts(chip)]
        assert drawn == [chip.text for chip in header.chips], name
        assert header.chips[0].x >= 0
        assert header.chips[-1].right <= panel.width_px


@on_every_panel
def test_the_way_on_is_at_the_right_also_where_it_is_alone(panel: Panel) -> None:
    places = []
    for name in ("done", "goodbye", "rules", "still-in"):
        (onward,) = (one for one in tree(panel, page(name)).page.buttons.buttons if one.style == "primary")
        places.append(onward.right)
    assert len(set(places)) == 1


@on_every_panel
def test_who_may_not_try_again_reads_why(panel: Panel) -> None:
    from tests.ui.drawn import texts

    words = " ".join(text.text for text in texts(tree(panel, page("leaving-tries", "en")).page))
    assert "Too many tries" in words


@pytest.mark.parametrize("panel", [SEVEN_INCH, TOUCH_DISPLAY_2], ids=["7", "portrait"])
def test_the_line_at_the_edge_of_a_long_text_fades(panel: Panel, put_up: PutUp) -> None:
    shown = put_up(panel, page("privacy", "es", large_text=True))
    pager = shown.root.page.pager
    assert (pager.above.right > 0, pager.below.right > 0) == (False, True)
    left = int(pager.scroller.x)
    edge = range(left, left + int(pager.scroller.width) - 4 * panel.unit)
    for _ in range(30):
        assert not inked(shown, edge, int(pager.scroller.y))
        if pager.down.disabled:
            break
        shown.tap(*pager.down.center)
        assert pager.above.right > 0
    assert (pager.above.right > 0, pager.below.right > 0) == (True, False)


def inked(shown: Any, columns: range, y: int) -> bool:
    """Whether something dark is drawn in that row of pixels."""
    from ui.window import frame

    picture = frame(shown.window)
    row = picture.height - 1 - y
    return any(min(picture.pixel(x, row)) < 150 for x in columns)


@pytest.mark.parametrize("language", ["da", "en", "es"])
def test_tiles_in_large_text_have_no_smaller_words_than_without(language: str) -> None:
    """Also where they are in the lower half, which leaves them less room."""
    sizes = {aids: tile_px(sample("welcome", language, aids)) for aids in AIDS}
    assert sizes["large"] >= sizes["normal"]
    assert sizes["large low"] >= sizes["normal"]


def tile_px(view: Any) -> int:
    """Font size of the words on the first tile."""
    tile = tree(TEN_INCH, view).page.tiles.tiles[0]
    return int(tile._laid(tile.largest)[2].title.style.size_px)
