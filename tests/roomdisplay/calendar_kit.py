"""Short words for calendars in tests: a Monday in Copenhagen (UTC+1), times written as they stand on the wall."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from graph.model import Event
from roomdisplay.check_in import CheckIns
from roomdisplay.freshness import CalendarView
from roomdisplay.presence_settings import PresenceSection
from roomdisplay.schedule import Meeting, Policy, Schedule, build
from roomdisplay.settings import BookingSection, CheckInSection, HoursSection, ScreenSection, SleepSection
from roomdisplay.state import GiveBack, Presence, RoomState, next_change, room_state

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
MONDAY = date(2026, 11, 23)
ROOM = "storebaelt@nordhavn.example"
ACCOUNT = "mydesk@nordhavn.example"
JESPER = "jesper@nordhavn.example"
POLICY = Policy(room_address=ROOM, account_address=ACCOUNT)
KEY = b"k" * 32
_numbers = itertools.count(1)


def at(text: str, day: date = MONDAY, zone: ZoneInfo = COPENHAGEN) -> datetime:
    """ "09:00", "09:00:30", "+1 09:00" (a day later), "24:00" or an ISO instant, as a UTC instant."""
    if "T" in text:
        return datetime.fromisoformat(text).astimezone(UTC)
    days, _, clock = text.rpartition(" ")
    numbers = [int(number) for number in clock.split(":")]
    hour, minute, second = (*numbers, 0, 0)[:3]
    local = datetime(day.year, day.month, day.day) + timedelta(
        days=int(days or 0), hours=hour, minutes=minute, seconds=second
    )
    return local.replace(tzinfo=zone).astimezone(UTC)


def event(span: str, **fields: Any) -> Event:
    """event("09:00-10:00", subject="Budget")."""
    start, _, end = span.rpartition("-")
    fields.setdefault("id", f"event-{next(_numbers)}")
    return Event(start=at(start), end=at(end), **fields)


def own(span: str, **fields: Any) -> Event:
    """A booking made in the room's own mailbox."""
    return event(span, is_organizer=True, organizer_address=ROOM, organizer_name="Storebælt", **fields)


def day_of(
    *events: Event,
    policy: Policy = POLICY,
    follow_ons: Iterable[str] = (),
    start: str = "-1 23:00",
    end: str = "+2 01:00",
    zone: ZoneInfo = COPENHAGEN,
) -> Schedule:
    """The schedule of the window that a panel reads on that Monday."""
    return build(events, at(start), at(end), zone=zone, policy=policy, follow_ons=frozenset(follow_ons))


def meeting_of(value: Event, policy: Policy = POLICY) -> Meeting:
    """That event alone as a meeting."""
    return day_of(value, policy=policy).meetings[0]


LONG_AGO = at("-7 08:00")
NO_CHECK_INS = CheckIns.empty(KEY)
AWAKE = SleepSection(enabled=False)


@dataclass(frozen=True)
class Panel:
    """The settings and circumstances of a panel; `state` and `next_change` with them."""

    check_ins: CheckIns = NO_CHECK_INS
    presence: Presence = Presence.UNKNOWN
    presence_since: datetime | None = None
    give_back: GiveBack | None = None
    released: bool = False
    awake: bool = False
    booted_at: datetime = LONG_AGO
    screen: ScreenSection = field(default_factory=ScreenSection)
    booking: BookingSection = field(default_factory=BookingSection)
    check_in: CheckInSection = field(default_factory=CheckInSection)
    sleep: SleepSection = AWAKE
    hours: HoursSection = field(default_factory=HoursSection)
    zone: ZoneInfo = COPENHAGEN
    sensing: PresenceSection = field(default_factory=PresenceSection)

    def state(self, view: CalendarView, now: datetime) -> RoomState:
        return room_state(view, now=now, **vars(self))

    def next_change(self, view: CalendarView, now: datetime) -> datetime | None:
        return next_change(view, now=now, **vars(self))


def view_of(schedule: Schedule | None, now: datetime, age_s: float = 10.0, **fields: Any) -> CalendarView:
    """A read `age_s` old, believed for 150 s."""
    read_at = now - timedelta(seconds=age_s) if schedule else None
    known = CalendarView(schedule, read_at, age_s if schedule else None, limit_s=150.0)
    return replace(known, **fields)
