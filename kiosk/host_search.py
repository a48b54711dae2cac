"""Finding a host without giving the directory away: three letters, five hits and nothing above, and a budget.

Pure. The rules and the measurement behind them: reference/kiosk.md 3a, docs/privacy.md. A search walks over all hosts
whatever was typed, so its time tells nothing of who is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from common.name_search import first_and_initial, fold, letters_in_longest_word, words_of
from kiosk.events import SearchProblem
from kiosk.model import Host, HostHit, HostPresence
from kiosk.settings import HostsSection, OtherHost
from kiosk.view import PhotoView

HOUR_S = 3600.0
MAX_TYPED = 80
MAX_WORDS = 6
OTHER = "other:"
"""How the `ref` of a host of the config begins."""
INVITED = "invited:"
"""How that of a host begins whom an invitation or the hub names, and who is not in the directory."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a guest and this kiosk have used. `path` is as far as the name under way was typed, folded.

    Typing on, and taking back what was just typed, walks one path and costs one search: an honest guest pays once for
    a name, whoever tries names pays for each.
    """

    in_session: int = 0
    spent_at_s: tuple[float, ...] = ()
    """monotonic instants of the last hour's searches"""
    path: str = ""

    def __repr__(self) -> str:
        return f"Budget(in_session={self.in_session}, in_hour={len(self.spent_at_s)})"

    def new_session(self) -> Budget:
        """Somebody else stands at the kiosk."""
        return replace(self, in_session=0, path="")


@dataclass(frozen=True, slots=True)
class Found:
    """What is shown, and the budget that is left for the next search."""

    budget: Budget
    hits: tuple[HostHit, ...] = ()
    problem: SearchProblem | None = None
    """why there are no hits; None when nothing was typed, or there are hits"""


@dataclass(frozen=True, slots=True)
class _Entry:
    host: Host
    words: tuple[str, ...]
    """sorted"""
    sorts_as: str


class Hosts:
    """Who may be found, made ready for searching: folded once, not at every letter."""

    def __init__(self, hosts: Iterable[Host], opt_out: Iterable[str] = ()) -> None:
        """`opt_out` are addresses that are never found: those people are not in here at all."""
        hidden = {address.casefold().strip() for address in opt_out}
        kept = [host for host in hosts if host.name.strip() and host.address.casefold() not in hidden]
        entries = sorted((_entry(host) for host in kept), key=lambda one: (one.sorts_as, one.host.ref))
        self._entries = tuple(entries)
        self._by_ref = {one.host.ref: one.host for one in entries}
        self._by_address = {one.host.address.casefold(): one.host for one in entries if one.host.address}
        self._words = tuple((word, place) for place, one in enumerate(entries) for word in one.words)

    def __len__(self) -> int:
        return len(self._entries)

    def by_ref(self, ref: str) -> Host | None:
        """The host behind a hit."""
        return self._by_ref.get(ref)

    def by_address(self, address: str) -> Host | None:
        """The host with that mail address, in any case."""
        return self._by_address.get(address.casefold())

    def matching(self, words: Sequence[str]) -> tuple[Host, ...]:
        """Those of whom every folded word begins a word of the name, by name. Always the same number of comparisons."""
        places: set[int] | None = None
        for wanted in words:
            hit = {place for word, place in self._words if word.startswith(wanted)}
            places = hit if places is None else places & hit
        return tuple(self._entries[place].host for place in sorted(places or ()))

    def named(self, words: Sequence[str]) -> tuple[Host, ...]:
        """Those whose whole name these folded words are, in any order."""
        wanted = tuple(sorted(words))
        return tuple(one.host for one in self._entries if one.words == wanted)

    def meant(self, name: str, address: str) -> Host | None:
        """Whom reception means: by mail address where one was typed, else the only one who has that whole name."""
        if address:
            return self.by_address(address)
        found = self.named(words_of(name[:MAX_TYPED]))
        return found[0] if len(found) == 1 else None


def other_hosts(section: Sequence[OtherHost]) -> tuple[Host, ...]:
    """The hosts of the config, outside the tenant."""
    return tuple(
        Host(f"{OTHER}{number}", one.name, one.address, one.department, one.language, one.phone)
        for number, one in enumerate(section)
    )


def search(hosts: Hosts, typed: str, budget: Budget, now_s: float, rules: HostsSection) -> Found:
    """Search for what a guest typed; `now_s` is monotonic."""
    words = words_of(typed[:MAX_TYPED])[:MAX_WORDS]
    if not words:
        return Found(budget)
    # Counted after folding: "jaa" is "ja".
    long_enough = letters_in_longest_word(" ".join(words)) >= rules.least_letters
    if not long_enough and len(words) < 2:
        return Found(budget, problem=SearchProblem.TOO_SHORT)
    allowed, budget = _spend(budget, " ".join(words), now_s, rules)
    if not allowed:
        return Found(budget, problem=SearchProblem.BUDGET)
    # Whoever knows the whole name need not type more of it, even when it begins other people's names too; and Bo Li
    # is found though no word of the name has three letters.
    named, matched = hosts.named(words), hosts.matching(words)
    if not long_enough and not named:
        return Found(budget, problem=SearchProblem.TOO_SHORT)
    found = named or matched
    if len(found) > rules.most_hits:
        return Found(budget, problem=SearchProblem.TOO_MANY)
    hits = tuple(_hit(host, whole_name=bool(named)) for host in found)
    return Found(budget, hits, None if hits else SearchProblem.NONE)


def with_presence(hits: Sequence[HostHit], presences: Mapping[str, HostPresence]) -> tuple[HostHit, ...]:
    """The hits with what is known of each `ref`; hosts of the config have no presence."""
    return tuple(replace(hit, presence=presences.get(hit.ref, HostPresence.UNKNOWN)) for hit in hits)


def with_photos(hits: Sequence[HostHit], photos: Mapping[str, PhotoView]) -> tuple[HostHit, ...]:
    """The hits with the pictures of those whose whole name was typed, and of nobody else."""
    return tuple(replace(hit, photo=photos.get(hit.ref) if hit.whole_name else None) for hit in hits)


def _spend(budget: Budget, path: str, now_s: float, rules: HostsSection) -> tuple[bool, Budget]:
    recent = tuple(at_s for at_s in budget.spent_at_s if now_s - at_s < HOUR_S)[-rules.searches_per_hour :]
    budget = replace(budget, spent_at_s=recent)
    if budget.path and path.startswith(budget.path):
        return True, replace(budget, path=path)
    if budget.path and budget.path.startswith(path):
        return True, budget
    if budget.in_session >= rules.searches_per_session or len(recent) >= rules.searches_per_hour:
        return False, budget
    return True, Budget(budget.in_session + 1, (*recent, now_s), path)


def _entry(host: Host) -> _Entry:
    words = words_of(host.name)
    return _Entry(host, tuple(sorted(words)), fold(host.name))


def _hit(host: Host, *, whole_name: bool) -> HostHit:
    shown = " ".join(host.name.split()) if whole_name else first_and_initial(host.name)
    return HostHit(host.ref, shown, host.department, whole_name=whole_name)
