"""How many searches give the directory away? An attacker with a list of Danish names at the kiosk's host search.

    scripts/bench/run directory_scraping            # the table of docs/privacy.md
    scripts/bench/run directory_scraping --json

The staff are made of first names and surnames in about the frequencies of Denmark, with a fixed seed. The attacker has
the same list, types the likeliest beginning first, types on where "type more" was the answer (which is free), and is
told what kiosk.host_search tells. Counted is what the budgets count: a name begun anew. Somebody is exposed when first
name, initial and department have stood on the screen.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from common.name_search import words_of
from kiosk.events import SearchProblem
from kiosk.host_search import Budget, Hosts, search
from kiosk.model import Host
from kiosk.settings import HostsSection

SEED = 20261122
SHARE = 0.9
OPEN_HOURS = 10
"""A day at the kiosk, for turning the budget of an hour into days."""
MOST_SEARCHES = 100_000
SURNAMES = (
    "Nielsen:44 Jensen:43 Hansen:37 Andersen:27 Pedersen:27 Christensen:21 Larsen:20 Sørensen:19 Rasmussen:16 "
    "Jørgensen:15 Petersen:13 Madsen:11 Kristensen:10 Olsen:8 Thomsen:7 Christiansen:6 Poulsen:5 Johansen:5 "
    "Møller:5 Mortensen:5 Knudsen:4 Jakobsen:4 Jacobsen:4 Mikkelsen:4 Olesen:3 Frederiksen:3 Laursen:3 "
    "Henriksen:3 Lund:3 Holm:3 Schmidt:3 Eriksen:2 Kristiansen:2 Simonsen:2 Clausen:2 Svendsen:2 Andreasen:2 "
    "Iversen:2 Jeppesen:2 Mogensen:2 Jespersen:2 Nissen:2 Lauridsen:2 Frandsen:2 Østergaard:2 Jepsen:2 Kjær:2 "
    "Carlsen:2 Vestergaard:2 Jessen:1 Nørgaard:1 Dahl:1 Christoffersen:1 Skov:1 Søndergaard:1 Bertelsen:1 "
    "Bruun:1 Lassen:1 Bach:1 Gregersen:1 Friis:1 Johnsen:1 Steffensen:1 Kjeldsen:1 Bech:1 Krogh:1 Lauritsen:1 "
    "Danielsen:1 Mathiesen:1 Andresen:1 Brandt:1 Winther:1 Toft:1 Ravn:1 Mathiasen:1 Dam:1 Holst:1 Nilsson:1 "
    "Lind:1 Berg:1 Schou:1 Overgaard:1 Kristoffersen:1 Schultz:1 Klausen:1 Karlsen:1 Paulsen:1 Hermansen:1 "
    "Thorsen:1 Koch:1 Thygesen:1 Bak:1 Kruse:1 Høj:1 Juhl:1 Davidsen:1 Berthelsen:1 Nygaard:1 Lorentzen:1 "
    "Villadsen:1"
)
FIRST_NAMES = (
    "Peter:47 Michael:44 Lars:43 Jens:42 Thomas:41 Henrik:40 Søren:38 Christian:37 Martin:36 Jan:34 Morten:33 "
    "Anders:31 Jesper:30 Niels:29 Mads:28 Rasmus:27 Per:24 Mikkel:23 Hans:22 Kim:20 Jørgen:20 Ole:19 Simon:16 "
    "Jakob:16 Kasper:15 Bent:14 Erik:14 Claus:14 Frederik:14 Emil:13 Brian:13 Daniel:12 Jonas:12 Mathias:12 "
    "Allan:10 Nicolai:10 Steen:9 Bo:9 Kristian:9 Torben:9 Alexander:9 Tobias:8 Oliver:8 William:8 Magnus:8 "
    "Kenneth:8 Rune:6 Flemming:6 Troels:5 Asger:4 Anne:45 Mette:39 Kirsten:37 Hanne:34 Anna:33 Helle:30 "
    "Susanne:28 Lene:28 Maria:27 Marianne:26 Inge:24 Karen:24 Lone:22 Bente:21 Camilla:21 Pia:20 Louise:20 "
    "Charlotte:20 Jette:19 Tina:18 Gitte:18 Ida:16 Inger:16 Julie:16 Christina:15 Sofie:15 Emma:14 Laura:13 "
    "Line:13 Cecilie:13 Mathilde:12 Birgit:12 Rikke:12 Sara:11 Lise:11 Katrine:10 Heidi:10 Trine:10 Ulla:10 "
    "Malene:9 Astrid:8 Freja:8 Ellen:8 Nanna:7 Signe:7 Caroline:7 Amalie:6 Sanne:6 Dorte:6 Åse:3 Zoë:1"
)


@dataclass(frozen=True)
class Outcome:
    """`searches` is None where the attacker ran out of beginnings first; `reached` is the share then."""

    staff: int
    searches: int | None
    reached: float
    days_one_kiosk: float | None
    guests: int | None


class Namebook:
    """Names with their frequencies, for making staff and for guessing."""

    def __init__(self) -> None:
        self.first = _weights(FIRST_NAMES)
        self.last = _weights(SURNAMES)

    def staff(self, count: int, seed: int) -> list[str]:
        """Names as in a company of that size; some have a middle name or a double first name."""
        chance = random.Random(seed)

        def one(weights: dict[str, int]) -> str:
            return chance.choices(list(weights), list(weights.values()))[0]

        made = []
        for _ in range(count):
            middle = [one(self.last)] if chance.random() < 0.25 else []
            made.append(" ".join([one(self.first), *middle, one(self.last)]))
        return made


class Kiosk:
    """The search as guests have it, without end: a new guest whenever a budget is used up, and the searches counted."""

    def __init__(self, names: list[str]) -> None:
        self.rules = HostsSection()
        self.hosts = Hosts([Host(str(number), name) for number, name in enumerate(names)])
        self.searches = 0
        self._budget = Budget()

    def ask(self, typed: str) -> tuple[set[str], bool]:
        """Return who was shown, and whether more was to be typed."""
        found = search(self.hosts, typed, self._budget, 0.0, self.rules)
        if found.problem is SearchProblem.BUDGET:
            self._budget = Budget()
            found = search(self.hosts, typed, self._budget, 0.0, self.rules)
        self.searches += found.budget.in_session - self._budget.in_session
        self._budget = found.budget
        return {hit.ref for hit in found.hits}, found.problem is SearchProblem.TOO_MANY


def attack(names: list[str], book: Namebook) -> tuple[int | None, float]:
    """Return the searches until 90 % are exposed, and the share that was reached."""
    kiosk, exposed = Kiosk(names), set[str]()
    guesses = _beginnings(book)
    while guesses and kiosk.searches < MOST_SEARCHES:
        _, typed = heapq.heappop(guesses)
        hits, more = kiosk.ask(typed)
        while more:
            deeper = sorted(_deeper(typed, book))
            if not deeper:
                break
            for guess in deeper[1:]:
                heapq.heappush(guesses, guess)
            typed = deeper[0][1]
            hits, more = kiosk.ask(typed)
        exposed |= hits
        if len(exposed) >= SHARE * len(names):
            return kiosk.searches, len(exposed) / len(names)
    return None, len(exposed) / len(names)


def _beginnings(book: Namebook) -> list[tuple[float, str]]:
    """The first three letters of all names, the likeliest first; both kinds of name weigh alike."""
    weights: dict[str, float] = {}
    for table in (book.first, book.last):
        total = sum(table.values())
        for name, weight in table.items():
            begin = _letters(name, 3)
            weights[begin] = weights.get(begin, 0.0) + weight / total
    found = [(-weight, begin) for begin, weight in weights.items() if begin]
    heapq.heapify(found)
    return found


def _deeper(typed: str, book: Namebook) -> Iterator[tuple[float, str]]:
    """What to type next: more letters of the last word where names have them, and the beginning of a second word."""
    *before, last = words_of(typed)
    total = sum(book.first.values()) + sum(book.last.values())
    weights: dict[str, float] = {}
    for name, weight in itertools.chain(book.first.items(), book.last.items()):
        (word,) = words_of(name)[:1]
        if word.startswith(last) and len(word) > len(last):
            longer = " ".join([*before, word[: len(last) + 1]])
            weights[longer] = weights.get(longer, 0.0) + weight / total
        if not before:
            second = f"{last} {word[:2]}"
            weights[second] = weights.get(second, 0.0) + weight / total / 4
    depth = len(before) + 1
    yield from ((-weight / (10 * depth), text) for text, weight in weights.items())


def _letters(name: str, count: int) -> str:
    word = words_of(name)[0]
    return word[:count] if len(word) >= count else ""


def _weights(text: str) -> dict[str, int]:
    return {name: int(weight) for name, _, weight in (part.partition(":") for part in text.split())}


def measure(sizes: tuple[int, ...], seeds: int) -> list[Outcome]:
    """The worst (fewest searches) of several companies of each size."""
    book, rules, found = Namebook(), HostsSection(), []
    for size in sizes:
        runs = [attack(book.staff(size, SEED + seed), book) for seed in range(seeds)]
        done = [searches for searches, _ in runs if searches is not None]
        searches = min(done, default=None)
        reached = min(share for _, share in runs)
        days = None if searches is None else round(searches / (rules.searches_per_hour * OPEN_HOURS), 1)
        guests = None if searches is None else -(-searches // rules.searches_per_session)
        found.append(Outcome(size, searches, round(reached, 3), days, guests))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, default=5, help="companies of each size")
    options = parser.parse_args()
    outcomes = measure((200, 1000), options.seeds)
    if options.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], indent=1))
        return
    for one in outcomes:
        if one.searches is None:
            print(f"{one.staff:5d} people: stalls at {one.reached:.0%}")
        else:
            spent = f"{one.searches} searches, {one.days_one_kiosk} days, {one.guests} sessions"
            print(f"{one.staff:5d} people: {spent}")


if __name__ == "__main__":
    main()
