"""What guests type, cleaned and checked: names, e-mail addresses, telephone numbers. Pure.

Input comes from a keyboard on glass, but also from whatever is plugged in: control characters, characters that turn
the direction of writing and half characters are dropped, lengths are bounded.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

MAX_NAME = 80
MAX_EMAIL = 100
MAX_PHONE = 30
MAX_SEARCH = 60

_DROPPED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_MAX_RAW = 400
_IN_NAMES = frozenset(" '’ʼ‘`´-‐‑.·")
_EMAIL = re.compile(r"[^@\s,;:<>()\"\\]{1,64}@[^@\s.,;:<>()\"\\]+(\.[^@\s.,;:<>()\"\\]+)+")
_PHONE = re.compile(r"\+?[0-9]{5,15}")


def cleaned(text: str, limit: int) -> str:
    """At most `limit` characters in NFC without control and direction characters; blanks are spaces, kept as typed."""
    raw = (" " if char.isspace() else char for char in text[:_MAX_RAW])
    kept = "".join(char for char in raw if unicodedata.category(char) not in _DROPPED)
    return unicodedata.normalize("NFC", kept)[:limit].lstrip()


def tidy(text: str) -> str:
    """Without spaces at the ends and double ones, as it is stored."""
    return " ".join(text.split())


def is_name(text: str) -> bool:
    """Letters and marks of any script, apostrophe, hyphen, full stop, middle dot and space; one letter at least."""
    letters = [char for char in text if char not in _IN_NAMES]
    known = all(unicodedata.category(char)[0] in "LM" for char in letters)
    return known and any(unicodedata.category(char)[0] == "L" for char in letters) and len(text) <= MAX_NAME


def is_email(text: str) -> bool:
    """One address with a dot in its domain; any script."""
    return len(text) <= MAX_EMAIL and _EMAIL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Five to fifteen digits, with + before them; spaces and the usual signs between them."""
    return len(text) <= MAX_PHONE and _PHONE.fullmatch(re.sub(r"[ ().\-/]", "", text)) is not None


def is_drawable(text: str, drawable: frozenset[int] | None) -> bool:
    """Whether the fonts have every letter of it."""
    return drawable is None or all(ord(char) in drawable for char in text if not char.isspace())


def long_enough(text: str, least_letters: int) -> bool:
    """Whether a word of it has enough letters to search for; the shield behind it asks for the same."""
    return any(sum(map(str.isalpha, word)) >= least_letters for word in text.split())


def is_day(text: str) -> bool:
    """Whether it is a day and nothing else, such as 2026-12-01."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
