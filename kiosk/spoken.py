"""What speech mode says when a page comes up: title, text, what can be touched. Pure.

It changes only when the page does, not with each key and each second, so that it is said once. Typed text is never
said: others may listen.
"""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.view import (
    ButtonView,
    ChoiceView,
    CodeView,
    DoneView,
    FormView,
    HostsView,
    ListView,
    MessageView,
    Page,
    PinView,
    RulesView,
    StillThereView,
    TextView,
    WelcomeView,
)
from kiosk.words import Words


def spoken(page: Page, over: StillThereView | None, words: Words) -> str:
    """Sentences for espeak-ng."""
    parts = _over(over) if over else _page(page, words)
    return " ".join(_sentence(part) for part in parts if part)


def _sentence(text: str) -> str:
    return text if text[-1] in ".!?…" else f"{text}."


def _over(over: StillThereView) -> Iterable[str]:
    return (over.title, over.more.label, over.leave.label)


def _labels(*buttons: ButtonView | None) -> Iterable[str]:
    return (button.speech or button.label for button in buttons if button is not None and button.enabled)


def _page(page: Page, words: Words) -> Iterable[str]:
    match page:
        case WelcomeView():
            tiles = (f"{tile.title}: {tile.detail}" for tile in page.tiles)
            return (page.title, page.text, page.notice, *tiles, *_labels(page.privacy))
        case ChoiceView():
            return (page.title, page.text, *(tile.title for tile in page.tiles), *_labels(*page.buttons))
        case HostsView():
            rows = (f"{row.title}, {row.detail}" if row.detail else row.title for row in page.rows)
            return (page.title, page.message, *rows, *_labels(page.next, *page.buttons))
        case FormView():
            return (page.title, page.text, *_focused(page), *_labels(page.next, *page.buttons))
        case CodeView():
            return (page.title, page.text, page.message, *_labels(page.next, *page.buttons))
        case _:
            return _reading_page(page, words)


def _focused(page: FormView) -> Iterable[str]:
    """The field that takes the keys; its text is not said."""
    field = next((one for one in page.fields if one.key == page.focused), None)
    return (f"{field.label} {field.optional}".rstrip(), field.error) if field else ()


def _reading_page(page: Page, words: Words) -> Iterable[str]:
    match page:
        case RulesView():
            return (page.title, *page.paragraphs, *_labels(page.accept, *page.buttons))
        case DoneView():
            return (page.title, *page.lines, *_labels(*page.buttons))
        case MessageView():
            return (page.title, page.text, *_labels(*page.buttons))
        case TextView():
            return (page.title, *page.paragraphs, *_labels(*page.buttons))
        case ListView():
            rows = (f"{row.title}: {row.note}" if row.note else row.title for row in page.rows)
            return (page.title, page.text, *rows, *_labels(*page.buttons))
        case PinView():
            return (page.title, page.message)
        case _:
            return ()
