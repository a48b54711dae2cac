"""The booking attendant of room mailboxes: answers invitations some seconds later, and never looks at direct bookings.

Source: Set-CalendarProcessing (reference/graph.md 2.3 B, 2.5).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from simulator.agenda import Agenda
from simulator.directory import Directory
from simulator.events import Item
from simulator.mailboxes import Mailboxes
from simulator.office import Room, RoomSettings

SERIES_LOOK_AHEAD = 60
"""How many occurrences of a series are checked for conflicts."""


class Attendant:
    """Works through what arrives for the rooms. `delay_s` is how long it takes over each; it may be changed."""

    def __init__(self, mailboxes: Mailboxes, directory: Directory, agenda: Agenda, delay_s: float) -> None:
        self.delay_s = delay_s
        self.paused = False
        self._mailboxes = mailboxes
        self._directory = directory
        self._agenda = agenda

    def invite(self, source: Item, room: str, now: datetime) -> None:
        """An invitation has arrived: it shows as tentative where the room says so, and is answered later."""
        settings = self._directory.rooms[room].settings
        if source.organizer.address not in self._directory.people and not settings.process_external:
            return
        if settings.shows_pending:
            self._mailboxes.deliver(source, room, now)
        if settings.auto_accept:
            self._later(source, room, now)

    def update(self, source: Item, room: str, now: datetime, *, moved: bool) -> None:
        """The organizer's update has arrived; a moved meeting is asked for anew."""
        if moved:
            self.note_answer(source, room, "none", now)
        self._later(source, room, now)

    def cancel(self, copy: Item, now: datetime) -> None:
        """A cancellation has arrived."""
        self._agenda.at(now + timedelta(seconds=self.delay_s), lambda at: self._take_cancellation(copy, at))

    def note_answer(self, original: Item, attendee: str, response: str, now: datetime) -> None:
        """Write an attendee's answer into the organizer's item."""
        attendees = [
            replace(one, response=response, responded=now) if one.who.address == attendee else one
            for one in original.attendees
        ]
        self._mailboxes.calendar(original.mailbox).change(original, now, attendees=attendees)

    def _later(self, source: Item, room: str, now: datetime) -> None:
        uid, day, organizer = source.uid, source.day, source.mailbox
        due = now + timedelta(seconds=self.delay_s)
        self._agenda.at(due, lambda at: self._answer(organizer, uid, day, room, at))

    def _answer(self, organizer: str, uid: str, day: date | None, room: str, at: datetime) -> None:
        if self.paused:
            self._agenda.at(at + timedelta(seconds=60), lambda later: self._answer(organizer, uid, day, room, later))
            return
        source = self._mailboxes.calendar(organizer).by_uid(uid, day)
        if source is None:
            return
        copy = self._mailboxes.copy_of(source, room) or self._mailboxes.deliver(source, room, at)
        if self.conflicts(source, copy, at):
            self._mailboxes.calendar(room).remove(copy, at)
            self.note_answer(source, room, "declined", at)
        else:
            self.accept(source, copy, at)
            self.note_answer(source, room, "accepted", at)

    def accept(self, source: Item, copy: Item, at: datetime, response: str = "accepted") -> Item:
        """Overwrite the room's copy with the organizer's meeting, as the room's settings say, and accept it."""
        settings = self._directory.rooms[copy.mailbox].settings
        fields = kept_fields(source, settings)
        show_as = "tentative" if response != "accepted" else source.intended_show_as
        fields |= {"response": response, "responded": at, "show_as": show_as, "cancelled": False}
        return self._mailboxes.calendar(copy.mailbox).change(copy, at, **fields)

    def conflicts(self, source: Item, copy: Item, at: datetime) -> bool:
        """Whether the room's policy refuses the meeting: too long, too far ahead, or in another one's way."""
        room = self._directory.rooms[copy.mailbox]
        if not self._within_policy(source, room, at):
            return True
        return not room.settings.allow_conflicts and any(self._taken(one, copy) for one in self._slots(source))

    @staticmethod
    def _within_policy(source: Item, room: Room, at: datetime) -> bool:
        longest = timedelta(minutes=room.settings.maximum_duration_min)
        ahead = timedelta(days=room.settings.booking_window_days)
        too_long = room.settings.maximum_duration_min > 0 and source.end - source.start > longest
        return not too_long and source.start <= at + ahead

    def _slots(self, source: Item) -> list[Item]:
        if source.recurrence is None:
            return [source]
        days = source.recurrence.dates(SERIES_LOOK_AHEAD)
        return [item for day in days if (item := source.occurrence(day)) is not None]

    def _taken(self, slot: Item, copy: Item) -> bool:
        return any(
            other.blocking and other.response not in {"none", "notResponded"} and other.serial != copy.serial
            for other in self._mailboxes.calendar(copy.mailbox).view(slot.start, slot.end)
        )

    def _take_cancellation(self, copy: Item, at: datetime) -> None:
        calendar = self._mailboxes.calendar(copy.mailbox)
        current = calendar.by_uid(copy.uid, copy.day)
        if current is None:
            return
        if self._directory.rooms[copy.mailbox].settings.remove_canceled_meetings:
            calendar.remove(current, at)
        else:
            calendar.change(current, at, cancelled=True, show_as="free", subject=f"Canceled: {current.subject}")


def kept_fields(source: Item, settings: RoomSettings) -> dict[str, Any]:
    """What a room's mailbox keeps of a meeting it accepts."""
    subject = "" if settings.delete_subject else source.subject
    if settings.add_organizer_to_subject:
        subject = source.organizer.name
    sensitivity = "normal" if settings.remove_private_property else source.sensitivity
    fields: dict[str, Any] = {
        "subject": subject,
        "body": "" if settings.delete_comments else source.body,
        "sensitivity": sensitivity,
        "start": source.start,
        "end": source.end,
        "all_day": source.all_day,
        "zone": source.zone,
        "location": source.location,
        "online": source.online,
        "importance": source.importance,
        "intended_show_as": source.intended_show_as,
        "attendees": [replace(attendee) for attendee in source.attendees],
    }
    if source.master is None:
        fields["recurrence"] = source.recurrence
    return fields
