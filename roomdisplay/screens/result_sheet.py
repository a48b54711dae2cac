"""How it ended: every outcome has this screen."""

from __future__ import annotations

from roomdisplay.screens.button_grid import ButtonGrid
from roomdisplay.screens.result_sign import ResultSign
from roomdisplay.screens.sheet_screen import SheetScreen
from roomdisplay.view import ResultSheet
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import height_at, put
from ui.rect import Rect
from ui.sender import Sender
from ui.typeface import Weight
from ui.widgets.fit_label import FitLabel
from ui.widgets.paragraphs import Paragraphs

WIDE_MM = 118.0
SIGN_MM = 18.0


class ResultScreen(SheetScreen):
    """Sign, title, sentence, ways on."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(look, sender)
        self.frame.closable = False
        self.sign = ResultSign(look)
        self.title = FitLabel(
            look,
            role=TextRole.SUBTITLE,
            weight=Weight.BOLD,
            align="center",
            max_lines=2,
            shrink=0.8,
            colour=self.surface.text,
        )
        self.text = Paragraphs(look, align="center")
        self.buttons = ButtonGrid(look, sender)
        for widget in (self.sign, self.title, self.text, self.buttons):
            self.body.add_widget(widget)

    def show(self, view: ResultSheet) -> None:
        """Take over the view."""
        self.sign.result, self.title.text = view.result, view.title
        self.text.show(view.text, self.surface.muted)
        self.buttons.show(view.buttons, self.surface)
        unit, width = self.look.panel.unit, self.body_width(WIDE_MM)
        side = self.look.panel.mm(SIGN_MM)
        title, text = height_at(self.title, width), self.text.height_for(width)
        buttons = self.buttons.height_for(width)
        needed = unit * 7 + side + title + text + (unit * 5 + buttons if buttons else 0)
        body = self.frame_to(wide_mm=WIDE_MM, body_px=needed - self._head_to_spare)
        top = self.frame.card.top - (body.y - self.frame.card.y) - unit * 2
        put(self.sign, Rect(body.centre[0] - side / 2, top - side, side, side))
        top -= side + unit * 3.5
        put(self.title, Rect(body.x, top - title, body.width, title))
        top -= title + unit * 1.5
        self.text.place(Rect(body.x, top - text, body.width, text))
        self.buttons.place(Rect(body.x, body.y, body.width, buttons))

    @property
    def _head_to_spare(self) -> float:
        """The title's place at the top of the frame is free."""
        card, body = self.frame.card, self.frame.body
        return (card.top - body.top) - (body.y - card.y)
