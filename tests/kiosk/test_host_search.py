"""The kiosk finds who you know, and is no directory for those who do not know anybody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.name_search import words_of
from kiosk.events import SearchProblem
from kiosk.host_search import (
    OTHER,
    Budget,
    Found,
    Hosts,
    other_hosts,
    search,
    with_presence,
)
from kiosk.model import Host, HostPresence
from kiosk.settings import HostsSection, OtherHost
from tests.property.strategies import steady

RULES = HostsSection()
FRESH = Budget()
NAMES = ("Jesper Friis", "Jesper Holm", "Anne-Maria Bøgh", "Søren Ærø", "Åse Mørk", "Bo Li", "José Ñandú", "Cher")
names = st.text("abjsøåæéñ ÆØÅ-", max_size=14)


def hosts(*people: str, opt_out: tuple[str, ...] = ()) -> Hosts:
    found = [Host(f"id-{number}", name, f"p{number}@x.example", "Salg") for number, name in enumerate(people)]
    return Hosts(found, opt_out)


def ask(typed: str, among: Hosts | None = None, budget: Budget = FRESH, now_s: float = 0.0) -> Found:
    return search(among or hosts(*NAMES), typed, budget, now_s, RULES)


def shown(found: Found) -> list[str]:
    return [hit.shown_name for hit in found.hits]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("jes", ["Jesper F.", "Jesper H."]),
        ("JES", ["Jesper F.", "Jesper H."]),
        ("jes fri", ["Jesper F."]),
        ("fri jes", ["Jesper F."]),
        ("jesper friis", ["Jesper Friis"]),
        ("Friis  Jesper ", ["Jesper Friis"]),
        ("maria", ["Anne-Maria B."]),
        ("anne maria boegh", ["Anne-Maria Bøgh"]),
        ("bogh", ["Anne-Maria B."]),
        ("soren aero", ["Søren Ærø"]),
        ("soeren", ["Søren Æ."]),
        ("aase mork", ["Åse Mørk"]),
        ("ase", ["Åse M."]),
        ("jose nan", ["José Ñ."]),
        ("cher", ["Cher"]),
        ("bo li", ["Bo Li"]),
    ],
)
def test_whom_a_guest_knows_is_found_however_it_is_spelled(typed: str, expected: list[str]) -> None:
    found = ask(typed)
    assert (found.problem, shown(found)) == (None, expected)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", None), ("   ", None), ("je", SearchProblem.TOO_SHORT),
        ("jaa", SearchProblem.TOO_SHORT), ("j.e", SearchProblem.TOO_SHORT), ("***", SearchProblem.TOO_SHORT),
        ("123", SearchProblem.TOO_SHORT),
        ("je fr", SearchProblem.TOO_SHORT), ("bo", SearchProblem.TOO_SHORT),
        ("jes*", SearchProblem.NONE), ("sper", SearchProblem.NONE), ("jes olsen", SearchProblem.NONE),
        ("%es", SearchProblem.TOO_SHORT),
        ("p0@x.example", SearchProblem.NONE), ("salg", SearchProblem.NONE), ("x" * 10_000, SearchProblem.NONE),
    ],
)  # fmt: skip
def test_nothing_else_is(typed: str, problem: SearchProblem | None) -> None:
    found = ask(typed)
    assert (found.problem, found.hits) == (problem, ())


@pytest.mark.parametrize(("people", "problem"), [(5, None), (6, SearchProblem.TOO_MANY)])
def test_above_five_nothing_is_shown(people: int, problem: SearchProblem | None) -> None:
    found = ask("jen", hosts(*(f"Jens Hansen{'abcdefgh'[n]}" for n in range(people))))
    assert (found.problem, len(found.hits)) == (problem, people if people < 6 else 0)


def test_who_knows_the_whole_name_need_not_type_more_though_it_begins_many_others() -> None:
    crowd = hosts("Jens Hansen", *(f"Jens Hansen{letter}" for letter in "abcdefgh"))
    assert shown(ask("jens hanse", crowd)) == []
    assert shown(ask("jens hansen", crowd)) == ["Jens Hansen"]


def test_six_people_of_one_name_are_receptions() -> None:
    assert ask("jens hansen", hosts(*["Jens Hansen"] * 6)).problem is SearchProblem.TOO_MANY


def test_who_opted_out_is_not_there() -> None:
    among = hosts(*NAMES, opt_out=(" P0@X.example ",))
    assert shown(ask("jes", among)) == ["Jesper H."]
    assert ask("jesper friis", among).problem is SearchProblem.NONE
    assert (among.by_ref("id-0"), among.by_address("p0@x.example")) == (None, None)


def test_hosts_of_the_config_are_found_with_their_company() -> None:
    section = (OtherHost(name="Ida Berg", address="ida@lejer.example", department="Lejer A/S", language="es"),)
    among = Hosts([Host("id", "Ida Bergmann", "ib@x.example", "Salg"), *other_hosts(section)])
    found = ask("ida", among)
    assert [(hit.ref, hit.shown_name, hit.department) for hit in found.hits] == [
        (f"{OTHER}0", "Ida B.", "Lejer A/S"), ("id", "Ida B.", "Salg"),
    ]  # fmt: skip
    host = among.by_ref(f"{OTHER}0")
    assert host == among.by_address("IDA@lejer.example")
    assert host is not None
    assert host.language == "es"


def test_presence_is_put_beside_the_hits() -> None:
    hits = with_presence(ask("jes").hits, {"id-1": HostPresence.BUSY})
    assert [hit.presence for hit in hits] == [HostPresence.UNKNOWN, HostPresence.BUSY]


def typing(*typed: str, budget: Budget = FRESH, now_s: float = 0.0) -> Found:
    found = Found(budget)
    for text in typed:
        found = ask(text, budget=found.budget, now_s=now_s)
    return found


@pytest.mark.parametrize(
    ("typed", "cost"),
    [
        (("j", "je"), 0),
        (("jes", "jesp", "jespe", "jesper", "jesper f", "jesper friis"), 1),
        (("jes", "jesp", "jes", "je", "", "j", "je", "jes"), 1),
        (("joe", "joer", "joerg"), 1),
        (("jaa", "jaan", "jaap"), 2),
        (("jes", "jesp", "jes", "jesk"), 2),
        (("jes", "jem"), 2),
        (("fri jes", "jes fri"), 2),
        (("xyz", "xyq", "xyp"), 3),
    ],
)
def test_a_name_costs_one_search_and_another_name_another(typed: tuple[str, ...], cost: int) -> None:
    assert typing(*typed).budget.in_session == cost


def tries(count: int) -> list[str]:
    return [f"x{'bcdfghkl'[n // 8]}{'bcdfghkl'[n % 8]}" for n in range(count)]


def test_a_guest_has_twelve_and_may_finish_the_last_name() -> None:
    found = typing(*tries(11), "jes")
    assert found.problem is None
    refused = typing("and", budget=found.budget)
    assert (refused.problem, refused.hits) == (SearchProblem.BUDGET, ())
    assert typing("jes fri", budget=refused.budget).problem is None
    assert typing("and", budget=refused.budget.new_session()).problem is SearchProblem.NONE


def test_an_hour_has_sixty_that_new_guests_do_not_renew() -> None:
    budget = Budget()
    for number, typed in enumerate(tries(60)):
        budget = typing(typed, budget=budget.new_session(), now_s=float(number)).budget
    budget = budget.new_session()
    assert typing("jes", budget=budget, now_s=3599.9).problem is SearchProblem.BUDGET
    assert typing("jes", budget=budget, now_s=3600.0).problem is None


@steady
@given(st.lists(st.tuples(st.floats(0, 900), names, st.booleans()), max_size=80), st.integers(10, 15))
def test_no_hour_and_no_guest_has_more_than_the_budget(steps: list[tuple[float, str, bool]], per_hour: int) -> None:
    rules = HostsSection(searches_per_session=3, searches_per_hour=per_hour)
    among, budget, now_s = hosts(*NAMES), Budget(), 0.0
    for gap_s, typed, another in steps:
        now_s += gap_s
        budget = search(among, typed, budget.new_session() if another else budget, now_s, rules).budget
        assert budget.in_session <= 3
        assert len([at_s for at_s in budget.spent_at_s if now_s - at_s < 3600]) <= per_hour


@steady
@given(st.lists(names, max_size=12), names)
def test_what_is_shown_begins_with_what_was_typed_and_names_nobody_whole(people: list[str], typed: str) -> None:
    among = hosts(*people)
    found = ask(typed, among)
    assert len(found.hits) <= 5
    for hit in found.hits:
        host = among.by_ref(hit.ref)
        assert host is not None
        assert all(any(name.startswith(word) for name in words_of(host.name)) for word in words_of(typed))
        whole = sorted(words_of(typed)) == sorted(words_of(host.name))
        assert whole or len(hit.shown_name.split()) < 2 or hit.shown_name.endswith(".")


def test_the_work_is_the_same_whatever_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting(str):
        __slots__ = ()
        calls = 0

        def startswith(self, *arguments: object) -> bool:
            Counting.calls += 1
            return str.startswith(self, *arguments)  # type: ignore[arg-type]

    among = hosts(*NAMES)
    monkeypatch.setattr(among, "_words", tuple((Counting(word), place) for word, place in among._words))
    counts = []
    for typed in ("jes fri", "xyz qwe", "anne bog"):
        Counting.calls = 0
        ask(typed, among)
        counts.append(Counting.calls)
    assert counts == [2 * sum(len(words_of(name)) for name in NAMES)] * 3


def test_nothing_names_anybody() -> None:
    assert "esper" not in repr(ask("jesper friis"))
    assert "esp" not in repr(replace(Budget(), path="jesper", in_session=3))
