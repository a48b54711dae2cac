"""All calendars of the office, and making items in them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from simulator.calendar import Calendar
from simulator.events import Attendee, Item, Who
from simulator.recurrence import Recurrence

_UID = "040000008200E00074C5B7101A82E00800000000"


@dataclass(slots=True)
class Draft:
    """A meeting as its organizer writes it, over [start, end) in UTC instants."""

    subject: str
    start: datetime
    end: datetime
    all_day: bool = False
    body: str = ""
    body_kind: str = "html"
    attendees: list[Attendee] = field(default_factory=list)
    show_as: str = "busy"
    sensitivity: str = "normal"
    importance: str = "normal"
    location: str = ""
    online: bool = False
    transaction_id: str | None = None
    response_requested: bool = True
    categories: tuple[str, ...] = ()
    recurrence: Recurrence | None = None
    zone: ZoneInfo | None = None


class Mailboxes:
    """A calendar for each address; outsiders get one too, so that their meetings have a home."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._calendars: dict[str, Calendar] = {}
        self._serials = count(1)

    def calendar(self, address: str) -> Calendar:
        """The calendar of that address, made when first asked for."""
        if address not in self._calendars:
            self._calendars[address] = Calendar(address)
        return self._calendars[address]

    def compose(self, organizer: Who, draft: Draft, now: datetime) -> Item:
        """Put a new meeting into its organizer's calendar."""
        serial = next(self._serials)
        item = Item(
            mailbox=organizer.address,
            serial=serial,
            uid=f"{_UID}{serial:024X}",
            subject=draft.subject,
            start=draft.start,
            end=draft.end,
            organizer=organizer,
            created=now,
            modified=now,
            zone=draft.zone or self.zone,
            all_day=draft.all_day,
            body=draft.body,
            body_kind=draft.body_kind,
            attendees=draft.attendees,
            show_as=draft.show_as,
            intended_show_as=draft.show_as,
            sensitivity=draft.sensitivity,
            importance=draft.importance,
            location=draft.location,
            online=draft.online,
            transaction_id=draft.transaction_id,
            response_requested=draft.response_requested,
            categories=draft.categories,
            recurrence=draft.recurrence,
        )
        return self.calendar(organizer.address).add(item)

    def deliver(self, source: Item, address: str, now: datetime) -> Item:
        """Put a not yet answered copy of a meeting, or of one occurrence, into an attendee's calendar."""
        copy = replace(
            source,
            mailbox=address,
            serial=next(self._serials),
            uid=source.ical_uid,
            created=now,
            modified=now,
            attendees=[replace(attendee) for attendee in source.attendees],
            is_organizer=False,
            response="notResponded",
            responded=None,
            show_as="free" if source.intended_show_as == "free" else "tentative",
            transaction_id=None,
            exceptions={},
            removed=set(source.removed),
            master=None,
            day=None,
            changed=False,
            revision=1,
            rendered={},
            occurrences={},
        )
        return self.calendar(address).add(copy)

    def copy_of(self, source: Item, address: str) -> Item | None:
        """The copy of a meeting, or of the same occurrence, in somebody's calendar."""
        calendar = self._calendars.get(address)
        if calendar is None:
            return None
        return calendar.by_uid(source.uid, source.day) or calendar.by_uid(source.ical_uid)

    def original(self, copy: Item) -> Item | None:
        """The organizer's own item behind a copy; None once it is gone."""
        calendar = self._calendars.get(copy.organizer.address)
        if calendar is None:
            return None
        return calendar.by_uid(copy.uid, copy.day) or calendar.by_ical_uid(copy.ical_uid)

    def prune(self, before: datetime) -> int:
        """Forget single items that ended before; returns how many."""
        return sum(calendar.prune(before) for calendar in self._calendars.values())
