"""The table of room states in tests/cases/room_state.json, and what holds for all of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from drivers.lamp import LampColour
from graph.model import Event, Response, ShowAs
from roomdisplay.freshness import CalendarView, Trouble
from roomdisplay.presence_settings import PresenceSection
from roomdisplay.settings import BookingSection, CheckInSection, ScreenSection, SleepSection
from roomdisplay.state import GREEN, LAMP, Doubt, GiveBack, Kind, Presence, Reason, RoomState
from tests.roomdisplay.calendar_kit import POLICY, Panel, at, day_of, event, view_of

CASES = json.loads((Path(__file__).parents[1] / "cases" / "room_state.json").read_text())["cases"]


def _event(fields: dict[str, Any]) -> Event:
    given = dict(fields)
    span = given.pop("span")
    given["show_as"] = ShowAs(given.get("show_as", "busy"))
    given["response"] = Response(given.get("response", "accepted"))
    if "created" in given:
        given["created"] = at(given["created"])
    return event(span, **given)


def _panel(case: dict[str, Any]) -> Panel:
    return Panel(
        released=case.get("released", False),
        awake=case.get("awake", False),
        booted_at=at(case.get("booted_at", "-7 08:00")),
        check_in=CheckInSection(enabled=case.get("check_in", False)),
        sleep=SleepSection(enabled=case.get("sleep", False)),
        presence=Presence(case.get("presence", "unknown")),
        presence_since=at(case["presence_since"]) if "presence_since" in case else None,
        give_back=_give_back(case["give_back"]) if "give_back" in case else None,
        sensing=PresenceSection(shown=case.get("shown", True)),
    )


def _give_back(case: dict[str, Any]) -> GiveBack:
    key = f"{case['id']}@{at(case['start']).isoformat()}"
    return GiveBack(key, at(case["at"]), Reason(case.get("reason", "no-show")), warn=case["warn"])


def _view(case: dict[str, Any], now: datetime) -> CalendarView:
    policy = replace(POLICY, buffer_min=case.get("buffer_min", 0))
    schedule = None if case["events"] is None else day_of(*map(_event, case["events"]), policy=policy)
    return view_of(
        schedule,
        now,
        age_s=case.get("age_s", 10),
        trouble=Trouble(case.get("trouble", "")),
        clock_synchronised=case.get("clock", True),
        recheck=case.get("recheck", False),
    )


def _answer(state: RoomState, name: str) -> Any:
    match name:
        case "current" | "next":
            meeting = getattr(state, name)
            return meeting.parts[0].id if meeting else None
        case "others":
            return [meeting.parts[0].id for meeting in state.others]
        case "check_in_of":
            return state.check_in_key.partition("@")[0]
        case _:
            return getattr(state, name)


def _wanted(name: str, value: Any) -> Any:
    instants = ("until", "free_from", "check_in_by")
    return at(value) if name in instants and value is not None else value


ANSWERS = ("kind", "lamp", "doubt", "last_kind", "may_book", "until", "free_from", "check_in_by", "check_in_of")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_room_state(case: dict[str, Any]) -> None:
    now = at(case["now"])
    state = _panel(case).state(_view(case, now), now)
    asked = [name for name in (*ANSWERS, "current", "next", "others") if name in case]
    assert {name: _answer(state, name) for name in asked} == {name: _wanted(name, case[name]) for name in asked}
    assert state.now == now
    assert state.read_at == _view(case, now).read_at


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_holds_for_every_state(case: dict[str, Any]) -> None:
    now = at(case["now"])
    state = _panel(case).state(_view(case, now), now)
    assert state.lamp is LAMP.get(state.kind, LampColour.NEUTRAL)
    assert state.clock_known == case.get("clock", True)
    if state.doubtful:
        assert state.kind not in GREEN
        assert state.lamp in (LampColour.NEUTRAL, LampColour.OFF)
        assert not state.may_book
        assert state.check_in_by is None
    if state.until:
        assert state.until > now


def test_every_kind_has_a_case() -> None:
    assert {case["kind"] for case in CASES} == set(Kind)


def test_every_doubt_has_a_case() -> None:
    assert {case.get("doubt", "") for case in CASES} == set(Doubt)


def test_presence_is_passed_on_and_never_makes_a_room_green() -> None:
    now = at("10:00")
    kinds = {Presence.OCCUPIED: Kind.IN_USE, Presence.VACANT: Kind.FREE, Presence.UNKNOWN: Kind.FREE}
    for presence in Presence:
        state = Panel(presence=presence).state(view_of(day_of(), now), now)
        assert (state.presence, state.kind) == (presence, kinds[presence])
        assert state.may_book


def test_booking_switched_off() -> None:
    now = at("10:00")
    panel = Panel(booking=BookingSection(enabled=False))
    assert not panel.state(view_of(day_of(), now), now).may_book


def test_no_soon_and_no_ending_when_switched_off() -> None:
    panel = Panel(screen=ScreenSection(free_soon_min=0, ending_soon_min=0))
    schedule = day_of(event("10:00-11:00"))
    for now, kind in ((at("09:59:59"), Kind.FREE), (at("10:59:59"), Kind.BUSY)):
        assert panel.state(view_of(schedule, now), now).kind is kind


def test_checked_in_is_busy() -> None:
    now = at("10:01")
    schedule = day_of(event("10:00-11:00"))
    panel = Panel(check_in=CheckInSection(enabled=True))
    assert panel.state(view_of(schedule, now), now).kind is Kind.CHECK_IN
    checked_in = replace(panel, check_ins=panel.check_ins.add(schedule.meetings[0], now))
    assert checked_in.state(view_of(schedule, now), now).kind is Kind.BUSY


NEXT = [
    ("a start comes", ["10:00-11:00"], "09:58", {}, "10:00"),
    ("soon comes before it", ["10:00-11:00"], "09:44", {}, "09:45"),
    ("the read gets stale first", ["10:00-11:00"], "09:42", {"age_s": 30}, "09:44"),
    ("already stale: sleep comes", [], "10:00", {"age_s": 200}, "20:00"),
    ("never read: sleep comes", None, "10:00", {}, "20:00"),
    ("rechecking gets too old", [], "10:00", {"recheck": True, "age_s": 20}, "10:00:40"),
    ("the window ends", [], "+2 00:59:30", {"limit_s": 660.0}, "+2 01:00"),
    ("asleep until the morning", [], "22:00", {"limit_s": 1e6}, "+1 06:30"),
]


@pytest.mark.parametrize(("spans", "now", "fields", "wanted"), [row[1:] for row in NEXT], ids=[row[0] for row in NEXT])
def test_next_change(spans: list[str] | None, now: str, fields: dict[str, Any], wanted: str) -> None:
    schedule = None if spans is None else day_of(*map(event, spans))
    instant = at(now)
    night = now.startswith("+2")
    panel = Panel(sleep=SleepSection(enabled=not night))
    assert panel.next_change(view_of(schedule, instant, **fields), instant) == at(wanted)


def test_no_change_in_sight() -> None:
    now = at("10:00")
    assert Panel().next_change(view_of(None, now), now) is None
