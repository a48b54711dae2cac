"""Fills the calendars with the meetings of the opening day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from simulator import when
from simulator.attendant import Attendant
from simulator.directory import Directory
from simulator.events import Attendee, Item, all_day_span
from simulator.mailboxes import Draft, Mailboxes
from simulator.meetings import mark_cancelled
from simulator.office import MeetingPlan, Office, Repeat
from simulator.recurrence import DAYS, WORKDAYS, Recurrence, numbered

AGE = timedelta(days=1)
"""How long before opening the sample meetings were made."""


class Seeding:
    """Writes plans into mailboxes as if they had been invited, answered and perhaps called off yesterday."""

    def __init__(self, office: Office, directory: Directory, mailboxes: Mailboxes, attendant: Attendant) -> None:
        self._office = office
        self._directory = directory
        self._mailboxes = mailboxes
        self._attendant = attendant

    def plant(self, now: datetime) -> None:
        """Make every meeting of the office file."""
        for plan in self._office.meetings:
            self._plant(plan, now)

    def _plant(self, plan: MeetingPlan, now: datetime) -> None:
        at = now - AGE
        owner = plan.rooms[0] if plan.direct else plan.organizer
        source = self._mailboxes.compose(self._directory.who(owner), self._draft(plan, now), at)
        for attendee in source.attendees:
            self._seat(plan, source, attendee, at)
        if plan.cancelled:
            self._call_off(source, at)

    def _seat(self, plan: MeetingPlan, source: Item, attendee: Attendee, at: datetime) -> None:
        address = attendee.who.address
        if self._directory.account(address) is None or address == source.mailbox:
            return
        copy = self._mailboxes.deliver(source, address, at)
        if plan.response == "notResponded":
            return
        self._attendant.note_answer(source, address, plan.response, at)
        if address in self._directory.rooms:
            self._attendant.accept(source, copy, at, plan.response)
        else:
            self._mailboxes.calendar(address).change(
                copy, at, response=plan.response, responded=at, show_as=source.intended_show_as
            )

    def _call_off(self, source: Item, at: datetime) -> None:
        for attendee in source.attendees:
            copy = self._mailboxes.copy_of(source, attendee.who.address)
            if copy is not None and copy is not source:
                mark_cancelled(self._mailboxes, copy, at)
        self._mailboxes.calendar(source.mailbox).remove(source, at)

    def _draft(self, plan: MeetingPlan, now: datetime) -> Draft:
        zone = self._office.zone
        start, end = span_of(plan, now, zone)
        rooms = () if plan.direct else plan.rooms
        attendees = [Attendee(self._directory.who(room), "resource") for room in rooms]
        attendees += [Attendee(self._directory.who(who)) for who in plan.attendees]
        return Draft(
            subject=plan.subject,
            start=start,
            end=end,
            all_day=plan.all_day,
            attendees=attendees,
            show_as=plan.show_as,
            sensitivity=plan.sensitivity,
            location=self._directory.rooms[plan.rooms[0]].name if plan.rooms else "",
            online=plan.online,
            recurrence=recurrence_of(plan.repeat, start, zone) if plan.repeat else None,
            zone=zone,
        )


def span_of(plan: MeetingPlan, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants of a plan; `days` beyond the first put the end that much later."""
    if plan.all_day:
        first = now.astimezone(zone).date() + timedelta(days=plan.day)
        return all_day_span(first, first + timedelta(days=plan.days), zone)
    start = when.parse(plan.start, now, zone, plan.day)
    return start, when.parse(plan.end, now, zone, plan.day + plan.days - 1)


def recurrence_of(repeat: Repeat, start: datetime, zone: ZoneInfo) -> Recurrence:
    """The series that a plan means, beginning with the day of `start`."""
    first = start.astimezone(zone).date()
    today = (DAYS[first.weekday()],)
    made = {
        "day": Recurrence("daily", first),
        "weekday": Recurrence("weekly", first, days=WORKDAYS),
        "week": Recurrence("weekly", first, days=today),
        "fortnight": Recurrence("weekly", first, interval=2, days=today),
        "month": Recurrence("absoluteMonthly", first),
    }[repeat.every]
    return numbered(made, repeat.count) if repeat.count else replace(made)
