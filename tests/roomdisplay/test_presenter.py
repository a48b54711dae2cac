"""The home view in words: what each state says, what it offers, and what it never says."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from roomdisplay import showing
from roomdisplay.freshness import Trouble
from roomdisplay.state import GiveBack, Kind, Presence, Reason
from roomdisplay.view import Action, AsleepView, BlockStyle, ButtonView, Shape, Style, Tone, Verb
from tests.roomdisplay.calendar_kit import JESPER, NO_CHECK_INS, at, event, meeting_of, own
from tests.roomdisplay.scene_kit import ENGLISH, home, labels, scene, settings, verbs, words

PROJECT = event("13:00-14:30", id="project", subject="Project", organizer_name="Jesper Friis", organizer_address=JESPER)
INTERVIEW = event("15:00-16:00", id="interview", subject="Interview", organizer_name="Henrik Dam")
DAY = (PROJECT, INTERVIEW)
CHECK_IN = settings(check_in={"enabled": True})

STATES: list[tuple[str, dict[str, Any], tuple[Tone, Shape, str, str, str, str, str]]] = [
    ("free", {}, (Tone.FREE, Shape.RING, "Free", "until 13:00 · 1 h 18 min", "", "", "")),
    (
        "soon",
        {"now": "12:49"},
        (Tone.ATTENTION, Shape.RING_DOT, "Free", "until 13:00 · 11 min", "", "", "Next: Project 13:00"),
    ),
    (
        "busy",
        {"now": "13:20"},
        (
            Tone.BUSY,
            Shape.DISC,
            "Busy",
            "until 14:30 · 1 h 10 min left",
            "Project",
            "Jesper Friis · 13:00 – 14:30",
            "Next: Interview 15:00",
        ),
    ),
    (
        "ending",
        {"now": "14:24"},
        (
            Tone.BUSY,
            Shape.PIE,
            "Busy",
            "6 min left · free 14:30 – 15:00",
            "Project",
            "Jesper Friis · ends 14:30",
            "",
        ),
    ),
    (
        "last",
        {"now": "15:55"},
        (Tone.BUSY, Shape.PIE, "Busy", "5 min left · then free", "Interview", "Henrik Dam · ends 16:00", ""),
    ),
    (
        "check in",
        {"now": "13:03", "config": CHECK_IN},
        (Tone.ATTENTION, Shape.CLOCK, "Check in", "by 13:10", "Project", "Jesper Friis · 13:00 – 14:30", ""),
    ),
    (
        "released",
        {"released": True},
        (Tone.FREE, Shape.RING, "Free", "released · until 13:00 · 1 h 18 min", "", "", ""),
    ),
    ("evening", {"now": "16:00"}, (Tone.FREE, Shape.RING, "Free", "for the rest of the day", "", "", "")),
]


@pytest.mark.parametrize(("how", "said"), [case[1:] for case in STATES], ids=[case[0] for case in STATES])
def test_what_a_state_says(how: dict[str, Any], said: tuple[Any, ...]) -> None:
    view = home(*DAY, **how)
    assert (view.tone, view.shape, view.headline, view.subline, view.title, view.title_detail, view.hint) == said
    assert view.banner == ""
    assert view.clock == ENGLISH.time(at(how.get("now", "11:42")))


CALENDARS: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[str, str]]] = [
    ("all day", (event("00:00-24:00", all_day=True, subject="Closed"),), {}, ("all day", "all day")),
    (
        "over midnight",
        (event("23:00-+1 01:00", subject="Night"),),
        {"now": "23:30"},
        ("until Tue 01:00 · 1 h 30 min left", "23:00 – Tue 01:00"),
    ),
    (
        "to midnight",
        (event("23:00-24:00", subject="Night"),),
        {"now": "23:30"},
        ("until 24:00 · 30 min left", "23:00 – 24:00"),
    ),
    (
        "beyond what was read",
        (event("09:00-+3 09:00", subject="Week"),),
        {},
        ("as far as the calendar was read", "09:00 – Thu 09:00"),
    ),
    ("tomorrow's does not count", (event("+1 08:00-+1 09:00"),), {}, ("for the rest of the day", "")),
    (
        "back to back",
        (event("11:00-12:00", subject="A"), event("12:00-13:00", subject="B")),
        {},
        ("until 13:00 · 1 h 18 min left", "11:00 – 12:00"),
    ),
    ("seconds round up", (event("13:00-14:00"),), {"now": "12:58:30"}, ("until 13:00 · 2 min", "")),
]


@pytest.mark.parametrize(
    ("events", "how", "said"), [case[1:] for case in CALENDARS], ids=[case[0] for case in CALENDARS]
)
def test_lines_of_odd_calendars(events: tuple[Any, ...], how: dict[str, Any], said: tuple[str, str]) -> None:
    view = home(*events, **how)
    assert (view.subline, view.title_detail) == said


@pytest.mark.parametrize(
    ("now", "line"),
    [("11:42", "until 12:30 · 48 min"), ("12:29:30", "until 12:30 · 1 min"), ("12:40", "until 13:00 · 20 min")],
)
def test_time_kept_for_cleaning_counts_against_free(now: str, line: str) -> None:
    assert home(PROJECT, now=now, config=settings(booking={"buffer_min": 30})).subline == line


def test_cleaning_that_begins_before_midnight_ends_the_free_day() -> None:
    config = settings(booking={"buffer_min": 30})
    assert home(event("+1 00:10-+1 01:00"), now="20:00", config=config).subline == "until 23:40 · 3 h 40 min"


def test_two_at_once_are_both_named() -> None:
    view = home(PROJECT, event("13:10-14:00", subject="Visit"), event("13:15-14:00", subject="Third"), now="13:20")
    assert (view.title, view.title_detail) == ("3 bookings at once", "Third · Visit")
    assert view.progress is None


# --- people ---


def back(time: str, *, warn: bool = False, reason: Reason = Reason.NO_SHOW) -> GiveBack:
    return GiveBack(meeting_of(PROJECT).key, at(time), reason, warn=warn)


SOMEBODY: dict[str, Any] = {"presence": Presence.OCCUPIED}
NOBODY: dict[str, Any] = {"presence": Presence.VACANT}
PEOPLE: list[tuple[str, dict[str, Any], tuple[Tone, Shape, str, str, str]]] = [
    ("in use", SOMEBODY, (Tone.ATTENTION, Shape.RING_DOT, "In use", "not booked · until 13:00", "")),
    (
        "in use in the evening",
        SOMEBODY | {"now": "16:00"},
        (Tone.ATTENTION, Shape.RING_DOT, "In use", "not booked", ""),
    ),
    (
        "booked and empty",
        NOBODY | {"now": "13:20"},
        (Tone.ATTENTION, Shape.DISC, "Booked", "nobody here · until 14:30", "Next: Interview 15:00"),
    ),
    (
        "booked and empty, to be ended",
        NOBODY | {"now": "13:20", "give_back": back("13:25", reason=Reason.LEFT)},
        (
            Tone.ATTENTION,
            Shape.DISC,
            "Booked",
            "nobody here · until 14:30",
            "The booking ends at 13:25 if nobody comes",
        ),
    ),
    (
        "booked and empty, to be released",
        NOBODY | {"now": "13:20", "give_back": back("13:25")},
        (Tone.ATTENTION, Shape.DISC, "Booked", "nobody here · until 14:30", "Released at 13:25 if nobody comes"),
    ),
    (
        "check in, or else",
        NOBODY | {"now": "13:03", "config": CHECK_IN, "give_back": back("13:10")},
        (
            Tone.ATTENTION,
            Shape.CLOCK,
            "Check in",
            "by 13:10 — or the room is released",
            "Released in 7 min if nobody checks in",
        ),
    ),
    (
        "warned",
        NOBODY | {"now": "13:08:30", "config": CHECK_IN, "give_back": back("13:10", warn=True)},
        (
            Tone.ATTENTION,
            Shape.CLOCK,
            "Nobody here?",
            "the room is released in 2 min",
            "Touch anywhere to keep the room",
        ),
    ),
    (
        "warned of an end",
        NOBODY | {"now": "13:23:10", "give_back": back("13:25", warn=True, reason=Reason.LEFT)},
        (Tone.ATTENTION, Shape.CLOCK, "Nobody here?", "the booking ends in 2 min", "Touch anywhere to keep the room"),
    ),
    (
        "under way",
        NOBODY | {"now": "13:10:03", "config": CHECK_IN, "give_back": back("13:10", warn=True)},
        (
            Tone.ATTENTION,
            Shape.CLOCK,
            "Nobody here?",
            "the room is being released",
            "Touch anywhere to keep the room",
        ),
    ),
    (
        "busy and about to be ended",
        {"now": "13:20", "give_back": back("13:25", reason=Reason.LEFT)},
        (Tone.BUSY, Shape.DISC, "Busy", "until 14:30 · 1 h 10 min left", "Next: Interview 15:00"),
    ),
    (
        "a silent sensor",
        {"now": "13:20", "facts": {"blind": True}},
        (
            Tone.BUSY,
            Shape.DISC,
            "Busy",
            "until 14:30 · 1 h 10 min left",
            "Sensor does not answer: nothing is released · Next: Interview 15:00",
        ),
    ),
    (
        "a silent sensor and a free room",
        {"facts": {"blind": True}},
        (Tone.FREE, Shape.RING, "Free", "until 13:00 · 1 h 18 min", ""),
    ),
]


@pytest.mark.parametrize(("how", "said"), [case[1:] for case in PEOPLE], ids=[case[0] for case in PEOPLE])
def test_what_is_said_of_people(how: dict[str, Any], said: tuple[Any, ...]) -> None:
    view = home(*DAY, **how)
    assert (view.tone, view.shape, view.headline, view.subline, view.hint) == said


def test_a_booked_and_empty_room_beyond_what_was_read() -> None:
    view = home(event("09:00-+3 09:00", subject="Week"), **NOBODY)
    assert view.subline == "nobody here · as far as the calendar was read"


def test_a_free_room_with_somebody_in_it_is_booked_with_one_touch() -> None:
    assert verbs(home(*DAY, **SOMEBODY)) == verbs(home(*DAY))


def test_whoever_finds_a_booked_room_empty_may_give_it_back_where_that_is_allowed() -> None:
    allowed = settings(meeting={"release": True})
    assert verbs(home(*DAY, now="13:20", config=allowed, **NOBODY)) == [Verb.RELEASE, Verb.OPEN_DAY]
    assert verbs(home(*DAY, now="13:20", **NOBODY)) == [Verb.OPEN_EXTEND, Verb.OPEN_DAY]
    ours = own("13:00-14:30", id="ours", subject="Booked at the door")
    assert Verb.END in verbs(home(ours, now="13:20", config=allowed, **NOBODY))


def test_a_warning_has_one_button_and_any_touch_is_it() -> None:
    warned = home(*DAY, now="13:08", config=CHECK_IN, give_back=back("13:10", warn=True), **NOBODY)
    assert [button.action for button in warned.buttons] == [Action(Verb.CHECK_IN, meeting_of(PROJECT).key)]
    ending = home(*DAY, now="13:23", give_back=back("13:25", warn=True, reason=Reason.LEFT), **NOBODY)
    assert [button.action for button in ending.buttons] == [Action(Verb.KEEP, meeting_of(PROJECT).key)]


def test_the_warning_moves_its_bar_to_the_release() -> None:
    warned = home(*DAY, now="13:08", config=CHECK_IN, give_back=back("13:10", warn=True), **NOBODY)
    assert warned.progress == pytest.approx(0.8)


def test_in_doubt_nothing_is_said_of_people() -> None:
    doubtful = home(*DAY, now="13:08", age_s=400.0, give_back=back("13:10", warn=True), facts={"blind": True}, **NOBODY)
    assert (doubtful.tone, doubtful.headline, doubtful.hint) == (Tone.NEUTRAL, "Busy?", "")


# --- in doubt ---

DOUBTS: list[tuple[str, dict[str, Any], tuple[str, str, str]]] = [
    (
        "stale busy",
        {"now": "13:20", "age_s": 540.0},
        ("Busy?", "according to the calendar as it was at 13:11", "No connection to the calendar since 13:11. "),
    ),
    (
        "stale free",
        {"age_s": 540.0},
        ("Unknown", "the calendar said free at 11:33", "No connection to the calendar since 11:33. "),
    ),
    (
        "signed out, free",
        {"trouble": Trouble.SIGN_IN},
        ("Unknown", "the calendar said free at 11:41", "The panel is signed out of Microsoft 365. "),
    ),
    (
        "no room",
        {"trouble": Trouble.NO_ROOM, "read": False},
        ("Unknown", "the calendar has not been read yet", "The room's mailbox was not found"),
    ),
    (
        "no right",
        {"trouble": Trouble.ACCESS, "read": False},
        ("Unknown", "the calendar has not been read yet", "The panel may not read"),
    ),
    (
        "never read",
        {"trouble": Trouble.UNREACHABLE, "read": False},
        ("Unknown", "the calendar has not been read yet", ""),
    ),
    ("starting", {"read": False}, ("Starting", "reading the calendar", "")),
    (
        "booted without time",
        {"read": False, "clock_synchronised": False},
        ("Starting", "waiting for the right time", "The panel does not know the right time"),
    ),
    (
        "lost the time",
        {"clock_synchronised": False},
        ("Unknown", "waiting for the right time", "The panel does not know the right time"),
    ),
    ("rechecking", {"age_s": 70.0, "recheck": True}, ("One moment", "reading the calendar", "")),
    (
        "beyond the window",
        {"now": "+3 09:00", "age_s": 3600.0},
        ("Unknown", "the calendar was last read 08:00", "No connection to the calendar since 08:00"),
    ),
    (
        "off for a week",
        {"now": "+8 09:00", "age_s": 8 * 86400.0},
        ("Unknown", "the calendar was last read Mon 23 Nov 09:00", "No connection"),
    ),
]


@pytest.mark.parametrize(("how", "said"), [case[1:] for case in DOUBTS], ids=[case[0] for case in DOUBTS])
def test_a_calendar_in_doubt_says_so_and_never_free(how: dict[str, Any], said: tuple[str, str, str]) -> None:
    view = home(*DAY, **how)
    assert (view.headline, view.subline) == said[:2]
    assert view.banner.startswith(said[2])
    assert bool(view.banner) is bool(said[2])
    assert (view.tone, view.shape, view.title, view.hint, view.progress) == (
        Tone.NEUTRAL,
        Shape.DASHED_RING,
        "",
        "",
        None,
    )
    assert "Free" not in view.headline
    assert not {Verb.BOOK, Verb.EXTEND, Verb.END, Verb.RELEASE, Verb.CHECK_IN, Verb.OPEN_DAY} & set(verbs(view))


@pytest.mark.parametrize("trouble", list(Trouble))
def test_without_the_time_no_time_is_shown(trouble: Trouble) -> None:
    """Whatever else is wrong, and whoever is to mend it first."""
    view = home(*DAY, clock_synchronised=False, trouble=trouble, facts={"last_try": at("11:40")})
    assert view.clock == ""
    assert view.subline == "waiting for the right time"
    assert not re.search(r"\d:\d", view.banner)
    assert view.timeline is not None
    assert view.timeline.now_min is None
    assert all(block.style is BlockStyle.MEETING for block in view.timeline.blocks)
    assert ("Try again", "") in labels(view)


def test_the_banner_of_a_first_read_that_failed_needs_a_try() -> None:
    how: dict[str, Any] = {"read": False, "trouble": Trouble.UNREACHABLE}
    assert home(**how).banner == ""
    view = home(**how, facts={"last_try": at("11:41")})
    assert view.banner == "The calendar cannot be reached. The panel keeps trying."
    assert labels(view) == [("Try again", "last tried 11:41")]


def test_signed_out_offers_the_sign_in_first() -> None:
    assert verbs(home(*DAY, trouble=Trouble.SIGN_IN)) == [Verb.SIGN_IN, Verb.RETRY]
    assert verbs(home(*DAY, age_s=70.0, recheck=True)) == []


# --- buttons ---


def test_offers_name_length_and_end_and_the_second_stands_out() -> None:
    view = home(*DAY)
    assert labels(view) == [
        ("15 min", "until 11:57"),
        ("30 min", "until 12:12"),
        ("45 min", "until 12:27"),
        ("1 h", "until 12:42"),
        ("All of it", "until 13:00"),
    ]
    assert [button.style for button in view.buttons].index(Style.PRIMARY) == 1
    assert view.buttons[0].action.value == "2026-11-23T10:42:00+00:00/2026-11-23T10:57:00+00:00"


def test_one_offer_alone_stands_out() -> None:
    (button,) = home(*DAY, now="12:52").buttons
    assert (button.label, button.detail, button.style) == ("All of it", "until 13:00", Style.PRIMARY)


def test_busy_offers_what_may_be_done() -> None:
    mine = own("11:00-12:00", subject="Here")
    view = home(mine, *DAY)
    assert labels(view) == [("Extend", "+15 min or more"), ("End now", "asks first"), ("Book later", "next free 12:00")]
    one = home(mine, event("12:15-13:00"), config=settings(meeting={"extend_steps_min": (15,)}))
    assert labels(one)[0] == ("Extend", "+15 min")
    none = home(mine, event("12:00-13:00"), config=settings(booking={"later": False}, meeting={"end_own": False}))
    assert none.buttons == ()


def test_other_peoples_meetings_cannot_be_ended_unless_allowed() -> None:
    assert Verb.END not in verbs(home(*DAY, now="13:20"))
    assert Verb.END in verbs(home(*DAY, now="13:20", config=settings(meeting={"end_others": True})))


def test_an_extension_of_their_meeting_may_be_ended_by_who_made_it() -> None:
    more = own("14:30-15:00", id="more", subject="More ↪")
    assert Verb.END not in verbs(home(PROJECT, more, now="14:00"))
    assert Verb.END in verbs(home(PROJECT, more, now="14:35"))


def test_book_later_opens_the_day_that_has_the_slot() -> None:
    assert home(PROJECT, now="13:20").buttons[-1].action == Action(Verb.OPEN_DAY, "0")
    full = event("08:00-24:00", subject="Full")
    button = home(full, now="13:20").buttons[-1]
    assert (button.action, button.detail) == (Action(Verb.OPEN_DAY, "1"), "next free Tue 08:00")


def test_free_without_an_offer_points_to_later() -> None:
    assert labels(home(PROJECT, now="12:57")) == [("Book later", "next free 14:30")]


def test_ending_soon_extends_at_once_and_books_what_follows() -> None:
    view = home(*DAY, now="14:24")
    assert labels(view) == [
        ("+15 min", "until 14:45"),
        ("+30 min", "until 15:00"),
        ("Book 14:30", "until 15:00"),
    ]
    alone = home(own("11:00-11:45"), event("11:50-13:00"), config=settings(booking={"later": False}))
    assert labels(alone)[0] == ("All of it", "until 11:50")
    last = home(own("11:00-11:45"), event("11:46-13:00"))
    assert labels(last) == [("End now", "asks first"), ("Book later", "next free 13:00")]


def test_what_follows_tomorrow_is_not_one_touch_away() -> None:
    view = home(own("22:00-24:00"), now="23:55")
    assert Verb.BOOK not in verbs(view)


def test_check_in_and_release() -> None:
    assert labels(home(*DAY, now="13:03", config=CHECK_IN)) == [("Check in", "we are here")]
    both = settings(check_in={"enabled": True}, meeting={"release": True})
    assert verbs(home(*DAY, now="13:03", config=both)) == [Verb.CHECK_IN, Verb.RELEASE]
    view = home(*DAY, now="12:56", config=CHECK_IN)
    assert (view.headline, view.subline) == ("Check in", "by 13:10")


def test_the_next_people_may_check_in_while_others_over_run() -> None:
    before = event("12:00-13:00", id="before", subject="Before", organizer_address="x@nordhavn.example")
    done = NO_CHECK_INS.add(meeting_of(before), at("12:00"))
    view = home(before, *DAY, now="12:56", config=CHECK_IN, check_ins=done)
    assert (view.buttons[0].action.verb, view.buttons[0].detail) == (Verb.CHECK_IN, "for the meeting at 13:00")
    assert view.buttons[0].action.value == meeting_of(PROJECT).key


def test_of_two_at_once_one_may_check_in() -> None:
    view = home(PROJECT, event("13:00-14:00", subject="Visit"), now="13:02", config=CHECK_IN)
    assert view.title == "2 bookings at once"
    assert labels(view)[0] == ("Check in", "for the meeting at 13:00")


def test_the_footer_is_what_is_switched_on() -> None:
    assert [button.action.verb for button in home().footer] == [Verb.OPEN_ROOMS, Verb.OPEN_FAULT]
    assert home(facts={"other_rooms": False, "fault_report": False}).footer == ()


def test_the_toast_goes_through() -> None:
    undo = ButtonView(Action(Verb.UNDO), "Undo")
    view = home(facts={"toast": "Being released", "toast_action": undo, "brightness": 0.5})
    assert (view.toast, view.toast_action, view.brightness) == ("Being released", undo, 0.5)


# --- how much of it has passed ---


@pytest.mark.parametrize(
    ("now", "how", "share"),
    [
        ("13:00", {}, 0.0),
        ("13:45", {}, 0.5),
        ("14:29:59", {}, 89 / 90),
        ("13:05", {"config": CHECK_IN}, 0.5),
        ("12:56", {"config": CHECK_IN}, 0.0),
    ],
)
def test_progress(now: str, how: dict[str, Any], share: float) -> None:
    assert home(*DAY, now=now, **how).progress == pytest.approx(share)


def test_a_whole_day_has_no_progress() -> None:
    assert home(event("00:00-24:00", all_day=True)).progress is None
    assert home().progress is None


@pytest.mark.parametrize(("now", "share"), [("14:20", 1.0), ("14:25", 0.5), ("14:29:54", 0.1), ("13:20", 0.0)])
def test_the_pie_empties(now: str, share: float) -> None:
    assert home(*DAY, now=now).shape_fraction == pytest.approx(share)


# --- asleep ---


@pytest.mark.parametrize(
    ("how", "status"), [({}, "Free"), ({"age_s": 3600.0}, "Unknown"), ({"trouble": Trouble.SIGN_IN}, "Unknown")]
)
def test_asleep_shows_time_and_word(how: dict[str, Any], status: str) -> None:
    config = settings(sleep={"enabled": True})
    shown = scene(*DAY, now="22:10", config=config, **how)
    assert shown.state.kind is Kind.ASLEEP
    assert showing.view(shown, ENGLISH).home == AsleepView("22:10", status)
    assert showing.view(shown, ENGLISH).sheet is None


def test_every_state_in_the_three_languages_has_all_its_texts(caplog: pytest.LogCaptureFixture) -> None:
    for language in ("da", "es"):
        for _, how, _ in (*STATES, *DOUBTS):
            assert home(*DAY, pen=words(language), **how).headline
    assert caplog.records == []


def test_a_twelve_hour_clock() -> None:
    view = home(*DAY, pen=words(clock_hours=12), now=at("13:20") + timedelta(0))
    assert view.clock.split() == ["1:20", "PM"]
