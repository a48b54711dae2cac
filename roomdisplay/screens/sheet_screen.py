"""What all sheets share: the frame, the way out, and that they are laid out anew when their view changes."""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from roomdisplay.view import Action, ButtonView, Verb
from ui.look import Look
from ui.rect import Rect
from ui.sender import Sender
from ui.surface import Surface
from ui.widgets.sheet import Sheet as Frame


class SheetScreen(Widget):  # type: ignore[misc]
    """A sheet over the whole panel. A subclass fills `body` and says in `frame_to` how large the sheet is to be."""

    def __init__(self, look: Look, sender: Sender) -> None:
        panel = look.panel
        super().__init__(size_hint=(None, None), size=(panel.width_px, panel.height_px))
        self.look, self.sender = look, sender
        self.frame = Frame(look, size=self.size)
        self.body = Widget(size_hint=(None, None))
        self.frame.show(self.body)
        self.frame.bind(on_close=self._close)
        self.add_widget(self.frame)

    @property
    def surface(self) -> Surface:
        """What stands on the sheet is drawn in these colours."""
        return self.look.theme.sheet

    def show(self, view: Any) -> None:
        """Take over a view of this sheet's kind."""
        raise NotImplementedError

    def frame_to(self, *, wide_mm: float, body_px: float) -> Rect:
        """Size the frame so that its body is `body_px` high, or as high as the panel allows; returns the body."""
        self.frame.wide_mm = wide_mm
        around = self.frame.card.height - self.frame.body.height
        self.frame.high_mm = (body_px + around) / self.look.panel.px_per_mm
        return self.frame.body

    def body_width(self, wide_mm: float) -> float:
        """How wide the body of a sheet of that width is."""
        self.frame.wide_mm = wide_mm
        return self.frame.body.width

    def closes_by(self, buttons: tuple[ButtonView, ...]) -> None:
        """A sheet with a button that closes it needs no cross."""
        self.frame.closable = not any(button.action.verb is Verb.CLOSE for button in buttons)

    def _close(self, *_: Any) -> None:
        if self.get_root_window() is not None:
            self.sender.send(Action(Verb.CLOSE))
