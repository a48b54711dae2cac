"""Two panels of one room in a simulated tenant, over real TLS: what one is told, the other sees before it acts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from common.clock import SystemClock
from graph import client
from graph.features import Feature
from graph.session import Session
from roomdisplay import shared_check_ins
from roomdisplay.schedule import Meeting, build
from roomdisplay.shared_check_ins import TRIES_MOST, UNSENT_MOST, SharedCheckIns
from tests.graph.tenant import ROOM, ZONE, Tenant, served, today
from tests.roomdisplay.calendar_kit import POLICY

PANEL = frozenset({Feature.AGENDA, Feature.BOOKING, Feature.PLACES, Feature.CHECK_IN})


@dataclass
class Doors:
    """Two panels of Storebælt, and the meetings of its day."""

    tenant: Tenant
    a: SharedCheckIns
    b: SharedCheckIns
    meetings: tuple[Meeting, ...]

    async def fault(self, method: str, **more: Any) -> None:
        body = {"kind": "drop", "path": "checkIns", "method": method, **more}
        await asyncio.to_thread(self.tenant.control, "POST", "faults", **body)

    async def mend(self) -> None:
        await asyncio.to_thread(self.tenant.control, "DELETE", "faults")

    async def answers(self, how: str) -> None:
        await asyncio.to_thread(self.tenant.control, "POST", "limits", check_ins=how)

    async def records(self) -> list[dict[str, Any]]:
        found = await asyncio.to_thread(self.tenant.control, "GET", "check-ins")
        records: list[dict[str, Any]] = found["check_ins"]
        return records


Story = Callable[[Doors], Awaitable[None]]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with served(tmp_path_factory.mktemp("office")) as tenant:
        yield tenant


@pytest.fixture
def play(office: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a story happen between two panels that are signed in."""
    monkeypatch.setattr(client, "_FIRST_PAUSE_S", 0.0)
    office.reopen()
    office.control("POST", "limits", check_ins="on")

    def run(story: Story, series: dict[str, Any] | None = None) -> None:
        if series:
            office.control("POST", f"rooms/{ROOM}/bookings", **series)
        tenants = [Tenant(office.simulator, tmp_path / name) for name in ("a", "b")]
        for tenant in tenants:
            tenant.folder.mkdir()
            assert tenant.sign_in(features=PANEL).key == "signed-in"
        asyncio.run(_between(tenants, story))

    return run


async def _between(tenants: list[Tenant], story: Story) -> None:
    clock = SystemClock(Path("/nowhere"))
    sessions = [Session.open(tenant.config(), tenant.network(), clock, features=PANEL) for tenant in tenants]
    try:
        start, end = today()
        read = await sessions[0].calendars.view(ROOM, start, end, zone=ZONE)
        schedule = build(read.events, start, end, zone=ZONE, policy=POLICY)
        panels = [SharedCheckIns(session.calendars, ROOM, session.places) for session in sessions]
        await story(Doors(tenants[0], panels[0], panels[1], schedule.meetings))
    finally:
        for session in sessions:
            await session.close()


def test_what_one_panel_is_told_the_other_sees(play: Callable[..., None]) -> None:
    async def story(doors: Doors) -> None:
        first, second = doors.meetings[:2]
        assert await doors.b.seen(first) is None, "nobody checked in, or the tenant has no check-ins: who knows"
        assert (doors.a.supported, doors.b.supported) == (None, None)
        assert await doors.a.note(first)
        assert (doors.a.supported, doors.b.supported) == (True, None)
        assert await doors.b.seen(first) is True
        assert await doors.b.seen(second) is False
        assert await doors.a.seen(second) is False
        await doors.a.note(second, inferred=True)
        assert await doors.b.seen(second) is True
        assert [record["checkInMethod"] for record in await doors.records()] == ["manual", "inferred"]

    play(story)


def test_each_day_of_a_series_has_its_own(play: Callable[..., None]) -> None:
    series = {"subject": "Standup", "start": "21:00", "end": "21:30", "repeat": "day", "count": 3}

    async def story(doors: Doors) -> None:
        meeting = next(found for found in doors.meetings if found.subject == "Standup")
        part = meeting.parts[0]
        assert part.series_id
        assert part.ical_uid[-8:].isdigit()
        assert await doors.a.note(meeting)
        assert await doors.b.seen(meeting) is True
        another = replace(meeting, parts=(replace(part, ical_uid=part.ical_uid[:-8] + "20270101"),))
        assert await doors.b.seen(another) is False

    play(story, series=series)


@pytest.mark.parametrize("how", ["denied", "absent"])
def test_a_tenant_that_does_not_allow_it_is_never_read_as_nobody_came(play: Callable[..., None], how: str) -> None:
    async def story(doors: Doors) -> None:
        await doors.answers(how)
        meeting = doors.meetings[0]
        assert await doors.b.seen(meeting) is None
        assert not await doors.a.note(meeting)
        assert (doors.a.supported, doors.a.unsent) == (False, ()), "of no use to try again"
        assert await doors.a.seen(meeting) is None
        assert await doors.b.seen(meeting) is None
        await doors.answers("on")
        assert await doors.a.note(meeting)
        assert doors.a.supported, "it was allowed meanwhile"
        assert await doors.a.seen(doors.meetings[1]) is False

    play(story)


def test_what_could_not_be_told_is_told_later(play: Callable[..., None]) -> None:
    async def story(doors: Doors) -> None:
        first, second = doors.meetings[:2]
        await doors.fault("POST")
        assert not await doors.a.note(first)
        assert not await doors.a.note(second)
        await doors.a.repeat()
        assert (doors.a.unsent, doors.a.supported) == ((first, second), None)
        await doors.mend()
        await doors.a.repeat()
        assert not doors.a.unsent
        assert await doors.b.seen(first) is True
        assert await doors.b.seen(second) is True

    play(story)


def test_an_answer_that_is_lost_does_no_harm(play: Callable[..., None]) -> None:
    async def story(doors: Doors) -> None:
        await doors.fault("POST", after=True, count=1)
        assert await doors.a.note(doors.meetings[0])
        assert await doors.b.seen(doors.meetings[0]) is True

    play(story)


def test_who_cannot_ask_does_not_know(play: Callable[..., None]) -> None:
    async def story(doors: Doors) -> None:
        first, second = doors.meetings[:2]
        await doors.b.note(first)
        await doors.fault("GET")
        assert await doors.b.seen(second) is None
        assert doors.b.supported, "a fault of the network says nothing about the tenant"
        await doors.mend()
        assert await doors.b.seen(second) is False

    play(story)


def test_written_but_not_readable_is_no_proof(play: Callable[..., None]) -> None:
    async def story(doors: Doors) -> None:
        await doors.fault("GET", kind="status", status=404, code="ErrorItemNotFound")
        assert await doors.a.note(doors.meetings[0])
        assert doors.a.supported is None
        assert await doors.a.seen(doors.meetings[1]) is None

    play(story)


def test_without_the_right_to_read_places_the_address_serves(play: Callable[..., None]) -> None:
    async def story(doors: Doors) -> None:
        await doors.fault("GET", path="places/[^/]+$", kind="status", status=403, code="Authorization_RequestDenied")
        assert await doors.a.note(doors.meetings[0])
        assert await doors.b.seen(doors.meetings[0]) is True
        asked = await asyncio.to_thread(doors.tenant.requests, "checkIns")
        assert all(ROOM in request["path"] for request in asked[-3:])

    play(story)


def test_the_room_is_named_by_its_id_where_places_knows_it(play: Callable[..., None]) -> None:
    async def story(doors: Doors) -> None:
        before = len(await asyncio.to_thread(doors.tenant.requests, "checkIns"))
        await doors.a.note(doors.meetings[0])
        await doors.a.seen(doors.meetings[1])
        asked = (await asyncio.to_thread(doors.tenant.requests, "checkIns"))[before:]
        assert len(asked) == 3
        assert not any("@" in request["path"] for request in asked)

    play(story)


def test_a_meeting_without_ical_uid_is_not_asked_about(play: Callable[..., None]) -> None:
    async def story(doors: Doors) -> None:
        nameless = replace(doors.meetings[0], parts=(replace(doors.meetings[0].parts[0], ical_uid=""),))
        await doors.a.note(doors.meetings[1])
        before = len(await asyncio.to_thread(doors.tenant.requests, "checkIns"))
        assert await doors.a.seen(nameless) is None
        assert not await doors.a.note(nameless)
        assert doors.a.unsent == ()
        assert len(await asyncio.to_thread(doors.tenant.requests, "checkIns")) == before

    play(story)


def test_what_waits_is_bounded(play: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_check_ins, "TRIES_MOST", 3)
    assert TRIES_MOST > 3

    async def story(doors: Doors) -> None:
        meeting = doors.meetings[0]
        await doors.fault("POST", kind="status", status=429, code="TooManyRequests")
        for number in range(UNSENT_MOST + 3):
            part = replace(meeting.parts[0], id=f"e{number}")
            await doors.a.note(replace(meeting, parts=(part,)))
        assert len(doors.a.unsent) == UNSENT_MOST
        assert doors.a.unsent[0].parts[0].id == "e3", "the oldest went"
        await doors.a.repeat()
        await doors.a.repeat()
        assert doors.a.unsent[0].parts[0].id == "e4", "the first was given up"

    play(story)


def test_an_event_that_places_does_not_know_yet_is_no_refusal(play: Callable[..., None]) -> None:
    async def story(doors: Doors) -> None:
        first = doors.meetings[0]
        assert await doors.a.note(first)
        unknown = replace(first, parts=(replace(first.parts[0], id="x", ical_uid="0400-unknown"),))
        assert not await doors.a.note(unknown)
        assert doors.a.supported
        assert doors.a.unsent == ()

    play(story)
