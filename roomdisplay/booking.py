"""What may be booked, extended, ended and released at the door, and who was first when two booked at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from graph.model import Event, Response
from roomdisplay.opening_hours import WEEKDAYS, end_of_day, instant, open_span, spans
from roomdisplay.schedule import Gap, Meeting, Schedule, blocks
from roomdisplay.settings import BookingSection, HoursSection, MeetingSection

MINUTE = timedelta(minutes=1)


class OfferLabel(StrEnum):
    """How an offer is worded: by its length, or as all there is."""

    DURATION = "duration"
    UNTIL_NEXT = "until-next"


@dataclass(frozen=True, slots=True)
class Offer:
    """A stretch [start, end) that may be had with one touch; `minutes` is what is gained, on the clock's minutes."""

    start: datetime
    end: datetime
    label: OfferLabel
    minutes: int
    enabled: bool = True


class Verdict(StrEnum):
    """Who was first."""

    WON = "won"
    LOST = "lost"
    UNSURE = "unsure"
    """Ours is not in what was read back, or it is not known when one of them was made: look again."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, and for LOST the event that was there first."""

    verdict: Verdict
    winner: Event | None = None


# --- booking now ---------------------------------------------------------------------------------------------------


def offers(
    schedule: Schedule, now: datetime, booking: BookingSection, hours: HoursSection, zone: ZoneInfo
) -> tuple[Offer, ...]:
    """What may be booked from now, shortest first; empty when the room is taken or nothing useful is left."""
    if not booking.enabled or not schedule.covers(now) or schedule.conflicts(now, now + timedelta.resolution):
        return ()
    limit = _limit(schedule, now, booking, hours, zone)
    if limit is None:
        return ()
    return _choices(Gap(_start(schedule, now), limit), now, booking, zone)


def slot_offers(gap: Gap, start: datetime, booking: BookingSection, zone: ZoneInfo | None = None) -> tuple[Offer, ...]:
    """What may be booked from `start` inside `gap`; `zone` is what the snapping grid counts in."""
    if not booking.enabled or not gap.start <= start < gap.end:
        return ()
    return _choices(Gap(start, gap.end), start, booking, zone)


def still_valid(
    offer: Offer, schedule: Schedule, now: datetime, booking: BookingSection, hours: HoursSection, zone: ZoneInfo
) -> bool:
    """The offer that was drawn a while ago may still be booked: the calendar did not change under the finger."""
    start = max(offer.start, now)
    if not booking.enabled or offer.end - start < MINUTE or not (schedule.covers(start) and offer.end <= schedule.end):
        return False
    if offer.end - offer.start > timedelta(minutes=booking.maximum_min):
        return False
    limit = _limit(schedule, start, booking, hours, zone)
    return limit is not None and offer.end <= limit and not schedule.conflicts(start, offer.end)


def _limit(
    schedule: Schedule, start: datetime, booking: BookingSection, hours: HoursSection, zone: ZoneInfo
) -> datetime | None:
    """Where a booking from `start` must end for other reasons than its length; None when it may not begin."""
    end = end_of_day(start, zone)
    if not booking.outside_hours:
        span = open_span(start, hours, zone)
        if span is None:
            return None
        end = min(end, span.end)
    return _free_to(schedule, start, end)


def _free_to(schedule: Schedule, start: datetime, end: datetime) -> datetime | None:
    """Until when the room may be booked from `start`, `end` at the latest; None when it is taken."""
    return next((gap.end for gap in schedule.gaps(start, end, timedelta()) if gap.start == start), None)


def _start(schedule: Schedule, now: datetime) -> datetime:
    """The minute that runs, but not before the end of what was there before."""
    minute = now.replace(second=0, microsecond=0)
    ends = (meeting.end for meeting in schedule.conflicts(minute, now))
    return max((minute, *ends))


def _choices(gap: Gap, now: datetime, booking: BookingSection, zone: ZoneInfo | None) -> tuple[Offer, ...]:
    """Offers from the start of `gap`; nothing at all where less than the minimum is left at `now`."""
    if gap.end - max(now, gap.start) < max(timedelta(minutes=booking.minimum_gap_min), MINUTE):
        return ()
    minute = gap.start.replace(second=0, microsecond=0)
    longest = min(gap.end, gap.start + timedelta(minutes=booking.maximum_min))
    ends = (_snapped(minute + timedelta(minutes=length), booking.snap_min, zone) for length in booking.durations_min)
    found = {end: _offer(gap.start, end, OfferLabel.DURATION) for end in sorted(ends) if now < end <= longest}
    whole = gap.end.replace(second=0, microsecond=0)
    if (
        booking.until_next
        and now < whole <= longest
        and whole - minute <= timedelta(minutes=booking.until_next_max_min)
    ):
        found.setdefault(whole, _offer(gap.start, whole, OfferLabel.UNTIL_NEXT))
    return tuple(found[end] for end in sorted(found))


def _worth_all(length: timedelta, booking: BookingSection) -> bool:
    return booking.until_next and length <= timedelta(minutes=booking.until_next_max_min)


def _offer(start: datetime, end: datetime, label: OfferLabel) -> Offer:
    minute = start.replace(second=0, microsecond=0)
    return Offer(start, end, label, round((end - minute) / MINUTE))


def _snapped(end: datetime, snap_min: int, zone: ZoneInfo | None) -> datetime:
    """`end` moved up to the grid of the clock on the wall."""
    if not snap_min:
        return end
    local = end.astimezone(zone or UTC)
    past = timedelta(minutes=local.minute % snap_min, seconds=local.second, microseconds=local.microsecond)
    return end + (timedelta(minutes=snap_min) - past) if past else end


# --- booking later -------------------------------------------------------------------------------------------------


def later_slots(
    schedule: Schedule, now: datetime, booking: BookingSection, hours: HoursSection, zone: ZoneInfo
) -> tuple[Gap, ...]:
    """The free stretches of today and tomorrow in which something may be booked; the first may begin now."""
    if not (booking.enabled and booking.later):
        return ()
    start = _start(schedule, now)
    found = [
        gap
        for day in _bookable_days(now, booking, hours, zone)
        for gap in schedule.gaps(max(day.start, start), day.end, MINUTE)
    ]
    return tuple(gap for gap in found if _choices(gap, max(now, gap.start), booking, zone))


def _bookable_days(now: datetime, booking: BookingSection, hours: HoursSection, zone: ZoneInfo) -> Iterator[Gap]:
    """The hours of today and tomorrow; with booking outside hours, weekends and an evening's length from now too."""
    midnight = end_of_day(now, zone)
    days = WEEKDAYS if booking.outside_hours else hours.days
    evening = min(midnight, now + timedelta(minutes=booking.maximum_min))
    if booking.outside_hours:
        closes = instant(now.astimezone(zone).date(), hours.closes, zone)
        yield Gap(now - MINUTE, max(closes, evening))
    else:
        yield from (span for span in spans(now, hours.opens, hours.closes, days, zone) if span.start < midnight)
    tomorrow_ends = end_of_day(midnight, zone)
    yield from (
        span for span in spans(now, hours.opens, hours.closes, days, zone) if midnight <= span.start < tomorrow_ends
    )


# --- a meeting that runs -------------------------------------------------------------------------------------------


def extensions(
    schedule: Schedule,
    meeting: Meeting,
    now: datetime,
    settings: MeetingSection,
    booking: BookingSection,
    hours: HoursSection,
    zone: ZoneInfo,
) -> tuple[Offer, ...]:
    """By how much `meeting` may be extended: stretches from its end, shortest first.

    Our own booking may grow to `maximum_min` in all; somebody else's gets a follow-on of at most that length.
    """
    if not settings.extend or meeting.all_day or not meeting.contains(now) or not schedule.covers(meeting.end):
        return ()
    limit = _extension_limit(schedule, meeting, booking, hours, zone)
    base = meeting.parts[-1].start if meeting.own else meeting.end
    longest = min(limit, base + timedelta(minutes=booking.maximum_min))
    least = timedelta(minutes=settings.extend_minimum_min)
    ends = (
        _snapped(meeting.end + timedelta(minutes=step), booking.snap_min, zone) for step in settings.extend_steps_min
    )
    found = {end: _gain(meeting, end, OfferLabel.DURATION) for end in sorted(ends) if end <= longest}
    if limit <= longest and _worth_all(limit - meeting.end, booking):
        found.setdefault(limit, _gain(meeting, limit, OfferLabel.UNTIL_NEXT))
    return tuple(found[end] for end in sorted(found) if end - meeting.end >= least)


def _extension_limit(
    schedule: Schedule, meeting: Meeting, booking: BookingSection, hours: HoursSection, zone: ZoneInfo
) -> datetime:
    """The whole minute at which an extension must end; not after the meeting's end when there is no room for one."""
    end = end_of_day(meeting.end - timedelta.resolution, zone)
    if not booking.outside_hours:
        span = open_span(meeting.end, hours, zone)
        end = min(end, span.end) if span else meeting.end
    free_to = _free_to(schedule, meeting.end, end)
    return free_to.replace(second=0, microsecond=0) if free_to else meeting.end


def _gain(meeting: Meeting, end: datetime, label: OfferLabel) -> Offer:
    return Offer(meeting.end, end, label, round((end - meeting.end) / MINUTE))


def may_end(meeting: Meeting, settings: MeetingSection, now: datetime | None = None) -> bool:
    """Ending early is allowed: every part that would be touched was made here, or other people's may be ended too.

    With `now`, parts that are over do not count.
    """
    left = [part for part in meeting.parts if now is None or part.end > now]
    ours = all(part.is_organizer for part in left)
    return not meeting.all_day and (settings.end_own if ours else settings.end_others)


def may_release(meeting: Meeting, settings: MeetingSection) -> bool:
    """Giving the room back is allowed."""
    ours = all(part.is_organizer for part in meeting.parts)
    return not meeting.all_day and (settings.end_own if ours else settings.release)


def may_cancel(meeting: Meeting, now: datetime, settings: MeetingSection) -> bool:
    """Taking away a booking made here is allowed until it begins."""
    ours = all(part.is_organizer for part in meeting.parts)
    return ours and settings.end_own and not meeting.all_day and meeting.start > now


# --- two at once ---------------------------------------------------------------------------------------------------


def verdict(ours: Event, read_back: Sequence[Event]) -> Judgement:
    """Who was first of `ours` and those in `read_back` that overlap it (reference/graph.md 2.3).

    Compared are the instants of creation, then ids, so that two panels come to opposite verdicts. Events that do
    not block are no rivals. At the very same instant an invitation that the room has not answered loses.
    """
    rivals = [event for event in read_back if event.id != ours.id and blocks(event) and _overlap(event, ours)]
    earlier = [rival for rival in rivals if _seniority(rival) < _seniority(ours)]
    if ours.created and (sure := [rival for rival in earlier if rival.created]):
        return Judgement(Verdict.LOST, min(sure, key=_seniority))
    if all(event.id != ours.id for event in read_back):
        return Judgement(Verdict.UNSURE)
    if rivals and not (ours.created and all(rival.created for rival in rivals)):
        return Judgement(Verdict.UNSURE)
    return Judgement(Verdict.WON)


def _overlap(one: Event, other: Event) -> bool:
    return one.start < other.end and other.start < one.end


def _seniority(event: Event) -> tuple[datetime, bool, str]:
    unanswered = not event.is_organizer and event.response is Response.NOT_RESPONDED
    return event.created or datetime.max.replace(tzinfo=UTC), unanswered, event.id
