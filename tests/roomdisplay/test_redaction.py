"""Pictures that leave the panel: nothing of what Graph, guests or fingers wrote, whatever is on the glass."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from graph.model import Event, Person, Sensitivity, ShowAs
from roomdisplay import sample_day, showing
from roomdisplay.outcome import Deed
from roomdisplay.pages import (
    Admin,
    Booking,
    Confirm,
    Day,
    Extend,
    FreeRoom,
    MeetingDetail,
    Page,
    PersonSearch,
    Pin,
    Rooms,
    SignIn,
)
from roomdisplay.redaction import BLOCKS, Blocks, text
from roomdisplay.schedule import Schedule
from roomdisplay.state import GiveBack, Kind, Reason
from roomdisplay.view import ChoicesSheet, HomeView, PanelView
from tests.property.strategies import steady
from tests.roomdisplay.calendar_kit import KEY, NO_CHECK_INS, at, day_of, event, own
from tests.roomdisplay.scene_kit import ENGLISH, scene, settings, verbs, words

CONFIG = settings(
    booking={"by_name": True},
    meeting={"release": True, "end_others": True},
    check_in={"enabled": True, "closes_after_min": 60},
)
NOW = "11:20"
few = settings_of(steady, max_examples=25)
secrets = st.text("abcdefghijKLMNOP ÆØÅéñ漢🙂\n", min_size=1, max_size=30).map(lambda value: f"§{value}§")


@dataclasses.dataclass(frozen=True)
class Guest:
    """Everything that somebody else has written."""

    subject: str
    name: str
    other: str
    address: str
    private: Sensitivity


guests = st.builds(Guest, secrets, secrets, secrets, secrets, st.sampled_from(Sensitivity))


def events(guest: Guest) -> tuple[Event, ...]:
    """Ours, theirs, one that runs, a note: each with the guest's own words wherever there is room for one."""
    told: dict[str, Any] = {
        "organizer_name": guest.name,
        "organizer_address": guest.address,
        "sensitivity": guest.private,
        "ical_uid": guest.other,
        "etag": guest.other,
        "series_id": guest.other,
    }
    return (
        event("11:00-12:00", id=f"{guest.other}1", subject=guest.subject, **told),
        own("13:00-14:00", id=f"{guest.other}2", subject=guest.subject),
        event("14:30-15:00", id=f"{guest.other}3", subject=guest.name, **told),
        event("16:00-16:30", id=f"{guest.other}4", subject=guest.other, show_as=ShowAs.TENTATIVE, **told),
        event("00:00-24:00", id=f"{guest.other}5", subject=guest.name, all_day=True, show_as=ShowAs.FREE),
    )


def pages(guest: Guest, schedule: Schedule) -> list[Page | None]:
    person = Person(guest.other, guest.name, guest.address, guest.subject)
    keys = [meeting.key for meeting in schedule.meetings]
    return [
        None,
        Day(),
        Day(1),
        Booking(at("15:00"), person, guest.name),
        Booking(at("15:00"), person),
        PersonSearch(Booking(None, person, guest.name), guest.subject, (person, person)),
        *(MeetingDetail(key) for key in keys),
        Extend(keys[0]),
        *(Confirm(deed, keys[0]) for deed in (Deed.END, Deed.RELEASE, Deed.CANCEL)),
        Rooms((FreeRoom(guest.subject, guest.name, at("15:00"), free=True), FreeRoom(guest.name, "", None, free=True))),
        SignIn("https://microsoft.com/devicelogin", guest.other, at("11:57")),
        SignIn(problem="{signed_in} signed in, but this screen needs {expected}", values=(
            ("signed_in", guest.address), ("expected", guest.name),
        )),
        Pin("123456"),
        Admin("log"),
    ]  # fmt: skip


def redacted(guest: Guest, number: int, now: str = NOW) -> PanelView:
    shown = scene(*events(guest), now=now, config=CONFIG, facts={"room_detail": guest.other})
    assert shown.schedule is not None
    return showing.redacted(replace(shown, page=pages(guest, shown.schedule)[number]), ENGLISH)


def texts(value: Any) -> Iterator[str]:
    """Every text in a view, drawn or not."""
    if isinstance(value, Enum):
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))


SOMEBODY = Guest("§Salary talk§", "§Henrik Dam§", "§AAMkid§", "§henrik@x.example§", Sensitivity.NORMAL)
NUMBERS = range(len(pages(SOMEBODY, day_of(*events(SOMEBODY)))))
MOMENTS = (NOW, "12:58", "13:20", "14:40", "10:00")


@pytest.mark.parametrize("number", NUMBERS)
@few
@given(one=guests, other=guests, now=st.sampled_from(MOMENTS))
def test_two_guests_look_alike(number: int, one: Guest, other: Guest, now: str) -> None:
    assert redacted(one, number, now) == redacted(other, number, now)


@pytest.mark.parametrize("number", NUMBERS)
@few
@given(guest=guests, now=st.sampled_from(MOMENTS))
def test_nothing_that_somebody_wrote_is_left(number: int, guest: Guest, now: str) -> None:
    found = list(texts(redacted(guest, number, now)))
    assert found
    assert not [one for one in found if "§" in one]
    assert not [one for one in found for word in (guest.subject, guest.name, guest.address) if word.strip("§ \n") in one
                and len(word.strip("§ \n")) > 12]  # fmt: skip


def test_the_same_words_do_show_on_the_glass() -> None:
    """The test above would find them: on the glass they stand."""
    shown = scene(*events(SOMEBODY), now=NOW, config=CONFIG)
    assert [one for one in texts(showing.view(shown, ENGLISH)) if "§" in one]


# --- what stays ---


@pytest.mark.parametrize("number", NUMBERS)
def test_the_same_things_may_be_touched(number: int) -> None:
    """A picture for support shows the screen that the person has, without the words."""
    shown = scene(*events(SOMEBODY), now=NOW, config=CONFIG)
    assert shown.schedule is not None
    page = pages(SOMEBODY, shown.schedule)[number]
    if isinstance(page, Admin):
        return
    real, hidden = showing.view(replace(shown, page=page), ENGLISH), redacted(SOMEBODY, number)
    assert isinstance(real.home, HomeView)
    assert isinstance(hidden.home, HomeView)
    assert verbs(hidden.home) == verbs(real.home)
    assert type(hidden.sheet) is type(real.sheet)
    if isinstance(real.sheet, ChoicesSheet):
        assert verbs(hidden.sheet) == verbs(real.sheet)


def test_times_shapes_and_our_own_words_stay() -> None:
    view = redacted(SOMEBODY, 0)
    assert isinstance(view.home, HomeView)
    assert (view.home.room, view.home.room_detail, view.home.title) == ("Storebælt", BLOCKS, BLOCKS)
    assert view.home.headline == "Check in"
    assert view.home.timeline is not None
    assert [block.title for block in view.home.timeline.blocks] == [BLOCKS] * 4
    assert view.home.timeline.notes == (BLOCKS,)


def test_admin_pages_never_leave_the_panel() -> None:
    assert redacted(SOMEBODY, NUMBERS[-1]).sheet is None
    assert not {"192.0.2.7", "one"} & set(" ".join(texts(redacted(SOMEBODY, NUMBERS[-1]))).split())


def test_without_a_calendar_there_is_nothing_to_hide() -> None:
    view = showing.redacted(scene(read=False, page=MeetingDetail("x@y")), ENGLISH)
    assert view.sheet is None
    assert Blocks(None).schedule is None
    assert Blocks(None).page(MeetingDetail("gone@2026")) == MeetingDetail("-@2026")
    assert Blocks(None).page(MeetingDetail("")) == MeetingDetail("")


def test_asleep_says_no_more_than_awake() -> None:
    config = settings(sleep={"enabled": True})
    shown = scene(*events(SOMEBODY), now="22:10", config=config)
    assert showing.redacted(shown, ENGLISH) == showing.view(shown, ENGLISH)


def test_a_text_that_is_not_there_stays_away() -> None:
    assert (text(""), text("x")) == ("", BLOCKS)


def test_check_ins_are_not_told_apart() -> None:
    mine = events(SOMEBODY)[0]
    done = NO_CHECK_INS.add(day_of(mine).meetings[0], at("11:00"), KEY)
    shown = scene(mine, now=NOW, config=CONFIG, check_ins=done)
    assert not [one for one in texts(showing.redacted(shown, ENGLISH)) if "§" in one]


def test_a_warning_keeps_pointing_at_its_meeting_without_its_id() -> None:
    mine = events(SOMEBODY)[0]
    meeting = day_of(mine).meetings[0]
    back = GiveBack(meeting.key, meeting.start + timedelta(minutes=10), Reason.LEFT, warn=True)
    shown = scene(mine, now=meeting.start + timedelta(minutes=8), config=CONFIG, give_back=back)
    assert shown.state.kind is Kind.RELEASE_WARNING
    hidden = Blocks(shown.schedule).state(shown.state)
    assert hidden.current is not None
    assert hidden.give_back is not None
    assert hidden.give_back.key == hidden.current.key != meeting.key
    assert mine.id not in str(showing.redacted(shown, ENGLISH))


def test_every_page_of_the_previews_is_without_its_words() -> None:
    told = {"Projektmøde", "Jesper", "Friis", "Budgetopfølgning", "Lillebælt", "F4K7Q2ZL9", "jes", "Henrik"}
    moment = sample_day.MOMENTS[Kind.BUSY]
    shown = scene(*sample_day.events(moment), now=at("13:20") + timedelta(0), config=CONFIG)
    assert shown.schedule is not None
    seen: set[str] = set()
    for page in (None, *sample_day.sheets(shown.schedule).values()):
        hidden = " ".join(texts(showing.redacted(replace(shown, page=page), words("da"))))
        seen |= set(" ".join(texts(showing.view(replace(shown, page=page), words("da")))).split())
        assert not {word for word in told if word in hidden.split()}
    assert told - seen <= {"jes"} | {"Friis"}
