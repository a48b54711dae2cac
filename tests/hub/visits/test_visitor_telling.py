"""What reception reads of telling the host: for each state a sentence that is true, and when to call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from common.visiting.shared_visit import SharedHost, SharedVisit
from hub.visits.tellings import Telling
from hub.web.visitor_telling import Said, said_of, untold
from tests.hub.visits.kit import MONDAY, visit, visit_id

INGRID = SharedHost(name="Ingrid Holm", address="ingrid@nordhavn.example")
CALL = "Call Ingrid Holm, ingrid@nordhavn.example."
NOW_MS = round(MONDAY.timestamp() * 1000)
TITLES = {"lobby": "East"}
MINUTE_MS = 60_000


def here(**fields: Any) -> SharedVisit:
    return visit(1, **({"origin": "hub", "host": INGRID, "teller": "lobby"} | fields))


def by(unit: str = "lobby", **fields: Any) -> Telling:
    return Telling(visit_id(1), unit, NOW_MS, NOW_MS, **({"at_ms": NOW_MS} | fields))


def said(one: SharedVisit, telling: Telling | None, after_ms: int = 0) -> Said | None:
    return said_of(one, telling, TITLES, lambda at_ms: f"<{(at_ms - NOW_MS) // 1000}>", NOW_MS + after_ms)


FIRST = {"rung": "first", "channel": "chat"}
LIVES: dict[str, tuple[Telling | None, int, str, str]] = {
    "named": (by(), 0, "neutral", "The kiosk East is telling Ingrid Holm."),
    "silent for a minute": (
        by(), MINUTE_MS, "problem", f"Ingrid Holm may not have been told: the kiosk East has not answered yet. {CALL}",
    ),
    "waits": (by(step="waiting"), MINUTE_MS - 1, "neutral", "The kiosk East is telling Ingrid Holm."),
    "waits for a minute": (
        by(step="waiting"), MINUTE_MS, "problem",
        f"Ingrid Holm may not have been told: the kiosk East has not got through yet. {CALL}",
    ),
    "in Teams": (by(step="told", **FIRST), MINUTE_MS, "good", "Ingrid Holm was told in Teams at <0>. No answer yet."),
    "by mail first": (
        by(step="told", rung="first", channel="mail"), 0, "good", "Ingrid Holm was told by mail at <0>. No answer yet.",
    ),
    "by mail too": (
        by(step="told", rung="second", channel="mail", at_ms=NOW_MS + 61_000), 0, "good",
        "Ingrid Holm was told by mail too, at <61>. No answer yet.",
    ),
    "the delegate": (
        by(step="told", rung="delegate", channel="chat"), 0, "good",
        "Ingrid Holm did not answer; who stands in was told in Teams at <0>. No answer yet.",
    ),
    "reception": (
        by(step="told", rung="reception", channel="reception"), 0, "problem",
        f"Nobody has answered for Ingrid Holm; reception has a mail about it since <0>. {CALL}",
    ),
    "coming": (by(step="answered", answer="coming", **FIRST), 0, "good", "Ingrid Holm is coming: answered <0>."),
    "in five minutes": (
        by(step="answered", answer="five-minutes", **FIRST), 0, "good",
        "Ingrid Holm comes in 5 minutes: answered <0>.",
    ),
    "the delegate comes": (
        by(step="answered", answer="coming", rung="delegate", channel="chat"), 0, "good",
        "Who stands in for Ingrid Holm is coming: answered <0>.",
    ),
    "seen by reception": (
        by(step="answered", answer="here", rung="reception"), 0, "good", "Ingrid Holm has come, noted <0>.",
    ),
    "nobody could": (
        by(step="failed", rung="first", channel="chat"), 0, "problem",
        f"The kiosk East could not tell Ingrid Holm, nor reception. {CALL}",
    ),
    "only reception could": (
        by(step="failed", rung="reception", channel="reception"), 0, "problem",
        f"The kiosk East could not tell Ingrid Holm; reception has a mail about it. {CALL}",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("telling", "after_ms", "tone", "text"), LIVES.values(), ids=LIVES)
def test_what_the_kiosk_said_is_what_is_read(telling: Telling, after_ms: int, tone: str, text: str) -> None:
    found = said(here(), telling, after_ms)
    assert found is not None
    assert (found.tone, found.text) == (tone, text)


NOBODY: dict[str, tuple[SharedVisit, int, str]] = {
    "no kiosk": (here(teller=""), 0, "no kiosk of this site can do it just now. Call Ingrid Holm, ingrid@nordhavn"),
    "nor within the hour": (here(teller=""), 61 * MINUTE_MS, "no kiosk of this site could do it. Call Ingrid Holm"),
    "no address": (
        here(teller="", host=SharedHost(name="Ingrid Holm")),
        0,
        "just now. Call Ingrid Holm. One that can",
    ),
    "no name": (here(teller="", host=SharedHost(name="")), 0, "The host has not been told"),
    "a kiosk's guest whose new host nobody can tell": (here(origin="lobby", teller=""), 0, "no kiosk of this site"),
}


@pytest.mark.parametrize(("one", "after_ms", "text"), NOBODY.values(), ids=NOBODY)
def test_where_nobody_tells_it_says_whom_to_call(one: SharedVisit, after_ms: int, text: str) -> None:
    found = said(one, by(""), after_ms)
    assert found is not None
    assert found.tone == "problem"
    assert text in found.text


def test_a_host_who_came_though_nobody_told_is_not_called() -> None:
    found = said(here(teller=""), by("", step="answered", answer="here"))
    assert found == Said("good", "Ingrid Holm has come, noted <0>.")


SILENT: dict[str, tuple[SharedVisit, Telling | None]] = {
    "left": (here(state="left", out_at=MONDAY), by()),
    "expected": (here(state="expected", in_at=None), None),
    "signed out by the clock": (here(state="left-assumed", out_at=MONDAY + timedelta(hours=9)), by()),
    "a kiosk's own, of which it said nothing": (here(origin="lobby", teller=""), None),
    "what another one says": (here(), by("north", step="told", **FIRST)),
}


@pytest.mark.parametrize(("one", "telling"), SILENT.values(), ids=SILENT)
def test_otherwise_nothing_is_said(one: SharedVisit, telling: Telling | None) -> None:
    assert said(one, telling) is None


def test_a_kiosks_own_guest_is_shown_too() -> None:
    found = said(here(origin="lobby", teller=""), by(step="told", **FIRST))
    assert found is not None
    assert found.text == "Ingrid Holm was told in Teams at <0>. No answer yet."


def test_no_name_in_a_text_of_ours() -> None:
    assert "Ingrid" not in repr(said(here(), by()))


LISTED: dict[str, tuple[SharedVisit, Telling | None, int, bool]] = {
    "nobody tells": (here(teller=""), by(""), 0, True),
    "for more than an hour": (here(teller=""), by(""), 61 * MINUTE_MS, False),
    "silent": (here(), by(), MINUTE_MS, True),
    "under way": (here(), by(), 0, False),
    "could not": (here(), by(step="failed", rung="first", channel="chat"), 0, True),
    "told": (here(), by(step="told", **FIRST), 0, False),
    "no answer, reception has a mail": (here(), by(step="told", rung="reception", channel="reception"), 0, False),
    "a kiosk's own": (here(origin="lobby", teller=""), None, 0, False),
    "the host has come": (here(teller=""), by("", step="answered", answer="here"), 0, False),
}


@pytest.mark.parametrize(("one", "telling", "after_ms", "listed"), LISTED.values(), ids=LISTED)
def test_the_list_marks_whose_host_does_not_know(
    one: SharedVisit, telling: Telling | None, after_ms: int, listed: bool
) -> None:
    told = {one.id: telling} if telling else {}
    assert (one.id in untold([one], told, NOW_MS + after_ms)) is listed


def test_a_host_whom_a_name_was_not_enough_to_find_may_be_given_an_address() -> None:
    nameless = here(host=SharedHost(name="Ingrid"))
    found = said(nameless, by(step="failed", rung="reception", channel="reception"))
    assert found is not None
    assert found.text.endswith("Call Ingrid. With their e-mail, given under Correct, a kiosk tries again.")
