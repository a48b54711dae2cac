"""What the preview can draw: every page of the flow, every refusal and problem, in words of the real presenter."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from common.errors import MyDeskError
from common.visiting.typed import MAX_NAME
from kiosk import pages
from kiosk.events import Refusal, SearchProblem
from kiosk.model import Answer, Progress
from kiosk.pages import FieldError
from kiosk.sample_lobby import Lobby, Sample
from kiosk.sample_pages import PAGES, view
from kiosk.sample_site import EVERYDAY, LANGUAGES, LONG, Cast
from kiosk.screens.pages import SCREENS
from kiosk.states import Aids

LOBBIES: dict[str, Lobby] = {name: way(Sample()) for name, way in PAGES.items()}


def within(value: Any) -> Iterator[Any]:
    """A value and all that it is made of."""
    yield value
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from within(getattr(value, field.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from within(part)


SEEN = [part for lobby in LOBBIES.values() for part in within(lobby.page)]


def test_every_page_of_the_flow_is_there() -> None:
    assert {type(lobby.page) for lobby in LOBBIES.values()} == set(get_args(pages.Page))


def test_every_kind_of_screen_is_there() -> None:
    assert {type(lobby.view.page) for lobby in LOBBIES.values()} == set(SCREENS)


@pytest.mark.parametrize("wanted", [*Refusal, *SearchProblem, *Answer, *Progress], ids=repr)
def test_whatever_can_happen_has_a_page(wanted: object) -> None:
    assert any(type(part) is type(wanted) and part == wanted for part in SEEN)


def test_what_can_be_wrong_with_a_field_has_a_page() -> None:
    wrong = {part for part in SEEN if isinstance(part, FieldError)}
    assert wrong == set(FieldError) - {FieldError.MISSING}, "a field that is missed is shown by leaving-missing"
    assert LOBBIES["leaving-missing"].state.page == pages.Leaving(missing=True)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("cast", [EVERYDAY, LONG], ids=["everyday", "long"])
def test_every_page_is_reached_with_reading_aids_in_every_language(name: str, cast: Cast) -> None:
    everyday = LOBBIES[name].page
    for language in LANGUAGES:
        shown = PAGES[name](Sample(language, cast, Aids(large_text=True, high_contrast=True, low_reach=True)))
        assert type(shown.page) is type(everyday)
        drawn = shown.view
        assert (drawn.header.language, drawn.header.site) == (language, cast.site)
        assert (drawn.large_text, drawn.high_contrast, drawn.low_reach) == (True, True, True)


def test_no_two_names_show_the_same() -> None:
    shown = {name: lobby.view for name, lobby in LOBBIES.items()}
    twins = [(one, other) for one in shown for other in shown if one < other and shown[one] == shown[other]]
    assert twins == []


def test_long_names_are_as_long_as_they_may_be() -> None:
    assert max(len(guest.name) for guest in LONG.guests) == MAX_NAME
    assert len(LONG.site) == 60


def test_names_that_do_not_exist_are_told() -> None:
    with pytest.raises(MyDeskError, match="purple"):
        view("purple", Sample())
    with pytest.raises(MyDeskError, match="fr"):
        view("welcome", Sample("fr"))
