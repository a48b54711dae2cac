"""Up to six tiles: where they are, and the widgets."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.uix.widget import Widget

from kiosk.screens.sending import ActionTile, fill_widgets
from kiosk.view import TileView
from ui.look import Look
from ui.metrics import TOUCH_PRIMARY_MM, Panel
from ui.placing import put
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.tile import ICON_MM

HIGHEST_MM = 50.0
HIGHEST_PORTRAIT_MM = 27.0
BESIDE_MM = ICON_MM + 22
"""Lower tiles have their words beside the icon."""
LEAST_LARGE_MM = 42.0
"""Lower ones have no room for large words beneath an icon."""
NARROWEST_MM = 46.0
PRIMARY_SHARE = 1.25
"""The first tile of a single row is so much wider when it is the primary one."""


class TileGrid(Widget):  # type: ignore[misc]
    """`show(views)`, then `place(rect, low)`: at the top of `rect`, or at its bottom."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(size_hint=(None, None))
        self.look, self.sender = look, sender
        self.tiles: list[ActionTile] = []
        self._primary = False

    def show(self, views: Sequence[TileView]) -> None:
        """Take over the views."""
        self._primary = bool(views) and views[0].primary
        fill_widgets(self, self.tiles, tuple(views), lambda: ActionTile(self.look, self.sender))

    def least_height(self, width: float) -> float:
        """Height at which every tile is still a primary target, in as few columns as there may be."""
        panel = self.look.panel
        rows = len(_rows(len(self.tiles), Rect(0, 0, width, 0), panel, primary=self._primary))
        return rows * panel.mm(TOUCH_PRIMARY_MM) + 2 * panel.unit * max(0, rows - 1)

    def place(self, rect: Rect, *, low: bool = False) -> None:
        """Lay the tiles out, with words of one size."""
        found = places(len(self.tiles), rect, self.look.panel, primary=self._primary, low=low)
        for tile, place in zip(self.tiles, found, strict=True):
            put(tile, place)
        largest = min((tile.fitting() for tile in self.tiles), default=1.0)
        for tile in self.tiles:
            tile.largest = largest


def places(count: int, rect: Rect, panel: Panel, *, primary: bool, low: bool = False) -> list[Rect]:
    """The rectangles of `count` tiles in `rect`."""
    rows = _rows(count, rect, panel, primary=primary)
    gap = panel.unit * (2 if panel.portrait or len(rows) > 1 else 3)
    high = _height((rect.height - gap * (len(rows) - 1)) / max(1, len(rows)), panel)
    whole = high * len(rows) + gap * (len(rows) - 1)
    top = rect.y + whole if low else rect.top
    found: list[Rect] = []
    for row in rows:
        left, each = rect.x, (rect.width - gap * (len(row) - 1)) / sum(row)
        for share in row:
            found.append(Rect(left, top - high, each * share, high))
            left += each * share + gap
        top -= high + gap
    return found


def _height(room: float, panel: Panel) -> float:
    """Of a tile: large words beside its icon rather than small ones beneath it."""
    if panel.portrait:
        return min(room, panel.mm(HIGHEST_PORTRAIT_MM))
    if panel.text_scale > 1 and room < panel.mm(LEAST_LARGE_MM):
        return min(room, panel.mm(BESIDE_MM) - 1)
    return min(room, panel.mm(HIGHEST_MM))


def _rows(count: int, rect: Rect, panel: Panel, *, primary: bool) -> list[list[float]]:
    """The tiles of each row with their shares of its width."""
    if count == 0:
        return []
    columns = _columns(count, rect, panel)
    first = PRIMARY_SHARE if primary and columns > 1 else 1.0
    if columns >= count:
        return [[first] + [1.0] * (count - 1)]
    if columns > 1 and primary and count % columns == columns - 1:
        # The primary tile fills the hole that the last row would have.
        return [[2.0] + [1.0] * (columns - 2)] + [[1.0] * columns for _ in range((count - columns + 1) // columns)]
    rows = [[1.0] * columns for _ in range(count // columns)]
    return rows + ([[1.0] * (count % columns)] if count % columns else [])


def _columns(count: int, rect: Rect, panel: Panel) -> int:
    """As few rows as their words allow; upright one column while it is high enough for a thumb."""
    widest = max(1, int(rect.width / panel.mm(NARROWEST_MM if not panel.portrait else NARROWEST_MM * 0.85)))
    if panel.portrait:
        gap = panel.unit * 2
        one = (rect.height - gap * (count - 1)) / count >= panel.mm(TOUCH_PRIMARY_MM)
        return 1 if one else min(2, widest)
    if count <= min(4, widest):
        return count
    return min(3 if count > 4 else 2, widest)
