"""The list of who is in the building, on paper: pages for the badge printer, one document each.

Works without a network and without the screen; whom the clock signed out stands in a part of its own, for nobody saw
them leave. A box before each name is for ticking off with a pen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from common.i18n import N_
from drivers.printers.document import Align, Document, Element, Paper, Rule, Space
from kiosk.events import OnSite
from kiosk.printed_lines import DrawLine, Lines, Sizing, height_mm
from ui.translations import Translations

__all__ = ["EvacuationPaper", "evacuation_pages"]

TITLE = N_("In the building")
STAMP = N_("{date} {time} · page {page} of {pages}")
ASSUMED = N_("Signed out by the clock: perhaps still here")
NOBODY = N_("Nobody is signed in.")
UNREADABLE = N_("{count} more are signed in, whose names cannot be read.")
SINCE = N_("{host} · since {time}")

MOST_PAGES = 100
ENDLESS_PAGE_MM = 280.0
"""So long is a page of endless paper: a piece that a hand can hold."""

HEAD_MM = 16.0
"""At most: title, stamp and rule."""

_TITLE = Sizing(7.0, 4.0, bold=True)
_SMALL = Sizing(3.0, 2.4, align=Align.LEFT)
_STAMP = Sizing(3.0, 2.2)
_NAME = Sizing(4.7, 3.2, bold=True, align=Align.LEFT)
_PART = Sizing(3.6, 2.6, lines=2, bold=True, align=Align.LEFT)
_BOX = "[  ] "


@dataclass(frozen=True, slots=True)
class EvacuationPaper:
    """What the list is made of besides people."""

    paper: Paper
    draw: DrawLine = field(repr=False)
    words: Translations = field(repr=False)
    zone: ZoneInfo

    @property
    def page_mm(self) -> float:
        if self.paper.length_dots is None:
            return ENDLESS_PAGE_MM
        return self.paper.length_dots / self.paper.dots_per_mm


async def evacuation_pages(
    people: Sequence[OnSite], now: datetime, on: EvacuationPaper, *, unreadable: int = 0
) -> tuple[Document, ...]:
    """The pages, at most 100. The loop breathes after each person, for letters are drawn in its thread."""
    lines = Lines(on.paper, on.draw)
    blocks = []
    for block in _blocks(people, on, lines, unreadable):
        blocks.append(block)
        await asyncio.sleep(0)
    pages = list(_paged(blocks, on))[:MOST_PAGES]
    count = len(people) + unreadable
    return tuple(
        Document((*_head(lines, now, on, count, number, len(pages)), *page))
        for number, page in enumerate(pages, start=1)
    )


def _head(
    lines: Lines, now: datetime, on: EvacuationPaper, count: int, page: int, pages: int
) -> tuple[Element, ...]:  # fmt: skip
    words = on.words
    stamp = words.t(
        STAMP, date=words.short_date(now, on.zone), time=words.time(now, on.zone), page=page, pages=pages
    )  # fmt: skip
    people = words.n("{count} person", "{count} people", count)
    return (
        Space(1.0),
        *lines.fitted(f"{words.t(TITLE)}: {people}", _TITLE),
        *lines.fitted(stamp, _STAMP),
        Rule(0.4),
        Space(1.0),
    )


def _blocks(
    people: Sequence[OnSite], on: EvacuationPaper, lines: Lines, unreadable: int
) -> Iterator[tuple[Element, ...]]:  # fmt: skip
    """What is never torn apart: a person, or the heading of a part."""
    seen = [one for one in people if not one.assumed]
    assumed = [one for one in people if one.assumed]
    if not people and not unreadable:
        yield lines.fitted(on.words.t(NOBODY), _NAME)
    for one in seen:
        yield _person(one, on, lines)
    if unreadable:
        yield lines.fitted(on.words.t(UNREADABLE, count=unreadable), _PART)
    if assumed:
        yield (Space(1.5), *lines.fitted(on.words.t(ASSUMED), _PART), Space(0.5))
    for one in assumed:
        yield _person(one, on, lines)


def _person(one: OnSite, on: EvacuationPaper, lines: Lines) -> tuple[Element, ...]:
    box = "[x] " if one.found else _BOX
    since = on.words.time(one.in_at, on.zone) if one.in_at else "-"
    detail = on.words.t(SINCE, host=one.host or "-", time=since)
    return (*lines.whole(f"{box}{one.name}", _NAME, _NAME.on(4)), *lines.fitted(detail, _SMALL), Space(0.8))


def _paged(blocks: Sequence[tuple[Element, ...]], on: EvacuationPaper) -> Iterator[list[Element]]:
    page: list[Element] = []
    used_mm = HEAD_MM
    for block in blocks:
        block_mm = height_mm(block, on.paper)
        if page and used_mm + block_mm > on.page_mm:
            yield page
            page, used_mm = [], HEAD_MM
        page.extend(block)
        used_mm += block_mm
    yield page
