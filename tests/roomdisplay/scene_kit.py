"""Scenes for tests of what stands on the glass: a Monday in Copenhagen, drawn in English unless told otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from graph.config import GraphConfig
from graph.model import Event
from roomdisplay import showing
from roomdisplay.admin_pages import AdminFacts
from roomdisplay.check_in import CheckIns
from roomdisplay.config import RoomConfig
from roomdisplay.pages import Page
from roomdisplay.presenter import Facts
from roomdisplay.schedule import Policy
from roomdisplay.settings import RoomSection, UnitSection
from roomdisplay.showing import Scene
from roomdisplay.state import GiveBack, Presence
from roomdisplay.view import HomeView, Sheet, Verb
from roomdisplay.words import Words
from tests.roomdisplay.calendar_kit import AWAKE, COPENHAGEN, NO_CHECK_INS, POLICY, ROOM, Panel, at, day_of, view_of
from ui.translations import Translations

CONFIG = RoomConfig(
    unit=UnitSection(id="test-panel"),
    room=RoomSection(address=ROOM, name="Storebælt"),
    graph=GraphConfig(
        tenant_id="nordhavn.example",
        client_id="11111111-aaaa-4bbb-8ccc-000000000001",
        sign_in="device-code",
        token_cache_file="/nonexistent/tokens",
        token_key_file="/nonexistent/tokens.key",
    ),
    sleep=AWAKE,
)
ENGLISH = Words(Translations("en"), COPENHAGEN)
ADMIN = AdminFacts(
    unit="test-panel",
    version="1.2.3",
    room_address=ROOM,
    account="mydesk@nordhavn.example",
    addresses=("192.0.2.7",),
    signed_in=True,
    read_at=at("11:41"),
    last_error="",
    clock_synchronised=True,
    lamp="free",
    presence="unknown",
    brightness_percent=75,
    log=("11:41:00 I one", "11:40:00 W two"),
)


def words(language: str = "en", zone: ZoneInfo = COPENHAGEN, clock_hours: int = 24) -> Words:
    """A pen in another language, zone or clock."""
    return Words(Translations(language), zone, clock_hours)


def settings(**sections: dict[str, Any]) -> RoomConfig:
    """CONFIG with sections changed: settings(meeting={"release": True})."""
    changed = {name: msgspec.structs.replace(getattr(CONFIG, name), **fields) for name, fields in sections.items()}
    return msgspec.structs.replace(CONFIG, **changed)


def scene(
    *events: Event,
    now: str | datetime = "11:42",
    page: Page | None = None,
    config: RoomConfig = CONFIG,
    policy: Policy = POLICY,
    check_ins: CheckIns = NO_CHECK_INS,
    released: bool = False,
    read: bool = True,
    facts: dict[str, Any] | None = None,
    presence: Presence = Presence.UNKNOWN,
    since: str = "08:00",
    give_back: GiveBack | None = None,
    **doubt: Any,
) -> Scene:
    """What the panel knows at `now` of a calendar read 10 s ago; `doubt` goes to CalendarView."""
    instant = at(now) if isinstance(now, str) else now
    schedule = day_of(*events, policy=replace(policy, buffer_min=config.booking.buffer_min)) if read else None
    panel = Panel(
        check_ins=check_ins,
        presence=presence,
        presence_since=at(since),
        give_back=give_back,
        released=released,
        screen=config.screen,
        booking=config.booking,
        check_in=config.check_in,
        sleep=config.sleep,
        hours=config.hours,
        zone=config.room.zone,
    )
    state = panel.state(view_of(schedule, instant, **doubt), instant)
    known = Facts(room=config.room.name, room_detail="2. sal", screen=config.screen, hours=config.hours)
    return Scene(config, state, schedule, page, replace(known, **(facts or {})), admin=ADMIN)


def home(*events: Event, pen: Words = ENGLISH, **how: Any) -> HomeView:
    """The home view of that scene."""
    shown = showing.view(scene(*events, **how), pen).home
    assert isinstance(shown, HomeView)
    return shown


def sheet(*events: Event, pen: Words = ENGLISH, **how: Any) -> Sheet | None:
    """The sheet of that scene."""
    return showing.view(scene(*events, **how), pen).sheet


def verbs(view: Any) -> list[Verb]:
    """What the buttons of a view do."""
    return [button.action.verb for button in view.buttons]


def labels(view: Any) -> list[tuple[str, str]]:
    """What stands on the buttons of a view."""
    return [(button.label, button.detail) for button in view.buttons]


MINUTE = timedelta(minutes=1)
