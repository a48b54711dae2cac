"""What holds for every schedule: the union of meetings, gaps, merging (edges 2, 7, 8, 14, 27)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from graph.model import Event
from roomdisplay.schedule import FOLLOW_ON_MARK, Policy
from tests.property.strategies import (
    MINUTE,
    calendars,
    instants,
    policies,
    really_busy,
    schedule_of,
    steady,
    zones,
)
from tests.roomdisplay.calendar_kit import ROOM

Calendar = tuple[datetime, list[Event]]


@given(calendars(plain=True), st.data())
@steady
def test_free_and_busy_are_the_union(calendar: Calendar, data: st.DataObject) -> None:
    origin, found = calendar
    now = data.draw(instants(origin, found))
    schedule = schedule_of(origin, found)
    busy = really_busy(found, now)
    assert bool(schedule.current(now)) == bool(schedule.overlapping(now)) == busy
    free_until, busy_until = schedule.free_until(now), schedule.busy_until(now)
    if busy:
        assert free_until == now
        assert busy_until is not None
        assert really_busy(found, busy_until - timedelta.resolution)
        assert not really_busy(found, busy_until)
        inside = [edge for event in found for edge in (event.start, event.end) if now <= edge < busy_until]
        assert all(really_busy(found, edge) for edge in inside)
    else:
        assert busy_until is None
        assert free_until == min((event.start for event in found if event.start > now), default=None)


@given(calendars(plain=True), st.data())
@steady
def test_the_current_meeting_started_last(calendar: Calendar, data: st.DataObject) -> None:
    origin, found = calendar
    now = data.draw(instants(origin, found))
    current = schedule_of(origin, found).current(now)
    if current:
        assert current.start == max(event.start for event in found if event.start <= now < event.end)


@given(calendars(), policies, zones, st.integers(0, 60), st.data())
@steady
def test_gaps_are_free_and_nothing_free_is_left_out(
    calendar: Calendar, policy: Policy, zone: ZoneInfo, least_min: int, data: st.DataObject
) -> None:
    origin, found = calendar
    schedule = schedule_of(origin, found, zone, policy)
    start, end = sorted((data.draw(instants(origin)), data.draw(instants(origin))))
    least = timedelta(minutes=least_min)
    gaps = schedule.gaps(start, end, least)
    for gap in gaps:
        assert max(start, schedule.start) <= gap.start < gap.end <= min(end, schedule.end)
        assert gap.end - gap.start >= least
        assert not schedule.conflicts(gap.start, gap.end)
        if gap.end < min(end, schedule.end):
            assert schedule.conflicts(gap.end, gap.end + schedule.buffer + timedelta.resolution)
    assert all(one.end <= other.start for one, other in pairwise(gaps))
    now = data.draw(instants(origin, found))
    every = schedule.gaps(start, end, timedelta())
    in_a_gap = any(gap.start <= now < gap.end for gap in every)
    reach = schedule.buffer + timedelta.resolution
    known = max(start, schedule.start) <= now < min(end, schedule.end)
    assert in_a_gap == (known and not schedule.conflicts(now, now + reach))


@given(calendars(), zones)
@steady
def test_every_meeting_is_in_its_days(calendar: Calendar, zone: ZoneInfo) -> None:
    origin, found = calendar
    schedule = schedule_of(origin, found, zone)
    for meeting in schedule.meetings:
        day, last = (edge.astimezone(zone).date() for edge in (meeting.start, meeting.end - timedelta.resolution))
        assert meeting not in schedule.day(day - timedelta(days=1), zone)
        assert meeting not in schedule.day(last + timedelta(days=1), zone)
        while day <= last:
            assert meeting in schedule.day(day, zone)
            day += timedelta(days=1)


@given(calendars(), zones)
@steady
def test_an_all_day_event_is_whole_days_and_covers_what_it_covered(calendar: Calendar, zone: ZoneInfo) -> None:
    origin, found = calendar
    for meeting in schedule_of(origin, [replace(event, all_day=True) for event in found], zone).meetings:
        raw = next(event for event in found if event.id == meeting.parts[0].id)
        assert meeting.start <= raw.start < raw.end <= meeting.end
        assert {edge.astimezone(zone).strftime("%H:%M") for edge in (meeting.start, meeting.end)} == {"00:00"}


@given(calendars(plain=True), st.lists(st.integers(1, 60), min_size=1, max_size=4), st.booleans(), st.data())
@steady
def test_extended_and_merged_is_one_meeting(
    calendar: Calendar, steps_min: list[int], marked: bool, data: st.DataObject
) -> None:
    """A meeting and its follow-ons are one block from the first start to the last end, whatever else is there."""
    origin, found = calendar
    start = origin + timedelta(hours=3)
    meeting = Event(id="meeting", start=start, end=start + 30 * MINUTE, organizer_address="jesper@nordhavn.example")
    others = [event for event in found if not event.start <= start or event.end <= start]
    others = [event for event in others if event.end not in _ends(meeting, steps_min)]
    parts, subject = [meeting], f"Extended{FOLLOW_ON_MARK}" if marked else "Extended"
    for number, end in enumerate(_ends(meeting, steps_min)[1:]):
        extra = Event(id=f"extra-{number}", start=parts[-1].end, end=end, subject=subject, is_organizer=True)
        parts.append(replace(extra, organizer_address=ROOM))
    follow_ons = frozenset() if marked else frozenset(part.id for part in parts[1:])
    shuffled = data.draw(st.permutations([*others, *parts]))
    schedule = schedule_of(origin, shuffled, follow_ons=follow_ons)
    one = next(block for block in schedule.meetings if block.parts[0].id == "meeting")
    assert one.parts == tuple(parts)
    assert (one.start, one.end, one.own) == (meeting.start, parts[-1].end, True)
    assert len(schedule.meetings) == len(others) + 1
    without = schedule_of(origin, [*others, *parts[:-1]], follow_ons=follow_ons)
    shorter = next(block for block in without.meetings if block.parts[0].id == "meeting")
    assert shorter.end == parts[-2].end, "undoing the last extension gives what was there before"


def _ends(meeting: Event, steps_min: list[int]) -> list[datetime]:
    ends = [meeting.end]
    for step in steps_min:
        ends.append(ends[-1] + step * MINUTE)
    return ends


@given(calendars())
@steady
def test_no_event_is_lost_or_doubled(calendar: Calendar) -> None:
    origin, found = calendar
    schedule = schedule_of(origin, found, policy=Policy(tentative_blocks=False))
    ids = [part.id for meeting in (*schedule.meetings, *schedule.tentative) for part in meeting.parts]
    assert len(ids) == len(set(ids))
    assert all(schedule.event(one) is not None for one in ids)
    assume(ids)
    blocking = {event.id for event in found if really_busy([event], event.start)}
    assert set(ids) == blocking
