"""The kiosk at rest."""

from __future__ import annotations

import re

from kiosk.screens.column import Entry, fits, place_column
from kiosk.screens.notice import Notice
from kiosk.screens.page_screen import PageScreen
from kiosk.screens.sending import ActionLink
from kiosk.screens.tile_grid import TileGrid
from kiosk.view import WelcomeView
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.placing import hide, put
from ui.rect import Rect
from ui.sender import Sender
from ui.text import measure
from ui.widgets.fit_label import FitLabel

TITLE = (TextRole.HEADLINE, TextRole.HEADLINE, TextRole.SUBTITLE, TextRole.SUBTITLE, TextRole.TITLE, TextRole.BODY)
LEAST_TITLE = TITLE[:4]
TEXT = (TextRole.TITLE, TextRole.BODY, TextRole.BODY, TextRole.SMALL)
WORDS_SHARE = 0.42
"""Title, text and notice take at most this share of the height."""


class WelcomePage(PageScreen):
    """Title and text, tiles, and at the foot the privacy notice and the clock."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        super().__init__(look, sender, low=low)
        self.title, self.text = self.heading(TextRole.HEADLINE), self.words(lines=3)
        self.notice = Notice(look, max_lines=5 if look.panel.portrait else 3)
        self.tiles = TileGrid(look, sender)
        self.privacy = ActionLink(look, sender)
        self.clock = FitLabel(look, role=TextRole.SMALL, colour=self.surface.muted, valign="middle")
        self.clock.align = "left" if look.panel.portrait else "right"
        self.clock.shrink = 0.7
        for widget in (self.title, self.text, self.notice, self.tiles, self.privacy, self.clock):
            self.add_widget(widget)

    def show(self, page: WelcomeView) -> None:
        self.title.text, self.text.text, self.clock.text = page.title, page.text, page.clock
        self.notice.text = page.notice
        self.tiles.show(page.tiles)
        self.privacy.show(page.privacy)

    def place(self, rect: Rect) -> None:
        panel = self.look.panel
        foot = self._place_foot(rect)
        air = panel.unit * (3 if panel.layout is not Layout.COMPACT else 1)
        words = Rect(rect.x, foot, rect.width, rect.top - air - foot)
        top = self._place_words(words)
        room = Rect(rect.x, foot, rect.width, max(1.0, top - air * 1.2 - foot))
        self.tiles.place(self.reach(room, self.tiles.least_height(room.width)), low=self.low or panel.portrait)

    def _place_words(self, rect: Rect) -> float:
        gap = self.look.panel.unit
        notice = self.notice.height_for(rect.width)
        tiles = self.tiles.least_height(rect.width) + 2 * gap
        most = max(1.0, min(rect.height * WORDS_SHARE, rect.height - tiles) - (notice + gap if notice else 0))
        entries = [Entry(self.title, TITLE), Entry(self.text, TEXT, gap * 0.5)]
        place = Rect(rect.x, rect.top - most, rect.width, most)
        if not fits(self.look, [Entry(self.title, LEAST_TITLE), *entries[1:]], place):
            # The title is not made small for the text's sake, nor the tiles for the title's.
            hide(self.text)
            entries.pop()
        if not fits(self.look, entries, place):
            hide(self.title)
            entries.pop()
        top = place_column(self.look, entries, place) if entries else rect.top
        if not notice:
            self.notice.leave()
            return top
        put(self.notice, Rect(rect.x, top - gap - notice, rect.width, notice))
        return top - gap - notice

    def _place_foot(self, rect: Rect) -> float:
        """Privacy at the left, the clock at the right; returns where the tiles may begin."""
        high = self.look.panel.touch
        if self.look.panel.portrait:
            line = self.look.panel.line(TextRole.SMALL)
            put(self.clock, Rect(rect.x, rect.y, rect.width, line))
            put(self.privacy, Rect(rect.x, rect.y + line, rect.width, high))
            return rect.y + line + high + self.gap
        # As wide as any time of day: a new minute moves nothing.
        widest = re.sub("[0-9]", "0", self.clock.text)
        clock = min(rect.width * 0.45, measure(widest, self.look.style(TextRole.SMALL)) + rect.width * 0.03)
        put(self.privacy, Rect(rect.x, rect.y, rect.width - clock - self.gap, high))
        put(self.clock, Rect(rect.right - clock, rect.y, clock, high))
        return rect.y + high + self.gap
