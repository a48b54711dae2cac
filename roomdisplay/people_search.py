"""Finding a person at the door without giving the directory away: three letters, five hits, a budget.

Rules and the measurement behind them: reference/kiosk.md 3a. Nothing is shown above five hits, all words must
match the beginning of a word of the name, and a sitting and an hour have a budget of searches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from common.name_search import all_begin, first_and_initial, fold, letters_in_longest_word, words_of
from graph.model import Person

MINIMUM_LETTERS = 3
MAXIMUM_HITS = 5


def long_enough(text: str) -> bool:
    """At least three letters in one word; dots and dashes are none."""
    return letters_in_longest_word(text) >= MINIMUM_LETTERS


def matching(people: Sequence[Person], text: str) -> tuple[Person, ...]:
    """Those of whom every typed word begins a word of the name, sorted by name; nobody when nothing was typed."""
    wanted = words_of(text)
    if not wanted:
        return ()
    found = [person for person in people if all_begin(wanted, words_of(person.name))]
    return tuple(sorted(found, key=lambda person: fold(person.name)))


def shielded(person: Person, typed: str) -> str:
    """'Jesper F.' until the whole name was typed (reference/kiosk.md 3a: the panel is no directory)."""
    if words_of(typed) == words_of(person.name):
        return " ".join(person.name.split())
    return first_and_initial(person.name)


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
