"""Blocks in place of all text from Graph, from guests and from typing, for pictures that leave the panel. Pure.

The length of a text says something too, so every text becomes the same blocks (DESIGN.md 4.3).
"""

from __future__ import annotations

from dataclasses import replace

from graph.model import Person
from roomdisplay.pages import Admin, Booking, FreeRoom, Page, PersonSearch, Rooms, SignIn
from roomdisplay.schedule import Meeting, Schedule, Title
from roomdisplay.state import RoomState

BLOCKS = "█████"


def text(value: str) -> str:
    """Blocks, or nothing where there was nothing."""
    return BLOCKS if value else ""


def meeting(value: Meeting) -> Meeting:
    """The meeting without its words; whether it was private or had an organizer cannot be told any more."""
    return replace(value, title=Title.SUBJECT, subject=BLOCKS, organizer=BLOCKS)


def schedule(value: Schedule) -> Schedule:
    """The schedule without its words."""
    return replace(
        value,
        meetings=tuple(meeting(one) for one in value.meetings),
        notes=tuple(meeting(one) for one in value.notes),
    )


def state(value: RoomState) -> RoomState:
    """The state without the words of its meetings."""
    return replace(
        value,
        current=meeting(value.current) if value.current else None,
        next=meeting(value.next) if value.next else None,
        others=tuple(meeting(one) for one in value.others),
    )


def _person(value: Person) -> Person:
    return replace(value, name=BLOCKS, department=BLOCKS)


def page(value: Page | None) -> Page | None:
    """The page without names, typed text and codes. The admin's pages leave the panel empty."""
    match value:
        case Booking(person=person) if person:
            return replace(value, person=_person(person))
        case PersonSearch():
            hits = tuple(_person(hit) for hit in value.hits)
            return replace(value, text=text(value.text), hits=hits, booking=replace(value.booking, person=None))
        case Rooms(rooms=rooms) if rooms:
            return replace(value, rooms=tuple(_room(room) for room in rooms))
        case SignIn():
            values = tuple((name, BLOCKS) for name, _ in value.values)
            return replace(value, code=text(value.code), values=values)
        case Admin():
            return None
        case _:
            return value


def _room(value: FreeRoom) -> FreeRoom:
    return replace(value, name=BLOCKS, detail=BLOCKS)
