"""A guest without a code, alone or in a group: pages, checks, and what is handed to the register."""

from __future__ import annotations

import pytest

from kiosk.events import HostsFound, SearchProblem
from kiosk.kiosk_effects import SearchHosts, SignIn, Wipe
from kiosk.model import Guest, HostHit
from kiosk.pages import FieldError
from kiosk.view import Verb
from tests.kiosk.flow_kit import CRAFT, GUEST, JESPER, LOUISE, PARENT, Kiosk, setup


def test_four_screens_then_the_register_has_it() -> None:
    kiosk = Kiosk()
    pages = [kiosk.page_name]
    kiosk.tap(Verb.VISIT)
    pages.append(kiosk.page_name)
    kiosk.keyed("jes")
    kiosk.find(JESPER, LOUISE)
    kiosk.tap(Verb.PICK_HOST, "0")
    pages.append(kiosk.page_name)
    kiosk.keyed("Søren Ærø")
    kiosk.tap(Verb.NEXT)
    pages.append(kiosk.page_name)
    kiosk.tap(Verb.ACCEPT)
    pages.append(kiosk.page_name)
    sign_in = kiosk.commit()
    pages.append(kiosk.page_name)
    assert pages == ["Welcome", "HostSearch", "Details", "Rules", "Signing", "Done"]
    (visit,) = sign_in.visits
    assert (visit.guest, visit.host.ref, visit.host.name) == (Guest("Søren Ærø"), "id-jesper", "Jesper F.")
    assert (visit.type, visit.language, visit.notice_version) == ("guest", "da", "v-da")
    assert visit.accepted
    assert not visit.invited
    assert len(visit.id) == 32
    assert sign_in.badge
    assert kiosk.page.name == "Søren"


def test_the_language_chosen_goes_with_the_visit() -> None:
    kiosk = Kiosk(setup(house_rules={}))
    kiosk.tap(Verb.LANGUAGE, "es")
    kiosk.to_details()
    kiosk.keyed("Ana")
    kiosk.tap(Verb.NEXT)
    (visit,) = kiosk.last(SignIn).visits
    assert (visit.language, visit.notice_version, visit.accepted) == ("es", "v-es", False)


def test_one_search_for_each_text_that_is_long_enough() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.VISIT)
    kiosk.keyed("jesp")
    assert [search.text for search in kiosk.asked(SearchHosts)] == ["jes", "jesp"]
    kiosk.tap(Verb.TYPED, "je")
    assert (kiosk.page.problem, kiosk.page.hits) == (SearchProblem.TOO_SHORT, ())


@pytest.mark.parametrize(
    ("hits", "problem", "shown", "said"),
    [
        ((JESPER,), None, 1, None),
        ((), None, 0, SearchProblem.NONE),
        ((JESPER,) * 6, None, 0, SearchProblem.TOO_MANY),
        ((JESPER,), SearchProblem.BUDGET, 0, SearchProblem.BUDGET),
    ],
)
def test_what_a_search_shows(
    hits: tuple[HostHit, ...], problem: SearchProblem | None, shown: int, said: SearchProblem | None
) -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.VISIT)
    kiosk.tap(Verb.TYPED, "jes")
    kiosk.event(HostsFound(kiosk.state.session, "jes", hits, problem))
    assert (len(kiosk.page.hits), kiosk.page.problem) == (shown, said)


@pytest.mark.parametrize(("session", "text"), [(1, "jes"), (0, "je")])
def test_an_answer_to_somebody_else_or_to_an_older_text_is_dropped(session: int, text: str) -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.VISIT)
    kiosk.tap(Verb.TYPED, "jes")
    kiosk.event(HostsFound(session, text, (JESPER,)))
    assert kiosk.page.hits == ()


def test_next_takes_the_only_hit() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.VISIT)
    kiosk.tap(Verb.TYPED, "jes")
    kiosk.find(JESPER, LOUISE)
    kiosk.tap(Verb.NEXT)
    assert kiosk.page_name == "HostSearch"
    kiosk.find(LOUISE)
    kiosk.tap(Verb.NEXT)
    assert kiosk.page.draft.host.ref == "id-louise"


def test_a_host_that_is_not_listed() -> None:
    kiosk = Kiosk(setup(house_rules={}))
    kiosk.tap(Verb.VISIT)
    kiosk.tap(Verb.TYPED, " Ida  Berg ")
    kiosk.tap(Verb.HOST_NOT_LISTED)
    kiosk.keyed("Bo")
    kiosk.tap(Verb.NEXT)
    (visit,) = kiosk.last(SignIn).visits
    assert (visit.host.listed, visit.host.asked_for) == (False, "Ida Berg")


# --- fields ---


def test_an_empty_required_field_is_focused_first_and_named_only_then() -> None:
    kiosk = Kiosk(setup(CRAFT))
    kiosk.to_details()
    kiosk.keyed("Bo")
    kiosk.tap(Verb.NEXT)
    assert (kiosk.page.focused, kiosk.page.errors) == ("phone", ())
    kiosk.tap(Verb.NEXT)
    assert kiosk.page.errors == (("phone", FieldError.MISSING),)
    kiosk.keyed("12345678")
    assert kiosk.page.errors == ()
    kiosk.tap(Verb.NEXT)
    assert kiosk.page.focused == "x-company"
    kiosk.keyed("Firma A/S")
    kiosk.tap(Verb.NEXT)
    assert kiosk.page_name == "Rules"


@pytest.mark.parametrize(
    ("fields", "focused", "error"),
    [
        ({"name": "Bo 😀"}, "name", FieldError.NAME),
        ({"name": "Bo", "email": "bo@"}, "email", FieldError.EMAIL),
        ({"name": "Bo", "phone": "12"}, "phone", FieldError.PHONE),
    ],
)
def test_what_is_wrong_is_said_at_its_field(fields: dict[str, str], focused: str, error: FieldError) -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.fill(**fields)
    kiosk.tap(Verb.NEXT)
    assert (kiosk.page.focused, kiosk.page.errors) == (focused, ((focused, error),))


def test_letters_that_the_fonts_lack_are_asked_for_in_latin() -> None:
    kiosk = Kiosk(drawable=frozenset(range(0x250)))
    kiosk.to_details()
    kiosk.fill(name="山田太郎")
    kiosk.tap(Verb.NEXT)
    assert kiosk.page.errors == (("name", FieldError.LATIN),)
    kiosk.fill(name="Yamada Tarō")
    kiosk.tap(Verb.NEXT)
    assert kiosk.page_name == "Rules"


def test_email_or_phone_where_one_is_wanted() -> None:
    kiosk = Kiosk(setup(PARENT))
    kiosk.tap(Verb.VISIT)
    assert kiosk.page_name == "Details"
    kiosk.fill(name="Bo")
    kiosk.tap(Verb.NEXT)
    assert kiosk.page.focused == "email"
    kiosk.tap(Verb.NEXT)
    assert kiosk.page.errors == (("email", FieldError.CONTACT),)
    kiosk.fill(phone="12345678")
    kiosk.tap(Verb.NEXT)
    sign_in = kiosk.last(SignIn)
    assert (sign_in.visits[0].host.listed, sign_in.badge) == (False, False)


# --- types ---


def test_types_are_asked_for_where_there_are_several() -> None:
    kiosk = Kiosk(setup(GUEST, CRAFT, PARENT))
    kiosk.tap(Verb.VISIT)
    assert kiosk.page_name == "Types"
    kiosk.tap(Verb.VISIT, "nobody")
    assert kiosk.page_name == "Types"
    kiosk.tap(Verb.VISIT, "craft")
    assert kiosk.page.draft.type == "craft"
    kiosk.tap(Verb.BACK)
    assert kiosk.page_name == "Types"
    kiosk.tap(Verb.BACK)
    assert kiosk.page_name == "Welcome"


def test_no_walk_in_where_the_site_wants_none() -> None:
    kiosk = Kiosk(setup(walk_in=False))
    kiosk.tap(Verb.VISIT)
    assert kiosk.page_name == "Welcome"


# --- groups ---


def test_a_group_in_one_go() -> None:
    kiosk = Kiosk(setup(house_rules={}))
    kiosk.to_details()
    kiosk.fill(name="Bo Bech", email="bo@example.dk")
    kiosk.tap(Verb.ADD_GUEST)
    assert (kiosk.page.texts, kiosk.page.focused) == ((), "name")
    kiosk.fill(name="Ida Iversen")
    kiosk.tap(Verb.ADD_GUEST)
    kiosk.fill(name="Ulla Uhd")
    kiosk.tap(Verb.ADD_GUEST)
    kiosk.tap(Verb.REMOVE_GUEST, "1")
    kiosk.tap(Verb.REMOVE_GUEST, "9")
    kiosk.tap(Verb.NEXT)
    visits = kiosk.last(SignIn).visits
    assert [visit.guest.name for visit in visits] == ["Bo Bech", "Ulla Uhd"]
    assert len({visit.id for visit in visits}) == 2
    assert len({visit.group for visit in visits}) == 1
    assert visits[0].group
    kiosk.commit()
    assert (kiosk.page.guests, kiosk.page.name) == (2, "Bo")


def test_a_group_keeps_what_it_shares_and_has_an_end() -> None:
    kiosk = Kiosk(setup(CRAFT, group_maximum=2))
    kiosk.to_details()
    kiosk.fill(name="Bo", phone="12345678", x_company="Firma")
    kiosk.tap(Verb.ADD_GUEST)
    assert kiosk.page.texts == (("x-company", "Firma"),)
    kiosk.fill(name="Ida", phone="87654321")
    kiosk.tap(Verb.ADD_GUEST)
    assert len(kiosk.page.draft.guests) == 1


def test_a_guest_who_is_not_yet_right_is_not_added() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.fill(name="Bo", email="bo@")
    kiosk.tap(Verb.ADD_GUEST)
    assert (kiosk.page.draft.guests, kiosk.page.errors) == ((), (("email", FieldError.EMAIL),))


# --- house rules ---


def test_each_of_a_group_signs() -> None:
    kiosk = Kiosk(setup(CRAFT))
    kiosk.to_details()
    kiosk.fill(name="Bo", phone="12345678", x_company="Firma")
    kiosk.tap(Verb.ADD_GUEST)
    kiosk.fill(name="Ida", phone="87654321")
    kiosk.tap(Verb.NEXT)
    kiosk.tap(Verb.ACCEPT)
    assert kiosk.page.signed == ()  # nothing was drawn
    kiosk.tap(Verb.SIGNED, "1,1 2,2;3,3 4,4")
    kiosk.tap(Verb.CLEAR_SIGNATURE)
    assert kiosk.page.strokes == ""
    kiosk.tap(Verb.SIGNED, "1,1 2,2")
    kiosk.tap(Verb.ACCEPT)
    assert (kiosk.page_name, len(kiosk.page.signed)) == ("Rules", 1)
    kiosk.tap(Verb.ACCEPT, "tap")
    visits = kiosk.last(SignIn).visits
    assert [(visit.signature, visit.accepted) for visit in visits] == [("1,1 2,2", True), ("", True)]


@pytest.mark.parametrize("strokes", ["rubbish", "1,1" + " 2,2" * 6000, "12345,1"])
def test_strokes_that_are_none(strokes: str) -> None:
    kiosk = Kiosk(setup(CRAFT))
    kiosk.to_details()
    kiosk.fill(name="Bo", phone="12345678", x_company="Firma")
    kiosk.tap(Verb.NEXT)
    kiosk.tap(Verb.SIGNED, strokes)
    assert kiosk.page.strokes == ""


# --- the way back ---


def test_the_way_back_keeps_what_was_typed() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.fill(name="Bo", email="bo@example.dk")
    kiosk.tap(Verb.NEXT)
    assert kiosk.page_name == "Rules"
    kiosk.tap(Verb.BACK)
    assert (kiosk.page.text("name"), kiosk.page.draft.guests) == ("Bo", ())
    kiosk.tap(Verb.BACK)
    kiosk.tap(Verb.TYPED, "lou")
    kiosk.find(LOUISE)
    kiosk.tap(Verb.PICK_HOST, "0")
    assert kiosk.page.text("email") == "bo@example.dk"
    for _ in range(2):
        kiosk.tap(Verb.BACK)
    assert kiosk.page_name == "Welcome"
    assert any(isinstance(effect, Wipe) for effect in kiosk.effects)


def test_home_wipes_and_brings_the_language_back() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.LANGUAGE, "en")
    kiosk.tap(Verb.LARGE_TEXT)
    kiosk.to_details()
    kiosk.fill(name="Bo")
    kiosk.tap(Verb.HOME)
    assert (kiosk.page_name, kiosk.state.language, kiosk.state.aids.large_text) == ("Welcome", "da", False)


@pytest.mark.parametrize("verb", list(Verb))
def test_a_touch_that_makes_no_sense_at_rest_stays_at_rest(verb: Verb) -> None:
    opens = {
        *(Verb.VISIT, Verb.SCAN, Verb.CODE, Verb.LEAVE, Verb.DELIVERY, Verb.HELP, Verb.PRIVACY),
        *(Verb.ACCESSIBILITY, Verb.ADMIN),
    }
    kiosk = Kiosk()
    kiosk.tap(verb, "nonsense" if verb in (Verb.LANGUAGE, Verb.EVACUATE) else "")
    assert (kiosk.page_name == "Welcome") == (verb not in opens)
