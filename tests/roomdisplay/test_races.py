"""Two at once, and answers that come late or never: what remains in the tenant, and what the screen said."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from graph.model import Event, NewBooking
from roomdisplay import actions, races
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.pages import Ended
from roomdisplay.state import GREEN, Kind
from roomdisplay.view import Result, Verb
from tests.roomdisplay.site import ROOM, Site, site

VIEW_DOWN = {"kind": "drop", "path": "calendarView"}


def play(folder: Path, story: Callable[[Site], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        async with site(folder, **options) as here:
            await story(here)

    asyncio.run(run())


async def bookings(here: Site) -> list[tuple[str, str]]:
    return [(event["start"], event["end"]) for event in (await here.truth())["blocking"]]


def before_the_panel_writes(here: Site, name: str, interlude: Callable[..., Awaitable[None]]) -> None:
    """Let `interlude` happen once, between the panel's read and its write `name`."""
    calendars = here.panel.parts.session.calendars
    real = getattr(calendars, name)

    async def raced(*args: Any, **options: Any) -> Event:
        setattr(calendars, name, real)
        await interlude(*args)
        written: Event = await real(*args, **options)
        return written

    setattr(calendars, name, raced)


async def somebody_books(here: Site, start: Any, minutes: int = 30) -> None:
    body = {"subject": "Hurtig", "start": start.isoformat(), "end": (start + timedelta(minutes=minutes)).isoformat()}
    await here.control("POST", f"rooms/{ROOM}/bookings", body)


def test_an_extension_over_a_meeting_that_came_first_is_taken_back(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        here.touch(Verb.BOOK, 0)
        await here.result()
        here.act(Verb.CLOSE)
        current = here.state().current
        assert current is not None

        async def interlude(room: str, event: Event, end: Any) -> None:
            await somebody_books(here, event.end)

        before_the_panel_writes(here, "set_end", interlude)
        here.touch(Verb.OPEN_EXTEND)
        here.touch(Verb.EXTEND, 0)
        sheet = await here.result()
        assert sheet.result is Result.REFUSED
        at_the_end = (await here.control("GET", f"rooms/{ROOM}/truth"))["events"]
        mine = [event for event in at_the_end if event["transaction_id"]]
        assert [event["end"] for event in mine] == [current.end.isoformat().replace("+00:00", "Z")]

    play(tmp_path, story)


def test_a_race_is_settled_however_late_the_calendar_can_be_read_again(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        async def interlude(room: str, booking: NewBooking) -> None:
            await somebody_books(here, booking.start, 45)
            here.clock.step(1)
            await here.control("POST", "faults", VIEW_DOWN)

        before_the_panel_writes(here, "create", interlude)
        here.touch(Verb.BOOK, 0)
        assert (await here.result()).result is Result.DONE
        assert len(await bookings(here)) == 2
        await here.step(races.WATCH_S * 4)
        await here.control("DELETE", "faults")
        here.panel.reader.soon()
        here.panel.tick()
        await here.until(lambda: isinstance(here.panel.page, Ended) and here.panel.page.outcome.ending is Ending.TAKEN)
        assert len(await bookings(here)) == 1

    play(tmp_path, story)


def test_an_uncertain_booking_gets_its_last_word_from_the_read_that_asked_for_it(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        now = here.clock.now().replace(second=0, microsecond=0)
        booking = NewBooking(now, now + timedelta(minutes=30), "Booket", "transaction-1")
        here.panel.actions.pending = actions.Pending(booking, here.clock.monotonic_s())
        here.clock.step(actions.RESOLVE_FOR_S + 1)
        schedule = await here.panel.reader.read()
        await here.control("POST", "faults", {"kind": "drop"})
        outcome = await here.panel.actions.compare(schedule)
        assert outcome == Outcome(Deed.BOOK, Ending.OFFLINE, booking.start, booking.end)
        assert here.panel.actions.pending is None

    play(tmp_path, story)


def test_nothing_else_is_booked_while_a_booking_is_uncertain_so_both_get_their_last_word(tmp_path: Path) -> None:
    """Found by the fault run: the second uncertain booking made the panel forget the first."""

    async def story(here: Site) -> None:
        now, act = here.clock.now().replace(second=0, microsecond=0), here.panel.actions
        await here.control("POST", "faults", {"kind": "drop", "path": "/events", "method": "POST", "after": True})
        first = await act.book(now, now + timedelta(minutes=15), "Booket")
        assert first.ending is Ending.UNCERTAIN
        pending = act.pending
        later = await act.book(now + timedelta(minutes=30), now + timedelta(minutes=45), "Booket")
        assert later == Outcome(Deed.BOOK, Ending.BUSY)
        assert act.pending is pending
        await here.control("DELETE", "faults")
        outcome = await act.compare(await here.panel.reader.read())
        assert outcome == Outcome(Deed.BOOK, Ending.DONE, now, now + timedelta(minutes=15))
        assert len(await bookings(here)) == 1

    play(tmp_path, story)


@pytest.mark.parametrize(
    ("subject", "ending", "left"), [("Booket", Ending.DONE, 1), ("Hurtig", Ending.OFFLINE, 2)], ids=["ours", "theirs"]
)
def test_what_was_uncertain_is_known_by_its_subject_and_still_yields(
    tmp_path: Path, subject: str, ending: Ending, left: int
) -> None:
    """Somebody's own booking over the very same time is not ours; ours goes when somebody was there before it."""

    async def story(here: Site) -> None:
        now = here.clock.now().replace(second=0, microsecond=0)
        booking = NewBooking(now, now + timedelta(minutes=30), "Booket", "transaction-1")
        await somebody_books(here, now)
        here.clock.step(2)
        body = {"subject": subject, "start": booking.start.isoformat(), "end": booking.end.isoformat()}
        await here.control("POST", f"rooms/{ROOM}/bookings", body)
        here.panel.actions.pending = actions.Pending(booking, here.clock.monotonic_s())
        here.clock.step(actions.RESOLVE_FOR_S + 1)
        outcome = await here.panel.actions.compare(await here.panel.reader.read())
        assert outcome == Outcome(Deed.BOOK, ending, booking.start, booking.end)
        await here.panel.actions.compare(await here.panel.reader.read())
        assert len(await bookings(here)) == left

    play(tmp_path, story)


@pytest.mark.parametrize("answers_lost", [0, 9], ids=["told", "every answer lost"])
def test_an_extension_is_compared_with_a_read_that_shows_it(tmp_path: Path, answers_lost: int) -> None:
    """A read that was asked for before the write says nothing of what came between."""

    async def story(here: Site) -> None:
        here.touch(Verb.BOOK, 0)
        await here.result()
        here.act(Verb.CLOSE)
        asked_before = await here.panel.reader.read()
        current = here.state().current
        assert current is not None

        async def interlude(room: str, event: Event, end: Any) -> None:
            await somebody_books(here, event.end)
            lost = {"kind": "drop", "path": "/events", "method": "PATCH", "after": True, "count": answers_lost}
            if answers_lost:
                await here.control("POST", "faults", lost)
            await here.control("POST", "faults", VIEW_DOWN | {"skip": answers_lost and 1})

        before_the_panel_writes(here, "set_end", interlude)
        await here.panel.actions.extend(current, current.end + timedelta(minutes=15), "x")
        await here.control("DELETE", "faults")
        await here.panel.actions.compare(asked_before)
        await here.panel.actions.compare(await here.panel.reader.read())
        events = (await here.control("GET", f"rooms/{ROOM}/truth"))["events"]
        (mine,) = [event for event in events if event["transaction_id"]]
        assert mine["end"] == current.end.isoformat().replace("+00:00", "Z")

    play(tmp_path, story)


def test_a_lost_booking_may_be_buried_by_two_at_once(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        outcome = await here.panel.actions.book(here.clock.now(), here.clock.now() + timedelta(minutes=15), "x")
        (ours,) = here.panel.reader.schedule.events_between(outcome.start, outcome.until)  # type: ignore[union-attr, arg-type]
        here.panel.actions.races._doomed[ours.id] = ours
        await asyncio.gather(here.panel.actions.races.bury(), here.panel.actions.races.bury())
        assert await bookings(here) == []

    play(tmp_path, story)


def test_what_is_over_is_forgotten(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.step(79 * 60)
        await here.read()
        for _ in range(3):
            current = here.state().current
            assert current is not None
            await here.panel.actions.extend(current, current.end + timedelta(minutes=5), "x")
            await here.read()
        assert here.panel.actions.follow_ons
        here.clock.step(2 * 86_400)
        await here.panel.actions.compare(await here.panel.reader.read())
        assert here.panel.actions.follow_ons == frozenset()
        assert here.panel.actions.races._watched == []

    play(tmp_path, story)


def test_a_touch_just_before_the_end_makes_no_green_out_of_an_old_read(tmp_path: Path) -> None:
    """Outside opening hours a read may be 660 s old, but not when somebody stands there."""

    async def story(here: Site) -> None:
        start = here.clock.now() + timedelta(hours=8)
        await somebody_books(here, start, 30)
        await here.step((8 * 60 + 26) * 60)
        await here.read()
        assert here.state().kind is Kind.ENDING_SOON
        await here.control("POST", "faults", VIEW_DOWN)
        await here.step(230)
        assert here.panel.touches.touched()
        here.panel.touches.released()
        assert here.state().kind is Kind.ENDING_SOON
        await here.step(15)
        assert here.state().kind not in GREEN
        await here.control("DELETE", "faults")
        await here.read()
        assert here.state().kind in GREEN

    play(tmp_path, story)


def test_a_fault_of_ours_ends_the_spinner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def book(*args: Any) -> Outcome:
        raise RuntimeError("ours")

    async def story(here: Site) -> None:
        monkeypatch.setattr(here.panel.actions, "book", book)
        here.touch(Verb.BOOK, 0)
        assert (await here.result()).result is Result.UNCERTAIN
        await here.step(9)
        assert here.panel.page is None

    with caplog.at_level(logging.CRITICAL):
        play(tmp_path, story)
