"""The gallery's door panel, much as the real screen is arranged."""

from __future__ import annotations

from typing import Any

from ui.day_layout import Block, Slot
from ui.look import Look
from ui.metrics import Panel, TextRole
from ui.rect import Rect
from ui.surface import Surface
from ui.theme import room_theme
from ui.widgets.backdrop import Backdrop
from ui.widgets.button import Button
from ui.widgets.fit_label import FitLabel
from ui.widgets.progress_bar import ProgressBar
from ui.widgets.state_shape import Shape, StateShape
from ui.widgets.status_label import StatusLabel
from ui.widgets.timeline import Timeline

DAY = (
    Block("1", 540, 600, "Budgetopfølgning", "Louise Holm"),
    Block("2", 630, 690, "Optaget", "Privat møde"),
    Block("3", 780, 870, "Projektmøde Nordhavn", "Jesper Friis", current=True),
    Block("4", 900, 960, "Interview", "Henrik Dam"),
)


def room(window: Any, panel: Panel) -> None:
    """A busy room beside its day."""
    look = Look(panel, room_theme())
    theme = look.theme
    wide = not panel.portrait
    main = Rect(0, 0, round(panel.width_px * 0.6875), panel.height_px)
    side = Rect(main.right, 0, panel.width_px - main.right, panel.height_px)
    if not wide:
        main = Rect(0, round(panel.height_px * 0.46), panel.width_px, panel.height_px - round(panel.height_px * 0.46))
        side = Rect(0, 0, panel.width_px, main.y)
    window.add_widget(Backdrop(look, colour=theme.busy.background, pos=main[:2], size=main[2:]))
    window.add_widget(Backdrop(look, colour=theme.side.background, pos=side[:2], size=side[2:]))
    _state(window, look, main, theme.busy)
    _day(window, look, side)


def _state(window: Any, look: Look, area: Rect, surface: Surface) -> None:
    panel, margin = look.panel, look.panel.margin
    left, right = area.x + margin, area.right - margin
    width = right - left
    side = panel.mm(13.5)
    top = area.top - margin

    def label(text: str, role: TextRole, x: float, y: float, room: float, **more: Any) -> FitLabel:
        made = FitLabel(look, text=text, role=role, colour=surface.text, width=room, hug=True, **more)
        made.pos = (x, y - made.height)
        window.add_widget(made)
        return made

    window.add_widget(
        StateShape(
            look, shape=Shape.ENDING, fraction=0.33, colour=surface.text, pos=(left, top - side), size=(side, side)
        )
    )
    beside = left + side + panel.unit * 3
    name = label("Storebælt", TextRole.ROOM, beside, top + panel.unit / 2, width * 0.5)
    label("2. sal · 8 pladser · Skærm · Teams", TextRole.SMALL, beside, name.y, right - beside)
    label("13:20", TextRole.CLOCK, right - width * 0.3, top + panel.unit / 2, width * 0.3, align="right")

    status = StatusLabel(look, text="Optaget", colour=surface.text, width=width)
    status.height = status.natural_height
    status.pos = (left, top - side - panel.unit * 4 - status.height)
    window.add_widget(status)
    sub = label("indtil 14:30 · 1 t 10 min tilbage", TextRole.SUBTITLE, left, status.y - panel.unit, width, shrink=0.7)
    subject = label("Projektmøde Nordhavn", TextRole.TITLE, left, sub.y - panel.unit, width)
    who = label("Jesper Friis · 13:00 – 14:30", TextRole.BODY, left, subject.y, width)
    bar = ProgressBar(look, surface=surface, fraction=0.22, size=(width, panel.mm(2)))
    bar.pos = (left, who.y - panel.unit * 2 - bar.height)
    window.add_widget(bar)
    gap = panel.unit * 2
    each = (width - 2 * gap) / 3
    for index, (style, text, detail) in enumerate(
        (
            ("primary", "+15 min", "til 14:45"),
            ("primary", "+30 min", "til 15:00"),
            ("secondary", "Book 14:30", "til 15:00"),
        )
    ):
        window.add_widget(
            Button(
                look,
                surface=surface,
                style=style,
                text=text,
                detail=detail,
                pos=(left + index * (each + gap), area.y + margin),
                size=(each, max(panel.touch, panel.mm(15))),
            )
        )


def _day(window: Any, look: Look, area: Rect) -> None:
    panel = look.panel
    margin = panel.unit * 3 if panel.portrait else round(panel.unit * 3.5)
    high = panel.touch
    gap = panel.unit * 1.5
    each = (area.width - 2 * margin - gap) / 2
    for index, text in enumerate(("Andet lokale", "Meld fejl")):
        window.add_widget(
            Button(
                look,
                surface=look.theme.side,
                style="dark",
                compact=True,
                text=text,
                pos=(area.x + margin + index * (each + gap), area.y + margin),
                size=(each, high),
            )
        )
    bottom = area.y + margin + high + panel.unit * 2
    window.add_widget(
        Timeline(
            look,
            blocks=DAY,
            slots=(Slot(690, 780, "Tryk for at booke", "til 13:00"),),
            now_min=800,
            heading="I dag",
            date="søn 22. nov",
            pos=(area.x + margin, bottom),
            size=(area.width - 2 * margin, area.top - margin - bottom),
        )
    )
