"""What a finger taps and that carries an action."""

from __future__ import annotations

from typing import Any

from kiosk.view import Action, ButtonView, Icon, RowView, Style, TileView
from ui import icons
from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter
from ui.rect import Rect
from ui.sender import Sender
from ui.text import fit_size, measure, wrap
from ui.widgets.button import Button
from ui.widgets.tile import Tile

STYLES = {Style.PRIMARY: "primary", Style.SECONDARY: "secondary", Style.QUIET: "dark", Style.DANGER: "danger"}
ICONS = {
    Icon.ENTER: icons.Icon.ENTER,
    Icon.LEAVE: icons.Icon.LEAVE,
    Icon.QR: icons.Icon.QR,
    Icon.PACKAGE: icons.Icon.PARCEL,
    Icon.PERSON: icons.Icon.PERSON,
    Icon.GROUP: icons.Icon.GROUP,
    Icon.HELP: icons.Icon.HELP,
    Icon.CODE: icons.Icon.CODE,
}


class Sending:
    """Sends its action when it is tapped, unless that changed under the finger or it left the screen."""

    action: Action | None = None
    _meant: Action | None = None
    sender: Sender

    def on_press(self) -> None:
        self._meant = self.action

    def on_tap(self) -> None:
        meant, self._meant = self._meant, None
        widget: Any = self
        if meant is not None and meant == self.action and widget.get_root_window() is not None:
            self.sender.send(meant, widget)


class ActionButton(Sending, Button):
    """Draws a ButtonView."""

    def __init__(self, look: Look, sender: Sender, **properties: Any) -> None:
        self.sender = sender
        super().__init__(look, **properties)

    def show(self, view: ButtonView) -> None:
        """Take over a view."""
        self.action, self.text, self.style = view.action, view.label, STYLES[view.style]
        self.disabled = not view.enabled

    def wanted_width(self) -> float:
        """As wide as its label needs."""
        return max(
            self.least_px, measure(self.text, self.label_style) + (5 if self.compact else 6) * self.look.panel.unit
        )


class ActionTile(Sending, Tile):
    """Draws a TileView."""

    def __init__(self, look: Look, sender: Sender, **properties: Any) -> None:
        self.sender = sender
        super().__init__(look, **properties)

    def show(self, view: TileView) -> None:
        """Take over a view."""
        self.action, self.title, self.detail, self.icon = view.action, view.title, view.detail, ICONS[view.icon]
        self.surface = self.look.theme.accent if view.primary else self.look.theme.card


class ActionLink(Sending, Button):
    """A line of text that can be tapped: the privacy notice."""

    def __init__(self, look: Look, sender: Sender, **properties: Any) -> None:
        self.sender = sender
        super().__init__(look, **properties)

    def show(self, view: ButtonView) -> None:
        """Take over a view."""
        self.action, self.text, self.disabled = view.action, view.label, not view.enabled

    def paint(self, painter: Painter) -> None:
        panel, style = self.look.panel, self.look.style(TextRole.SMALL)
        room = self.width - style.cap_px * 1.5 - panel.unit
        style = fit_size(self.text, style, room, min_px=round(style.size_px * 0.85))
        lines = wrap(self.text, style, room, 2)
        first = self.center_y + (style.cap_px + (len(lines) - 1) * style.line_px) / 2 - style.cap_px
        if self.pressed:
            painter.fill(self.rect.inset(0, panel.unit / 2), self.surface.dark.pressed, radius=panel.radius)
        for index, line in enumerate(lines):
            painter.text(line, self.x, first - index * style.line_px, style, self.surface.muted)
        side, last = style.cap_px * 1.5, first - (len(lines) - 1) * style.line_px + style.cap_px / 2
        left = self.x + measure(lines[-1], style) + panel.unit * 0.5 if lines else self.x
        painter.icon(icons.Icon.NEXT, Rect(left, last - side / 2, side, side), self.surface.muted)


def fill_widgets(
    holder: Any,
    widgets: list[Any],
    views: tuple[ButtonView, ...] | tuple[TileView, ...] | tuple[RowView, ...],
    make: Any,
) -> None:
    """As many `widgets` in `holder` as there are views, each showing its own; those that are there are kept."""
    while len(widgets) > len(views):
        gone = widgets.pop()
        if gone.parent is not None:
            gone.parent.remove_widget(gone)
    while len(widgets) < len(views):
        widgets.append(make())
        if holder is not None:
            holder.add_widget(widgets[-1])
    for widget, view in zip(widgets, views, strict=True):
        widget.show(view)


__all__ = ["ICONS", "STYLES", "ActionButton", "ActionLink", "ActionTile", "Sending", "fill_widgets"]
