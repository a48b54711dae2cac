"""Signing out by name, deliveries, and help: nothing is told to strangers, nothing is stored."""

from __future__ import annotations

import pytest

from kiosk.events import SignOutResult, ToldChanged
from kiosk.kiosk_effects import AnnounceDelivery, CallReason, CallReception, SignIn, SignOutByName
from kiosk.model import Channel, Progress, Told
from kiosk.view import Verb
from tests.kiosk.flow_kit import JESPER, LOUISE, Kiosk, setup


def leave(kiosk: Kiosk, name: str = "Søren Ærø", factor: str = "20") -> None:
    kiosk.tap(Verb.LEAVE)
    kiosk.tap(Verb.TYPED, name)
    kiosk.tap(Verb.FOCUS, "factor")
    kiosk.tap(Verb.TYPED, factor)
    kiosk.tap(Verb.NEXT)


def test_a_name_and_a_second_factor() -> None:
    kiosk = Kiosk()
    leave(kiosk, " Søren  Ærø ", "Jesper Friis")
    asked = kiosk.last(SignOutByName)
    assert (asked.name, asked.factor) == ("Søren Ærø", "Jesper Friis")
    kiosk.signed_out()
    assert kiosk.page_name == "Goodbye"


def test_the_answer_is_the_same_whether_or_not_there_is_a_match() -> None:
    views = []
    for result in (SignOutResult.LEFT, SignOutResult.NO_MATCH):
        kiosk = Kiosk()
        leave(kiosk)
        kiosk.signed_out(result)
        views.append((kiosk.view, kiosk.state))
    assert views[0] == views[1]


@pytest.mark.parametrize(
    ("name", "factor", "focused"), [("", "20", "name"), ("Bo", "", "factor"), ("", "", "name"), ("Bo", " ", "factor")]
)
def test_both_fields_are_needed(name: str, factor: str, focused: str) -> None:
    kiosk = Kiosk()
    leave(kiosk, name, factor)
    assert (kiosk.page_name, kiosk.page.focused) == ("Leaving", focused)
    kiosk.tap(Verb.NEXT)
    assert kiosk.page.missing
    assert kiosk.asked(SignOutByName) == []


def test_next_leads_from_the_name_to_the_second_field() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.LEAVE)
    kiosk.keyed("Bo")
    kiosk.tap(Verb.NEXT)
    assert (kiosk.page.focused, kiosk.page.missing) == ("factor", False)


def test_five_names_a_minute() -> None:
    kiosk = Kiosk()
    for _ in range(5):
        leave(kiosk)
        kiosk.signed_out(SignOutResult.NO_MATCH)
        kiosk.tap(Verb.HOME)
    leave(kiosk)
    assert (kiosk.page.too_many, len(kiosk.asked(SignOutByName))) == (True, 5)
    kiosk.now_s += 61
    kiosk.tap(Verb.NEXT)
    assert len(kiosk.asked(SignOutByName)) == 6


# --- deliveries ---


def test_a_delivery_for_reception() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.DELIVERY)
    kiosk.tap(Verb.PICK, "0")
    assert kiosk.last(CallReception).reason is CallReason.DELIVERY
    assert (kiosk.page_name, kiosk.asked(SignIn)) == ("Done", [])


def test_a_delivery_for_a_person() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.DELIVERY)
    kiosk.tap(Verb.PICK, "1")
    kiosk.tap(Verb.TYPED, "jes")
    kiosk.find(JESPER, LOUISE)
    kiosk.tap(Verb.PICK_HOST, "1")
    announced = kiosk.last(AnnounceDelivery)
    assert (announced.host_ref, kiosk.page_name, kiosk.asked(SignIn)) == ("id-louise", "Done", [])
    kiosk.event(ToldChanged(announced.request_id, (Told("Louise H.", Channel.CHAT, Progress.SENT),)))
    assert kiosk.page.told[0].who == "Louise H."


def test_a_recipient_who_is_not_listed_and_the_way_back() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.DELIVERY)
    kiosk.tap(Verb.PICK, "9")
    kiosk.tap(Verb.PICK, "1")
    kiosk.tap(Verb.BACK)
    assert kiosk.page_name == "Delivery"
    kiosk.tap(Verb.PICK, "1")
    kiosk.tap(Verb.HOST_NOT_LISTED)
    assert kiosk.last(CallReception).reason is CallReason.DELIVERY


def test_no_deliveries_where_the_site_wants_none() -> None:
    kiosk = Kiosk(setup(delivery=False))
    kiosk.tap(Verb.DELIVERY)
    assert kiosk.page_name == "Welcome"


# --- help ---


def test_help_keeps_what_was_typed_and_calls_once() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.fill(name="Bo")
    kiosk.tap(Verb.HELP)
    call = kiosk.last(CallReception)
    assert (call.reason, call.where) == (CallReason.HELP, "Details")
    kiosk.event(ToldChanged(call.request_id, (Told("", Channel.RECEPTION, Progress.SENT),)))
    assert kiosk.page.told
    kiosk.tap(Verb.BACK)
    assert kiosk.page.text("name") == "Bo"
    kiosk.tap(Verb.HELP)
    assert len(kiosk.asked(CallReception)) == 1
    kiosk.now_s += 31
    kiosk.tap(Verb.HELP)
    assert len(kiosk.asked(CallReception)) == 2


@pytest.mark.parametrize(
    ("verb", "page"), [(Verb.PRIVACY, "Privacy"), (Verb.ACCESSIBILITY, "AidsPage"), (Verb.HELP, "HelpCalled")]
)
def test_pages_that_lie_over_others_do_not_pile_up(verb: Verb, page: str) -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    for _ in range(3):
        kiosk.tap(Verb.PRIVACY)
        kiosk.tap(Verb.ACCESSIBILITY)
        kiosk.tap(verb)
    assert kiosk.page_name == page
    kiosk.tap(Verb.BACK)
    assert kiosk.page_name == "Details"


def test_aids_are_switched_and_speech_only_where_it_is_offered() -> None:
    kiosk = Kiosk()
    for verb in (Verb.LARGE_TEXT, Verb.HIGH_CONTRAST, Verb.LOW_REACH, Verb.SPEECH):
        kiosk.tap(verb)
    aids = kiosk.state.aids
    assert (aids.large_text, aids.high_contrast, aids.low_reach, aids.speech) == (True,) * 4
    kiosk.tap(Verb.SPEAK_AGAIN)
    assert len(kiosk.effects) == 1
    kiosk.tap(Verb.LARGE_TEXT)
    assert not kiosk.state.aids.large_text
