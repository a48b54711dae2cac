"""The gallery's kiosk: the welcome page, and typing a host's name."""

from __future__ import annotations

from typing import Any

from ui.icons import Icon
from ui.look import Look
from ui.metrics import Panel, TextRole
from ui.theme import kiosk_theme
from ui.typeface import Weight
from ui.widgets.backdrop import Backdrop
from ui.widgets.button import Button
from ui.widgets.fit_label import FitLabel
from ui.widgets.keyboard import Keyboard
from ui.widgets.list_row import ListRow
from ui.widgets.steps import Steps
from ui.widgets.text_field import TextField
from ui.widgets.tile import Tile

TILES = (
    (Icon.ENTER, "Jeg er på besøg", "Navn, vært, færdig – under et halvt minut"),
    (Icon.QR, "Jeg har en QR-kode", "Hold invitationen foran læseren"),
    (Icon.LEAVE, "Jeg går igen", "Tjek ud"),
)
HOSTS = (("JF", "Jesper F.", "Projektafdelingen", "Ledig"), ("JF", "Jesper F.", "Økonomi", "Optaget"))


def welcome(window: Any, panel: Panel) -> None:
    """Three tiles."""
    look = Look(panel, kiosk_theme())
    theme = look.theme
    head = _header(window, look)
    margin = panel.margin
    width = panel.width_px - 2 * margin
    title = _label(window, look, "Velkommen", TextRole.HEADLINE, margin, head - panel.unit * 4, width)
    sub = _label(
        window,
        look,
        "Registrér dig her, så giver vi din vært besked.",
        TextRole.BODY,
        margin,
        title.y,
        width,
        max_lines=2,
    )
    gap = panel.unit * 3 if not panel.portrait else panel.unit * 2
    foot = margin + panel.line(TextRole.SMALL)
    room = sub.y - panel.unit * 3 - foot
    count = len(TILES)
    for index, (icon, text, detail) in enumerate(TILES):
        tile = Tile(look, icon=icon, title=text, detail=detail, surface=theme.accent if index == 0 else theme.card)
        if panel.portrait:
            high = min((room - gap * (count - 1)) / count, panel.mm(34))
            tile.size, tile.pos = (width, high), (margin, sub.y - panel.unit * 3 - (index + 1) * high - index * gap)
        else:
            each, high = (width - gap * (count - 1)) / count, min(room, panel.mm(50))
            tile.size, tile.pos = (each, high), (margin + index * (each + gap), sub.y - panel.unit * 3 - high)
        window.add_widget(tile)
    _label(window, look, "søndag 22. november · 11:42", TextRole.SMALL, margin, foot, width, muted=True)


def host(window: Any, panel: Panel) -> None:
    """A field with the focus, two hits, the keyboard."""
    look = Look(panel, kiosk_theme())
    theme = look.theme
    unit, margin = panel.unit, round(panel.unit * 3.5)
    width = panel.width_px - 2 * margin
    keys = Keyboard(look, language="da", action_label="Næste", space_label="mellemrum")
    head = _header(window, look) - unit
    steps = Steps(look, count=4, done=1, pos=(margin, head - unit), size=(width, unit))
    window.add_widget(steps)
    title = _label(window, look, "Hvem skal du besøge?", TextRole.SUBTITLE, margin, steps.y - unit, width, bold=True)
    field = TextField(look, text="jes fri", focused=True, pos=(margin, title.y - unit - panel.touch))
    field.size = (width, panel.touch)
    window.add_widget(field)
    keys.attach(field)
    y = field.y - unit
    for index, (initials, name, where, state) in enumerate(HOSTS):
        row = ListRow(look, initials=initials, title=name, detail=where, note=state, selected=index == 0)
        row.dot = theme.free.background if index == 0 else theme.busy.background
        row.size = ((width - unit) / 2, panel.mm(13)) if not panel.portrait else (width, panel.mm(13))
        row.pos = (margin + index * (row.width + unit), y - row.height)
        if panel.portrait:
            row.pos = (margin, y - (index + 1) * row.height - index * unit)
        window.add_widget(row)
    window.add_widget(keys)


def _header(window: Any, look: Look) -> float:
    """The company and the languages; returns where it ends."""
    panel, theme = look.panel, look.theme
    unit, margin = panel.unit, round(panel.unit * 3.5)
    size = (panel.width_px, panel.height_px)
    window.add_widget(Backdrop(look, colour=theme.page.background, pos=(0, 0), size=size))
    high, wide = panel.touch, panel.mm(17)
    top = panel.height_px - unit * 1.5
    right = panel.width_px - margin
    for index, text in enumerate(("Español", "English", "Dansk")):
        chip = Button(look, surface=theme.page, style="inverse" if text == "Dansk" else "dark", compact=True, text=text)
        chip.size, chip.pos = (wide, high), (right - wide - index * (wide + unit), top - high)
        window.add_widget(chip)
    logo = Backdrop(look, colour=theme.accent.background, radius=unit, size=(unit * 4, unit * 4))
    logo.pos = (margin, top - high / 2 - unit * 2)
    window.add_widget(logo)
    left = margin + unit * 5.5
    name = FitLabel(look, text="Nordhavn Kontorhus", role=TextRole.TITLE, weight=Weight.BOLD, valign="middle")
    name.colour, name.shrink = theme.page.text, 0.6
    name.size, name.pos = (right - 3 * wide - 3 * unit - left, high), (left, top - high)
    window.add_widget(name)
    return top - high


def _label(
    window: Any,
    look: Look,
    text: str,
    role: TextRole,
    x: float,
    top: float,
    width: float,
    *,
    bold: bool = False,
    muted: bool = False,
    max_lines: int = 1,
) -> FitLabel:
    colour = look.theme.page.muted if muted else look.theme.page.text
    label = FitLabel(look, text=text, role=role, colour=colour, width=width, hug=True, max_lines=max_lines)
    if bold:
        label.weight = Weight.BOLD
    label.pos = (x, top - label.height)
    window.add_widget(label)
    return label
