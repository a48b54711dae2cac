"""Pages of the kiosk for the tests: made by the real flow and presenter, with everyday names or too long ones."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from kiosk import sample_pages
from kiosk.sample_lobby import Sample
from kiosk.sample_site import EVERYDAY, LONG
from kiosk.states import Aids
from kiosk.view import KioskView, Page

P = TypeVar("P", bound=Page)
PAGES = tuple(sample_pages.PAGES)

KINDS = (
    *("welcome", "welcome-no-network", "types", "types-two"),
    *("hosts-empty", "hosts", "hosts-five", "hosts-searching", "hosts-too-many"),
    *("form", "form-error", "form-seven", "form-group", "leaving-typed"),
    *("rules", "rules-signed", "rules-sign-group", "expected-rules", "signing"),
    *("done", "done-no-badge", "done-reception", "delivery", "goodbye-by-name"),
    *("scan", "code", "code-refused", "refused-wifi", "still-in", "help-unreached"),
    *("privacy", "aids", "still-there", "pin", "pin-locked", "admin-log"),
    *("in-building", "in-building-empty", "person", "evacuating"),
)
"""At least one of each arrangement of widgets, for what is slow."""


@cache
def page(
    name: str,
    language: str = "da",
    *,
    long: bool = False,
    large_text: bool = False,
    high_contrast: bool = False,
    low_reach: bool = False,
) -> KioskView:
    """What the kiosk shows there; badges are drawn as they are printed."""
    from kiosk.screens.badge_text import draw_line

    aids = Aids(large_text, high_contrast, low_reach)
    return sample_pages.view(name, Sample(language, LONG if long else EVERYDAY, aids, draw_line))


def page_of(name: str, kind: type[P]) -> P:
    """The page alone, for a test that changes some of it."""
    found = page(name).page
    assert isinstance(found, kind), f"{name} is a {type(found).__name__}"
    return found
