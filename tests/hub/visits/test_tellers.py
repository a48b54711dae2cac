"""Which kiosk is named to tell a host, and what happens when it does not: against time, outages and crashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from common.visiting.shared_visit import SharedVisit
from hub.visits import tellings
from hub.visits.deliveries import LIFE_S as LIFE_OF_OTHERS_S
from hub.visits.guest_form import GuestForm
from hub.visits.tellers import LIFE_S
from hub.visits.tellings import Telling
from telemetry.messages import Command, decode, encode
from tests.hub.visits.kit import MONDAY, SITE, Hub, change, hub, visit, visit_id

FORM = GuestForm("Bo Dam", "Ingrid Holm", "ingrid@nordhavn.example")
JONAS = GuestForm("Bo Dam", "Jonas Holm", "jonas@nordhavn.example")
HOUR_S = 3600


@pytest.fixture
def there(tmp_path: Path, store_url: str) -> Iterator[Hub]:
    with hub(tmp_path, store_url) as made:
        for unit in ("lobby", "north"):
            made.kiosk(unit)
        yield made


def sign_in(there: Hub, form: GuestForm = FORM) -> str:
    return there.parts.desk.sign_in(form, SITE, "bente")


def kept(there: Hub, number: str) -> SharedVisit:
    return there.parts.desk.find(number)[0]


def telling(there: Hub, number: str) -> Telling:
    with there.store.reading() as connection:
        found = tellings.of_visit(connection, number)
    assert found is not None
    return found


def pass_time(there: Hub, seconds: int, *, step_s: int = 2) -> None:
    """As the hub looks while it runs; commands that nobody took expire."""
    for _ in range(0, seconds, step_s):
        there.clock.step(step_s)
        there.orders.expire()
        there.parts.look()


def nobody_able(there: Hub) -> None:
    for unit in ("lobby", "north"):
        there.now(unit, signed_in=False)


CHOICES: dict[str, tuple[Callable[[Hub], None], str]] = {
    "the first of equals": (lambda there: None, "lobby"),
    "one that says it can": (lambda there: there.now("north"), "north"),
    "not one that is away": (lambda there: there.status("lobby", online=False), "north"),
    "not one that is signed out": (lambda there: there.now("lobby", signed_in=False), "north"),
    "not one without a network": (lambda there: there.now("lobby", network=False), "north"),
    "not one whose app is down": (lambda there: there.now("lobby", app=False, signed_in=None), "north"),
    "not one whose register fails": (lambda there: there.now("lobby", register="full"), "north"),
    "facts that are unknown speak for nobody": (lambda there: there.now("lobby", signed_in=None), "lobby"),
    "nor facts that are none": (lambda there: there.latest("lobby", "now/kiosk", b'{"app":7}'), "lobby"),
    "not one without the day's key": (
        lambda there: there.latest("lobby", "reported/sharing", b'{"keys":{}}'), "north",
    ),
    "nobody is able": (nobody_able, ""),
}  # fmt: skip


@pytest.mark.parametrize(("given", "chosen"), CHOICES.values(), ids=CHOICES)
def test_who_is_named(there: Hub, given: Callable[[Hub], None], chosen: str) -> None:
    there.kiosk("another", site="Sydhavn")
    given(there)
    made = sign_in(there)
    assert (kept(there, made).teller, telling(there, made).unit) == (chosen, chosen)


def test_a_host_without_an_address_is_the_kiosks_to_find_and_one_who_gets_it_is_told_anew(there: Hub) -> None:
    made = sign_in(there, GuestForm("Bo Dam", "Ingrid Holm"))
    there.tells("lobby", made, "told", rung="reception", channel="reception")
    there.parts.desk.correct(made, FORM, "bente")
    assert (kept(there, made).teller, telling(there, made).step) == ("lobby", "")


def test_an_expected_guest_who_is_let_in_here(there: Hub) -> None:
    there.told("lobby", visit(1, state="expected", expected_at=MONDAY, in_at=None))
    there.parts.desk.arrive(visit_id(1), "bente")
    assert (kept(there, visit_id(1)).teller, kept(there, visit_id(1)).origin) == ("lobby", "hub")


def test_the_visit_goes_to_who_is_named_before_all_others_and_does_not_live_long(there: Hub) -> None:
    for number in range(1, 31):
        there.told("lobby", visit(number))
    there.now("north")
    made = sign_in(there)
    there.parts.deliveries.look()
    sent = [decode(payload, Command) for topic, payload, *_ in there.sender.sent if "/north/cmd/" in topic]
    first = there.kiosks["north"].opened(sent[0].args["blob"])
    assert (first.id, first.teller) == (made, "north")
    lives = [(one.expires_ms - there.now_ms()) // 1000 for one in sent]
    assert (lives[0], set(lives[1:])) == (LIFE_S, {LIFE_OF_OTHERS_S})


def test_who_has_taken_it_is_left_alone(there: Hub) -> None:
    made = sign_in(there)
    there.parts.look()
    there.answer()
    pass_time(there, 2 * HOUR_S, step_s=60)
    assert (kept(there, made).version, kept(there, made).teller) == (1, "lobby")


@pytest.mark.parametrize(
    ("away", "patience_s"),
    [
        (lambda there: None, 60),
        (lambda there: there.status("lobby", online=False), 30),
        (lambda there: there.now("lobby", signed_in=False), 30),
    ],
    ids=["does not answer", "is away", "is signed out"],
)
def test_another_is_named_once_when_nobody_takes_it(there: Hub, away: Callable[[Hub], None], patience_s: int) -> None:
    made = sign_in(there)
    there.parts.look()
    away(there)
    pass_time(there, patience_s - 2)
    assert kept(there, made).teller == "lobby"
    pass_time(there, 4)
    now = kept(there, made)
    assert (now.teller, now.told_before, now.version, now.by) == ("north", True, 2, "hub")
    assert there.heard("north")[-1] == now
    there.answer()
    pass_time(there, HOUR_S, step_s=30)
    assert kept(there, made).version == 2


def test_who_took_it_and_went_away_before_it_said_so(there: Hub) -> None:
    """As after a power cut: another one is named, and marks what it sends as a repeat. Who said so is left alone."""
    silent, done = sign_in(there), sign_in(there)
    there.parts.look()
    there.answer()
    there.tells("lobby", silent, "waiting")
    there.tells("lobby", done, "told", rung="first", channel="chat")
    there.status("lobby", online=False)
    pass_time(there, 58)
    assert kept(there, silent).teller == "lobby"
    pass_time(there, 4)
    assert (kept(there, silent).teller, kept(there, silent).told_before) == ("north", True)
    assert (kept(there, done).teller, kept(there, done).version) == ("lobby", 1)


def test_whom_nobody_could_tell_is_told_by_the_first_that_can_within_the_hour(there: Hub) -> None:
    for unit in ("lobby", "north"):
        there.status(unit, online=False)
    early, late = sign_in(there), sign_in(there)
    pass_time(there, HOUR_S // 2, step_s=60)
    there.parts.desk.sign_out(late, "bente")
    there.status("north", online=True)
    pass_time(there, 2)
    now = kept(there, early)
    assert (now.teller, now.told_before, now.version) == ("north", False, 2)
    assert kept(there, late).teller == "", "who has left waits for nobody"


def test_after_an_hour_nobody_is_named_any_more(there: Hub) -> None:
    for unit in ("lobby", "north"):
        there.status(unit, online=False)
    made = sign_in(there)
    pass_time(there, HOUR_S + 60, step_s=60)
    there.status("north", online=True)
    pass_time(there, 120)
    there.parts.desk.correct(made, JONAS, "bente")
    assert (kept(there, made).teller, kept(there, made).version) == ("", 2)


def test_with_one_kiosk_only_it_is_asked_until_it_is_there(there: Hub) -> None:
    there.status("north", online=False)
    made = sign_in(there)
    there.parts.look()
    pass_time(there, 300)
    assert (kept(there, made).teller, kept(there, made).version) == ("lobby", 1)
    assert len(there.heard("lobby")) > 1


CORRECTIONS: dict[str, tuple[GuestForm, dict[str, Any]]] = {
    "another guest's name": (GuestForm("Bo Damm", "Ingrid Holm", FORM.host_address), {"step": "told"}),
    "the host's name": (GuestForm("Bo Dam", "I. Holm", FORM.host_address), {"step": "told"}),
    "another host": (JONAS, {"step": ""}),
}


@pytest.mark.parametrize(("form", "stands"), CORRECTIONS.values(), ids=CORRECTIONS)
def test_only_another_host_is_told_anew_and_by_the_same_kiosk(
    there: Hub, form: GuestForm, stands: dict[str, Any]
) -> None:
    there.now("north")
    made = sign_in(there)
    there.tells("north", made, "told", rung="first", channel="mail")
    there.now("lobby")
    there.clock.step(20)
    there.parts.desk.correct(made, form, "bente")
    assert (kept(there, made).teller, telling(there, made).step) == ("north", stands["step"])


def test_a_kiosks_own_guest_is_its_business_until_reception_names_another_host(there: Hub) -> None:
    there.told("north", visit(1, by="north", origin="north"))
    pass_time(there, 120)
    assert kept(there, visit_id(1)).version == 1
    there.parts.desk.correct(visit_id(1), JONAS, "bente")
    assert (kept(there, visit_id(1)).teller, kept(there, visit_id(1)).origin) == ("north", "north")
    there.status("north", online=False)
    pass_time(there, 62)
    assert kept(there, visit_id(1)).teller == "lobby"


def test_an_own_guests_new_host_waits_for_a_kiosk_that_can(there: Hub) -> None:
    there.told("north", visit(1, by="north", origin="north"))
    for unit in ("lobby", "north"):
        there.status(unit, online=False)
    there.parts.desk.correct(visit_id(1), JONAS, "bente")
    assert kept(there, visit_id(1)).teller == ""
    there.status("lobby", online=True)
    pass_time(there, 2)
    assert kept(there, visit_id(1)).teller == "lobby"


def test_a_kiosk_that_signs_the_guest_out_keeps_nobody_waiting(there: Hub) -> None:
    made = sign_in(there)
    there.parts.look()
    there.answer()
    (told,) = there.heard("north")
    there.told("north", change(told, "north", state="left", out_at=MONDAY, left_by="guest"))
    there.status("lobby", online=False)
    pass_time(there, 120)
    assert (kept(there, made).version, kept(there, made).by) == (2, "north")


def test_keys_of_another_day_are_no_use(there: Hub) -> None:
    there.clock.step(2 * 24 * HOUR_S)
    there.parts.book.ring.prepare(there.clock.now().date())
    assert kept(there, sign_in(there)).teller == ""
    today = there.clock.now().date()
    there.latest("north", "reported/sharing", encode(there.kiosks["north"].sharing(today)))
    pass_time(there, 2)
    assert there.heard("north")[0].teller == "north"


def test_a_hub_that_was_away_hears_first_what_was_done_meanwhile(tmp_path: Path) -> None:
    with hub(tmp_path) as before:
        before.kiosk("lobby")
        before.kiosk("north")
        made = sign_in(before)
        before.parts.look()
    clock = before.clock
    clock.step(600)
    with hub(tmp_path, clock=clock) as there:
        pass_time(there, 20)
        assert kept(there, made).teller == "lobby"
        pass_time(there, 60)
        assert kept(there, made).teller == "north"


def test_a_correction_that_is_under_way_does_not_undo_that_it_was_taken(there: Hub) -> None:
    made = sign_in(there)
    there.parts.look()
    there.answer()
    there.tells("lobby", made, "waiting")
    there.parts.desk.correct(made, CORRECTIONS["another guest's name"][0], "bente")
    pass_time(there, 100)
    assert (kept(there, made).teller, kept(there, made).version) == ("lobby", 2)
