"""What sensors make of the day at the door: readings in, the tenant's truth and the screen out."""

from __future__ import annotations

import logging
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from drivers.device import Condition
from drivers.lamp import LampColour
from drivers.readings import Light, Radar
from roomdisplay.control import status_of
from roomdisplay.occupancy import Presence
from roomdisplay.release import Keep, Step
from roomdisplay.schedule import Meeting
from roomdisplay.state import GREEN, Kind
from roomdisplay.view import Verb
from telemetry.payloads import CheckedIn, Event, NoShow, PresenceChanged, SensorChanged, StrikeCounted
from tests.roomdisplay.site import ROOM, Site
from tests.roomdisplay.test_stories import Play, events, play, the_window, to

__all__ = ["play", "the_window"]

pytestmark = pytest.mark.slow
RADAR = [{"name": "ceiling", "kind": "ld2410", "driver": "emulated"}]
CHECK_IN = {"enabled": True}
RELEASE = {"enabled": True, "exchange_auto_release": "off"}
WATCHED = {"sensors": RADAR, "check_in": CHECK_IN, "release": RELEASE}
BY_NOBODY = {"presence": {"check_in": False}}


def told(here: Site) -> list[Event]:
    """What telemetry is told from now on."""
    found: list[Event] = []
    sink = here.panel.reporter._sink
    put = sink.put
    sink.put = lambda event: (found.append(event), put(event))[1]  # type: ignore[method-assign,func-returns-value]
    return found


async def quiet_before(here: Site, until: str) -> None:
    """From shortly before the window opens, nobody in the room."""
    await to(here, "12:52")
    await here.live(until, Radar.NONE)


async def busy(here: Site) -> bool:
    return bool((await here.truth())["busy"])


async def declined(here: Site) -> list[str]:
    """The messages with which the room declined."""
    mail = (await here.control("GET", "mail"))["meeting_messages"]
    return [str(message) for message in mail if "declin" in str(message).lower()]


# --- check-in ------------------------------------------------------------------------------------------------------


def test_people_check_in_by_being_there(play: Play) -> None:
    async def story(here: Site) -> None:
        found = told(here)
        await quiet_before(here, "12:58")
        await here.kind(Kind.CHECK_IN)
        await here.live("12:58:25", Radar.MOVING)
        assert here.state().kind is Kind.CHECK_IN
        await here.live("12:59", Radar.MOVING)
        assert not here.state().check_in_key
        assert here.home.toast == "Tjekket ind, fordi lokalet er i brug"
        await here.live("13:15", Radar.STILL)
        assert here.state().kind is Kind.BUSY
        assert [event for event in found if isinstance(event, CheckedIn)] == [CheckedIn("presence")]
        assert await declined(here) == []

    play(story, **WATCHED)


def test_whoever_passes_by_is_not_checked_in_but_keeps_the_room(play: Play) -> None:
    """The room was not empty all the time, so it is not given back; that is another question than check-in."""

    async def story(here: Site) -> None:
        await quiet_before(here, "13:03")
        await here.live("13:03:10", Radar.MOVING)
        await here.live("13:06", Radar.NONE)
        assert here.state().kind is Kind.CHECK_IN
        assert here.panel.no_shows.verdict.keep is Keep.PRESENT
        await here.live("13:13", Radar.NONE)
        assert await busy(here)

    play(story, **WATCHED)


def test_without_the_rule_people_touch(play: Play) -> None:
    async def story(here: Site) -> None:
        await quiet_before(here, "12:58")
        await here.live("13:00", Radar.MOVING)
        assert here.state().kind is Kind.CHECK_IN
        here.touch(Verb.CHECK_IN)
        await here.result()
        await here.live("13:13", Radar.NONE)
        assert await busy(here)
        assert here.panel.no_shows.verdict.keep is Keep.CHECKED_IN

    play(story, **WATCHED, **BY_NOBODY)


# --- release -------------------------------------------------------------------------------------------------------


def test_a_no_show_is_warned_and_released_with_a_message(play: Play) -> None:
    async def story(here: Site) -> None:
        found = told(here)
        await quiet_before(here, "13:04")
        assert here.home.subline == "inden 13:10 — ellers frigives lokalet"
        assert here.home.hint == "Frigives om 6 min, hvis ingen tjekker ind"
        await here.live("13:08:05", Radar.NONE)
        assert here.state().kind is Kind.RELEASE_WARNING
        assert here.home.headline == "Ingen her?"
        assert here.lamp() is LampColour.ATTENTION
        await here.live("13:09:55", Radar.NONE)
        assert here.home.subline == "lokalet frigives om 1 min"
        assert await busy(here)
        await here.live("13:10:10", Radar.NONE)
        assert not await busy(here)
        assert here.state().kind is Kind.RELEASED
        assert here.lamp() is LampColour.FREE
        assert here.home.toast == "Frigivet: der kom ingen"
        (message,) = await declined(here)
        assert "ingen at se i lokalet" in message
        assert "jesper.friis" in message.lower()
        steps = [event for event in found if isinstance(event, NoShow)]
        assert steps == [NoShow("warned"), NoShow("released", "done", 80)]
        await here.live("13:13", Radar.NONE)
        assert here.state().kind is Kind.FREE
        assert len(await declined(here)) == 1

    play(story, **WATCHED)


def test_the_warning_is_on_the_screen_all_the_way_to_the_release(play: Play) -> None:
    """No red and no green flashes between the warning and the truth."""

    async def story(here: Site) -> None:
        await quiet_before(here, "13:09:50")
        kinds: list[Kind] = []
        show = here.panel.on_view
        here.panel.on_view = lambda view: (kinds.append(here.state().kind), show(view))[1]  # type: ignore[func-returns-value]
        await here.live("13:10:10", Radar.NONE, every_s=1)
        assert set(kinds) == {Kind.RELEASE_WARNING, Kind.RELEASED}
        assert kinds == sorted(kinds, key=[Kind.RELEASE_WARNING, Kind.RELEASED].index)

    play(story, **WATCHED)


@pytest.mark.parametrize("verb", [Verb.CHECK_IN, Verb.OPEN_FAULT])
def test_a_touch_anywhere_on_the_warning_keeps_the_room(play: Play, verb: Verb) -> None:
    async def story(here: Site) -> None:
        await quiet_before(here, "13:09")
        here.touch(verb)
        await here.until(lambda: here.panel.effects.idle and here.state().kind is not Kind.RELEASE_WARNING)
        assert here.panel.no_shows.verdict.keep is Keep.CHECKED_IN
        assert (await here.result()).title == "Tjekket ind"
        await here.live("13:13", Radar.NONE)
        assert await busy(here)
        assert await declined(here) == []

    play(story, **WATCHED)


@pytest.mark.parametrize("late", [False, True], ids=["before-the-write", "after-the-write"])
def test_a_touch_while_the_release_is_under_way_is_answered_honestly(play: Play, late: bool) -> None:
    async def story(here: Site) -> None:
        await quiet_before(here, "13:09:55")
        actions, calendars = here.panel.actions, here.panel.parts.session.calendars
        target, name = (calendars, "decline") if late else (actions, "_read")
        real = getattr(target, name)

        async def touched_meanwhile(*args: Any) -> Any:
            setattr(target, name, real)
            answer = await real(*args)
            here.panel.touches.touched()
            return answer

        setattr(target, name, touched_meanwhile)
        await here.live("13:10:05", Radar.NONE)
        assert await busy(here) is not late
        assert len(await declined(here)) == (1 if late else 0)
        assert (await here.result()).title == ("Mødet er ændret" if late else "Tjekket ind")

    play(story, **WATCHED)


def test_somebody_who_walks_in_keeps_the_room(play: Play) -> None:
    async def story(here: Site) -> None:
        await quiet_before(here, "13:09")
        assert here.state().kind is Kind.RELEASE_WARNING
        await here.live("13:09:05", Radar.MOVING)
        assert here.state().kind is Kind.CHECK_IN
        await here.live("13:14", Radar.STILL)
        assert here.state().kind is Kind.BUSY
        assert await busy(here)

    play(story, **WATCHED)


def test_whoever_was_offline_in_the_window_releases_nothing(play: Play) -> None:
    async def story(here: Site) -> None:
        await quiet_before(here, "12:59")
        await here.control("POST", "faults", {"kind": "drop"})
        await here.live("13:05", Radar.NONE)
        assert here.state().doubtful
        await here.control("DELETE", "faults")
        await here.read()
        await here.live("13:14", Radar.NONE)
        assert here.panel.no_shows.verdict.keep is Keep.OFFLINE
        assert await busy(here)

    play(story, **WATCHED)


def test_whoever_started_in_the_window_releases_nothing(play: Play) -> None:
    async def story(here: Site) -> None:
        await here.live("13:14", Radar.NONE)
        assert here.panel.no_shows.verdict.keep is Keep.BOOTED
        assert await busy(here)

    play(story, at=datetime.fromisoformat("2026-11-23T12:57:00+01:00"), **WATCHED)


def test_whoever_did_not_look_for_a_while_releases_nothing(play: Play) -> None:
    """A machine that slept through a part of the window has not watched it."""

    async def story(here: Site) -> None:
        await quiet_before(here, "12:59")
        await here.step(120)
        await here.read()
        await here.live("13:14", Radar.NONE)
        assert here.panel.no_shows.verdict.keep in (Keep.OFFLINE, Keep.BLIND)
        assert await busy(here)

    play(story, **WATCHED)


def test_a_sensor_that_falls_silent_releases_nothing_and_says_so(play: Play) -> None:
    async def story(here: Site) -> None:
        found = told(here)
        await quiet_before(here, "13:00")
        here.wires.conditions["ceiling"] = Condition.STALE
        await here.live("13:03")
        assert here.state().kind is Kind.CHECK_IN
        assert here.home.hint == "Sensor svarer ikke: intet frigives"
        assert "ellers" not in here.home.subline
        here.wires.conditions["ceiling"] = Condition.HEALTHY
        await here.live("13:14", Radar.NONE)
        assert here.panel.no_shows.verdict.keep is Keep.BLIND
        assert await busy(here)
        changes = [event for event in found if isinstance(event, SensorChanged)]
        assert [event.condition for event in changes] == ["stale", "healthy"]
        assert PresenceChanged("unknown") in found

    play(story, **WATCHED)


class Others:
    """The other panels of the room: what they know of a check-in, and what they were told."""

    supported = True
    unsent = ()

    def __init__(self, seen: bool | None) -> None:
        self._seen = seen
        self.asked = 0
        self.told: list[bool] = []

    async def seen(self, meeting: Meeting) -> bool | None:
        self.asked += 1
        return self._seen

    async def note(self, meeting: Meeting, *, inferred: bool = False) -> bool:
        self.told.append(inferred)
        return True

    async def repeat(self) -> None:
        """Nothing was left untold."""


TWO_PANELS = {**WATCHED, "release": RELEASE | {"panels": 2}}


def test_a_second_panel_that_cannot_be_heard_stops_the_release(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    """The tenant of the tests does not let this app share check-ins."""

    async def story(here: Site) -> None:
        await quiet_before(here, "13:13")
        assert here.panel.no_shows.verdict.keep is Keep.SECOND_PANEL
        assert status_of(here.panel)["release"]["kept_because"] == "second-panel"
        assert "ellers" not in here.home.subline
        assert await busy(here)

    with caplog.at_level(logging.WARNING):
        play(story, **TWO_PANELS)
    assert caplog.text.count("[release] panels says that this room has another panel") == 1


@pytest.mark.parametrize(
    ("seen", "keep"), [(False, Keep.NONE), (True, Keep.CHECKED_IN), (None, Keep.SECOND_PANEL)], ids=str
)
def test_what_the_other_panels_know_counts(play: Play, seen: bool | None, keep: Keep) -> None:
    async def story(here: Site) -> None:
        found, others = told(here), Others(seen)
        here.panel.no_shows._shared = others  # type: ignore[assignment]
        await quiet_before(here, "13:11")
        assert others.asked >= 1
        assert await busy(here) is (keep is not Keep.NONE)
        if keep is not Keep.NONE:
            assert here.panel.no_shows.verdict.keep is keep
        assert (CheckedIn("other-panel") in found) is (seen is True)
        assert others.told == []

    play(story, **TWO_PANELS)


def test_a_check_in_elsewhere_in_the_last_second_counts(play: Play) -> None:
    """The other panels are asked once more when the release is due, not only each minute before."""

    async def story(here: Site) -> None:
        class LastSecond(Others):
            async def seen(self, meeting: Meeting) -> bool | None:
                self.asked += 1
                return here.panel.no_shows.verdict.step is Step.RELEASE

        others = here.panel.no_shows._shared = LastSecond(False)  # type: ignore[assignment]
        await quiet_before(here, "13:13")
        assert others.asked > 1
        assert here.panel.no_shows.verdict.keep is Keep.CHECKED_IN
        assert await busy(here)

    play(story, **TWO_PANELS)


def test_the_other_panels_are_told_who_checked_in_and_how(play: Play) -> None:
    async def story(here: Site) -> None:
        others = here.panel.no_shows._shared = Others(False)  # type: ignore[assignment]
        await quiet_before(here, "12:58")
        here.touch(Verb.CHECK_IN)
        await here.result()
        await here.until(lambda: others.told == [False])
        await here.live("14:55:30", Radar.MOVING, every_s=20)
        await here.live("14:57", Radar.MOVING)
        await here.until(lambda: others.told == [False, True])

    play(story, **TWO_PANELS)


@pytest.mark.parametrize("exchange", ["on", "unknown"])
def test_where_exchange_may_release_we_do_not_and_say_so_once(
    play: Play, exchange: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(here: Site) -> None:
        with caplog.at_level(logging.WARNING):
            await quiet_before(here, "13:13")
        assert caplog.text.count("exchange_auto_release") <= 1
        assert status_of(here.panel)["release"]["kept_because"] == "exchange"
        assert await busy(here)
        assert "ellers" not in here.home.subline

    with caplog.at_level(logging.WARNING):
        play(story, **{**WATCHED, "release": RELEASE | {"exchange_auto_release": exchange}})
    assert caplog.text.count('set [release] exchange_auto_release = "off"') == 1


def test_an_exempt_organizer_keeps_the_room(play: Play) -> None:
    async def story(here: Site) -> None:
        await quiet_before(here, "13:13")
        assert here.panel.no_shows.verdict.keep is Keep.EXEMPT
        assert await busy(here)

    play(story, **{**WATCHED, "release": RELEASE | {"exempt_organizers": ["Jesper.Friis@nordhavn.example"]}})


def test_a_meeting_that_changes_in_the_very_second_keeps_the_room(play: Play) -> None:
    """Whoever extends a meeting has not forgotten it."""

    async def story(here: Site) -> None:
        await quiet_before(here, "13:09:55")
        (meeting,) = await events(here, "Projektmøde")
        read = here.panel.actions._read

        async def extended_meanwhile() -> Any:
            here.panel.actions._read = read
            await here.control("PATCH", f"meetings/{meeting['uid']}", {"end": "2026-11-23T14:45:00+01:00"})
            here.clock.step(6)  # the room's attendant takes its time
            return await read()

        here.panel.actions._read = extended_meanwhile
        await here.live("13:14", Radar.NONE)
        assert len(await events(here, "Projektmøde")) == 1
        assert here.panel.no_shows.verdict.keep in (Keep.ACTED, Keep.CHECKED_IN)
        assert await declined(here) == []

    play(story, **WATCHED)


@pytest.mark.parametrize("lasts", ["once", "for-ever"])
def test_a_release_that_fails_is_tried_once_more_and_never_later(play: Play, lasts: str) -> None:
    async def story(here: Site) -> None:
        found = told(here)
        await quiet_before(here, "13:09:55")
        fault: dict[str, Any] = {"kind": "status", "status": 503, "path": "/decline$", "method": "POST"}
        await here.control("POST", "faults", fault)
        await here.live("13:10:15", Radar.NONE)
        assert await busy(here)
        if lasts == "once":
            await here.control("DELETE", "faults")
        await here.live("13:13", Radar.NONE)
        await here.control("DELETE", "faults")
        await here.live("13:20", Radar.NONE)
        steps = [event.step for event in found if isinstance(event, NoShow)]
        assert steps == ["warned", "failed", "released" if lasts == "once" else "failed"]
        assert await busy(here) is (lasts == "for-ever")
        assert len(await declined(here)) == (1 if lasts == "once" else 0)

    play(story, **WATCHED)


def test_a_no_show_of_a_series_is_a_strike(play: Play) -> None:
    async def story(here: Site) -> None:
        found = told(here)
        await here.live("09:40:30", Radar.NONE)
        assert StrikeCounted(1) in found
        assert status_of(here.panel)["strikes"]["no_shows"] == 1
        kattegat = await here.truth("kattegat@nordhavn.example")
        assert not kattegat["busy"]

    room = {"address": "kattegat@nordhavn.example", "name": "Kattegat"}
    play(story, at=datetime.fromisoformat("2026-11-23T09:20:00+01:00"), room=room, **WATCHED)


def test_old_strikes_go_from_the_disk_though_nothing_new_comes(play: Play, tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        await here.live("09:40:30", Radar.NONE)
        file = tmp_path / "strikes.json"
        await here.until(lambda: "2026-11-23" in file.read_text())
        assert "Fællesmøde" not in file.read_text()
        await here.step(15 * 24 * 3600)
        await here.until(lambda: "2026-11-23" not in file.read_text())

    room = {"address": "kattegat@nordhavn.example", "name": "Kattegat"}
    play(story, at=datetime.fromisoformat("2026-11-23T09:20:00+01:00"), room=room, **WATCHED)


def test_without_a_sensor_a_missing_check_in_is_enough_where_the_admin_says_so(play: Play) -> None:
    async def story(here: Site) -> None:
        await to(here, "12:52")
        await here.live("13:10:10")
        assert not await busy(here)
        (message,) = await declined(here)
        assert "Ingen tjekkede ind, så" in message

    play(story, check_in=CHECK_IN, release=RELEASE | {"without_sensors": True})


# --- what the screen says ------------------------------------------------------------------------------------------


def test_a_free_room_with_somebody_in_it_is_amber_and_may_be_booked(play: Play) -> None:
    async def story(here: Site) -> None:
        await here.live("11:43", Radar.MOVING)
        assert here.state().kind is Kind.IN_USE
        assert here.home.headline == "I brug"
        assert here.home.subline.startswith("ikke booket · ")
        assert here.lamp() is LampColour.ATTENTION
        here.touch(Verb.BOOK, 1)
        await here.result()
        assert await busy(here)

    play(story, sensors=RADAR)


def test_a_booked_room_without_anybody_is_amber_and_says_so(play: Play) -> None:
    async def story(here: Site) -> None:
        await quiet_before(here, "13:09:55")
        assert here.state().kind is Kind.BUSY
        await here.live("13:10:05", Radar.NONE)
        assert here.state().kind is Kind.BOOKED_EMPTY
        assert (here.home.headline, here.home.subline) == ("Booket", "ingen er her · til 14:30")
        assert here.lamp() is LampColour.ATTENTION
        await here.live("13:11", Radar.MOVING)
        assert here.state().kind is Kind.BUSY
        assert here.lamp() is LampColour.BUSY
        await here.live("13:13")
        assert here.panel.presence is Presence.UNKNOWN
        assert here.state().kind is Kind.BUSY

    play(story, sensors=RADAR)


def test_a_flapping_sensor_does_not_make_the_lamp_flicker(play: Play) -> None:
    async def story(here: Site) -> None:
        seen: list[tuple[float, LampColour]] = []
        for _ in range(20):
            for seconds, values in ((9.4, ()), (0.7, ()), (0.7, (Radar.MOVING,)), (0.7, (Radar.MOVING,))):
                await here.step_with(seconds, *values)
                seen.append((here.clock.monotonic_s(), here.lamp()))
        changes = [now_s for (_, before), (now_s, after) in pairwise(seen) if before is not after]
        assert len(changes) > 10
        assert all(later - earlier >= 2.0 for earlier, later in pairwise(changes))

    play(story, sensors=RADAR)


# --- what presence does by itself ----------------------------------------------------------------------------------


def test_a_walk_in_gets_a_booking(play: Play) -> None:
    async def story(here: Site) -> None:
        await here.live("11:43", Radar.NONE)
        await here.live("11:44:50", Radar.MOVING)
        assert await events(here, "Booket ved døren") == []
        await here.live("11:45:30", Radar.MOVING)
        (mine,) = await events(here, "Booket ved døren")
        assert here.home.toast == "Booket, fordi der er nogen i lokalet"
        assert here.state().kind not in GREEN
        end = datetime.fromisoformat(mine["end"]).astimezone(here.panel.config.room.zone)
        assert f"{end:%H:%M}" == "12:00"
        await here.live("11:50", Radar.STILL)
        assert len(await events(here, "Booket ved døren")) == 1

    play(story, sensors=RADAR, presence={"auto_book": True})


def test_people_who_stay_are_extended(play: Play) -> None:
    async def story(here: Site) -> None:
        here.touch(Verb.BOOK, 0)
        await here.result()
        here.act(Verb.CLOSE)
        await here.live("11:51", Radar.MOVING)
        (mine,) = await events(here, "Booket ved døren")
        end = datetime.fromisoformat(mine["end"]).astimezone(here.panel.config.room.zone)
        assert f"{end:%H:%M}" == "12:12"
        assert here.home.toast == "Forlænget, fordi lokalet er i brug"

    play(story, sensors=RADAR, presence={"auto_extend": True})


@pytest.mark.parametrize("kept", [False, True])
def test_an_empty_booking_is_warned_and_ended_unless_somebody_touches(play: Play, kept: bool) -> None:
    async def story(here: Site) -> None:
        here.touch(Verb.BOOK, 3)
        await here.result()
        here.act(Verb.CLOSE)
        await here.live("11:45", Radar.MOVING)
        await here.live("11:54", Radar.NONE)
        while here.state().kind is not Kind.RELEASE_WARNING:
            assert here.clock.now().minute < 58 or here.clock.now().hour > 10, here.state().kind
            await here.step_with(5, Radar.NONE)
        assert here.home.subline.startswith("bookingen slutter om ")
        assert here.home.hint == "Tryk hvor som helst for at beholde lokalet"
        if kept:
            here.touch(Verb.KEEP)
            assert here.state().kind in (Kind.BUSY, Kind.BOOKED_EMPTY)
        for _ in range(25):
            await here.step_with(5, Radar.NONE)
        assert await busy(here) is kept
        assert here.home.toast == ("" if kept else "Bookingen blev afsluttet: der var ingen")

    play(story, sensors=RADAR, presence={"end_when_empty": True, "end_empty_after_min": 10})


@pytest.mark.parametrize("rule", ["auto_extend", "end_when_empty"])
def test_what_somebody_put_into_the_rooms_own_calendar_is_theirs(play: Play, rule: str) -> None:
    async def story(here: Site) -> None:
        span = {"start": "2026-11-23T10:40:00+00:00", "end": "2026-11-23T11:00:00+00:00"}
        await here.control("POST", f"rooms/{ROOM}/bookings", {"subject": "Direkte", **span})
        await here.read()
        await here.live("11:44", Radar.MOVING)
        await here.live("11:58", Radar.MOVING if rule == "auto_extend" else Radar.NONE)
        (theirs,) = await events(here, "Direkte")
        assert theirs["end"].startswith("2026-11-23T11:00")
        assert here.home.toast == ""

    play(story, sensors=RADAR, presence={rule: True, "end_empty_after_min": 10})


# --- light ---------------------------------------------------------------------------------------------------------


def test_a_dark_corridor_dims_the_glass_and_never_above_what_the_admin_set(play: Play) -> None:
    async def story(here: Site) -> None:
        await here.live("11:43", Light(lux=300.0))
        assert here.home.brightness == 1.0
        await here.live("11:45", Light(lux=2.0))
        assert here.home.brightness == 0.25
        here.panel.set_brightness(50)
        await here.live("11:47", Light(lux=300.0))
        assert here.home.brightness == 0.5

    play(story, sensors=RADAR, auto_dim={"enabled": True})


def test_a_backlight_is_dimmed_instead_of_the_picture_and_goes_dark_at_night(play: Play) -> None:
    async def story(here: Site) -> None:
        backlight = here.panel.parts.backlight
        assert backlight is not None
        await here.live("11:45", Light(lux=2.0))
        assert (backlight.percent, here.home.brightness) == (25, 1.0)
        await to(here, "22:30")
        assert here.state().kind is Kind.ASLEEP
        assert backlight.percent == 0
        here.panel.touches.touched()
        assert backlight.percent != 0

    play(story, sensors=RADAR, auto_dim={"enabled": True}, backlight={"driver": "emulated"})
