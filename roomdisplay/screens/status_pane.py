"""The coloured part of the home view: what the room is, until when, for whom, and what can be done."""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from roomdisplay.screens.button_grid import ButtonGrid
from roomdisplay.screens.room_header import RoomHeader
from roomdisplay.view import Action, ButtonView, HomeView, Tone
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.placing import height_at, hide, one_line, put
from ui.rect import Rect
from ui.sender import Sender
from ui.stack import Item, Place, stack
from ui.surface import Surface
from ui.text import DESCENT
from ui.typeface import Weight
from ui.widgets.backdrop import Backdrop
from ui.widgets.banner import Banner
from ui.widgets.fit_label import FitLabel
from ui.widgets.progress_bar import ProgressBar
from ui.widgets.status_label import DISPLAY_CAP, StatusLabel
from ui.widgets.toast import Toast

LEAST_WORD = 0.42
"""The status word may shrink to this share of its size before lines beneath it are left out."""

GOOD_WORD_MM = 13.0
"""Where the word would have to be lower than this, what is beneath it makes do with less first."""

FRUGAL = ("plain", "short title", "no progress", "no hint", "short detail")
"""What is saved, one after the other, until the word is high enough."""


class StatusPane(Widget):  # type: ignore[misc]
    """Header, status word and lines from the top; hint and buttons from the bottom."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(size_hint=(None, None))
        self.look = look
        self.backdrop = Backdrop(look)
        self.header = RoomHeader(look, sender)
        self.word = StatusLabel(look)
        self.subline = FitLabel(look, role=TextRole.SUBTITLE, max_lines=2, shrink=0.8)
        self.title = FitLabel(look, role=TextRole.TITLE, max_lines=2)
        self.detail = FitLabel(look, role=TextRole.BODY, weight=Weight.REGULAR, max_lines=2, shrink=0.9)
        self.progress = ProgressBar(look)
        self.banner = Banner(look)
        self.hint = FitLabel(look, role=TextRole.BODY, shrink=0.85)
        self.buttons = ButtonGrid(look, sender)
        self.footer = ButtonGrid(look, sender, compact=True, max_rows=1)
        self.toast = Toast(look, show_s=0)
        self.toast.bind(on_undo=self._undo)
        self._sender = sender
        self._toast_action: Action | None = None
        self._has_progress = False
        for widget in (self.backdrop, self.header, *self._lines().values(), self.hint, self.buttons, self.footer):
            self.add_widget(widget)

    def show(self, view: HomeView, surface: Surface, footer: tuple[ButtonView, ...]) -> None:
        """Take over the view; `footer` holds buttons that found no place beside the day."""
        self.backdrop.colour = surface.background
        self.header.show(view, surface)
        doubtful = view.tone is Tone.NEUTRAL
        self.word.text, self.word.colour = view.headline, surface.muted if doubtful else surface.text
        self.subline.text, self.subline.colour = view.subline, surface.text
        self.title.text, self.title.colour = view.title, surface.text
        self.detail.text, self.detail.colour = view.title_detail, surface.muted
        self.hint.text, self.hint.colour = view.hint, surface.muted
        self.progress.surface, self.progress.fraction = surface, view.progress or 0.0
        self._has_progress = view.progress is not None
        self.banner.text = view.banner
        self.buttons.show(view.buttons, surface)
        self.footer.show(footer, surface)
        self._show_toast(view)

    def _show_toast(self, view: HomeView) -> None:
        self._toast_action = view.toast_action.action if view.toast_action else None
        self.toast.text = view.toast
        self.toast.undo_label = view.toast_action.label if view.toast_action and view.toast else ""
        if bool(view.toast) != (self.toast.parent is not None):
            (self.add_widget if view.toast else self.remove_widget)(self.toast)

    def _undo(self, *_: Any) -> None:
        if self._toast_action is not None and self.toast.get_root_window() is not None:
            self._sender.send(self._toast_action, self.toast.button)

    def place(self, rect: Rect) -> None:
        """Lay everything out in `rect`."""
        panel = self.look.panel
        put(self, rect)
        put(self.backdrop, rect)
        inner = rect.inset(panel.margin, self._margin_y)
        bottom = self._place_buttons(inner)
        head = self.header.height_for(inner.width)
        self.header.place(Rect(inner.x, inner.top - head, inner.width, head))
        top = inner.top - head
        if self.toast.parent is not None:
            bottom = self._place_toast(rect, bottom)
        self._place_lines(Rect(inner.x, bottom, inner.width, max(1.0, top - bottom)))

    def _place_buttons(self, inner: Rect) -> float:
        """From the bottom: footer, buttons, hint. Returns the height above which there is room."""
        gap, y = self.look.panel.unit * 2, inner.y
        for grid in (self.footer, self.buttons):
            height = grid.height_for(inner.width)
            grid.place(Rect(inner.x, y, inner.width, height))
            y += height + gap if height else 0
        return y

    def _place_toast(self, rect: Rect, bottom: float) -> float:
        """Above the buttons, with its margin; the lines move up, so that it covers nothing."""
        put(self.toast, Rect(rect.x, bottom - self.look.panel.margin, rect.width, rect.height))
        return self.toast.card.top + self.look.panel.unit

    def _place_lines(self, rect: Rect) -> None:
        """The word and the lines from the top, the hint at the foot."""
        one_line(self.subline, rect.width, 0.76)
        for saved in range(len(FRUGAL)):
            savings = FRUGAL[: saved + 1]
            hint = 0.0 if "no hint" in savings else height_at(self.hint, rect.width)
            room = rect.height - (hint + self.look.panel.unit * 3 if hint else self.look.panel.unit)
            places = stack(self._items(rect.width, savings), room)
            if self._word_is_high(places):
                break
        put(self.hint, Rect(rect.x, rect.y + self.look.panel.unit, rect.width, hint))
        for key, widget in self._lines().items():
            place = places.get(key)
            if place is None:
                hide(widget)
            else:
                put(widget, Rect(rect.x, rect.top - place.top - place.height, rect.width, place.height))

    def _word_is_high(self, places: dict[str, Place]) -> bool:
        word = places.get("word")
        good = self.look.panel.mm(GOOD_WORD_MM) / DISPLAY_CAP * (DISPLAY_CAP + DESCENT)
        return word is None or word.height >= min(good, self.word.natural_height)

    def _items(self, width: float, savings: tuple[str, ...]) -> list[Item]:
        unit = self.look.panel.unit
        self.title.max_lines = 1 if "short title" in savings else 2
        self.detail.max_lines = 1 if "short detail" in savings else 2
        self.word.width = round(width)
        word = float(self.word.natural_height) if self.word.text else 0.0
        self.banner.width = round(width)
        bar = self.look.panel.mm(2) if self._has_progress and "no progress" not in savings else 0
        return [
            Item("air", 1),
            Item("word", word, gap=self._gap_word, least=word * LEAST_WORD),
            Item("subline", height_at(self.subline, width), gap=unit * 1.5),
            Item("title", height_at(self.title, width), gap=unit * 3, drop=1),
            Item("detail", height_at(self.detail, width), gap=unit * 0.5, drop=2),
            Item("progress", bar, gap=unit * 3, drop=3),
            Item("banner", self.banner.height if self.banner.text else 0, gap=unit * 3),
        ]

    def _lines(self) -> dict[str, Any]:
        return {
            "word": self.word,
            "subline": self.subline,
            "title": self.title,
            "detail": self.detail,
            "progress": self.progress,
            "banner": self.banner,
        }

    @property
    def _margin_y(self) -> float:
        panel = self.look.panel
        return panel.unit * 5 if panel.layout is Layout.WIDE else panel.margin

    @property
    def _gap_word(self) -> float:
        return self.look.panel.unit * {Layout.WIDE: 8, Layout.COMPACT: 6, Layout.PORTRAIT: 6}[self.look.panel.layout]
