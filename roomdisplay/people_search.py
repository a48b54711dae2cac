"""Finding a person at the door without giving the directory away: three letters, five hits, a budget.

Rules and the measurement behind them: reference/kiosk.md 3a. Nothing is shown above five hits, all words must
match the beginning of a word of the name, and a sitting and an hour have a budget of searches.
"""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Sequence

from graph.model import Person

MINIMUM_LETTERS = 3
MAXIMUM_HITS = 5
_FOLDS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ß": "ss", "đ": "d", "ł": "l", "ı": "i"})


def fold(text: str) -> str:
    """Lower case without accents; æ is ae, ø is o, å is a, and so are the two-letter spellings oe and aa."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return letters.translate(_FOLDS).replace("oe", "o").replace("aa", "a")


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a query or a name."""
    return tuple(fold(text).replace("-", " ").split())


def long_enough(text: str) -> bool:
    """At least three letters in one word; dots and dashes are none."""
    return any(sum(map(str.isalpha, word)) >= MINIMUM_LETTERS for word in text.split())


def matching(people: Sequence[Person], text: str) -> tuple[Person, ...]:
    """Those of whom every typed word begins a word of the name, sorted by name; nobody when nothing was typed."""
    wanted = words_of(text)
    if not wanted:
        return ()
    found = [person for person in people if all(_begins(word, words_of(person.name)) for word in wanted)]
    return tuple(sorted(found, key=lambda person: fold(person.name)))


def shielded(person: Person, typed: str) -> str:
    """'Jesper F.' until the whole name was typed (reference/kiosk.md 3a: the panel is no directory)."""
    names = person.name.split()
    if len(names) < 2 or words_of(typed) == words_of(person.name):
        return " ".join(names)
    return f"{names[0]} {names[-1][0]}."


def _begins(word: str, names: Sequence[str]) -> bool:
    return any(name.startswith(word) for name in names)


class Budget:
    """How many searches are left: in one sitting, and in the last hour."""

    def __init__(self, per_sitting: int, per_hour: int) -> None:
        self._per_sitting = per_sitting
        self._per_hour = per_hour
        self._sitting = 0
        self._times_s: deque[float] = deque(maxlen=per_hour)

    def new_sitting(self) -> None:
        """Somebody else stands at the panel."""
        self._sitting = 0

    def take(self, now_s: float) -> bool:
        """Whether one more search is allowed; counts it if so."""
        while self._times_s and now_s - self._times_s[0] >= 3600:
            self._times_s.popleft()
        if self._sitting >= self._per_sitting or len(self._times_s) >= self._per_hour:
            return False
        self._sitting += 1
        self._times_s.append(now_s)
        return True
