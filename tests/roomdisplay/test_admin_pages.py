"""The menu behind the PIN."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.device import Condition
from drivers.lamp import LampColour
from roomdisplay.admin_pages import LANGUAGES, PAGES, ReleaseFacts, SensorFacts, admin_sheet
from roomdisplay.occupancy import Presence
from roomdisplay.release import Keep
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


def test_a_sensor_in_trouble_says_what_to_do() -> None:
    facts = replace(
        ADMIN,
        presence="occupied",
        presence_detail=(("ceiling", 3.0), ("hall", 75.0)),
        sensors=(
            SensorFacts("ceiling", "ld2410", "healthy", 0.2),
            SensorFacts("air", "mhz19", "absent", None, "There is no such port. Try: mydesk-drivers list."),
        ),
    )
    shown = rows("sensors", facts)
    assert shown["Presence"] == "somebody is there · ceiling 3 seconds ago · hall 2 min ago"
    assert shown["ceiling (ld2410)"] == "works · 1 second ago"
    assert shown["air (mhz19)"] == "not there · never heard"
    assert shown["There is no such port"] == "Try: mydesk-drivers list."


RELEASES: list[tuple[ReleaseFacts, str, str]] = [
    (ReleaseFacts(), "switched off", "0 in 0 series"),
    (ReleaseFacts(keep="", at=at("13:10")), "at 13:10 unless somebody comes", "0 in 0 series"),
    (
        ReleaseFacts(keep="present", strikes_current=2, strikes_next=1, no_shows=5, series=3),
        "somebody is or was there",
        "5 in 3 series · the meeting that runs: 2 · the next one: 1",
    ),
]


@pytest.mark.parametrize(("release", "said", "lately"), RELEASES)
def test_what_becomes_of_no_shows(release: ReleaseFacts, said: str, lately: str) -> None:
    shown = rows("sensors", replace(ADMIN, release=release))
    assert (shown["Release of no-shows"], shown["No-shows lately"]) == (said, lately)


@pytest.mark.parametrize("language", ["da", "en", "es"])
@pytest.mark.parametrize("keep", Keep)
def test_every_reason_to_keep_a_room_has_words(keep: Keep, language: str) -> None:
    assert all(rows("sensors", replace(ADMIN, release=ReleaseFacts(keep=str(keep))), language).values())


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_of_a_sensor_has_words(condition: Condition) -> None:
    facts = replace(ADMIN, sensors=(SensorFacts("ceiling", "ld2410", str(condition)),))
    assert rows("sensors", facts)["ceiling (ld2410)"]


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
