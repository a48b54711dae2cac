"""Who was told, by what, what to do next; and the badge."""

from __future__ import annotations

from kiosk.screens.badge_card import BadgeCard
from kiosk.screens.button_bar import ButtonBar
from kiosk.screens.column import Entry, fits, place_column
from kiosk.screens.page_screen import PageScreen
from kiosk.view import DoneView
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.placing import hide, put
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.fit_label import FitLabel
from ui.widgets.progress_bar import ProgressBar

TITLE = (TextRole.HEADLINE, TextRole.HEADLINE, TextRole.SUBTITLE, TextRole.TITLE, TextRole.TITLE, TextRole.BODY)
FIRST = (TextRole.TITLE, TextRole.TITLE, TextRole.TITLE, TextRole.BODY, TextRole.SMALL, TextRole.DETAIL)
OTHER = (TextRole.BODY, TextRole.BODY, TextRole.SMALL, TextRole.SMALL, TextRole.DETAIL, TextRole.CAPTION)
MAX_LINES = 5
BADGE_SHARES = (0.40, 0.34, 0.28)
"""Of the width; the badge becomes smaller rather than the words unreadable."""
BADGE_SHARES_PORTRAIT = (0.46, 0.38, 0.30, 0.22)
BAR_MM = 78.0


class DonePage(PageScreen):
    """Title, lines, count-down, buttons; the badge at the right, upright beneath."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        super().__init__(look, sender, low=low)
        self.title = self.heading(TextRole.HEADLINE)
        self.lines: list[FitLabel] = []
        self.countdown = FitLabel(look, role=TextRole.SMALL, colour=self.surface.muted, shrink=0.7)
        self.bar = ProgressBar(look)
        self.badge = BadgeCard(look)
        self.buttons = ButtonBar(look, sender)
        for widget in (self.title, self.countdown, self.bar, self.badge, self.buttons):
            self.add_widget(widget)

    def show(self, page: DoneView) -> None:
        self.title.text = page.title
        self._fill(page.lines[:MAX_LINES])
        if self.countdown.text != page.countdown or page.remaining > self.bar.fraction:
            self.bar.fraction = page.remaining
        self.countdown.text = page.countdown
        self.badge.badge = page.badge
        self.buttons.show(page.buttons)

    def wipe(self) -> None:
        self.badge.wipe()

    def place(self, rect: Rect) -> None:
        panel = self.look.panel
        buttons = self.buttons.height_for(rect.width)
        self.buttons.place(Rect(rect.x, rect.y, rect.width, buttons))
        air = panel.unit * (4 if panel.layout is not Layout.COMPACT else 1)
        low = rect.y + (buttons + self.gap if buttons else 0)
        room = Rect(rect.x, low, rect.width, rect.top - air - low)
        entries = [Entry(self.title, TITLE)]
        for index, line in enumerate(self.lines):
            entries.append(Entry(line, FIRST if index == 0 else OTHER, panel.unit * (1.5 if index else 1.0)))
        share = self._badge_share(room, entries)
        self._place_badge(room, share)
        room = self._beside_badge(room, share)
        while len(entries) > 2 and not fits(self.look, entries, self._above_countdown(room)):
            hide(entries.pop().label)
        top = place_column(self.look, entries, self._above_countdown(room))
        self._place_countdown(Rect(room.x, room.y, room.width, top - room.y))

    def _above_countdown(self, room: Rect) -> Rect:
        panel = self.look.panel
        foot = panel.line(TextRole.SMALL) + panel.mm(3) + self.gap
        return Rect(room.x, room.y + foot, room.width, max(1.0, room.height - foot))

    def _badge_share(self, room: Rect, entries: list[Entry]) -> float:
        """The largest share at which the words need not be small; with large text they come first."""
        if self.badge.badge is None:
            return 0.0
        shares = BADGE_SHARES_PORTRAIT if self.look.panel.portrait else BADGE_SHARES
        generous = [Entry(entry.label, entry.roles[:4], entry.gap) for entry in entries]
        for share in shares:
            if fits(self.look, generous, self._above_countdown(self._beside_badge(room, share))):
                return share
        return 0.0 if self.look.panel.text_scale > 1 else shares[-1]

    def _fill(self, texts: tuple[str, ...]) -> None:
        while len(self.lines) > len(texts):
            self.remove_widget(self.lines.pop())
        while len(self.lines) < len(texts):
            self.lines.append(self.words(lines=3, muted=bool(self.lines)))
            self.add_widget(self.lines[-1])
        for line, text in zip(self.lines, texts, strict=True):
            line.text = text

    def _beside_badge(self, room: Rect, share: float) -> Rect:
        """What the badge leaves."""
        if not share:
            width = room.width if self.look.panel.portrait else min(room.width, self.look.panel.mm(150))
            return Rect(room.x, room.y, width, room.height).snapped()
        if self.look.panel.portrait:
            high = room.height * share + self.gap
            return Rect(room.x, room.y + high, room.width, room.height - high).snapped()
        return Rect(room.x, room.y, room.width * (1 - share) - 3 * self.gap, room.height).snapped()

    def _place_badge(self, room: Rect, share: float) -> None:
        if not share:
            hide(self.badge)
        elif self.look.panel.portrait:
            put(self.badge, Rect(room.x, room.y, room.width, room.height * share))
        else:
            width = room.width * share
            put(self.badge, Rect(room.right - width, room.y, width, room.height))

    def _place_countdown(self, room: Rect) -> None:
        panel = self.look.panel
        line, bar = panel.line(TextRole.SMALL), panel.mm(3)
        top = min(room.top - self.gap, room.y + line + bar + self.gap * 5 + panel.unit * 4)
        top = max(top, room.y + line + bar)
        width = min(room.width, panel.mm(BAR_MM))
        put(self.countdown, Rect(room.x, top - line, room.width, line))
        put(self.bar, Rect(room.x, top - line - bar, width, bar))
