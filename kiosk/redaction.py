"""Blocks in place of all text from guests and from Graph, for pictures that leave the kiosk. Pure.

The length of a text says something too, and so does the number of hits, guests or lines: every text becomes the same
blocks, and every list the same rows (DESIGN.md 4.3). Two different guests on the same page give the same view. What a
site configures (its name, buttons, labels of fields, house rules, the privacy notice) is left as it is.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.view import (
    Action,
    BadgeView,
    ButtonView,
    ChoiceView,
    CodeView,
    DoneView,
    FieldView,
    FormView,
    HostsView,
    KioskView,
    ListView,
    MessageView,
    Page,
    PinView,
    RowView,
    RulesView,
    TileView,
    Verb,
)

BLOCKS = "█████"
ROWS = 3
LINES = 2
NAMING = {Verb.PICK, Verb.PICK_HOST, Verb.REMOVE_GUEST, Verb.TICK, Verb.REPRINT}
"""What carries these may be labelled with a name."""

_BADGE = BadgeView(696, 400, b"".join((b"\xff" if 8 <= y % 80 < 40 else b"\0") * 87 for y in range(400)))


def redacted(view: KioskView) -> KioskView:
    """The view without anybody's name, address, code or signature."""
    return replace(view, page=_page(view.page), spoken="")


def text(value: str) -> str:
    """Blocks, or nothing where there was nothing."""
    return BLOCKS if value else ""


def _page(page: Page) -> Page:
    match page:
        case HostsView():
            return replace(page, field=_field(page.field), rows=_rows(page.rows), message=text(page.message))
        case FormView():
            return _form(page)
        case CodeView():
            field = _field(page.field) if page.field else None
            return replace(page, text=text(page.text), field=field, message=text(page.message))
        case DoneView():
            badge = _BADGE if page.badge else None
            buttons = _buttons(page.buttons)
            return replace(page, title=BLOCKS, lines=(BLOCKS,) * LINES, badge=badge, buttons=buttons)
        case RulesView():
            said = (BLOCKS,) * LINES  # a guest is greeted by name, and told whom they visit
            return replace(page, title=BLOCKS, paragraphs=said, strokes="", buttons=_buttons(page.buttons))
        case PinView():
            return replace(page, digits=0)
        case _:
            return _other(page)


def _other(page: Page) -> Page:
    """Pages of words and of rows."""
    match page:
        case ChoiceView():
            tiles = tuple(_tile(tile) for tile in page.tiles)
            buttons = _buttons(page.buttons)
            return replace(page, title=text(page.title), text=text(page.text), tiles=tiles, buttons=buttons)
        case MessageView():
            return replace(page, title=text(page.title), text=text(page.text), buttons=_buttons(page.buttons))
        case ListView():
            rows, buttons = _rows(page.rows), _buttons(page.buttons)
            return replace(page, text=text(page.text), rows=rows, buttons=buttons)
        case _:
            return page


def _form(page: FormView) -> FormView:
    return replace(
        page,
        title=text(page.title),
        text=text(page.text),
        fields=tuple(_field(field) for field in page.fields),
        rows=_rows(page.rows),
        buttons=_buttons(page.buttons),
    )


def _field(field: FieldView) -> FieldView:
    return replace(field, text=text(field.text), error=text(field.error))


def _rows(rows: tuple[RowView, ...]) -> tuple[RowView, ...]:
    if not rows:
        return ()
    action = Action(rows[0].action.verb) if rows[0].action else None
    return (RowView(action, BLOCKS, BLOCKS),) * ROWS


def _tile(tile: TileView) -> TileView:
    """Visitor types come from the site; what is picked by number may be anything."""
    if tile.action.verb not in NAMING:
        return tile
    return replace(tile, action=Action(tile.action.verb), title=BLOCKS, detail=text(tile.detail))


def _buttons(buttons: tuple[ButtonView, ...]) -> tuple[ButtonView, ...]:
    return tuple(replace(one, label=BLOCKS) if one.action.verb in NAMING else one for one in buttons)
