"""The badge as a document: who it is for, whom they visit, until when, and the code that signs out. Pure.

One layout for print and preview: 62x100 labels, 62 mm endless, 80 mm receipts. A badge is made when it is printed, and
again from the register for a reprint; it is never stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from common.i18n import N_
from drivers.printers.bitmap import Bitmap
from drivers.printers.document import Document, DocumentNotPrintable, Element, Paper, Qr, Rule, Space, composed
from kiosk.model import Visit
from kiosk.printed_lines import DrawLine, Lines, Sizing, height_mm
from kiosk.setup import Setup, text_in
from kiosk.view import BadgeView
from ui.translations import Translations

__all__ = ["BadgeFacts", "badge_document", "badge_facts", "badge_picture", "badge_view"]

HOST = N_("Host: {name}")
HINT = N_("Scan this code when you leave")

MODULES_MM = (0.68, 0.55)
"""Of the code: large where there is room. Scanners want 0.4 mm or more."""

_SITE = Sizing(3.6, 2.5)
_TITLE = Sizing(8.0, 4.0, bold=True)
_NAME = Sizing(13.0, 4.5, lines=2, bold=True)
_LONG_NAME = Sizing(6.0, 3.0, lines=4, bold=True)
_DETAIL = Sizing(5.0, 3.4)
_HOST = Sizing(4.6, 3.4)
_DATE = Sizing(3.6, 2.5)
_HINT = Sizing(2.8, 2.0)
_BARE_TITLE = Sizing(4.0, 2.0, bold=True)
_BARE_NAME = Sizing(8.0, 2.0, lines=2, bold=True)
_STEPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)


@dataclass(frozen=True, slots=True)
class BadgeFacts:
    """Finished words. `token` "": without a code."""

    title: str
    site: str
    name: str
    details: tuple[str, ...] = ()
    """company, and what else the visitor type has `on_badge`"""
    host: str = ""
    date: str = ""
    token: str = field(default="", repr=False)
    hint: str = ""

    def __repr__(self) -> str:
        return "BadgeFacts(...)"


def badge_facts(visit: Visit, setup: Setup, words: Translations, now: datetime, token: str) -> BadgeFacts:
    """What stands on the badge of this visit, in the language of `words`: the site's, for it is the staff who read it.

    `token` is of kiosk.badge_keys.
    """
    kind = setup.type(visit.type)
    extra = dict(visit.guest.extra)
    title = text_in(kind.badge_title, words.language) or text_in(kind.title, words.language).upper()
    return BadgeFacts(
        title,
        setup.site.name,
        visit.guest.name,
        tuple(extra[one.key] for one in kind.fields if one.on_badge and extra.get(one.key)),
        words.t(HOST, name=visit.host.name) if kind.host and visit.host.name else "",
        words.long_date(now, setup.zone),
        token,
        words.t(HINT) if token else "",
    )


def badge_document(facts: BadgeFacts, paper: Paper, draw: DrawLine) -> Document:
    """The badge, as large as the paper lets it: on short labels smaller, then without its code, then title and name.

    Raises UsageError, mostly DocumentNotPrintable, where the paper is too small even for that.
    """
    lines = Lines(paper, draw)
    if paper.length_dots is None:
        return Document((*_head(facts, lines, 1.0), *_foot(facts, lines, 1.0, MODULES_MM[0])))
    length_mm = paper.length_dots / paper.dots_per_mm
    for head, foot in _smaller_and_smaller(facts, lines):
        free_mm = length_mm - height_mm([*head, *foot], paper)
        if free_mm >= 0:
            return Document((*head, *_filler(free_mm), *foot))
    raise DocumentNotPrintable(f"no badge fits a label of {length_mm:.0f} mm.")


def badge_picture(document: Document, paper: Paper) -> Bitmap:
    """The badge as it comes out, as long as its label. Raises DocumentNotPrintable where it does not fit."""
    made = composed(document, paper)
    if paper.length_dots is None or made.height_dots == paper.length_dots:
        return made
    rest = Bitmap.blank(made.width_dots, paper.length_dots - made.height_dots)
    return Bitmap.stacked((made, rest), made.width_dots)


def badge_view(document: Document, paper: Paper) -> BadgeView:
    """The same for the screen. Raises DocumentNotPrintable where it does not fit."""
    made = badge_picture(document, paper)
    return BadgeView(made.width_dots, made.height_dots, made.rows)


def _smaller_and_smaller(facts: BadgeFacts, lines: Lines) -> Iterator[tuple[list[Element], list[Element]]]:
    for module_mm, steps in ((MODULES_MM[0], _STEPS[:3]), (MODULES_MM[1], _STEPS), (0.0, _STEPS)):
        for scale in steps:
            yield list(_head(facts, lines, scale)), list(_foot(facts, lines, scale, module_mm))
    for scale in _STEPS:
        yield list(_bare(facts, lines, scale)), []


def _head(facts: BadgeFacts, lines: Lines, scale: float) -> Iterator[Element]:
    yield Space(1.5)
    yield from lines.fitted(facts.site, _SITE.scaled(scale))
    yield from lines.fitted(facts.title, _TITLE.scaled(scale))
    yield Space(1.0)
    yield Rule(0.5)
    yield Space(2.0 * scale)
    yield from lines.whole(facts.name, _NAME.scaled(scale), _LONG_NAME.scaled(scale))
    yield Space(1.5 * scale)
    for detail in facts.details:
        yield from lines.whole(detail, _DETAIL.scaled(scale), _DETAIL.scaled(scale).on(2))
    yield Space(1.5 * scale)
    yield from lines.whole(facts.host, _HOST.scaled(scale), _HOST.scaled(scale).on(2))
    yield from lines.fitted(facts.date, _DATE.scaled(scale))


def _bare(facts: BadgeFacts, lines: Lines, scale: float) -> Iterator[Element]:
    yield from lines.fitted(facts.title, _BARE_TITLE.scaled(scale))
    yield from lines.fitted(facts.name, _BARE_NAME.scaled(scale))


def _foot(facts: BadgeFacts, lines: Lines, scale: float, module_mm: float) -> Iterator[Element]:
    if facts.token and module_mm:
        yield Qr(facts.token, module_mm=module_mm)
        yield from lines.fitted(facts.hint, _HINT.scaled(scale))
    yield Space(1.0)


def _filler(free_mm: float) -> tuple[Space, ...]:
    return (Space(free_mm * 0.8),) if free_mm > 1 else ()
