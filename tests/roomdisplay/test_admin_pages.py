"""The menu behind the PIN."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.lamp import LampColour
from roomdisplay.admin_pages import LANGUAGES, PAGES, admin_sheet
from roomdisplay.occupancy import Presence
from roomdisplay.view import Action, Style, Verb
from tests.roomdisplay.calendar_kit import at
from tests.roomdisplay.scene_kit import ADMIN, ENGLISH, verbs, words
from ui.translations import languages

NOW = at("11:42")


def rows(page: str, facts: object = ADMIN, language: str = "en") -> dict[str, str]:
    shown = admin_sheet(page, facts, NOW, words(language))  # type: ignore[arg-type]
    return {row.title: row.detail for row in shown.rows}


def test_status() -> None:
    assert rows("status") == {
        "Version": "1.2.3",
        "Room mailbox": "storebaelt@nordhavn.example",
        "Account": "mydesk@nordhavn.example · signed in",
        "Calendar read": "11:41",
        "Last error": "none",
        "Network addresses": "192.0.2.7",
        "Clock": "synchronised",
    }


def test_status_of_a_panel_that_has_nothing() -> None:
    facts = replace(
        ADMIN, signed_in=False, read_at=None, addresses=(), last_error="Throttled 429", clock_synchronised=False
    )
    shown = rows("status", facts)
    assert shown["Account"].endswith(" · not signed in")
    assert (shown["Calendar read"], shown["Network addresses"]) == ("never", "none")
    assert (shown["Last error"], shown["Clock"]) == ("Throttled 429", "not synchronised")


def test_why_it_is_signed_out_is_said_with_its_numbers() -> None:
    problem = "Blocked by your organisation's policy ({correlation_id})"
    facts = replace(ADMIN, signed_in=False, problem=problem, values=(("correlation_id", "c-1"), ("aadsts", "53003")))
    assert rows("status", facts)["Account"].endswith(" · Blocked by your organisation's policy (c-1)")


def test_an_unknown_page_is_the_status() -> None:
    assert rows("nonsense") == rows("status")


@pytest.mark.parametrize("language", ["da", "en", "es"])
@pytest.mark.parametrize("colour", LampColour)
@pytest.mark.parametrize("presence", Presence)
def test_sensors_in_words(language: str, colour: LampColour, presence: Presence) -> None:
    shown = rows("sensors", replace(ADMIN, lamp=str(colour), presence=str(presence)), language)
    assert all(shown.values())


def test_the_log_is_a_page_of_lines() -> None:
    shown = admin_sheet("log", ADMIN, NOW, ENGLISH)
    assert [row.title for row in shown.rows] == list(ADMIN.log)
    assert shown.monospace
    assert not admin_sheet("status", ADMIN, NOW, ENGLISH).monospace


def test_screen_marks_what_is_chosen() -> None:
    shown = admin_sheet("screen", ADMIN, NOW, words("da"))
    assert [row.action for row in shown.rows if row.mark] == [
        Action(Verb.BRIGHTNESS, "75"),
        Action(Verb.LANGUAGE, "da"),
    ]


def test_every_catalogue_can_be_chosen() -> None:
    assert sorted(LANGUAGES) == languages()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_leads_to_the_others_and_out(page: str) -> None:
    shown = admin_sheet(page, ADMIN, NOW, ENGLISH)
    assert verbs(shown) == [Verb.ADMIN_PAGE] * len(PAGES) + [Verb.SIGN_IN, Verb.CLOSE]
    assert [b.action.value for b in shown.buttons if b.style is Style.PRIMARY] == [page]
