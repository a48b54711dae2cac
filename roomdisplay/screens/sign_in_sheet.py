"""Signing the panel in: an address, a code that is read from two metres, a QR code of the plain address."""

from __future__ import annotations

from roomdisplay.screens.button_grid import ButtonGrid
from roomdisplay.screens.sheet_screen import SheetScreen
from roomdisplay.view import SignInSheet
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.placing import height_at, hide, put
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.fit_label import FitLabel
from ui.widgets.paragraphs import Paragraphs
from ui.widgets.qr_code import QrCode
from ui.widgets.status_label import StatusLabel

WIDE_MM = 178.0
CODE_MM = 14.0
CODE_LEAST_MM = 4.0
QR_MM = {Layout.WIDE: 46.0, Layout.COMPACT: 36.0, Layout.PORTRAIT: 40.0}


THIN_SPACE = "\u2009"


def spaced(code: str) -> str:
    """A code with a little room between its letters, so that it is copied without a slip."""
    return THIN_SPACE.join(code)


class SignInScreen(SheetScreen):
    """Text and code at the left, QR code at the right; on a portrait panel under one another."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(look, sender)
        self.text = Paragraphs(look)
        self.address = FitLabel(look, role=TextRole.TITLE, shrink=0.5, colour=self.surface.text)
        self.code = StatusLabel(look, max_cap_mm=CODE_MM, min_cap_mm=CODE_LEAST_MM, colour=self.look.theme.field.focus)
        self.expires = FitLabel(look, role=TextRole.SMALL, colour=self.surface.muted)
        self.qr = QrCode(look)
        self.buttons = ButtonGrid(look, sender, compact=True)
        for widget in (self.text, self.address, self.code, self.expires, self.qr, self.buttons):
            self.body.add_widget(widget)

    def show(self, view: SignInSheet) -> None:
        """Take over the view."""
        self.frame.title = view.title
        self.closes_by(view.buttons)
        self.text.show(view.text, self.surface.muted)
        self.address.text, self.code.text, self.expires.text = view.address, spaced(view.code), view.expires
        self.qr.text = view.address
        self.buttons.show(view.buttons, self.surface)
        self._arrange()

    def _arrange(self) -> None:
        panel, unit = self.look.panel, self.look.panel.unit
        whole = self.body_width(WIDE_MM)
        side = panel.mm(QR_MM[panel.layout]) if self.qr.text else 0
        stacked = panel.layout is Layout.PORTRAIT
        width = whole if stacked or not side else whole - side - unit * 5
        lines = self._lines_height(width)
        buttons = self.buttons.height_for(whole)
        middle = lines + (unit * 3 + side if side else 0) if stacked else max(lines, side)
        body = self.frame_to(wide_mm=WIDE_MM, body_px=middle + (unit * 4 + buttons if buttons else 0))
        self.buttons.place(Rect(body.x, body.y, body.width, buttons))
        self._place_lines(Rect(body.x, body.top - lines, width, lines))
        if not side:
            hide(self.qr)
        elif stacked:
            put(self.qr, Rect(body.centre[0] - side / 2, body.top - lines - unit * 3 - side, side, side))
        else:
            put(self.qr, Rect(body.right - side, body.top - side, side, side))

    def _lines(self, width: float) -> list[tuple[FitLabel | StatusLabel, float]]:
        """The lines beneath the text, with the gap above each."""
        unit = self.look.panel.unit
        return [
            (label, gap)
            for label, gap in ((self.address, unit * 3), (self.code, unit * 2.5), (self.expires, unit))
            if height_at(label, width)
        ]

    def _lines_height(self, width: float) -> float:
        lines = sum(gap + height_at(label, width) for label, gap in self._lines(width))
        return self.text.height_for(width) + lines

    def _place_lines(self, rect: Rect) -> None:
        text = self.text.height_for(rect.width)
        self.text.place(Rect(rect.x, rect.top - text, rect.width, text))
        top = rect.top - text
        shown = self._lines(rect.width)
        for label in (self.address, self.code, self.expires):
            gap = next((gap for one, gap in shown if one is label), None)
            if gap is None:
                hide(label)
                continue
            height = height_at(label, rect.width)
            put(label, Rect(rect.x, top - gap - height, rect.width, height))
            top -= gap + height
