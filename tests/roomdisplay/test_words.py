"""Times, lengths and names as the screen writes them."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Event, Sensitivity
from roomdisplay.words import minutes_up
from tests.property.strategies import steady
from tests.roomdisplay.calendar_kit import ACCOUNT, JESPER, at, event, meeting_of, own
from tests.roomdisplay.scene_kit import ENGLISH, words

NOW = at("13:20")
MOMENTS = [
    ("14:30", "14:30", "2:30 PM"),
    ("00:00", "00:00", "12:00 AM"),
    ("24:00", "24:00", "Tue 12:00 AM"),
    ("+1 00:01", "Tue 00:01", "Tue 12:01 AM"),
    ("+1 08:00", "Tue 08:00", "Tue 8:00 AM"),
    ("+2 00:00", "Wed 00:00", "Wed 12:00 AM"),
    ("-1 13:20", "Sun 13:20", "Sun 1:20 PM"),
    ("-6 13:20", "Tue 13:20", "Tue 1:20 PM"),
    ("-7 13:20", "Mon 16 Nov 13:20", "Mon 16 Nov 1:20 PM"),
    ("+7 09:00", "Mon 30 Nov 09:00", "Mon 30 Nov 9:00 AM"),
]


@pytest.mark.parametrize(("instant", "by_24", "by_12"), MOMENTS)
def test_a_moment_says_its_day_where_it_must(instant: str, by_24: str, by_12: str) -> None:
    assert ENGLISH.moment(at(instant), NOW) == by_24
    assert " ".join(words(clock_hours=12).moment(at(instant), NOW).split()) == by_12


def test_the_day_is_that_of_the_room() -> None:
    assert words(zone=ZoneInfo("America/Bogota")).moment(at("+1 03:00"), NOW) == "21:00"
    assert words("da").moment(at("+1 08:00"), NOW) == "tirs 08:00"
    assert ENGLISH.same_day(at("00:00"), at("23:59"))
    assert not ENGLISH.same_day(at("00:00"), at("24:00"))


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, 0), (0.001, 1), (59.9, 1), (60, 1), (60.001, 2), (3600, 60), (-5, 0)]
)
def test_lengths_round_up(seconds: float, minutes: int) -> None:
    assert minutes_up(timedelta(seconds=seconds)) == minutes


@steady
@given(st.timedeltas(timedelta(microseconds=1), timedelta(days=3)))
def test_before_the_end_it_never_says_nothing_is_left(left: timedelta) -> None:
    minutes = minutes_up(left)
    assert timedelta(minutes=minutes - 1) < left <= timedelta(minutes=minutes)
    assert ENGLISH.duration(left) != ENGLISH.duration(timedelta())


HENRIK = {"organizer_name": "Henrik Dam", "organizer_address": JESPER}
NAMES: list[tuple[str, Event, str, str]] = [
    ("subject and organizer", event("09:00-10:00", subject="Budget", **HENRIK), "Budget", "Henrik Dam"),
    ("no subject", event("09:00-10:00", **HENRIK), "Henrik Dam", ""),
    ("nothing", event("09:00-10:00"), "Booked", ""),
    ("private", event("09:00-10:00", subject="X", sensitivity=Sensitivity.PRIVATE, **HENRIK), "Private meeting", ""),
    ("booked here", own("09:00-10:00", subject="Here"), "Here", ""),
    ("booked here without a subject", own("09:00-10:00"), "Booked at the door", ""),
    ("booked by the device account", event("09:00-10:00", organizer_address=ACCOUNT), "Booked at the door", ""),
]


@pytest.mark.parametrize(("value", "title", "organizer"), [case[1:] for case in NAMES], ids=[case[0] for case in NAMES])
def test_what_a_meeting_is_called(value: Event, title: str, organizer: str) -> None:
    meeting = meeting_of(value)
    assert (ENGLISH.title(meeting), ENGLISH.organizer(meeting)) == (title, organizer)
