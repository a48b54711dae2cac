"""What Exchange does with a meeting across the mailboxes it lies in.

The organizer's item is the meeting; everybody else has a copy. What an organizer changes overwrites the copies; what an
attendee changes stays in that mailbox (reference/graph.md 2.4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from simulator.attendant import Attendant
from simulator.directory import Directory
from simulator.events import Attendee, Item
from simulator.mailboxes import Draft, Mailboxes
from simulator.office import Behaviour

COPIED = ("subject", "start", "end", "all_day", "body", "sensitivity", "importance", "location", "online", "recurrence",
          "zone", "intended_show_as")  # fmt: skip
Told = Callable[[dict[str, Any]], None]


class Meetings:
    """Creates, changes, answers and cancels. `told` hears of every answer and cancellation that is mailed."""

    def __init__(
        self, mailboxes: Mailboxes, directory: Directory, attendant: Attendant, behaviour: Behaviour, told: Told
    ) -> None:
        self._mailboxes = mailboxes
        self._directory = directory
        self._attendant = attendant
        self._behaviour = behaviour
        self._told = told

    def create(self, owner: str, draft: Draft, now: datetime) -> Item:
        """Create in the mailbox of `owner`, never asking whether it is free, and invite the attendees."""
        item = self._mailboxes.compose(self._directory.who(owner), draft, now)
        for attendee in item.attendees:
            self._invite(item, attendee, now)
        return item

    def update(self, item: Item, changes: dict[str, Any], now: datetime) -> Item:
        """Change one item; the organizer's change reaches the copies, an attendee's does not."""
        before = {attendee.who.address for attendee in item.attendees}
        moved = any(name in changes and changes[name] != getattr(item, name) for name in ("start", "end", "recurrence"))
        if "show_as" in changes:
            changes = {**changes, "intended_show_as": changes["show_as"]}
        dropped = self._dropped(item, changes)
        changed = self._mailboxes.calendar(item.mailbox).change(item, now, **changes)
        if not changed.is_organizer:
            return changed
        for attendee in dropped:
            self._withdraw(changed, attendee, now)
        for attendee in changed.attendees:
            if attendee.who.address in before:
                self._carry_over(changed, attendee, moved, now)
            else:
                self._invite(changed, attendee, now)
        return changed

    def cancel(self, item: Item, comment: str, now: datetime) -> None:
        """Call a meeting off: copies are marked or removed, the organizer's item goes."""
        for attendee in item.attendees:
            self._withdraw(item, attendee, now)
            self._told(
                {"kind": "cancellation", "from": item.mailbox, "to": attendee.who.address, "subject": item.subject,
                 "comment": comment, "at": now}
            )  # fmt: skip
        self._mailboxes.calendar(item.mailbox).remove(item, now)

    def delete(self, item: Item, now: datetime) -> None:
        """What DELETE does: an organizer calls the meeting off, an attendee only loses the copy."""
        if item.is_organizer:
            self.cancel(item, "", now)
        else:
            self._mailboxes.calendar(item.mailbox).remove(item, now)

    def respond(self, item: Item, response: str, now: datetime, *, send: bool = True, comment: str = "") -> None:
        """Accept, tentatively accept or decline one's copy; the organizer hears of it if `send`."""
        calendar = self._mailboxes.calendar(item.mailbox)
        if response == "declined" and not self._behaviour.keep_declined:
            calendar.remove(item, now)
        else:
            show_as = {"tentativelyAccepted": "tentative", "declined": "free"}.get(response, item.intended_show_as)
            calendar.change(item, now, response=response, responded=now, show_as=show_as)
        if not send:
            return
        self._told(
            {"kind": "response", "from": item.mailbox, "to": item.organizer.address, "subject": item.subject,
             "response": response, "comment": comment, "at": now}
        )  # fmt: skip
        self._mailboxes_note(item, response, now)

    def _mailboxes_note(self, copy: Item, response: str, now: datetime) -> None:
        if original := self._mailboxes.original(copy):
            self._attendant.note_answer(original, copy.mailbox, response, now)

    def _invite(self, item: Item, attendee: Attendee, now: datetime) -> None:
        address = attendee.who.address
        if address == item.mailbox:
            return
        if address in self._directory.rooms:
            self._attendant.invite(item, address, now)
        elif address in self._directory.people:
            self._mailboxes.deliver(item, address, now)

    def _carry_over(self, item: Item, attendee: Attendee, moved: bool, now: datetime) -> None:
        address = attendee.who.address
        if address in self._directory.rooms:
            self._attendant.update(item, address, now, moved=moved)
        elif copy := self._mailboxes.copy_of(item, address):
            fields = copied_fields(item)
            if moved:
                fields |= {"response": "notResponded", "show_as": "tentative"}
                attendee.response = "none"
            self._mailboxes.calendar(address).change(copy, now, **fields)

    def _withdraw(self, item: Item, attendee: Attendee, now: datetime) -> None:
        address = attendee.who.address
        copy = self._mailboxes.copy_of(item, address)
        if copy is None or address == item.mailbox:
            return
        if address in self._directory.rooms:
            self._attendant.cancel(copy, now)
        else:
            mark_cancelled(self._mailboxes, copy, now)

    @staticmethod
    def _dropped(item: Item, changes: dict[str, Any]) -> list[Attendee]:
        if "attendees" not in changes:
            return []
        kept = {attendee.who.address for attendee in changes["attendees"]}
        return [replace(attendee) for attendee in item.attendees if attendee.who.address not in kept]


def copied_fields(source: Item) -> dict[str, Any]:
    """What an organizer's update writes over a copy."""
    fields = {name: getattr(source, name) for name in COPIED}
    if source.master is not None:
        del fields["recurrence"]
    return fields | {"attendees": [replace(attendee) for attendee in source.attendees]}


def mark_cancelled(mailboxes: Mailboxes, copy: Item, now: datetime) -> None:
    """Leave a called-off meeting in the calendar, as Exchange does unless told otherwise."""
    mailboxes.calendar(copy.mailbox).change(
        copy, now, cancelled=True, show_as="free", subject=f"Canceled: {copy.subject}", response=copy.response
    )
