"""Blocks in place of all text from Graph, from guests and from typing, for pictures that leave the panel. Pure.

The length of a text says something too, so every text becomes the same blocks (DESIGN.md 4.3). Ids are numbered
anew: two days that differ only in what is hidden give the same view.
"""

from __future__ import annotations

from dataclasses import replace

from graph.model import Event, Person, Sensitivity
from roomdisplay.pages import (
    Admin,
    Booking,
    Confirm,
    Extend,
    FreeRoom,
    MeetingDetail,
    Page,
    PersonSearch,
    Pin,
    Rooms,
    SignIn,
)
from roomdisplay.schedule import Meeting, Schedule, Title
from roomdisplay.state import RoomState

BLOCKS = "█████"
_NOBODY = Person("", BLOCKS, "", BLOCKS)


def text(value: str) -> str:
    """Blocks, or nothing where there was nothing."""
    return BLOCKS if value else ""


class Blocks:
    """Hides what one schedule and all that is made from it say; state and page keep pointing at the same meetings."""

    def __init__(self, schedule: Schedule | None) -> None:
        meetings = (*schedule.meetings, *schedule.notes, *schedule.tentative) if schedule else ()
        ids = dict.fromkeys(part.id for meeting in meetings for part in meeting.parts)
        self._numbers = {event_id: str(number) for number, event_id in enumerate(ids)}
        self.schedule = self._schedule(schedule) if schedule else None

    def _schedule(self, value: Schedule) -> Schedule:
        return replace(
            value,
            meetings=tuple(self.meeting(one) for one in value.meetings),
            notes=tuple(self.meeting(one) for one in value.notes),
            tentative=tuple(self.meeting(one) for one in value.tentative),
        )

    def meeting(self, value: Meeting) -> Meeting:
        """The meeting without its words; whether it was private or had an organizer cannot be told any more."""
        parts = tuple(self._event(part) for part in value.parts)
        return replace(value, parts=parts, title=Title.SUBJECT, subject=BLOCKS, organizer=BLOCKS)

    def _event(self, value: Event) -> Event:
        return replace(
            value,
            id=self._number(value.id),
            subject="",
            organizer_name="",
            organizer_address="",
            sensitivity=Sensitivity.NORMAL,
            series_id="",
            ical_uid="",
            etag="",
        )

    def _number(self, event_id: str) -> str:
        return self._numbers.get(event_id, "-")

    def _key(self, value: str) -> str:
        """A Meeting.key that finds the same meeting in what is hidden."""
        event_id, at, start = value.rpartition("@")
        return f"{self._number(event_id)}{at}{start}" if at else ""

    def state(self, value: RoomState) -> RoomState:
        """The state without the words of its meetings."""
        return replace(
            value,
            current=self.meeting(value.current) if value.current else None,
            next=self.meeting(value.next) if value.next else None,
            others=tuple(self.meeting(one) for one in value.others),
            check_in_key=self._key(value.check_in_key),
            give_back=replace(value.give_back, key=self._key(value.give_back.key)) if value.give_back else None,
        )

    def page(self, value: Page | None) -> Page | None:
        """The page without names, typed text and codes. The admin's pages never leave the panel."""
        match value:
            case Booking():
                return _booking(value)
            case PersonSearch():
                hits = (_NOBODY,) * len(value.hits)
                return replace(value, text=text(value.text), hits=hits, booking=_booking(value.booking))
            case MeetingDetail() | Extend() | Confirm():
                return replace(value, key=self._key(value.key))
            case Admin():
                return None
            case _:
                return _service_page(value)


def _booking(value: Booking) -> Booking:
    return replace(value, person=_NOBODY, shown=BLOCKS) if value.person else value


def _service_page(value: Page | None) -> Page | None:
    match value:
        case Rooms(rooms=rooms) if rooms:
            return replace(value, rooms=tuple(_room(room) for room in rooms))
        case Pin(digits=digits):
            return replace(value, digits="0" * len(digits))
        case SignIn():
            values = tuple((name, BLOCKS) for name, _ in value.values)
            return replace(value, code=text(value.code), values=values)
        case _:
            return value


def _room(value: FreeRoom) -> FreeRoom:
    return replace(value, name=BLOCKS, detail=BLOCKS)
