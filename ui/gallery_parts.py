"""The gallery's single widgets: every state shape, small parts, a dialog."""

from __future__ import annotations

from typing import Any

from ui.gallery_room import room
from ui.look import Look
from ui.metrics import Panel, TextRole
from ui.theme import StateColour, room_theme
from ui.widgets.backdrop import Backdrop
from ui.widgets.banner import Banner
from ui.widgets.button import Button
from ui.widgets.countdown import Countdown
from ui.widgets.fit_label import FitLabel
from ui.widgets.pin_pad import PinPad
from ui.widgets.progress_bar import ProgressBar
from ui.widgets.qr_code import QrCode
from ui.widgets.sheet import Sheet
from ui.widgets.spinner import Spinner
from ui.widgets.state_shape import Shape, StateShape
from ui.widgets.toast import Toast

SHAPES = (
    (Shape.FREE, StateColour.FREE),
    (Shape.FREE_SOON, StateColour.ATTENTION),
    (Shape.BUSY, StateColour.BUSY),
    (Shape.ENDING, StateColour.BUSY),
    (Shape.CHECK_IN, StateColour.ATTENTION),
    (Shape.UNKNOWN, StateColour.UNKNOWN),
)


def parts(window: Any, panel: Panel) -> None:
    """One column a state: shape, word, buttons, bar; beneath them the small parts."""
    look = Look(panel, room_theme())
    unit = panel.unit
    each = panel.width_px / len(SHAPES)
    top = panel.height_px * (0.42 if panel.portrait else 0.3)
    for index, (shape, colour) in enumerate(SHAPES):
        surface = look.theme.state(colour)
        left, wide = index * each, each - 2 * unit
        window.add_widget(
            Backdrop(look, colour=surface.background, pos=(left, top), size=(each + 1, panel.height_px - top))
        )
        side = min(wide, panel.mm(13))
        y = panel.height_px - side - 2 * unit
        window.add_widget(
            StateShape(look, shape=shape, fraction=0.4, colour=surface.text, pos=(left + unit, y), size=(side, side))
        )
        name = FitLabel(look, text=shape.value, role=TextRole.SMALL, colour=surface.muted, width=wide, hug=True)
        name.pos = (left + unit, y - name.height - unit)
        window.add_widget(name)
        y = name.y - unit
        for style in ("primary", "secondary", "inverse", "danger", "disabled"):
            y -= panel.touch + unit
            if y < top:
                break
            button = Button(look, text="Book", detail="til 13:00", surface=surface, pos=(left + unit, y))
            button.size, button.disabled = (wide, panel.touch), style == "disabled"
            button.style = style if style != "disabled" else "primary"
            window.add_widget(button)
    _small_parts(window, look, top)


def _small_parts(window: Any, look: Look, top: float) -> None:
    panel, unit = look.panel, look.panel.unit
    window.add_widget(Backdrop(look, colour=look.theme.side.background, pos=(0, 0), size=(panel.width_px, top)))
    banner = Banner(
        look,
        width=panel.width_px * 0.6,
        text="Ingen forbindelse til kalenderen siden 13:11. Lokalet kan være booket uden at det ses her, "
        "så booking er slået fra.",
    )
    banner.pos = (2 * unit, top - banner.height - 2 * unit)
    window.add_widget(banner)
    side = panel.mm(14)
    y = banner.y - side - 2 * unit
    spinner = Spinner(look, pos=(2 * unit, y), size=(side, side))
    window.add_widget(spinner)
    ring = Countdown(look, text="18", fraction=0.6, surface=look.theme.side)
    ring.pos, ring.size = (4 * unit + side, y), (side, side)
    window.add_widget(ring)
    bar = ProgressBar(look, surface=look.theme.side, fraction=0.35, pos=(6 * unit + 2 * side, y))
    bar.size = (panel.width_px * 0.6 - 6 * unit - 2 * side, side)
    window.add_widget(bar)
    code = QrCode(look, text="https://mydesk.example/c/4Q7T-9KXM", size=(top - 4 * unit, top - 4 * unit))
    code.pos = (panel.width_px - top + 2 * unit, 2 * unit)
    window.add_widget(code)


def toast(window: Any, panel: Panel) -> None:
    """A message over the door panel."""
    room(window, panel)
    look = Look(panel, room_theme())
    size = (panel.width_px, panel.height_px)
    window.add_widget(Toast(look, text="Frigivet – ingen tjekkede ind", undo_label="Fortryd", size=size, show_s=0))


def sheet(window: Any, panel: Panel) -> None:
    """A dialog with the PIN pad over the door panel."""
    room(window, panel)
    look = Look(panel, room_theme())
    size = (panel.width_px, panel.height_px)
    dialog = Sheet(look, title="PIN til administrator", wide_mm=90, high_mm=110, size=size)
    pad = PinPad(look, typed="1234")
    dialog.show(pad)
    window.add_widget(dialog)
