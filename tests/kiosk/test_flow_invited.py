"""Codes: an invitation is one scan and one tap, a badge is one scan, and what is of no use says what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.draft import HostPick
from kiosk.events import (
    AlreadyIn,
    Badge,
    Invitation,
    InvitationRead,
    Refusal,
    Refused,
    Scanned,
    SignInFailed,
    SignOutResult,
)
from kiosk.kiosk_effects import CheckCode, ReadCode, SignIn, SignOut, Wipe
from kiosk.model import Guest, LeftBy
from kiosk.pages import FieldError
from kiosk.view import Verb
from tests.kiosk.flow_kit import CRAFT, GUEST, INVITATION, SOREN, VISIT_ID, Kiosk, setup


def test_one_scan_and_one_tap() -> None:
    kiosk = Kiosk()
    kiosk.invited()
    assert (kiosk.page_name, kiosk.taps) == ("Expected", 0)
    kiosk.tap(Verb.ACCEPT)
    sign_in = kiosk.commit()
    assert (kiosk.taps, kiosk.keys, kiosk.page_name) == (1, 0, "Done")
    (visit,) = sign_in.visits
    assert (sign_in.request_id, visit.id, visit.guest) == (VISIT_ID, VISIT_ID, SOREN)
    assert visit.invited
    assert visit.accepted


def test_without_house_rules_the_tap_accepts_nothing() -> None:
    kiosk = Kiosk(setup(house_rules={}))
    kiosk.invited()
    kiosk.tap(Verb.NEXT)
    assert not kiosk.last(SignIn).visits[0].accepted


def test_a_type_that_signs_still_signs() -> None:
    kiosk = Kiosk(setup(CRAFT))
    kiosk.scan()
    kiosk.read(replace(INVITATION, type="craft"))
    kiosk.tap(Verb.NEXT)
    assert kiosk.page_name == "Rules"
    kiosk.tap(Verb.BACK)
    assert kiosk.page_name == "Welcome"


def test_without_its_record_the_guest_types_name_and_host() -> None:
    kiosk = Kiosk(setup(house_rules={}))
    kiosk.scan()
    kiosk.read(Invitation(VISIT_ID))
    assert kiosk.page_name == "HostSearch"
    kiosk.tap(Verb.HOST_NOT_LISTED)
    kiosk.keyed("Bo")
    kiosk.tap(Verb.NEXT)
    sign_in = kiosk.last(SignIn)
    assert (sign_in.request_id, sign_in.visits[0].id, sign_in.visits[0].invited) == (VISIT_ID, VISIT_ID, True)


def test_a_known_host_is_not_asked_for_again() -> None:
    kiosk = Kiosk()
    kiosk.scan()
    kiosk.read(Invitation(VISIT_ID, host=HostPick("id-jesper", "Jesper F.")))
    assert kiosk.page_name == "Details"
    kiosk.tap(Verb.BACK)
    assert kiosk.page_name == "HostSearch"
    kiosk.tap(Verb.BACK)
    assert kiosk.page_name == "Welcome"


def test_a_name_that_cannot_be_drawn_is_asked_for_in_latin() -> None:
    kiosk = Kiosk(setup(house_rules={}), drawable=frozenset(range(0x250)))
    kiosk.scan()
    kiosk.read(replace(INVITATION, guest=Guest("山田太郎", "y@example.jp")))
    kiosk.tap(Verb.NEXT)
    assert kiosk.page.errors == (("name", FieldError.LATIN),)
    kiosk.keyed("Yamada Taro")
    kiosk.tap(Verb.NEXT)
    (visit,) = kiosk.last(SignIn).visits
    assert (visit.id, visit.guest.name, visit.guest.email) == (VISIT_ID, "Yamada Taro", "y@example.jp")


@pytest.mark.parametrize("refusal", list(Refusal))
def test_a_code_of_no_use_says_what_to_do_and_leads_back(refusal: Refusal) -> None:
    kiosk = Kiosk()
    kiosk.scan("WIFI:S:lobby;;")
    kiosk.read(Refused(refusal, "That is a code for Wi-Fi. Hold the code of your invitation before the reader."))
    assert (kiosk.page_name, kiosk.page.refusal) == ("CodeRefused", refusal)
    kiosk.tap(Verb.BACK)
    assert kiosk.page_name == "Welcome"


def test_what_was_typed_waits_for_a_code_that_is_of_no_use() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.fill(name="Bo")
    kiosk.scan("rubbish")
    kiosk.read(Refused(Refusal.NOT_OURS))
    kiosk.tap(Verb.BACK)
    assert kiosk.page.text("name") == "Bo"


def test_a_good_code_puts_an_end_to_what_was_typed() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.LANGUAGE, "en")
    kiosk.to_details()
    kiosk.fill(name="Bo")
    kiosk.invited()
    assert (kiosk.page_name, kiosk.state.language) == ("Expected", "en")
    assert any(isinstance(effect, Wipe) for effect in kiosk.effects)


def test_an_oversized_code_is_not_even_looked_at() -> None:
    kiosk = Kiosk()
    kiosk.scan("x" * 301)
    assert (kiosk.page_name, kiosk.page.refusal) == ("CodeRefused", Refusal.NOT_OURS)
    assert kiosk.asked(ReadCode) == []


def test_the_answer_to_an_older_code_is_not_taken_for_that_to_a_newer() -> None:
    kiosk = Kiosk()
    kiosk.scan("MD1:ONE")
    first = kiosk.last(ReadCode)
    kiosk.tap(Verb.BACK)
    kiosk.scan("MD1:TWO")
    kiosk.event(InvitationRead(first.session, INVITATION))
    assert kiosk.page_name == "Looking"


def test_nor_when_the_guest_went_back_to_what_was_typed() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.scan("MD1:ONE")
    first = kiosk.last(ReadCode)
    kiosk.tap(Verb.BACK)
    assert kiosk.page_name == "Details"
    kiosk.event(InvitationRead(first.session, INVITATION))
    assert kiosk.page_name == "Details"
    kiosk.scan("MD1:TWO")
    kiosk.event(InvitationRead(first.session, INVITATION))
    assert kiosk.page_name == "Looking"


def test_on_without_a_code() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.SCAN)
    kiosk.scan("rubbish")
    kiosk.read(Refused(Refusal.NOT_OURS))
    kiosk.tap(Verb.VISIT)
    assert kiosk.page_name == "HostSearch"


def test_a_telephone_held_there_for_longer_is_the_same_scan() -> None:
    kiosk = Kiosk()
    kiosk.invited()
    kiosk.event(Scanned("MD1:ABC"))
    assert kiosk.page_name == "Expected"
    kiosk.tap(Verb.ACCEPT)
    kiosk.event(Scanned("MD1:ABC"))
    kiosk.commit()
    kiosk.event(Scanned("MD1:ABC"))
    assert kiosk.page_name == "Done"


def test_the_next_guest_scans_while_the_last_page_of_another_stands() -> None:
    kiosk = Kiosk()
    kiosk.invited()
    kiosk.tap(Verb.ACCEPT)
    kiosk.commit()
    kiosk.event(Scanned("MD1:NEXT"))
    assert (kiosk.page_name, kiosk.page.then.__class__.__name__) == ("Looking", "Welcome")


def test_a_badge_is_one_scan() -> None:
    kiosk = Kiosk()
    kiosk.badge()
    sign_out = kiosk.last(SignOut)
    assert (sign_out.visit_id, sign_out.by, kiosk.page_name) == (VISIT_ID, LeftBy.SCAN, "SigningOut")
    kiosk.signed_out()
    assert (kiosk.page_name, kiosk.taps, kiosk.page.failed) == ("Goodbye", 0, False)


def test_a_register_that_fails_sends_to_reception() -> None:
    kiosk = Kiosk()
    kiosk.badge()
    kiosk.signed_out(SignOutResult.FAILED)
    assert kiosk.page.failed


@pytest.mark.parametrize(("verb", "page"), [(Verb.LEAVE, "SigningOut"), (Verb.HOME, "Welcome")])
def test_an_invitation_scanned_again_asks_whether_its_guest_leaves(verb: Verb, page: str) -> None:
    kiosk = Kiosk()
    kiosk.scan()
    kiosk.read(AlreadyIn(VISIT_ID))
    kiosk.tap(verb)
    assert kiosk.page_name == page


def test_an_invitation_whose_sign_in_waits_for_the_register_is_not_used_twice() -> None:
    kiosk = Kiosk()
    kiosk.invited()
    kiosk.tap(Verb.ACCEPT)
    kiosk.event(SignInFailed(VISIT_ID))
    assert not kiosk.page.saved
    kiosk.tap(Verb.HOME)
    kiosk.invited()
    assert kiosk.page_name == "StillIn"


# --- eight characters ---


def to_code(kiosk: Kiosk) -> None:
    kiosk.tap(Verb.SCAN)
    kiosk.tap(Verb.CODE)


def test_the_code_is_read_as_it_is_meant() -> None:
    kiosk = Kiosk()
    to_code(kiosk)
    kiosk.keyed("ol1i-abuz2")
    assert kiosk.page.text == "0111ABZ2"
    kiosk.tap(Verb.NEXT)
    assert kiosk.last(CheckCode).code == "0111ABZ2"
    kiosk.read(INVITATION)
    assert kiosk.page_name == "Expected"


def test_too_short_a_code_costs_no_try() -> None:
    kiosk = Kiosk()
    to_code(kiosk)
    kiosk.keyed("ABC")
    kiosk.tap(Verb.NEXT)
    assert (kiosk.page_name, kiosk.asked(CheckCode)) == ("TypeCode", [])


def test_five_tries_a_minute_whoever_makes_them() -> None:
    kiosk = Kiosk()
    for _ in range(5):
        to_code(kiosk)
        kiosk.tap(Verb.TYPED, "ABCD1234")
        kiosk.tap(Verb.NEXT)
        kiosk.read(Refused(Refusal.UNKNOWN_CODE))
        assert (kiosk.page_name, kiosk.page.refusal, kiosk.page.text) == ("TypeCode", Refusal.UNKNOWN_CODE, "")
        kiosk.tap(Verb.HOME)
    to_code(kiosk)
    kiosk.tap(Verb.TYPED, "ABCD1234")
    kiosk.tap(Verb.NEXT)
    assert (kiosk.page.refusal, len(kiosk.asked(CheckCode))) == (Refusal.TOO_MANY_TRIES, 5)
    kiosk.now_s += 61
    kiosk.tap(Verb.NEXT)
    assert len(kiosk.asked(CheckCode)) == 6


def test_a_type_that_was_taken_away_becomes_the_first() -> None:
    kiosk = Kiosk(setup(GUEST, house_rules={}))
    kiosk.scan()
    kiosk.read(replace(INVITATION, type="gone"))
    kiosk.tap(Verb.NEXT)
    assert kiosk.last(SignIn).visits[0].type == "guest"


def test_a_badge_among_the_pages_of_another_guest() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.fill(name="Bo")
    kiosk.scan("MD1:BADGE")
    kiosk.read(Badge(VISIT_ID))
    kiosk.signed_out()
    assert kiosk.page_name == "Goodbye"
