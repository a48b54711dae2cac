"""Names as people type them: folded, split into words, matched by beginnings, and shown short to strangers.

The rules of a panel or kiosk that is no directory, and what was measured of them: reference/kiosk.md 3a.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

_FOLDS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ß": "ss", "đ": "d", "ł": "l", "ı": "i"})


def fold(text: str) -> str:
    """Lower case without accents; æ is ae, ø is o, å is a, and so are the two-letter spellings oe and aa."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return letters.translate(_FOLDS).replace("oe", "o").replace("aa", "a")


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a query or a name."""
    return tuple(fold(text).replace("-", " ").split())


def letters_in_longest_word(text: str) -> int:
    """How many letters the longest typed word has; dots and dashes are none."""
    return max((sum(map(str.isalpha, word)) for word in text.split()), default=0)


def begins_one(word: str, names: Iterable[str]) -> bool:
    """Whether a folded word begins one of the folded names."""
    return any(name.startswith(word) for name in names)


def all_begin(words: Sequence[str], names: Sequence[str]) -> bool:
    """Whether every typed word begins a word of the name."""
    return all(begins_one(word, names) for word in words)


def first_and_initial(name: str) -> str:
    """Jesper F. of Jesper Friis; a name of one word as it is."""
    names = name.split()
    return f"{names[0]} {names[-1][0]}." if len(names) > 1 else " ".join(names)
