"""The sub-views in words: every page has its sheet, every outcome its screen."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from typing import Any

import pytest

from graph.model import Person
from graph.outcomes import OUTCOMES
from roomdisplay import sample_day, showing
from roomdisplay.fault_kinds import FAULTS
from roomdisplay.freshness import Trouble
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.pages import (
    Admin,
    Booking,
    Confirm,
    Day,
    Ended,
    Extend,
    Fault,
    FreeRoom,
    MeetingDetail,
    PersonSearch,
    Pin,
    Rooms,
    SignIn,
    Working,
)
from roomdisplay.sheets import SEARCH_MESSAGES, Material
from roomdisplay.sheets import sheet as sheet_of
from roomdisplay.state import Kind
from roomdisplay.view import (
    Action,
    ChoicesSheet,
    DaySheet,
    ListSheet,
    PinSheet,
    Result,
    ResultSheet,
    SearchSheet,
    SignInSheet,
    Style,
    Verb,
    WorkingSheet,
)
from tests.roomdisplay.calendar_kit import at, event, meeting_of, own
from tests.roomdisplay.scene_kit import CONFIG, ENGLISH, labels, scene, settings, sheet, verbs, words

MINE = own("11:00-12:00", id="mine", subject="Here")
THEIRS = event("13:00-14:00", id="theirs", subject="Theirs", organizer_name="Henrik Dam")
LATER = own("15:00-16:00", id="later", subject="Later")
DAY = (MINE, THEIRS, LATER)
KEY, THEIR_KEY, LATER_KEY = (meeting_of(value).key for value in DAY)
JESPER = Person("1", "Jesper Friis", "jf@nordhavn.example", "Projects")
BY_NAME = settings(booking={"by_name": True})


def choices(*events: Any, **how: Any) -> ChoicesSheet:
    found = sheet(*events, **how)
    assert isinstance(found, ChoicesSheet)
    return found


def rows(found: Any) -> list[str]:
    return [row.title for row in found.rows]


# --- booking ---


def test_book_now() -> None:
    found = choices(THEIRS, page=Booking())
    assert (found.title, found.text, found.extra) == ("Book now", "", ())
    assert labels(found)[-1] == ("All of it", "until 13:00")
    assert set(verbs(found)) == {Verb.BOOK}


def test_book_later() -> None:
    found = choices(*DAY, page=Booking(at("14:00")))
    assert (found.title, labels(found)[0]) == ("Book from 14:00", ("15 min", "until 14:15"))
    gone = choices(*DAY, page=Booking(at("13:30")))
    assert (gone.buttons, gone.text) == ((), "This time is not free any more.")
    off = choices(THEIRS, page=Booking(at("14:00")), config=settings(booking={"enabled": False}))
    assert off.buttons == ()


def test_while_the_panel_reads_again_it_says_so() -> None:
    found = choices(THEIRS, page=Booking(), age_s=70.0, recheck=True)
    assert (found.buttons, found.text) == ((), "Reading the calendar")


def test_in_whose_name() -> None:
    assert [button.label for button in choices(page=Booking(), config=BY_NAME).extra] == ["Book in a name"]
    picked = choices(page=Booking(None, JESPER, "Jesper F."), config=BY_NAME).extra
    assert [(button.label, button.detail) for button in picked] == [
        ("Jesper F.", "booked for Jesper F."),
        ("Without a name", ""),
    ]
    assert choices(page=Booking(None, JESPER), config=BY_NAME).extra[0].label == "Jesper F.", "shielded if in doubt"


def test_who_is_found_is_shielded_until_typed() -> None:
    found = sheet(page=PersonSearch(Booking(), "jes fr", (JESPER,)))
    assert isinstance(found, SearchSheet)
    assert [(row.action, row.title, row.detail) for row in found.rows] == [
        (Action(Verb.PICK_PERSON, "0"), "Jesper F.", "Projects")
    ]
    assert (found.text, found.message, found.language, verbs(found)) == ("jes fr", "", "en", [Verb.BACK])
    whole = sheet(page=PersonSearch(Booking(), "jesper FRIIS ", (JESPER,)))
    assert rows(whole) == ["Jesper Friis"]


@pytest.mark.parametrize("message", SEARCH_MESSAGES)
def test_why_nobody_is_found(message: str) -> None:
    found = sheet(page=PersonSearch(Booking(), "je", message=message, busy=True))
    assert isinstance(found, SearchSheet)
    assert found.message
    assert found.busy


# --- the day and its meetings ---


def test_the_day_has_slots_and_meetings_to_touch() -> None:
    found = sheet(*DAY, page=Day(), config=settings(booking={"outside_hours": False}))
    assert isinstance(found, DaySheet)
    assert [block.title for block in found.timeline.blocks if block.action] == [
        "Here",
        "Touch to book",
        "Theirs",
        "Touch to book",
        "Later",
        "Touch to book",
    ]
    assert found.timeline.blocks[-1].action == Action(Verb.OPEN_BOOKING, at("16:00").isoformat())
    assert [(tab.label, tab.style) for tab in found.tabs] == [("Today", Style.PRIMARY), ("Tomorrow", Style.QUIET)]
    tomorrow = sheet(*DAY, page=Day(1))
    assert isinstance(tomorrow, DaySheet)
    assert tomorrow.timeline.heading == "Tomorrow"
    assert {block.title for block in tomorrow.timeline.blocks} == {"Touch to book"}


def test_without_a_calendar_there_is_no_day() -> None:
    for page in (Day(), MeetingDetail(KEY), Confirm(Deed.END, KEY)):
        assert sheet(page=page, read=False) is None


DETAILS = [
    ("ours runs", KEY, {}, [Verb.END, Verb.CLOSE]),
    ("ours to come", LATER_KEY, {}, [Verb.CANCEL_BOOKING, Verb.CLOSE]),
    ("theirs to come", THEIR_KEY, {"config": settings(meeting={"release": True, "end_others": True})}, [Verb.CLOSE]),
    ("theirs runs", THEIR_KEY, {"now": "13:20"}, [Verb.CLOSE]),
    (
        "may be released",
        THEIR_KEY,
        {"now": "13:20", "config": settings(meeting={"release": True})},
        [Verb.RELEASE, Verb.CLOSE],
    ),
    (
        "may be ended",
        THEIR_KEY,
        {"now": "13:20", "config": settings(meeting={"release": True, "end_others": True})},
        [Verb.END, Verb.CLOSE],
    ),
]


@pytest.mark.parametrize(("key", "how", "wanted"), [case[1:] for case in DETAILS], ids=[case[0] for case in DETAILS])
def test_what_may_be_done_to_a_meeting(key: str, how: dict[str, Any], wanted: list[Verb]) -> None:
    assert verbs(choices(*DAY, page=MeetingDetail(key), **how)) == wanted


def test_a_meeting_tells_what_it_is() -> None:
    found = choices(*DAY, page=MeetingDetail(THEIR_KEY))
    assert (found.title, found.text) == ("Theirs", "Henrik Dam · 13:00 – 14:00")
    closed = event("00:00-24:00", id="closed", all_day=True, subject="Closed")
    assert choices(closed, page=MeetingDetail(meeting_of(closed).key)).text == "all day"


def test_extend() -> None:
    found = choices(*DAY, page=Extend(KEY))
    assert (found.title, found.text) == ("Extend the meeting", "")
    assert labels(found) == [("+15 min", "until 12:15"), ("+30 min", "until 12:30"), ("+1 h", "until 13:00")]
    theirs = choices(*DAY, now="13:20", page=Extend(THEIR_KEY))
    assert theirs.text == "The extra time is a booking of its own right after the meeting."
    full = choices(MINE, event("12:00-13:00"), page=Extend(KEY))
    assert (full.buttons, full.text) == ((), "The meeting cannot be extended any further.")


QUESTIONS = [
    (Deed.END, KEY, "End the meeting now?", "The room is free for others at once."),
    (Deed.END, THEIR_KEY, "End the meeting now?", "Only the room's copy ends: the organizer's own calendar does not"),
    (Deed.RELEASE, THEIR_KEY, "Release the room?", "The organizer is told that nobody came."),
    (Deed.RELEASE, KEY, "Release the room?", "The room is free for others at once."),
    (Deed.CANCEL, LATER_KEY, "Cancel this booking?", "The time is free for others at once."),
]


@pytest.mark.parametrize(("deed", "key", "title", "text"), QUESTIONS)
def test_questions_say_what_will_happen(deed: Deed, key: str, title: str, text: str) -> None:
    found = choices(*DAY, page=Confirm(deed, key))
    assert found.title == title
    assert found.text.split("\n")[1].startswith(text)
    assert [button.style for button in found.buttons] == [Style.DANGER, Style.SECONDARY]
    assert verbs(found) == [Verb.CONFIRM, Verb.CLOSE]


def test_ending_their_meeting_that_was_extended_here_touches_their_copy() -> None:
    more = own("14:00-14:30", id="more", subject="More ↪")
    theirs = choices(THEIRS, more, now="13:20", page=Confirm(Deed.END, THEIR_KEY))
    assert "Only the room's copy ends" in theirs.text
    ours = choices(THEIRS, more, now="14:10", page=Confirm(Deed.END, THEIR_KEY))
    assert "The room is free for others at once." in ours.text


def test_what_needs_no_question_has_none() -> None:
    assert sheet(*DAY, page=Confirm(Deed.BOOK, KEY)) is None


# --- how it ended ---


@pytest.mark.parametrize("deed", Deed)
def test_every_deed_has_a_working_screen(deed: Deed) -> None:
    found = sheet(page=Working(deed))
    assert isinstance(found, WorkingSheet)
    assert found.title != "One moment"


@pytest.mark.parametrize(("deed", "ending", "language"), list(product(Deed, Ending, ("da", "en", "es"))))
def test_every_outcome_has_its_screen(deed: Deed, ending: Ending, language: str) -> None:
    outcome = Outcome(deed, ending, at("11:42"), at("12:12"), at("11:40"), "ErrorX", "request")
    found = sheet(page=Ended(outcome), pen=words(language))
    assert isinstance(found, ResultSheet)
    assert found.title
    assert found.text
    assert "{" not in found.text + found.title
    assert (found.result is Result.DONE) is outcome.done
    assert verbs(found)[0] is Verb.CLOSE


@pytest.mark.parametrize(("deed", "ending", "language"), list(product(Deed, Ending, ("da", "en"))))
def test_an_outcome_without_details_has_a_screen_too(deed: Deed, ending: Ending, language: str) -> None:
    found = sheet(page=Ended(Outcome(deed, ending)), pen=words(language))
    assert isinstance(found, ResultSheet)
    assert "{" not in found.text


SAID = [
    (Outcome(Deed.BOOK, Ending.DONE, at("11:42"), at("12:12")), "The room is yours until 12:12."),
    (Outcome(Deed.BOOK, Ending.DONE, at("14:00"), at("15:00")), "The room is yours 14:00 – 15:00."),
    (Outcome(Deed.EXTEND, Ending.DONE, at("11:00"), at("12:30")), "The room is yours until 12:30."),
    (Outcome(Deed.BOOK, Ending.TAKEN, winner_start=at("11:40")), "The room was booked at 11:40 by somebody else."),
    (Outcome(Deed.BOOK, Ending.UNCERTAIN), "The connection broke in the middle. The panel goes on asking"),
    (Outcome(Deed.END, Ending.UNCERTAIN), "The connection broke in the middle. In a moment the panel shows"),
    (Outcome(Deed.BOOK, Ending.FAILED, code="ErrorX"), "Microsoft 365 refused. Nothing was changed. Code ErrorX."),
    (Outcome(Deed.BOOK, Ending.FAILED), "Microsoft 365 refused. Nothing was changed. Code ?."),
    (Outcome(Deed.RELEASE, Ending.DONE), "The room is free. The organizer has been told."),
    (Outcome(Deed.RELEASE, Ending.DONE, own=True), "The room is free. The booking has been deleted."),
    (Outcome(Deed.RELEASE, Ending.UNDONE, own=True), "The meeting keeps the room."),
    (Outcome(Deed.END, Ending.DONE, own=True), "The room is free."),
]


@pytest.mark.parametrize(("outcome", "text"), SAID)
def test_what_the_result_says(outcome: Outcome, text: str) -> None:
    found = sheet(page=Ended(outcome))
    assert isinstance(found, ResultSheet)
    assert found.text.startswith(text)


@pytest.mark.parametrize("ending", Ending)
def test_who_lost_a_room_is_pointed_to_others(ending: Ending) -> None:
    found = sheet(page=Ended(Outcome(Deed.BOOK, ending)))
    assert (Verb.OPEN_ROOMS in verbs(found)) is (ending in (Ending.TAKEN, Ending.NO_LONGER))
    uncertain = (Ending.UNCERTAIN, Ending.TAKEN_NOT_REMOVED)
    assert isinstance(found, ResultSheet)
    assert (found.result is Result.UNCERTAIN) is (ending in uncertain)


# --- rooms, faults, PIN, sign-in, admin ---


def test_other_rooms() -> None:
    free = (
        FreeRoom("Lillebælt", "2. sal", at("15:00"), free=True),
        FreeRoom("Øresund", "3. sal", None, free=True),
        FreeRoom("Kattegat", "3. sal", at("11:42"), free=True),
        FreeRoom("Skagerrak", "3. sal", None, free=False),
    )
    found = sheet(page=Rooms(free))
    assert isinstance(found, ListSheet)
    assert [(row.title, row.mark) for row in found.rows] == [("Lillebælt", "free until 15:00"), ("Øresund", "free")]
    none = sheet(page=Rooms(()))
    assert isinstance(none, ListSheet)
    assert none.empty == "No other room is free right now."
    assert [sheet(page=page).text for page in (Rooms(), Rooms(failed=True))] == [  # type: ignore[union-attr]
        "Asking the other rooms …",
        "The other rooms cannot be asked right now.",
    ]


def test_faults() -> None:
    kinds = choices(page=Fault())
    assert [button.action for button in kinds.buttons] == [Action(Verb.FAULT_KIND, kind) for kind in FAULTS]
    for kind, (label, texts) in FAULTS.items():
        found = choices(page=Fault(kind))
        assert found.title == label
        assert [button.action for button in found.buttons] == [
            Action(Verb.FAULT_SEND, str(number)) for number in range(len(texts))
        ]
        assert found.extra[0].action.verb is Verb.BACK


PINS = [
    (Pin(), PinSheet("Admin PIN", "Six digits", 0)),
    (Pin("1234"), PinSheet("Admin PIN", "Six digits", 4)),
    (Pin(wrong=True), PinSheet("Admin PIN", "Wrong PIN", 0)),
    (Pin("12", locked_s=61), PinSheet("Admin PIN", "Too many wrong PINs. Locked for 2 min.", 0, locked=True)),
]


@pytest.mark.parametrize(("page", "wanted"), PINS)
def test_pin(page: Pin, wanted: PinSheet) -> None:
    assert sheet(page=page) == wanted
    assert "1234" not in repr(wanted)


def test_sign_in() -> None:
    waiting = sheet(page=SignIn())
    assert isinstance(waiting, SignInSheet)
    assert (waiting.code, verbs(waiting)) == ("", [Verb.CLOSE])
    shown = sheet(page=SignIn("https://microsoft.com/devicelogin", "ABCD", at("11:57")))
    assert isinstance(shown, SignInSheet)
    assert (shown.address, shown.code, shown.expires) == (
        "https://microsoft.com/devicelogin",
        "ABCD",
        "valid until 11:57",
    )


NO_CLOCK = {"clock_synchronised": False, "trouble": Trouble.SIGN_IN}


@pytest.mark.parametrize(("until", "how"), [(None, {}), (at("11:57"), NO_CLOCK)], ids=["not said", "no clock"])
def test_a_sign_in_until_nobody_knows_when(until: datetime | None, how: dict[str, Any]) -> None:
    shown = sheet(page=SignIn("https://x.example", "ABCD", until), **how)
    assert isinstance(shown, SignInSheet)
    assert shown.expires == ""


@pytest.mark.parametrize(("key", "language"), list(product(OUTCOMES, ("da", "en", "es"))))
def test_every_failure_of_a_sign_in_has_a_text(key: str, language: str) -> None:
    row = OUTCOMES[key]
    names = {**row.params, "signed_in": "a@nordhavn.example", "expected": "b@nordhavn.example", "scopes": "x"}
    found = sheet(page=SignIn(problem=row.screen_text, values=tuple(names.items())), pen=words(language))
    assert isinstance(found, SignInSheet)
    assert "{" not in found.text
    assert verbs(found) == [Verb.SIGN_IN, Verb.CLOSE]


def test_admin_needs_its_facts() -> None:
    assert isinstance(sheet(page=Admin()), ListSheet)
    shown = scene()
    assert sheet_of(Admin(), Material(shown.state, None, CONFIG.hours), ENGLISH) is None


def test_home_has_no_sheet() -> None:
    assert sheet(page=None) is None


def test_every_page_of_the_previews_is_drawn() -> None:
    shown = scene(*sample_day.events(sample_day.MOMENTS[Kind.BUSY]), now="13:20", config=BY_NAME)
    assert shown.schedule is not None
    for name, page in sample_day.sheets(shown.schedule).items():
        view = showing.view(showing.Scene(BY_NAME, shown.state, shown.schedule, page, shown.facts), ENGLISH)
        assert view.sheet is not None, name
