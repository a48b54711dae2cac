"""Behind the PIN: pages, reprints, who is in the building, and the evacuation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.events import EvacuationChanged, OnSite, OnSiteListed, PinChecked
from kiosk.kiosk_effects import (
    CallReception,
    CheckPin,
    Effect,
    ListOnSite,
    PrintList,
    ReadAdmin,
    ReadCode,
    Reprint,
    SetEvacuation,
    SignIn,
    SignOut,
    TickOff,
)
from kiosk.model import LeftBy
from kiosk.settings import KioskAdminSection
from kiosk.view import Verb
from tests.kiosk.flow_kit import Kiosk, setup

SOREN = OnSite("a" * 32, "Søren Ærø", "Jesper F.", "guest")
IDA = OnSite("b" * 32, "Ida Iversen", "Louise H.", "guest", assumed=True)


def opened(kiosk: Kiosk | None = None) -> Kiosk:
    kiosk = kiosk or Kiosk()
    kiosk.tap(Verb.ADMIN)
    for length in range(1, 7):
        kiosk.tap(Verb.PIN, "123456"[:length])
    kiosk.event(PinChecked(kiosk.last(CheckPin).session, right=True))
    return kiosk


def listed(kiosk: Kiosk) -> Kiosk:
    kiosk.tap(Verb.ADMIN_PAGE, "building")
    kiosk.event(OnSiteListed((SOREN, IDA)))
    return kiosk


def test_the_right_pin_opens_the_menu() -> None:
    kiosk = opened()
    assert kiosk.page.page == "status"
    kiosk.tap(Verb.ADMIN_PAGE, "log")
    assert kiosk.last(ReadAdmin).page == "log"
    kiosk.tap(Verb.ADMIN_PAGE, "nowhere")
    assert kiosk.page.page == "log"
    kiosk.tap(Verb.BACK)
    assert (kiosk.page_name, kiosk.state.admin) == ("Welcome", False)


def test_a_wrong_pin_and_a_lock() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.ADMIN)
    kiosk.tap(Verb.PIN, "12x")
    assert kiosk.page.digits == ""
    kiosk.tap(Verb.PIN, "123456")
    kiosk.tap(Verb.PIN, "654321")  # one is being looked at
    assert len(kiosk.asked(CheckPin)) == 1
    kiosk.event(PinChecked(kiosk.state.session, right=False, locked_s=60))
    kiosk.tap(Verb.PIN, "1")
    assert (kiosk.page.wrong, kiosk.page.digits) == (True, "")
    kiosk.now_s += 60
    kiosk.tap(Verb.PIN, "1")
    assert kiosk.page.digits == "1"


def test_a_pin_that_was_checked_for_another_sitting_opens_nothing() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.ADMIN)
    kiosk.tap(Verb.PIN, "123456")
    old = kiosk.last(CheckPin).session
    kiosk.tap(Verb.HOME)
    kiosk.tap(Verb.ADMIN)
    kiosk.tap(Verb.PIN, "111111")
    kiosk.event(PinChecked(old, right=True))
    assert not kiosk.state.admin


def test_without_a_pin_there_is_no_menu_and_none_from_the_pages_of_a_guest() -> None:
    kiosk = Kiosk(replace(setup(), admin=KioskAdminSection()))
    kiosk.tap(Verb.ADMIN)
    assert kiosk.page_name == "Welcome"
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.tap(Verb.ADMIN)
    assert kiosk.page_name == "Details"


@pytest.mark.parametrize(
    ("verb", "value"),
    [
        (Verb.EVACUATE, "on"),
        (Verb.ADMIN_PAGE, "building"),
        (Verb.REPRINT, SOREN.visit_id),
        (Verb.TICK, SOREN.visit_id),
        (Verb.PRINT_LIST, ""),
        (Verb.LEAVE, SOREN.visit_id),
    ],
)
def test_nothing_of_this_without_the_pin(verb: Verb, value: str) -> None:
    kiosk = Kiosk()
    kiosk.tap(verb, value)
    kiosk.event(OnSiteListed((SOREN,)))
    forbidden = (SetEvacuation, ListOnSite, Reprint, TickOff, PrintList, SignOut)
    assert not any(isinstance(effect, forbidden) for effect in kiosk.all_effects)
    assert kiosk.page_name in ("Welcome", "Leaving")


def test_reprint_and_sign_out_by_reception() -> None:
    kiosk = listed(opened())
    kiosk.tap(Verb.PICK, "0")
    assert kiosk.page.person == SOREN
    kiosk.tap(Verb.REPRINT, IDA.visit_id)
    assert kiosk.asked(Reprint) == []
    kiosk.tap(Verb.REPRINT, SOREN.visit_id)
    assert kiosk.last(Reprint).visit_id == SOREN.visit_id
    kiosk.tap(Verb.LEAVE, SOREN.visit_id)
    assert (kiosk.last(SignOut).by, kiosk.page_name) == (LeftBy.RECEPTION, "InBuilding")
    kiosk.event(OnSiteListed((IDA,)))
    assert kiosk.page.people == (IDA,)


def test_the_way_up() -> None:
    kiosk = listed(opened())
    kiosk.tap(Verb.PICK, "1")
    pages = []
    for _ in range(3):
        kiosk.tap(Verb.BACK)
        pages.append(kiosk.page_name)
    assert pages == ["InBuilding", "Admin", "Welcome"]


def test_the_menu_closes_by_itself_and_scans_do_nothing_there() -> None:
    kiosk = listed(opened())
    kiosk.scan()
    assert (kiosk.page_name, kiosk.asked(ReadCode)) == ("InBuilding", [])
    kiosk.wait(51)
    assert (kiosk.page_name, kiosk.state.admin) == ("Welcome", False)


# --- the evacuation ---


def test_one_gesture_a_pin_and_the_list() -> None:
    kiosk = opened()
    kiosk.tap(Verb.EVACUATE, "on")
    assert kiosk.last(SetEvacuation).active
    kiosk.event(OnSiteListed((SOREN, IDA), unreadable=1))
    kiosk.tap(Verb.TICK, SOREN.visit_id)
    kiosk.tap(Verb.TICK, "nobody")
    assert kiosk.last(TickOff) == TickOff(SOREN.visit_id, True)
    assert [person.found for person in kiosk.page.people] == [True, False]
    assert kiosk.page.unreadable == 1
    kiosk.tap(Verb.TICK, SOREN.visit_id)
    assert kiosk.last(TickOff) == TickOff(SOREN.visit_id, False)
    kiosk.tap(Verb.PRINT_LIST)
    assert kiosk.asked(PrintList)
    kiosk.tap(Verb.EVACUATE, "off")
    assert (kiosk.last(SetEvacuation).active, kiosk.state.evacuation) == (False, False)


def test_ordered_from_outside_it_ends_what_a_guest_was_doing() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.fill(name="Bo")
    kiosk.event(EvacuationChanged(True))
    assert kiosk.page_name == "Evacuating"
    for verb in (Verb.VISIT, Verb.LEAVE, Verb.DELIVERY, Verb.SCAN, Verb.CODE, Verb.HELP, Verb.HOME, Verb.BACK):
        kiosk.tap(verb)
        assert kiosk.page_name == "Evacuating"
    assert kiosk.asked(CallReception) == []
    kiosk.event(EvacuationChanged(False))
    assert kiosk.page_name == "Welcome"


def test_a_finished_sign_in_is_written_all_the_same() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.keyed("Bo")
    kiosk.tap(Verb.NEXT)
    kiosk.tap(Verb.ACCEPT)
    kiosk.event(EvacuationChanged(True))
    kiosk.wait(11)
    assert len(kiosk.asked(SignIn)) == 2


def test_a_badge_that_is_scanned_is_somebody_found() -> None:
    kiosk = Kiosk()
    kiosk.event(EvacuationChanged(True))
    kiosk.badge()
    found: list[Effect] = [TickOff(kiosk.last(TickOff).visit_id, True)]
    assert list(kiosk.effects) == found
    assert kiosk.page_name == "Evacuating"
    kiosk.invited()
    assert kiosk.page_name == "Evacuating"
    kiosk.scan("x" * 301)
    assert kiosk.effects == ()


def test_the_list_stays_for_ten_minutes_then_the_pin_is_asked_for_again() -> None:
    kiosk = Kiosk()
    kiosk.event(EvacuationChanged(True))
    opened(kiosk)
    kiosk.event(OnSiteListed((SOREN, IDA)))
    kiosk.wait(590)
    assert kiosk.view.still_there is None
    kiosk.wait(40)
    assert (kiosk.page_name, kiosk.state.admin) == ("Evacuating", False)


def test_the_order_reaches_an_open_menu() -> None:
    kiosk = opened()
    kiosk.event(EvacuationChanged(True))
    assert (kiosk.page_name, kiosk.state.admin) == ("InBuilding", True)
    kiosk.tap(Verb.BACK)
    assert kiosk.page_name == "Evacuating"
    kiosk.event(EvacuationChanged(True))
    assert kiosk.effects == ()
