"""What people do at the door, from the touch to the tenant's truth and back to the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common.pin import hash_pin
from drivers.lamp import LampColour
from roomdisplay.outcome import Deed
from roomdisplay.pages import Confirm, PersonSearch
from roomdisplay.state import Doubt, Kind
from roomdisplay.view import ListSheet, PinSheet, Result, ResultSheet, SearchSheet, SignInSheet, Verb
from tests.roomdisplay.site import ACCOUNT, MORNING, ROOM, Site, site
from tests.ui.touch_site import touch_site
from tests.ui_kit.conftest import the_window

__all__ = ["the_window"]

Story = Callable[[Site], Awaitable[None]]
Play = Callable[..., None]


@pytest.fixture(params=["by-hand", "on-glass"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    """Plays a story twice: by sending actions to the panel, and with fingers on widgets that were really drawn."""
    window = request.getfixturevalue("the_window") if request.param == "on-glass" else None

    def run(story: Story, **options: Any) -> None:
        async def through() -> None:
            opened = touch_site(tmp_path, window, **options) if window else site(tmp_path, **options)
            async with opened as here:
                await story(here)

        asyncio.run(through())

    return run


async def blocking(here: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await here.truth())["blocking"]
    return found


async def events(here: Site, subject: str = "") -> list[dict[str, Any]]:
    """The room's live events, by subject."""
    found: list[dict[str, Any]] = (await here.truth())["events"]
    return [event for event in found if subject in event["subject"]]


async def to(here: Site, clock: str) -> None:
    """Let the day pass to that time in Copenhagen, and read."""
    hour, minute = (int(part) for part in clock.split(":"))
    target = here.clock.now().astimezone(here.panel.config.room.zone).replace(hour=hour, minute=minute, second=0)
    await here.step((target - here.clock.now()).total_seconds())
    await here.read()


def test_book_later_from_the_day_view(play: Play) -> None:
    async def story(here: Site) -> None:
        await to(here, "13:20")
        here.touch(Verb.OPEN_DAY)
        slot = here.panel.clock.now().astimezone(here.panel.config.room.zone).replace(hour=14, minute=30, second=0)
        here.act(Verb.OPEN_BOOKING, slot.astimezone(UTC).isoformat())
        here.touch(Verb.BOOK)
        assert (await here.result()).result is Result.DONE
        mine = await events(here, "Booket ved døren")
        assert [datetime.fromisoformat(event["start"]) for event in mine] == [slot]

    play(story)


def test_book_as_a_person_who_gets_the_invitation(play: Play) -> None:
    async def story(here: Site) -> None:
        here.act(Verb.OPEN_BOOKING, "")
        here.touch(Verb.AS_PERSON)
        here.act(Verb.TYPED, "jesper fri")
        await here.until(lambda: isinstance(here.panel.page, PersonSearch) and here.panel.page.hits)
        sheet = here.panel.view.sheet
        assert isinstance(sheet, SearchSheet)
        assert sheet.rows[0].title == "Jesper F."
        here.act(Verb.PICK_PERSON, "0")
        here.touch(Verb.BOOK)
        assert (await here.result()).result is Result.DONE
        (mine,) = await events(here, "Jesper Friis")
        assert any(address.startswith("jesper.friis") or "jesper" in address for address in mine["attendees"])
        assert here.home.title == "Jesper Friis"

    play(story)


def test_extend_own_booking_moves_its_end(play: Play) -> None:
    async def story(here: Site) -> None:
        here.touch(Verb.BOOK, 0)
        await here.result()
        here.act(Verb.CLOSE)
        here.touch(Verb.OPEN_EXTEND)
        button = here.touch(Verb.EXTEND, 0)
        assert (await here.result()).result is Result.DONE
        (mine,) = await events(here, "Booket ved døren")
        assert datetime.fromisoformat(mine["end"]) == datetime.fromisoformat(button.action.value)

    play(story)


def test_extend_somebody_elses_meeting_adds_a_booking_drawn_as_one(play: Play) -> None:
    async def story(here: Site) -> None:
        await to(here, "14:24")
        await here.kind(Kind.ENDING_SOON)
        here.touch(Verb.EXTEND, 0)
        assert (await here.result()).result is Result.DONE
        theirs = await events(here, "Projektmøde")
        assert datetime.fromisoformat(theirs[0]["end"]).minute == 30
        current = here.state().current
        assert current is not None
        assert len(current.parts) == 2
        assert here.home.title == "Projektmøde Nordhavn"
        assert current.end == here.clock.now() + timedelta(minutes=21)

    play(story)


def test_end_early_frees_the_room(play: Play) -> None:
    async def story(here: Site) -> None:
        here.touch(Verb.BOOK, 1)
        await here.result()
        here.act(Verb.CLOSE)
        await here.step(300)
        await here.read()
        here.touch(Verb.END)
        here.touch(Verb.CONFIRM)
        assert (await here.result()).result is Result.DONE
        assert not (await here.truth())["busy"]
        assert here.state().kind is Kind.RELEASED
        assert here.lamp() is LampColour.FREE

    play(story)


def test_other_peoples_meetings_cannot_be_ended_by_default(play: Play) -> None:
    async def story(here: Site) -> None:
        await to(here, "13:20")
        assert Verb.END not in [button.action.verb for button in here.buttons()]

    play(story)


def test_check_in_by_touch_survives_a_restart(play: Play, tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await to(here, "12:57")
        await here.kind(Kind.CHECK_IN)
        here.touch(Verb.CHECK_IN)
        assert (await here.result()).result is Result.DONE
        await here.step(300)
        await here.kind(Kind.BUSY)

    play(story, check_in={"enabled": True})
    kept = (tmp_path / "check-ins.json").read_text()
    assert "Projekt" not in kept
    assert "AAMk" not in kept

    async def after(here: Site) -> None:
        await to(here, "13:02")
        await here.kind(Kind.BUSY)

    play(after, check_in={"enabled": True})


def test_a_lost_race_is_told_and_leaves_one_booking(play: Play) -> None:
    async def story(here: Site) -> None:
        start = here.clock.now().replace(second=0)

        real_create = here.panel.parts.session.calendars.create

        async def beaten(room: str, booking: Any, **rest: Any) -> Any:
            times = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
            await here.control("POST", f"rooms/{ROOM}/bookings", {"subject": "Faster", **times})
            here.clock.step(2)
            return await real_create(room, booking, **rest)

        here.panel.parts.session.calendars.create = beaten  # type: ignore[method-assign]
        here.touch(Verb.BOOK, 0)
        sheet = await here.result()
        assert sheet.result is Result.REFUSED
        assert sheet.title == here.panel.words.t("Somebody was faster")
        assert [event["subject"] for event in await blocking(here)] == ["Faster"]

    play(story)


@pytest.mark.parametrize("fault", ["drop", "hang"])
def test_a_booking_cut_in_the_middle_is_made_exactly_once(play: Play, fault: str) -> None:
    async def story(here: Site) -> None:
        await here.control("POST", "faults", {"kind": fault, "path": "/events$", "method": "POST", "count": 2})
        here.touch(Verb.BOOK, 0)
        assert (await here.result()).result is Result.DONE
        assert len(await events(here, "Booket ved døren")) == 1

    play(story)


def test_a_booking_that_stays_uncertain_is_settled_when_the_network_is_back(play: Play) -> None:
    async def story(here: Site) -> None:
        await here.control("POST", "faults", {"kind": "drop", "path": "/events$", "method": "POST"})
        here.touch(Verb.BOOK, 0)
        await here.until(lambda: isinstance(here.panel.view.sheet, ResultSheet), timeout_s=30)
        sheet = here.panel.view.sheet
        assert isinstance(sheet, ResultSheet)
        assert sheet.result is Result.UNCERTAIN
        await here.control("DELETE", "faults")
        here.panel.reader.soon()
        await here.until(lambda: isinstance(s := here.panel.view.sheet, ResultSheet) and s.result is Result.DONE)
        assert len(await events(here, "Booket ved døren")) == 1

    play(story)


def test_release_can_be_undone_and_then_tells_the_organizer(play: Play) -> None:
    async def story(here: Site) -> None:
        await to(here, "13:02")
        await here.kind(Kind.CHECK_IN)
        here.touch(Verb.RELEASE)
        here.touch(Verb.CONFIRM)
        await here.until(lambda: here.home.toast)
        here.act(Verb.UNDO)
        assert (await here.result()).result is Result.DONE
        assert (await here.truth())["busy"]
        here.act(Verb.CLOSE)
        here.touch(Verb.RELEASE)
        here.touch(Verb.CONFIRM)
        await here.until(lambda: here.home.toast)
        await here.step(11)
        assert (await here.result()).result is Result.DONE
        assert not (await here.truth())["busy"]
        mail = (await here.control("GET", "mail"))["meeting_messages"]
        assert any("jesper.friis" in str(message).lower() for message in mail)

    play(story, check_in={"enabled": True}, meeting={"release": True})


def test_of_an_anonymous_booking_that_is_released_nobody_is_told(play: Play) -> None:
    async def story(here: Site) -> None:
        here.touch(Verb.BOOK, 0)
        assert (await here.result()).result is Result.DONE
        here.act(Verb.CLOSE)
        await here.read()
        meeting = here.state().current
        assert meeting is not None
        sent = (await here.control("GET", "mail"))["meeting_messages"]
        here.panel.show(Confirm(Deed.RELEASE, meeting.key))
        here.touch(Verb.CONFIRM)
        await here.until(lambda: here.home.toast)
        await here.step(11)
        assert (await here.result()).text == "Lokalet er ledigt. Bookingen er slettet."
        assert (await here.control("GET", "mail"))["meeting_messages"] == sent
        assert not (await here.truth())["busy"]

    play(story)


def test_cancel_what_was_booked_here(play: Play) -> None:
    async def story(here: Site) -> None:
        slot = MORNING.replace(hour=15, minute=0)
        here.act(Verb.OPEN_BOOKING, slot.astimezone(UTC).isoformat())
        here.touch(Verb.BOOK)
        await here.result()
        here.act(Verb.CLOSE)
        (meeting,) = [one for one in here.panel.situation().schedule.meetings if one.own]  # type: ignore[union-attr]
        here.act(Verb.OPEN_MEETING, meeting.key)
        here.touch(Verb.CANCEL_BOOKING)
        here.touch(Verb.CONFIRM)
        assert (await here.result()).result is Result.DONE
        assert await events(here, "Booket ved døren") == []

    play(story)


def test_other_rooms_are_listed_nearest_first(play: Play) -> None:
    async def story(here: Site) -> None:
        here.touch(Verb.OPEN_ROOMS)
        await here.until(lambda: isinstance(s := here.panel.view.sheet, ListSheet) and s.rows)
        sheet = here.panel.view.sheet
        assert isinstance(sheet, ListSheet)
        assert "2. sal" in sheet.rows[0].detail
        truth = {room["name"]: room["busy"] for room in (await here.control("GET", "rooms"))["rooms"]}
        assert not any(truth[row.title] for row in sheet.rows)

    play(story)


def test_a_fault_is_reported(play: Play) -> None:
    async def story(here: Site) -> None:
        here.touch(Verb.OPEN_FAULT)
        here.touch(Verb.FAULT_KIND, 0)
        here.touch(Verb.FAULT_SEND, 1)
        assert (await here.result()).result is Result.DONE

    play(story)


def test_offline_is_grey_and_comes_back(play: Play) -> None:
    async def story(here: Site) -> None:
        await here.control("POST", "faults", {"kind": "drop"})
        for _ in range(6):
            await here.step(60)
            await here.read()
        await here.kind(Kind.OFFLINE)
        assert here.lamp() is LampColour.NEUTRAL
        assert here.home.headline == "Ukendt"
        assert [button.action.verb for button in here.home.buttons] == [Verb.RETRY]
        await here.control("DELETE", "faults")
        here.touch(Verb.RETRY)
        await here.kind(Kind.FREE)
        assert here.lamp() is LampColour.FREE

    play(story)


def test_a_revoked_sign_in_needs_the_pin_and_a_code(play: Play) -> None:
    async def story(here: Site) -> None:
        await here.control("POST", "sign-in/auto-approve", {"account": ""})
        await here.control("POST", f"accounts/{ACCOUNT}", {"revoke": True, "question": True})
        await here.step(60)
        await here.read()
        await here.kind(Kind.NEEDS_SIGN_IN)
        here.touch(Verb.SIGN_IN)
        assert isinstance(here.panel.view.sheet, PinSheet)
        here.act(Verb.PIN, "111213")
        await here.until(lambda: isinstance(here.panel.view.sheet, PinSheet) and not here.panel.view.sheet.digits)
        here.act(Verb.PIN, "271828")
        await here.until(lambda: isinstance(s := here.panel.view.sheet, SignInSheet) and s.code)
        await here.control("POST", "sign-in/approve", {"account": ACCOUNT})
        here.clock.step(6)
        await here.kind(Kind.FREE)

    play(story, admin={"pin_hash": hash_pin("271828")})


def test_the_room_that_does_not_exist_has_its_own_screen(play: Play) -> None:
    async def story(here: Site) -> None:
        await here.kind(Kind.NO_ROOM)
        assert here.lamp() is LampColour.NEUTRAL

    play(story, room={"address": "nosuchroom@nordhavn.example"})


def test_a_wrong_clock_shows_no_state(play: Play) -> None:
    async def story(here: Site) -> None:
        here.clock.sync = False
        here.clock.compare(here.clock.now() + timedelta(minutes=5))
        await here.step(1)
        assert here.state().doubt is Doubt.CLOCK
        assert here.lamp() is LampColour.NEUTRAL

    play(story)


def test_a_sub_view_goes_home_and_forgets(play: Play) -> None:
    async def story(here: Site) -> None:
        here.act(Verb.OPEN_BOOKING, "")
        here.touch(Verb.AS_PERSON)
        here.act(Verb.TYPED, "jes")
        await here.step(31)
        await here.until(lambda: here.panel.page is None)
        assert here.panel.view.sheet is None

    play(story)


def test_the_first_touch_on_a_dark_screen_only_wakes(play: Play) -> None:
    async def story(here: Site) -> None:
        await to(here, "22:30")
        await here.kind(Kind.ASLEEP)
        assert here.lamp() is LampColour.OFF
        assert here.panel.touches.touched() is False
        await here.until(lambda: here.state().kind in (Kind.FREE, Kind.FREE_SOON))
        assert here.panel.touches.touched() is True

    play(story)
