"""How one key of the keyboard looks."""

from __future__ import annotations

from ui.icons import Icon
from ui.keyboard_layout import Duty, Key
from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter, centred_baseline
from ui.rect import Rect
from ui.surface import Fill
from ui.text import fit_size
from ui.typeface import Weight

LAYER_NAMES = {Duty.NUMBERS: "123", Duty.LETTERS: "abc"}
ICONS = {Duty.SHIFT: Icon.SHIFT, Duty.BACKSPACE: Icon.BACKSPACE}
SHADOW_PX = 2


def paint_key(painter: Painter, look: Look, key: Key, box: Rect, fill: Fill, *, label: str, down: bool) -> None:
    """A key in its `box` (what a finger hits); its face is a little smaller. `label` is for space and action."""
    gap = look.panel.unit * 0.4
    face = box.inset(gap).snapped()
    radius = min(look.panel.mm(2), face.height / 3)
    if not down:
        beneath = Rect(face.x, face.y - SHADOW_PX, face.width, face.height)
        painter.fill(beneath, look.theme.keyboard.shadow, radius=radius)
    painter.fill(face, fill.pressed if down else fill.fill, radius=radius)
    if key.duty in ICONS:
        side = min(face.height * 0.42, look.panel.mm(5))
        x, y = face.centre
        painter.icon(ICONS[key.duty], Rect(x - side / 2, y - side / 2, side, side), fill.text)
        return
    _paint_label(painter, look, key, face, fill, label or key.text or LAYER_NAMES.get(key.duty, ""))


def _paint_label(painter: Painter, look: Look, key: Key, face: Rect, fill: Fill, label: str) -> None:
    style = look.style(TextRole.KEY)
    if key.duty is Duty.SPACE:
        style = look.style(TextRole.BODY, Weight.MEDIUM)
    style = style.sized(min(style.size_px, round(face.height * 0.52)))
    style = fit_size(label, style, face.width - look.panel.unit, min_px=10)
    x, y = face.centre
    # Small letters stand a little higher than capitals, so that their row looks centred.
    lift = style.cap_px * 0.1 if len(label) == 1 and label.islower() else 0
    painter.text(label, x, centred_baseline(y, style) + lift, style, fill.text, align="center")
