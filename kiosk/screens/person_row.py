"""A row of a list: a host that was found, a guest of a group, a visitor at the assembly point."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.graphics.texture import Texture
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from kiosk.screens.sending import Sending
from kiosk.view import PhotoView, PresenceTone, RowView, Verb
from ui.colour import Rgb, blend
from ui.icons import Icon
from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter, centred_baseline
from ui.rect import Rect
from ui.sender import Sender
from ui.surface import WHITE, legible
from ui.text import TextStyle, fit_size, measure, shorten, wrap
from ui.typeface import Weight
from ui.widgets.touchable import Touchable

NOTE_BESIDE_MM = 58.0
"""Rows narrower than this have the note on their second line."""
DISC_FROM_MM = 34.0
SMALLEST_NAME = 0.78


class PersonRow(Sending, Touchable):
    """Draws a RowView: initials or a picture, name over details, a word with its dot; a tick when found, a cross to
    take away.
    """

    title = StringProperty("")
    detail = StringProperty("")
    note = StringProperty("")
    initials = StringProperty("")
    tone = ObjectProperty(PresenceTone.NONE)
    selected = BooleanProperty(defaultvalue=False)
    marked = BooleanProperty(defaultvalue=False)
    photo: PhotoView | None = ObjectProperty(None, allownone=True)
    repaints: ClassVar[tuple[str, ...]] = (
        *Touchable.repaints,
        *("title", "detail", "note", "initials", "tone", "selected", "marked", "photo"),
    )

    def __init__(self, look: Look, sender: Sender, **properties: Any) -> None:
        self.sender = sender
        self._kept: tuple[PhotoView, Any] | None = None
        super().__init__(look, **properties)
        self.surface = look.theme.card

    def show(self, view: RowView) -> None:
        """Take over a view."""
        self.action = view.action
        self.title, self.detail, self.note = view.title, view.detail, view.note
        self.initials, self.tone = view.initials, view.tone
        self.selected, self.marked = view.selected, view.marked
        self.photo = view.photo
        if view.photo is None:
            self._kept = None
        self.disabled = view.action is None

    def wipe(self) -> None:
        """Forget the picture."""
        self.photo, self._kept = None, None
        self.paint_now()

    def paint(self, painter: Painter) -> None:
        panel, surface = self.look.panel, self.surface
        thick = max(2, panel.mm(0.6))
        edge = surface.bar if self.selected else surface.text if self._outlined else None
        if edge is not None:
            painter.fill(self.rect, edge, radius=panel.radius)
            thick = thick if self.selected else max(1, panel.mm(0.3))
        fill = surface.secondary.pressed if self.pressed else surface.background
        painter.fill(self.rect.inset(thick if edge is not None else 0), fill, radius=panel.radius * 0.85)
        left = self._paint_disc(painter, self.x + panel.unit * 1.5)
        right = self._paint_cross(painter, self.right - panel.unit * 2)
        beside = bool(self.note) and self._note_fits_beside()
        if beside:
            right = self._paint_note(painter, right)
        self._paint_lines(painter, Rect(left, self.y, right - left, self.height), note=not beside)

    def _note_fits_beside(self) -> bool:
        if self.width < self.look.panel.mm(NOTE_BESIDE_MM):
            return False
        style = self.look.style(TextRole.SMALL, Weight.SEMIBOLD)
        return bool(measure(self.note, style) <= self.width * 0.3)

    @property
    def _outlined(self) -> bool:
        return bool(self.surface.background == self.look.theme.page.background == WHITE)

    def _paint_disc(self, painter: Painter, left: float) -> float:
        """A picture or initials, or a tick for who was found; returns where the text begins."""
        panel = self.look.panel
        if not (self.initials or self.marked or self.photo) or self.width < panel.mm(DISC_FROM_MM):
            return left + panel.unit * 0.5
        radius: float = min(self.height * 0.34, panel.mm(5.5))
        centre = (left + radius, self.center_y)
        fill = self.surface.bar if self.marked else blend(self.surface.bar, self.surface.background, 0.15)
        painter.disc(centre, radius, fill)
        if self.marked:
            side = radius * 1.1
            painter.icon(Icon.CHECK, Rect(centre[0] - side / 2, centre[1] - side / 2, side, side), WHITE, weight=0.14)
        elif self.photo is not None:
            box = Rect(centre[0] - radius, centre[1] - radius, 2 * radius, 2 * radius)
            painter.image(box, self._texture(self.photo), WHITE)
        else:
            style = self.look.style(TextRole.BODY, Weight.SEMIBOLD)
            style = style.sized(min(style.size_px, round(radius * 0.85)))
            ink = legible(self.surface.bar, fill, 1.0)
            painter.text(self.initials[:2], centre[0], centred_baseline(centre[1], style), style, ink, align="center")
        return left + 2 * radius + panel.unit * 1.5

    def _texture(self, photo: PhotoView) -> Any:
        if self._kept is None or self._kept[0] is not photo:
            texture = Texture.create(size=(photo.side_px, photo.side_px), colorfmt="rgba", mipmap=False)
            texture.min_filter = texture.mag_filter = "linear"
            texture.blit_buffer(photo.rgba, colorfmt="rgba", bufferfmt="ubyte")
            texture.flip_vertical()
            self._kept = (photo, texture)
        return self._kept[1]

    def _paint_cross(self, painter: Painter, right: float) -> float:
        if self.action is None or self.action.verb is not Verb.REMOVE_GUEST:
            return right
        side = self.look.panel.mm(4)
        painter.icon(Icon.CLOSE, Rect(right - side, self.center_y - side / 2, side, side), self.surface.text)
        return right - side - self.look.panel.unit

    def _paint_note(self, painter: Painter, right: float) -> float:
        """The word and its dot at the right; returns where the text must end."""
        style = self.look.style(TextRole.SMALL, Weight.SEMIBOLD)
        left = right - measure(self.note, style)
        painter.text(self.note, left, centred_baseline(self.center_y, style), style, self.surface.text)
        return self._paint_dot(painter, left - self._dot_room(style), self.center_y, style) - self.look.panel.unit

    def _paint_lines(self, painter: Painter, box: Rect, *, note: bool) -> None:
        title, detail = self.look.style(TextRole.BODY, Weight.SEMIBOLD), self.look.style(TextRole.DETAIL)
        title = fit_size(self.title, title, box.width, min_px=round(title.size_px * SMALLEST_NAME))
        name = shorten(self.title, title, box.width)
        noted = note and bool(self.note)
        if not self.detail and not noted and name != self.title:
            self._paint_whole(painter, box, detail)
            return
        if not self.detail and not noted:
            painter.text(name, box.x, centred_baseline(box.centre[1], title), title, self.surface.text)
            return
        gap = detail.size_px * 0.55
        block = title.cap_px + gap + detail.cap_px
        third = noted and bool(self.detail) and block + gap + detail.cap_px <= box.height * 0.88
        top = box.centre[1] + (block + (gap + detail.cap_px if third else 0)) / 2
        painter.text(name, box.x, top - title.cap_px, title, self.surface.text)
        baseline = top - title.cap_px - gap - detail.cap_px
        if third:
            self._note_on_line(painter, box, baseline - gap - detail.cap_px, detail)
        left = self._note_on_line(painter, box, baseline, detail) if noted and not third else box.x
        room = box.right - left
        detail = fit_size(self.detail, detail, room, min_px=round(detail.size_px * SMALLEST_NAME))
        if self.detail and room > self.look.panel.mm(6):
            painter.text(shorten(self.detail, detail, room), left, baseline, detail, self.surface.muted)

    def _paint_whole(self, painter: Painter, box: Rect, style: TextStyle) -> None:
        """A title alone that is longer than a line, such as one of the log: on as many lines as there is room for."""
        lines = wrap(self.title, style, box.width, max(1, int(box.height / style.line_px)))
        first = box.centre[1] + (style.cap_px + (len(lines) - 1) * style.line_px) / 2 - style.cap_px
        for index, line in enumerate(lines):
            painter.text(line, box.x, first - index * style.line_px, style, self.surface.text)

    def _note_on_line(self, painter: Painter, box: Rect, baseline: float, detail: TextStyle) -> float:
        style = self.look.style(TextRole.DETAIL, Weight.SEMIBOLD)
        dot = self._dot_room(style)
        self._paint_dot(painter, box.x, baseline + detail.cap_px / 2, style)
        style = fit_size(self.note, style, box.width - dot, min_px=round(style.size_px * SMALLEST_NAME))
        note = shorten(self.note, style, box.width - dot)
        painter.text(note, box.x + dot, baseline, style, self.surface.text)
        return box.x + dot + measure(note, style) + self.look.panel.unit

    def _dot_room(self, style: TextStyle) -> float:
        return 0.0 if self.tone is PresenceTone.NONE else style.cap_px * 1.04 + self.look.panel.unit

    def _paint_dot(self, painter: Painter, left: float, y: float, style: TextStyle) -> float:
        """Disc for free, ring for away, disc in red for busy; returns its left edge."""
        radius = style.cap_px * 0.52
        colour = self._dot()
        if colour is not None:
            painter.disc((left + radius, y), radius, colour)
            if self.tone is PresenceTone.AWAY:
                painter.disc((left + radius, y), radius * 0.55, self.surface.background)
        return left

    def _dot(self) -> Rgb | None:
        theme = self.look.theme
        colours = {
            PresenceTone.AVAILABLE: theme.free.background,
            PresenceTone.BUSY: theme.busy.background,
            PresenceTone.AWAY: theme.unknown.background,
        }
        return colours.get(self.tone)
