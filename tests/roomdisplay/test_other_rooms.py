"""Other rooms: what is free, how near it is, and what Places says of a room."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from graph.calendars import Calendars
from graph.errors import GraphError, NetworkDown, NotFound
from graph.model import BusySlot, Place, ShowAs
from graph.places import Places
from roomdisplay.other_rooms import OtherRooms, free_until
from roomdisplay.room_facts import DAY_S, RETRY_S, RoomFacts, describe, floor
from roomdisplay.settings import OtherRoomsSection, RoomSection
from tests.roomdisplay.calendar_kit import ROOM, at
from tests.roomdisplay.scene_kit import ENGLISH, words
from tests.virtual_time import run

NOW = at("11:42")
OWN = Place(ROOM, "Storebælt", "Nordhavn", 2)


def slot(span: str, show_as: ShowAs = ShowAs.BUSY) -> BusySlot:
    start, _, end = span.partition("-")
    return BusySlot(at(start), at(end), show_as)


FREE = [
    ((), None),
    ((slot("13:00-14:00"),), "13:00"),
    ((slot("14:00-15:00"), slot("13:00-14:00")), "13:00"),
    ((slot("11:00-12:00"),), "11:42"),
    ((slot("11:42-12:00"),), "11:42"),
    ((slot("11:00-11:42"),), None),
    ((slot("11:00-12:00", ShowAs.FREE), slot("13:00-14:00", ShowAs.WORKING_ELSEWHERE)), None),
    ((slot("11:00-12:00", ShowAs.TENTATIVE),), "11:42"),
    ((slot("11:00-12:00", ShowAs.UNKNOWN),), "11:42"),
    ((slot("11:00-12:00", ShowAs.OOF),), "11:42"),
]


@pytest.mark.parametrize(("slots", "until"), FREE)
def test_until_when_a_room_is_free(slots: tuple[BusySlot, ...], until: str | None) -> None:
    assert free_until(slots, NOW) == (at(until) if until else None)


class Tenant:
    """Calendars and Places of a small office, in RAM."""

    def __init__(self, places: Sequence[Place], busy: Mapping[str, Any]) -> None:
        self.all, self.slots = tuple(places), busy
        self.asked: list[tuple[str, ...]] = []
        self.listed = 0

    async def busy(
        self, rooms: Sequence[str], start: datetime, end: datetime, *, user: bool
    ) -> dict[str, tuple[BusySlot, ...] | GraphError]:
        assert user
        assert end - start == timedelta(hours=4)
        self.asked.append(tuple(rooms))
        return {room: self.slots[room] for room in rooms if room in self.slots}

    async def rooms(self, *, user: bool) -> tuple[Place, ...]:
        assert user
        self.listed += 1
        return self.all


def others(tenant: Tenant, **section: Any) -> OtherRooms:
    return OtherRooms(cast("Calendars", tenant), cast("Places", tenant), ROOM.upper(), OtherRoomsSection(**section))


def place(name: str, number: int | None = 2, building: str = "Nordhavn") -> Place:
    return Place(f"{name.casefold()}@nordhavn.example", name, building, number)


def names(tenant: Tenant, **section: Any) -> list[str]:
    return [room.name for room in asyncio.run(others(tenant, **section).free(NOW, ENGLISH))]


def test_only_what_is_surely_free_for_ten_minutes_is_listed() -> None:
    answers: dict[str, Any] = {
        "free": (),
        "soon": (slot("11:52-12:00"),),
        "toosoon": (slot("11:51-12:00"),),
        "busy": (slot("11:00-12:00"),),
        "failed": NetworkDown("no route"),
        "gone": NotFound("no such mailbox", what="mailbox"),
    }
    rooms = [OWN, place("Silent"), *(place(name.title()) for name in answers)]
    tenant = Tenant(rooms, {f"{name}@nordhavn.example": slots for name, slots in answers.items()})
    assert names(tenant) == ["Free", "Soon"]
    assert ROOM not in tenant.asked[0]


def test_nearest_first_and_no_more_than_asked() -> None:
    rooms = [
        place("Attic", 5),
        place("Unknown", None),
        OWN,
        place("Below", 1),
        place("Beta"),
        place("Alfa"),
        place("Above", 3),
    ]
    tenant = Tenant(rooms, {room.address: () for room in rooms})
    assert names(tenant) == ["Alfa", "Beta", "Below", "Above", "Attic", "Unknown"]
    assert names(tenant, maximum=2) == ["Alfa", "Beta"]
    assert len(tenant.asked[-1]) == 2


def test_rooms_of_our_building_or_of_the_one_named() -> None:
    rooms = [OWN, place("Here"), place("There", 2, "Sydhavn")]
    tenant = Tenant(rooms, {room.address: () for room in rooms})
    assert names(tenant) == ["Here"]
    assert names(tenant, building="Sydhavn") == ["There"]
    unknown = Tenant(rooms[1:], tenant.slots)
    assert names(unknown) == ["Here", "There"], "where Places does not know us, all"


def test_places_are_kept_for_a_day() -> None:
    async def story() -> None:
        tenant = Tenant([OWN, place("Alfa")], {"alfa@nordhavn.example": ()})
        rooms = others(tenant)
        for hours in (0, 1, 24):
            await rooms.free(NOW + timedelta(hours=hours), ENGLISH)
        assert tenant.listed == 1
        await rooms.free(NOW + timedelta(hours=25), ENGLISH)
        assert tenant.listed == 2

    asyncio.run(story())


# --- what Places says of a room ---

FLOORS = [
    ("da", 2, "", "2. sal"),
    ("da", 0, "", "Stuen"),
    ("da", -1, "", "Kælder"),
    ("da", -2, "", "2. kælder"),
    ("en", 2, "", "Floor 2"),
    ("en", 0, "", "Ground floor"),
    ("en", -1, "", "Basement"),
    ("en", -2, "", "Basement 2"),
    ("es", -1, "", "Sótano"),
    ("es", -3, "", "Sótano 3"),
    ("da", -1, "Mezzanin", "Mezzanin"),
    ("da", None, "", ""),
]


@pytest.mark.parametrize(("language", "number", "label", "said"), FLOORS)
def test_floors(language: str, number: int | None, label: str, said: str) -> None:
    assert floor(Place("a@b", "A", floor_number=number, floor_label=label), words(language)) == said


DESCRIBED = [
    ({}, ""),
    ({"floor_number": 2, "capacity": 8, "display_device": "X"}, "Floor 2 · 8 seats · Display"),
    ({"display_device": "X", "video_device": "Teams"}, "Display · Teams"),
    ({"capacity": 1, "audio_device": "Speaker"}, "1 seat · Audio"),
    ({"video_device": "Teams Rooms on Android 3", "audio_device": "Speaker"}, "Video"),
    ({"capacity": 0}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "said"), DESCRIBED)
def test_a_room_on_one_line(fields: dict[str, Any], said: str) -> None:
    assert describe(Place("a@b", "A", **fields), ENGLISH) == said


class Answers:
    """Places that answer one thing after the other, at times that are noted."""

    def __init__(self, *answers: Place | GraphError | None) -> None:
        self.answers = list(answers)
        self.times_s: list[float] = []

    async def room(self, address: str) -> Place | None:
        assert address == ROOM
        self.times_s.append(asyncio.get_running_loop().time())
        answer = self.answers.pop(0)
        if isinstance(answer, GraphError):
            raise answer
        return answer


async def _watched(facts: RoomFacts, seconds: float) -> None:
    task = asyncio.create_task(facts.run())
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_place_is_read_again_soon_until_it_is_known_and_then_daily() -> None:
    here = Answers(NetworkDown("no route"), None, OWN, NetworkDown("no route"), OWN)
    facts = RoomFacts(RoomSection(address=ROOM, name="Storebælt"), cast("Places", here))
    assert facts.detail(ENGLISH) == ""
    run(_watched(facts, 2 * RETRY_S + 2 * DAY_S + 1))
    first = 2 * RETRY_S
    assert here.times_s == [0, RETRY_S, first, first + DAY_S, first + 2 * DAY_S]
    assert facts.detail(ENGLISH) == "Floor 2", "a failure keeps what was known"


def test_after_a_sign_in_it_is_read_at_once() -> None:
    here = Answers(NetworkDown("no route"), OWN)
    facts = RoomFacts(RoomSection(address=ROOM, name="Storebælt"), cast("Places", here))

    async def story() -> None:
        task = asyncio.create_task(_watched(facts, RETRY_S / 2))
        await asyncio.sleep(1)
        facts.soon()
        await task

    run(story())
    assert here.times_s == [0, 1]


def test_a_line_from_the_configuration_needs_no_places() -> None:
    facts = RoomFacts(RoomSection(address=ROOM, name="Storebælt", detail="By the stairs"), cast("Places", Answers()))
    asyncio.run(facts.run())
    assert facts.detail(ENGLISH) == "By the stairs"
