"""Check-ins: kept without the meeting, asked once, asked again when it moved (edges 16 to 19)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from graph.model import Event
from roomdisplay.check_in import CheckIns, asked, window
from roomdisplay.settings import CheckInSection
from roomdisplay.state import Kind
from tests.property.strategies import calendars, instants, schedule_of, steady
from tests.roomdisplay.calendar_kit import KEY, LONG_AGO, Panel, view_of

ON = CheckInSection(enabled=True)
EMPTY = CheckIns.empty(KEY)
Calendar = tuple[datetime, list[Event]]


@given(calendars(), st.data())
@steady
def test_asked_only_in_the_window_and_never_after_checking_in(calendar: Calendar, data: st.DataObject) -> None:
    origin, found = calendar
    now = data.draw(instants(origin, found))
    schedule = schedule_of(origin, found)
    for meeting in schedule.meetings:
        due = asked(meeting, schedule, EMPTY, ON, booted_at=LONG_AGO, now=now)
        if due:
            assert meeting.start - timedelta(minutes=5) <= now < meeting.start + timedelta(minutes=10)
            assert now < meeting.end
            assert not meeting.all_day
        checked_in = EMPTY.add(meeting, now)
        assert asked(meeting, schedule, checked_in, ON, booted_at=LONG_AGO, now=now) is None
        assert asked(meeting, schedule, EMPTY, ON, booted_at=meeting.start, now=now) is None


@given(calendars(plain=True), st.data())
@steady
def test_the_state_asks_for_whom_it_says(calendar: Calendar, data: st.DataObject) -> None:
    origin, found = calendar
    now = data.draw(instants(origin, found))
    schedule = schedule_of(origin, found)
    panel = Panel(check_in=ON)
    state = panel.state(view_of(schedule, now), now)
    one = next((meeting for meeting in schedule.meetings if meeting.key == state.check_in_key), None)
    assert (one is None) == (state.check_in_by is None)
    assert one is not None or state.kind is not Kind.CHECK_IN
    if one is None:
        assert all(
            asked(m, schedule, EMPTY, ON, booted_at=LONG_AGO, now=now) is None for m in schedule.overlapping(now)
        )
        return
    assert state.check_in_by == window(one, ON).closes
    done = replace(panel, check_ins=EMPTY.add(one, now)).state(view_of(schedule, now), now)
    assert done.check_in_key != one.key


@given(calendars(plain=True), st.integers(1, 600))
@steady
def test_a_meeting_that_moved_is_asked_again(calendar: Calendar, by_min: int) -> None:
    origin, found = calendar
    for meeting in schedule_of(origin, found).meetings:
        event = meeting.parts[0]
        by = timedelta(minutes=by_min)
        check_ins = EMPTY.add(meeting, event.start)
        moved = schedule_of(origin, [replace(event, start=event.start + by, end=event.end + by)]).meetings[0]
        assert check_ins.has(meeting)
        assert not check_ins.has(moved)


@given(calendars())
@steady
def test_what_is_kept_survives_and_tells_nothing(calendar: Calendar) -> None:
    origin, found = calendar
    check_ins = EMPTY
    meetings = schedule_of(origin, found).meetings
    for meeting in meetings:
        check_ins = check_ins.add(meeting, origin)
    text = json.dumps(check_ins.serialise())
    again = CheckIns.parse(json.loads(text), KEY)
    assert again == check_ins
    assert all(again.has(meeting) for meeting in meetings)
    assert not any(meeting.start.isoformat() in text or meeting.key in text for meeting in meetings)
