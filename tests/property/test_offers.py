"""What is offered may be had: never over a meeting, never beyond a setting (edges 12, 13, 14, 25, 26, 27)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from graph.model import Event, Response
from roomdisplay.booking import (
    Offer,
    OfferLabel,
    Verdict,
    extensions,
    later_slots,
    offers,
    slot_offers,
    still_valid,
    verdict,
)
from roomdisplay.schedule import Policy, Schedule
from roomdisplay.settings import BookingSection, HoursSection, MeetingSection
from tests.property.strategies import (
    MINUTE,
    bookings,
    calendars,
    events,
    instants,
    origins,
    policies,
    really_busy,
    schedule_of,
    steady,
    zones,
)

HOURS = HoursSection(opens="07:00", closes="19:30", days=("mon", "sat", "sun"))
Calendar = tuple[datetime, list[Event]]


def _sound(offer: Offer, schedule: Schedule, booking: BookingSection, zone: ZoneInfo) -> None:
    """What holds for everything that is offered."""
    assert offer.start < offer.end <= schedule.end
    assert not schedule.conflicts(offer.start, offer.end + schedule.buffer)
    assert offer.end.astimezone(zone) <= _midnight_after(offer.start, zone)
    assert offer.minutes >= 1
    assert (offer.end.second, offer.end.microsecond) == (0, 0)
    if not booking.outside_hours:
        assert _open(offer.start, zone)
        assert _open(offer.end - timedelta.resolution, zone)
    if booking.snap_min and offer.label is OfferLabel.DURATION:
        assert offer.end.astimezone(zone).minute % booking.snap_min == 0


def _midnight_after(instant: datetime, zone: ZoneInfo) -> datetime:
    day = instant.astimezone(zone).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _open(instant: datetime, zone: ZoneInfo) -> bool:
    local = instant.astimezone(zone)
    weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[local.weekday()]
    return weekday in HOURS.days and HOURS.opens <= local.strftime("%H:%M") < HOURS.closes


@given(calendars(), policies, zones, bookings(), st.data())
@steady
def test_offers_from_now(
    calendar: Calendar, policy: Policy, zone: ZoneInfo, booking: BookingSection, data: st.DataObject
) -> None:
    origin, found = calendar
    now = data.draw(instants(origin, found)) + timedelta(seconds=data.draw(st.integers(0, 59)))
    schedule = schedule_of(origin, found, zone, policy)
    given_now = offers(schedule, now, booking, HOURS, zone)
    assert not given_now or (booking.enabled and not really_busy(found, now))
    assert list(given_now) == sorted(given_now, key=lambda offer: offer.end)
    assert len({offer.end for offer in given_now}) == len(given_now)
    for offer in given_now:
        _sound(offer, schedule, booking, zone)
        assert now - MINUTE < offer.start <= now < offer.end
        assert offer.end - offer.start <= timedelta(minutes=booking.maximum_min)
        assert offer.end - now >= MINUTE or offer.minutes == 1
        assert offer.end - now < MINUTE or still_valid(offer, schedule, now, booking, HOURS, zone)
    if given_now:
        free = next(gap for gap in schedule.gaps(now, schedule.end, timedelta()) if gap.start == now)
        assert free.end - now >= timedelta(minutes=booking.minimum_gap_min)


@given(calendars(), zones, bookings(), st.data())
@steady
def test_an_offer_that_was_taken_is_not_valid(
    calendar: Calendar, zone: ZoneInfo, booking: BookingSection, data: st.DataObject
) -> None:
    """Edge 25: somebody books into the offer while the finger is on it."""
    origin, found = calendar
    now = data.draw(instants(origin, found))
    schedule = schedule_of(origin, found, zone)
    for offer in offers(schedule, now, booking, HOURS, zone):
        thief = Event(id="thief", start=offer.end - MINUTE, end=offer.end + MINUTE)
        assert not still_valid(offer, schedule_of(origin, [*found, thief], zone), now, booking, HOURS, zone)


@given(calendars(), policies, zones, bookings(), st.data())
@steady
def test_later_slots_and_what_is_offered_in_them(
    calendar: Calendar, policy: Policy, zone: ZoneInfo, booking: BookingSection, data: st.DataObject
) -> None:
    origin, found = calendar
    now = data.draw(instants(origin, found))
    assume(origin <= now < origin + timedelta(hours=30))
    schedule = schedule_of(origin, found, zone, policy)
    slots = later_slots(schedule, now, booking, HOURS, zone)
    assert booking.enabled or not slots
    assert all(one.end <= other.start for one, other in pairwise(slots))
    for slot in slots:
        assert slot.end > now
        assert slot.start > now - MINUTE
        assert slot.start < _midnight_after(_midnight_after(now, zone), zone)
        start = max(slot.start, now)
        found_here = slot_offers(slot, start, booking, zone)
        assert found_here
        for offer in found_here:
            _sound(offer, schedule, booking, zone)
            assert slot.start <= offer.start == start
            assert offer.end <= slot.end
            assert offer.end - offer.start <= timedelta(minutes=booking.maximum_min)


@given(calendars(), policies, zones, bookings(), st.data())
@steady
def test_extensions(
    calendar: Calendar, policy: Policy, zone: ZoneInfo, booking: BookingSection, data: st.DataObject
) -> None:
    origin, found = calendar
    now = data.draw(instants(origin, found))
    schedule = schedule_of(origin, found, zone, policy)
    settings = MeetingSection(extend_minimum_min=data.draw(st.integers(1, 20)))
    for meeting in schedule.meetings:
        for offer in extensions(schedule, meeting, now, settings, booking, HOURS, zone):
            assert meeting.contains(now)
            assert not meeting.all_day
            assert offer.start == meeting.end
            assert offer.end - offer.start >= timedelta(minutes=settings.extend_minimum_min)
            others = [one for one in schedule.conflicts(offer.start, offer.end + schedule.buffer) if one != meeting]
            assert others == []
            base = meeting.parts[-1].start if meeting.own else meeting.end
            assert offer.end - base <= timedelta(minutes=booking.maximum_min)
            assert offer.end <= schedule.end
            assert offer.end.astimezone(zone) <= _midnight_after(meeting.end - timedelta.resolution, zone)


@given(st.data(), origins)
@steady
def test_of_two_panels_one_wins(data: st.DataObject, origin: datetime) -> None:
    """Edge 12: whoever of any number of rivals looks, exactly one of those that all overlap has won."""
    rivals = data.draw(st.lists(events(origin, plain=True), min_size=2, max_size=5, unique_by=lambda event: event.id))
    created = st.integers(0, 3).map(lambda second: origin - timedelta(seconds=second))
    responses = st.sampled_from((Response.ORGANIZER, Response.ACCEPTED, Response.NOT_RESPONDED))
    end = origin + timedelta(hours=1)
    rivals = [
        replace(event, created=data.draw(created), response=data.draw(responses), start=origin, end=end)
        for event in rivals
    ]
    seen = data.draw(st.permutations(rivals))
    judged = {event.id: verdict(event, seen) for event in rivals}
    winners = [name for name, judgement in judged.items() if judgement.verdict is Verdict.WON]
    assert len(winners) == 1
    assert {judgement.winner.id for judgement in judged.values() if judgement.winner} == set(winners)


@given(calendars(), st.data())
@steady
def test_a_verdict_is_only_lost_to_what_blocks_and_was_made_before(calendar: Calendar, data: st.DataObject) -> None:
    origin, found = calendar
    ours = Event(id="ours", start=origin, end=origin + timedelta(hours=3), is_organizer=True)
    ours = replace(ours, created=data.draw(st.none() | st.just(origin - timedelta(hours=2))))
    judgement = verdict(ours, [ours, *found])
    if judgement.winner is None:
        assert judgement.verdict is not Verdict.LOST
        return
    winner = judgement.winner
    assert judgement.verdict is Verdict.LOST
    assert winner.created is not None
    assert ours.created is not None
    assert winner.created <= ours.created
    assert really_busy([winner], max(winner.start, ours.start))
