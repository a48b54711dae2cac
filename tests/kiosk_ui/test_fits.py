"""Every page in every language, size and reading aid, with names that are too long: nothing overflows or overlaps."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from kiosk.view import KioskView
from tests.kiosk_ui.pages import KINDS, PAGES, page
from ui.metrics import PANELS, SEVEN_INCH, TEN_INCH, TOUCH_DISPLAY_2, Panel
from ui.rect import Rect

pytestmark = pytest.mark.usefixtures("the_window")

AIDS: dict[str, dict[str, bool]] = {
    "normal": {},
    "large": {"large_text": True},
    "low": {"low_reach": True},
    "large low": {"large_text": True, "low_reach": True},
}
SETTINGS = [
    pytest.param(
        *(panel, language, aids),
        id=f"{panel.width_px}x{panel.height_px} {language} {aids}",
        marks=[] if (language, aids) == ("da", "normal") else [pytest.mark.slow],
    )
    for panel, language, aids in itertools.product(PANELS, ("da", "en", "es"), AIDS)
]


HIGHER = {"welcome-no-network", "types", "in-building", "rules-signed", "rules-sign-group", "aids"}
"""Pages with more to touch than the lower half has room for."""


def drop(root: Any) -> None:
    """Off, so that nothing of it asks for frames; kept texts stay kept, for the next page has the same."""
    root._under.clear_widgets()
    root._over.clear_widgets()


def tree(panel: Panel, view: KioskView) -> Any:
    from kiosk.screens.kiosk_root import KioskRoot

    root = KioskRoot(panel, lambda action: None)
    root.show(view)
    return root


def sample(name: str, language: str, aids: str, *, long: bool = False) -> KioskView:
    return page(name, language, long=long, **AIDS[aids])


def inside(box: Rect, around: Rect) -> bool:
    return around.x <= box.x <= box.right <= around.right and around.y <= box.y <= box.top <= around.top


def clip(widget: Any) -> Rect:
    """What is seen of a widget inside rows that scroll."""
    from ui.widgets.scroller import Scroller

    while widget is not None and widget is not widget.parent:
        if isinstance(widget, Scroller):
            return Rect(widget.x, widget.y, widget.width, widget.height)
        widget = widget.parent
    return Rect(-1e6, -1e6, 2e6, 2e6)


def text_problems(root: Any, panel: Panel) -> list[str]:
    from tests.ui.drawn import overlapping, texts

    screen = Rect(0, 0, panel.width_px, panel.height_px).inset(-1)
    tops = [root.still_there] if root.still_there else [root.header, root.page]
    visible = [text for top in tops for text in texts(top) if clip(text.widget).contains(*text.box.centre)]
    found = [f"{text.text!r} leaves the screen" for text in visible if not inside(text.box, screen)]
    for text in visible:
        around = text.widget.rect.inset(-max(2.0, text.box.height * 0.06))
        if not inside(text.box, around):
            found.append(f"{text.text!r} at {text.box} overflows {around}")
    return found + [f"{one!r} covers {other!r}" for one, other in overlapping(visible)]


def targets(root: Any) -> list[Any]:
    """What can be touched: all of what is on top, as far as it is seen."""
    from tests.ui.drawn import painted
    from ui.widgets.long_press import LongPress
    from ui.widgets.touchable import Touchable

    tops = [root.still_there] if root.still_there else [root.header, root.page]
    found = [widget for top in tops for widget in painted(top) if isinstance(widget, Touchable)]
    return [one for one in found if not isinstance(one, LongPress) and clip(one).contains(*one.rect.centre)]


def target_problems(root: Any, panel: Panel) -> list[str]:
    screen = Rect(0, 0, panel.width_px, panel.height_px)
    touched, found = targets(root), []
    for index, one in enumerate(touched):
        if min(one.size) < panel.touch - 1.5:
            found.append(f"{one} is only {one.size}")
        if not inside(one.rect, screen):
            found.append(f"{one} leaves the screen")
        covered = [other for other in touched[index + 1 :] if one.rect.inset(1).overlaps(other.rect.inset(1))]
        found += [f"{one} covers {other}" for other in covered if clip(one) == clip(other)]
    keyboard = root.page.keyboard
    if keyboard is not None and not root.still_there:
        found += [f"{one} covers the keyboard" for one in touched if one.y < keyboard.top - 1]
    return found


@pytest.mark.parametrize(("panel", "language", "aids"), SETTINGS)
def test_everything_fits_and_can_be_hit(panel: Panel, language: str, aids: str) -> None:
    problems = []
    cases = [(name, True) for name in (PAGES if aids == "normal" else KINDS)]
    cases += [(name, False) for name in KINDS] if aids == "normal" else []
    for name, long in cases:
        root = tree(panel, sample(name, language, aids, long=long))
        found = text_problems(root, panel) + target_problems(root, panel)
        problems += [f"{name}{' long' if long else ''}: {problem}" for problem in found]
        drop(root)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("panel", PANELS, ids=["10", "7", "portrait"])
@pytest.mark.parametrize("aids", ["normal", "low", "large"])
def test_primary_targets_are_20_mm(panel: Panel, aids: str) -> None:
    """18 mm where six tiles, or five and a notice, share a low panel with large text or low buttons."""
    from kiosk.screens.sending import ActionButton, ActionTile

    for name in ("welcome", "welcome-no-network", "types", "rules", "rules-signed", "done", "still-in", "still-there"):
        root = tree(panel, sample(name, "da", aids))
        top = root.still_there or root.page
        primary = [one for one in top.walk() if isinstance(one, ActionTile)]
        primary += [one for one in top.walk() if isinstance(one, ActionButton) and one.style == "primary"]
        assert primary, name
        for one in primary:
            least_mm = 18 if name in {"welcome-no-network", "types"} else 20
            assert min(one.size) >= panel.mm(least_mm) - 1.5, f"{name}: {one.size}"
        drop(root)


def test_more_time_is_the_largest_button_on_the_screen() -> None:
    for panel in PANELS:
        shown = tree(panel, sample("still-there", "es", "normal")).still_there
        assert shown.more.width * shown.more.height > shown.leave.width * shown.leave.height
        assert shown.more.height >= panel.mm(20)


@pytest.mark.parametrize(("panel", "wide_mm"), [(TEN_INCH, 19.5), (SEVEN_INCH, 13.9), (TOUCH_DISPLAY_2, 9.0)])
def test_keys_are_as_wide_as_the_panel_allows(panel: Panel, wide_mm: float) -> None:
    keyboard = tree(panel, sample("form", "da", "normal")).page.keyboard
    letters = [key for key in keyboard.keys.keys if key.text and key.text.isalpha()]
    assert min(key.rect.width for key in letters) / panel.px_per_mm >= wide_mm


@pytest.mark.parametrize("panel", [TEN_INCH, TOUCH_DISPLAY_2], ids=["10", "portrait"])
@pytest.mark.parametrize("name", [n for n in KINDS if n not in {"pin", "pin-locked", "still-there", "admin-log"}])
def test_low_reach_keeps_what_is_touched_in_the_lower_half(name: str, panel: Panel) -> None:
    """Six tiles of 20 mm and three rows need a little more. Beside a keyboard the header's buttons stand on it."""
    root = tree(panel, sample(name, "en", "low"))
    touched = targets(root)
    if root.page.keyboard is None:
        share = 0.7 if name in HIGHER else 0.5
        assert max(one.top for one in touched) <= panel.height_px * share + 1
        return
    assert max(chip.y for chip in root.header.chips) <= root.page.keyboard.top + 2 * panel.unit


@pytest.mark.parametrize("panel", PANELS, ids=["10", "7", "portrait"])
def test_large_text_is_larger(panel: Panel) -> None:
    for name in ("welcome", "form", "rules", "evacuating", "privacy"):
        sizes = []
        for aids in ("normal", "large"):
            page = tree(panel, sample(name, "en", aids)).page
            label = page.pager.labels[0] if hasattr(page, "pager") and hasattr(page.pager, "labels") else page.title
            sizes.append(label.lines()[1].size_px if label.right > 0 else 0)
        assert sizes[1] > sizes[0] or sizes == [0, 0], f"{name}: {sizes}"
