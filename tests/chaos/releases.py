"""Listens to what a panel does by itself about people, and to what of it reaches the tenant."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from roomdisplay.outcome import Outcome
from roomdisplay.pages import ByItself
from roomdisplay.panel import Panel
from roomdisplay.schedule import Meeting, Schedule
from simulator.events import Item
from simulator.tenant import Tenant
from tests.chaos.report import Book


@dataclass(frozen=True, slots=True)
class Landing:
    """A release that the tenant carried out at `at`, on the room's copy of an event."""

    at: datetime
    id: str
    start: datetime
    end: datetime
    comment: str
    deleted: bool


class Releases:
    """`attend` each panel of the run, then read what is noted here. `seconds` of the clock say when."""

    def __init__(self, tenant: Tenant, room: str, book: Book, now_s: Callable[[], float]) -> None:
        self.landed: deque[Landing] = deque()
        self.check_ins: Counter[str] = Counter()
        self.checked_in: dict[str, str] = {}
        """by event and start, who said so"""
        self.wanted: dict[str, float] = {}
        """ids of events whose release the panel has begun, and when it looked last"""
        self.ruled: set[str] = set()
        """ids of events that a presence rule extends or ends"""
        self.ended: deque[tuple[Meeting, Outcome]] = deque()
        self._book, self._room, self._now_s = book, room, now_s
        self._own: Callable[[str], bool] = lambda event_id: False
        self._by_itself = False
        self._listen(tenant)

    def own_by(self, own: Callable[[str], bool]) -> None:
        """`own` tells whether an event was made in the room's mailbox."""
        self._own = own

    def _listen(self, tenant: Tenant) -> None:
        """From the thread of the tenant: only noted here, judged by the run."""
        meetings = tenant.meetings
        respond, delete = meetings.respond, meetings.delete

        def responding(item: Item, response: str, now: datetime, *, send: bool = True, comment: str = "") -> None:
            if item.mailbox == self._room and response == "declined":
                self._land(item, now, comment, deleted=False)
            respond(item, response, now, send=send, comment=comment)

        def deleting(item: Item, now: datetime) -> None:
            if item.mailbox == self._room:
                self._land(item, now, "", deleted=True)
            delete(item, now)

        meetings.respond, meetings.delete = responding, deleting  # type: ignore[method-assign]

    def _land(self, item: Item, now: datetime, comment: str, *, deleted: bool) -> None:
        name = item.id(immutable=True)
        if name in self.wanted:
            self.landed.append(Landing(now, name, item.start, item.end, comment, deleted))

    def attend(self, panel: Panel) -> None:
        """Listen to `panel` from now on."""
        note, ended, release = panel.people.note_check_in, panel.people.no_show_ended, panel.actions.release
        extend, end, carry_out = panel.actions.extend, panel.actions.end, panel.by_presence.carry_out

        def noting(meeting: Meeting, by: Any) -> None:
            self.check_ins[by] += 1
            self.checked_in.setdefault(name_of(meeting), by)
            note(meeting, by)

        def ending(meeting: Meeting, outcome: Outcome, *, again: bool) -> None:
            self.ended.append((meeting, outcome))
            ended(meeting, outcome, again=again)

        async def releasing(meeting: Meeting, comment: str, *still: Any) -> Outcome:
            if not still:  # somebody touched it: not judged here
                return await release(meeting, comment)

            def looking(schedule: Schedule) -> bool:
                self.wanted |= {part.id: self._now_s() for part in meeting.parts}
                return bool(still[0](schedule))

            return await release(meeting, comment, looking)

        async def carrying_out(effect: ByItself) -> None:
            self._by_itself = True
            try:
                await carry_out(effect)
            finally:
                self._by_itself = False

        def only_own(change: Callable[..., Awaitable[Outcome]]) -> Callable[..., Awaitable[Outcome]]:
            async def changing(meeting: Meeting, *how: Any) -> Outcome:
                strange = [part.start for part in meeting.parts if not self._own(part.id)]
                self.ruled |= {part.id for part in meeting.parts} if self._by_itself else set()
                if self._by_itself and strange:
                    self._book.violate(f"a presence rule touched somebody else's meeting of {strange[0]:%H:%M}")
                return await change(meeting, *how)

            return changing

        panel.people.note_check_in, panel.people.no_show_ended = noting, ending  # type: ignore[method-assign]
        panel.actions.release = releasing  # type: ignore[method-assign, assignment]
        panel.actions.extend, panel.actions.end = only_own(extend), only_own(end)  # type: ignore[method-assign, assignment]
        panel.by_presence.carry_out = carrying_out  # type: ignore[method-assign]


def name_of(meeting: Meeting) -> str:
    """As tests.chaos.room_people.key_of names the same in the truth."""
    return f"{meeting.parts[0].id}@{meeting.parts[0].start.isoformat()}"
