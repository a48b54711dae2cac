"""Touches one by one: which page they lead to, what they ask for, and that nobody gets stuck."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Person
from roomdisplay.dialog import MAX_SEARCH_TEXT, Situation, reconcile, step
from roomdisplay.fault_kinds import FAULTS
from roomdisplay.freshness import Trouble
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.pages import (
    Admin,
    Book,
    Booking,
    Change,
    Confirm,
    Day,
    Effect,
    Ended,
    Extend,
    Fault,
    MeetingDetail,
    Page,
    PersonSearch,
    Pin,
    Report,
    Rooms,
    Search,
    SignIn,
    Simple,
    Working,
)
from roomdisplay.view import Action, Verb
from tests.property.strategies import steady
from tests.roomdisplay.calendar_kit import at, event, meeting_of, own
from tests.roomdisplay.scene_kit import scene, settings

MINE = own("11:00-12:00", id="mine", subject="Here")
THEIRS = event("13:00-14:00", id="theirs", subject="Theirs")
KEY, LATER = meeting_of(MINE).key, meeting_of(THEIRS).key
SPAN = f"{at('12:00').isoformat()}/{at('12:30').isoformat()}"
JESPER = Person("1", "Jesper Friis", "jf@nordhavn.example", "Projects")
LOUISE = Person("2", "Louise Holm", "lh@nordhavn.example")
SEARCHED = PersonSearch(Booking(), "jes", (JESPER, LOUISE))


def situation(*events: Any, admin: bool = False, **how: Any) -> Situation:
    shown = scene(*(events or (MINE, THEIRS)), **how)
    return Situation(shown.state, shown.schedule, admin)


HERE = situation()
ADMIN = situation(admin=True)
NO_MENU = replace(HERE, has_pin=False)
NO_CLOCK = situation(clock_synchronised=False)
WAITING = situation(THEIRS, now="13:02", config=settings(check_in={"enabled": True}))

Case = tuple[Page | None, Verb, str, Situation, Page | None, tuple[Effect, ...]]
STEPS: dict[str, Case] = {
    "book": (None, Verb.BOOK, SPAN, HERE, Working(Deed.BOOK), (Book(at("12:00"), at("12:30")),)),
    "book for somebody": (
        Booking(None, JESPER, "Jesper F."),
        Verb.BOOK,
        SPAN,
        HERE,
        Working(Deed.BOOK),
        (Book(at("12:00"), at("12:30"), JESPER),),
    ),
    "choose a length": (None, Verb.OPEN_BOOKING, "", HERE, Booking(), ()),
    "choose a length later": (Day(), Verb.OPEN_BOOKING, at("14:00").isoformat(), HERE, Booking(at("14:00")), ()),
    "in a name": (Booking(at("14:00")), Verb.AS_PERSON, "", HERE, PersonSearch(Booking(at("14:00"))), ()),
    "without": (Booking(None, JESPER, "Jesper F."), Verb.NO_PERSON, "", HERE, Booking(), ()),
    "typing": (SEARCHED, Verb.TYPED, "jesp", HERE, PersonSearch(Booking(), "jesp", busy=True), (Search("jesp"),)),
    "pick": (SEARCHED, Verb.PICK_PERSON, "0", HERE, Booking(None, JESPER, "Jesper F."), ()),
    "pick who was typed": (
        replace(SEARCHED, text="jesper friis"),
        Verb.PICK_PERSON,
        "0",
        HERE,
        Booking(None, JESPER, "Jesper Friis"),
        (),
    ),
    "today": (None, Verb.OPEN_DAY, "0", HERE, Day(), ()),
    "tomorrow": (Day(), Verb.OPEN_DAY, "1", HERE, Day(1), ()),
    "a meeting": (Day(), Verb.OPEN_MEETING, LATER, HERE, MeetingDetail(LATER), ()),
    "choose an end": (None, Verb.OPEN_EXTEND, "", HERE, Extend(KEY), ()),
    "extend": (
        Extend(KEY),
        Verb.EXTEND,
        at("12:30").isoformat(),
        HERE,
        Working(Deed.EXTEND),
        (Change(Deed.EXTEND, KEY, at("12:30")),),
    ),
    "extend from home": (
        None,
        Verb.EXTEND,
        at("12:30").isoformat(),
        HERE,
        Working(Deed.EXTEND),
        (Change(Deed.EXTEND, KEY, at("12:30")),),
    ),
    "end asks": (None, Verb.END, KEY, HERE, Confirm(Deed.END, KEY), ()),
    "end without a key is the current one": (None, Verb.END, "", HERE, Confirm(Deed.END, KEY), ()),
    "release asks": (None, Verb.RELEASE, LATER, HERE, Confirm(Deed.RELEASE, LATER), ()),
    "cancel asks": (MeetingDetail(LATER), Verb.CANCEL_BOOKING, LATER, HERE, Confirm(Deed.CANCEL, LATER), ()),
    "yes": (Confirm(Deed.END, KEY), Verb.CONFIRM, "", HERE, Working(Deed.END), (Change(Deed.END, KEY),)),
    "check in": (None, Verb.CHECK_IN, LATER, HERE, Working(Deed.CHECK_IN), (Change(Deed.CHECK_IN, LATER),)),
    "check in to what waits": (
        None,
        Verb.CHECK_IN,
        "",
        WAITING,
        Working(Deed.CHECK_IN),
        (Change(Deed.CHECK_IN, LATER),),
    ),
    "other rooms": (None, Verb.OPEN_ROOMS, "", HERE, Rooms(), (Simple(Verb.OPEN_ROOMS),)),
    "other rooms without a clock": (None, Verb.OPEN_ROOMS, "", NO_CLOCK, Rooms(failed=True), ()),
    "fault": (None, Verb.OPEN_FAULT, "", HERE, Fault(), ()),
    "fault kind": (Fault(), Verb.FAULT_KIND, "sound", HERE, Fault("sound"), ()),
    "fault text": (Fault("sound"), Verb.FAULT_SEND, "2", HERE, Working(Deed.FAULT), (Report("sound", 2),)),
    "admin asks for the PIN": (None, Verb.OPEN_ADMIN, "", HERE, Pin(), ()),
    "admin again": (None, Verb.OPEN_ADMIN, "log", ADMIN, Admin("log"), ()),
    "admin to the sign-in": (None, Verb.OPEN_ADMIN, "sign-in", ADMIN, SignIn(), (Simple(Verb.SIGN_IN),)),
    "five digits": (Pin("1234", wrong=True), Verb.PIN, "12345", HERE, Pin("12345"), ()),
    "no digits": (Pin("1"), Verb.PIN, "", HERE, Pin(), ()),
    "six digits": (Pin("12345"), Verb.PIN, "1234567", HERE, Pin("123456"), (Simple(Verb.PIN, "123456"),)),
    "admin page": (Admin(), Verb.ADMIN_PAGE, "log", ADMIN, Admin("log"), ()),
    "sign in asks for the PIN": (None, Verb.SIGN_IN, "", HERE, Pin(then="sign-in"), ()),
    "sign in": (Admin(), Verb.SIGN_IN, "", ADMIN, SignIn(), (Simple(Verb.SIGN_IN),)),
    "brightness": (Admin("screen"), Verb.BRIGHTNESS, "100", ADMIN, Admin("screen"), (Simple(Verb.BRIGHTNESS, "100"),)),
    "language": (Admin("screen"), Verb.LANGUAGE, "es", ADMIN, Admin("screen"), (Simple(Verb.LANGUAGE, "es"),)),
    "retry": (None, Verb.RETRY, "", HERE, None, (Simple(Verb.RETRY),)),
    "keep is done by the touch itself": (None, Verb.KEEP, "x", HERE, None, ()),
    "undo": (None, Verb.UNDO, "", HERE, None, (Simple(Verb.UNDO),)),
    "back from the search": (SEARCHED, Verb.BACK, "", HERE, Booking(), ()),
    "back from a fault's text": (Fault("sound"), Verb.BACK, "", HERE, Fault(), ()),
    "back from the log": (Admin("log"), Verb.BACK, "", ADMIN, Admin(), ()),
    "back from the rest": (Day(1), Verb.BACK, "", HERE, None, ()),
    "close": (SEARCHED, Verb.CLOSE, "", HERE, None, ()),
}


@pytest.mark.parametrize(("page", "verb", "value", "here", "to", "effects"), STEPS.values(), ids=STEPS.keys())
def test_a_step(
    page: Page | None, verb: Verb, value: str, here: Situation, to: Page | None, effects: tuple[Effect, ...]
) -> None:
    assert step(page, Action(verb, value), here) == (to, effects)


FREE = situation(THEIRS)
NOTHING: dict[str, tuple[Page | None, Verb, str, Situation]] = {
    "no span": (None, Verb.BOOK, "soon", HERE),
    "half a span": (None, Verb.BOOK, at("12:00").isoformat(), HERE),
    "a span without a zone": (None, Verb.BOOK, "2026-11-23T12:00/2026-11-23T12:30", HERE),
    "a span inside out": (None, Verb.BOOK, "/".join(reversed(SPAN.split("/"))), HERE),
    "an empty span": (None, Verb.BOOK, f"{at('12:00').isoformat()}/{at('12:00').isoformat()}", HERE),
    "a name at home": (None, Verb.AS_PERSON, "", HERE),
    "no name at home": (None, Verb.NO_PERSON, "", HERE),
    "typing at home": (None, Verb.TYPED, "jesper", HERE),
    "picking at home": (None, Verb.PICK_PERSON, "0", HERE),
    "picking who is not there": (SEARCHED, Verb.PICK_PERSON, "2", HERE),
    "picking a word": (SEARCHED, Verb.PICK_PERSON, "first", HERE),
    "picking less than nobody": (SEARCHED, Verb.PICK_PERSON, "-1", HERE),
    "picking too much": (SEARCHED, Verb.PICK_PERSON, "9" * 5000, HERE),
    "a meeting that is gone": (Day(), Verb.OPEN_MEETING, "gone", HERE),
    "extending nothing": (None, Verb.OPEN_EXTEND, "", FREE),
    "extending nothing at once": (None, Verb.EXTEND, at("12:30").isoformat(), FREE),
    "extending to never": (Extend(KEY), Verb.EXTEND, "never", HERE),
    "ending nothing": (None, Verb.END, "", FREE),
    "ending what is gone": (None, Verb.END, "gone", HERE),
    "yes to nothing": (Day(), Verb.CONFIRM, "", HERE),
    "checking in to nothing": (None, Verb.CHECK_IN, "", HERE),
    "a kind from elsewhere": (Day(), Verb.FAULT_KIND, "sound", HERE),
    "an unknown kind": (Fault(), Verb.FAULT_KIND, "soup", HERE),
    "sending no kind": (Fault(), Verb.FAULT_SEND, "0", HERE),
    "sending no text": (Fault("sound"), Verb.FAULT_SEND, "", HERE),
    "sending a text that is not there": (Fault("sound"), Verb.FAULT_SEND, "99", HERE),
    "a PIN at home": (None, Verb.PIN, "123456", HERE),
    "a PIN of letters": (Pin(), Verb.PIN, "12a", HERE),
    "a page without the PIN": (None, Verb.ADMIN_PAGE, "log", HERE),
    "a menu that nobody can open": (None, Verb.OPEN_ADMIN, "", NO_MENU),
    "a sign-in that nobody can open": (None, Verb.SIGN_IN, "", NO_MENU),
    "brightness without the PIN": (None, Verb.BRIGHTNESS, "10", HERE),
    "too bright": (Admin(), Verb.BRIGHTNESS, "101", ADMIN),
    "language without the PIN": (None, Verb.LANGUAGE, "es", HERE),
    "a language that is not there": (Admin(), Verb.LANGUAGE, "xx", ADMIN),
}


@pytest.mark.parametrize(("page", "verb", "value", "here"), NOTHING.values(), ids=NOTHING.keys())
def test_a_touch_that_makes_no_sense_changes_nothing(
    page: Page | None, verb: Verb, value: str, here: Situation
) -> None:
    assert step(page, Action(verb, value), here) == (page, ())


@pytest.mark.parametrize("verb", Verb)
def test_while_working_touches_wait(verb: Verb) -> None:
    assert step(Working(Deed.BOOK), Action(verb, SPAN), ADMIN) == (Working(Deed.BOOK), ())


def test_typed_text_is_bounded() -> None:
    page, effects = step(SEARCHED, Action(Verb.TYPED, "x" * 1000), HERE)
    assert isinstance(page, PersonSearch)
    assert (len(page.text), effects) == (MAX_SEARCH_TEXT, (Search("x" * MAX_SEARCH_TEXT),))


# --- what changes under the finger ---

GONE = situation(own("11:00-12:00", id="another"))
STALE, RECHECKING = situation(age_s=600.0), situation(THEIRS, age_s=70.0, recheck=True)
SIGNED_OUT, NO_RIGHT = situation(trouble=Trouble.SIGN_IN), situation(trouble=Trouble.ACCESS)
RECONCILED: dict[str, tuple[Page | None, Situation, Page | None]] = {
    "home": (None, STALE, None),
    "detail gone": (MeetingDetail(KEY), GONE, Ended(Outcome(Deed.READ, Ending.CHANGED))),
    "extend gone": (Extend(KEY), GONE, Ended(Outcome(Deed.EXTEND, Ending.CHANGED))),
    "question gone": (Confirm(Deed.END, KEY), GONE, Ended(Outcome(Deed.END, Ending.CHANGED))),
    "no calendar": (MeetingDetail(KEY), situation(read=False), Ended(Outcome(Deed.READ, Ending.CHANGED))),
    "detail": (MeetingDetail(KEY), HERE, MeetingDetail(KEY)),
    "booking in doubt": (Booking(), STALE, Ended(Outcome(Deed.BOOK, Ending.OFFLINE))),
    "search in doubt": (SEARCHED, STALE, Ended(Outcome(Deed.BOOK, Ending.OFFLINE))),
    "day in doubt": (Day(), NO_CLOCK, Ended(Outcome(Deed.BOOK, Ending.OFFLINE))),
    "extend in doubt": (Extend(KEY), STALE, Ended(Outcome(Deed.EXTEND, Ending.OFFLINE))),
    "booking signed out": (Booking(), SIGNED_OUT, Ended(Outcome(Deed.BOOK, Ending.SIGN_IN))),
    "booking without a right": (Booking(), NO_RIGHT, Ended(Outcome(Deed.BOOK, Ending.DENIED))),
    "booking while reading again": (Booking(), RECHECKING, Booking()),
    "search while reading again": (SEARCHED, RECHECKING, SEARCHED),
    "extend": (Extend(KEY), HERE, Extend(KEY)),
    "extend what is over": (Extend(KEY), situation(now="12:00"), None),
    "extend while another runs": (Extend(KEY), situation(now="13:00"), None),
    "faults need no calendar": (Fault(), STALE, Fault()),
    "working goes on": (Working(Deed.BOOK), STALE, Working(Deed.BOOK)),
}


@pytest.mark.parametrize(("page", "here", "wanted"), RECONCILED.values(), ids=RECONCILED.keys())
def test_reconcile(page: Page | None, here: Situation, wanted: Page | None) -> None:
    assert reconcile(page, here) == wanted


# --- laws ---

situations = st.sampled_from(
    (HERE, ADMIN, FREE, GONE, STALE, RECHECKING, SIGNED_OUT, NO_CLOCK, WAITING, situation(read=False))
)
values = st.sampled_from(
    ("", KEY, LATER, SPAN, "0", "1", "999", at("12:30").isoformat(), "sound", "log", "da", "123456")
)
actions = st.builds(Action, st.sampled_from(Verb), values | st.text(max_size=80))
PAGES: tuple[Page | None, ...] = tuple(
    {repr(page): page for case in STEPS.values() for page in (case[0], case[4])}.values()
)
pages = st.sampled_from(PAGES)
WRITES = (Book, Change, Report)


@steady
@given(pages, actions, situations)
def test_work_begins_with_exactly_one_write_and_only_then(page: Page | None, action: Action, here: Situation) -> None:
    """So that every Working is ended by the one outcome of that write."""
    after, effects = step(page, action, here)
    writes = [effect for effect in effects if isinstance(effect, WRITES)]
    if isinstance(after, Working) and not isinstance(page, Working):
        assert len(effects) == len(writes) == 1
        deed = {Book: Deed.BOOK, Report: Deed.FAULT}.get(type(writes[0])) or writes[0].deed  # type: ignore[union-attr]
        assert deed is after.deed
    else:
        assert writes == []


@steady
@given(st.lists(st.tuples(actions, situations), max_size=25), situations)
def test_nobody_gets_stuck(touches: list[tuple[Action, Situation]], here: Situation) -> None:
    """Whatever was touched, three times Back is home, and so is Close; only Working waits, for its outcome."""
    page: Page | None = None
    for action, then in touches:
        page, _ = step(reconcile(page, then), action, then)
    if isinstance(page, Working):
        page = Ended(Outcome(page.deed, Ending.DONE))
    assert step(page, Action(Verb.CLOSE), here) == (None, ())
    for _ in range(3):
        page, effects = step(page, Action(Verb.BACK), here)
        assert effects == ()
    assert page is None


@steady
@given(pages, actions, situations)
def test_without_the_pin_no_admin_page_and_no_sign_in_opens(page: Page | None, action: Action, here: Situation) -> None:
    after, effects = step(page, action, here)
    if not here.admin and not isinstance(page, Admin | SignIn):
        assert not isinstance(after, Admin | SignIn)
        guarded = {Verb.SIGN_IN, Verb.BRIGHTNESS, Verb.LANGUAGE}
        assert not any(isinstance(effect, Simple) and effect.verb in guarded for effect in effects)


@steady
@given(pages, actions, situations)
def test_typed_text_lives_in_the_search_alone(page: Page | None, action: Action, here: Situation) -> None:
    """Leaving the search drops what was typed and who was found, but for the one who was picked."""
    secret = "jesper wilhelmsen-secret"
    typed, _ = step(SEARCHED, Action(Verb.TYPED, secret), here)
    after, effects = step(typed, action, here)
    if not isinstance(after, PersonSearch):
        assert secret not in repr((after, effects))
    after, effects = step(SEARCHED, action, here)
    if not isinstance(after, PersonSearch | Booking):
        assert "Friis" not in repr((after, effects))


@steady
@given(pages, situations)
def test_reconciling_twice_is_once(page: Page | None, here: Situation) -> None:
    once = reconcile(page, here)
    assert reconcile(once, here) == once


def test_every_verb_has_a_step() -> None:
    reached = {case[1] for case in STEPS.values()}
    assert reached == set(Verb)


def test_every_fault_has_texts() -> None:
    assert all(texts for _, texts in FAULTS.values())
