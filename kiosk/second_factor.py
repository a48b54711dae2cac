"""Signing out by name: the full name and a second factor, compared with every open visit. Pure.

Names of guests are never suggested, and who tries learns nothing: the same walk over all open visits, whatever was
typed (reference/kiosk.md 3a).
"""

from __future__ import annotations

from collections.abc import Iterable

from common.name_search import words_of
from kiosk.model import Visit

LEAST_DIGITS = 2
_LEAST_LETTERS = 2


def find_open(visits: Iterable[Visit], full_name: str, second_factor: str) -> Visit | None:
    """The one visit of this full name whose phone ends in the digits, or whose host is called so; None: no or several.

    The host's whole name will do, or one word of it; æ, ø, å and accents are folded as in the search for hosts.
    """
    name = sorted(words_of(full_name))
    digits, words = _digits(second_factor), words_of(second_factor)
    # All comparisons for all visits, so that the time tells nothing of who is there.
    fits = [
        visit
        for visit in visits
        if (sorted(words_of(visit.guest.name)) == name) & _factor_fits(visit, digits, words) & bool(name)
    ]
    return fits[0] if len(fits) == 1 else None


def _factor_fits(visit: Visit, digits: str, words: tuple[str, ...]) -> bool:
    phone = _digits(visit.guest.phone)
    by_phone = len(digits) >= LEAST_DIGITS and phone.endswith(digits)
    host = words_of(visit.host.name)
    by_host = sum(map(len, words)) >= _LEAST_LETTERS and set(words) <= set(host)
    return by_phone | by_host


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())
