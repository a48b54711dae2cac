"""Draws any state of the panel to a PNG, without a tenant and without a display."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, cast

from common.errors import MyDeskError
from graph.config import GraphConfig
from roomdisplay import looks, sample_day, showing
from roomdisplay.check_in import CheckIns
from roomdisplay.config import RoomConfig
from roomdisplay.freshness import CalendarView, Trouble
from roomdisplay.presenter import Facts
from roomdisplay.schedule import build
from roomdisplay.settings import BookingSection, CheckInSection, MeetingSection, RoomSection, ScreenSection, UnitSection
from roomdisplay.state import room_state
from roomdisplay.view import PanelView
from roomdisplay.words import Words
from ui import window
from ui.metrics import Panel
from ui.panel_size import panel_of
from ui.theme import Theme
from ui.translations import Translations

SHEETS = (
    "booking",
    "booking-later",
    "person",
    "person-empty",
    "day",
    "tomorrow",
    "meeting",
    "extend",
    "confirm-end",
    "confirm-release",
    "working",
    "booked",
    "taken",
    "uncertain",
    "no-connection",
    "rooms",
    "rooms-asking",
    "fault",
    "fault-text",
    "pin",
    "pin-locked",
    "sign-in",
)


def draw(
    state: str,
    *,
    lang: str,
    size: tuple[int, int],
    busy_colour: str = "red",
    sheet: str = "",
    long_names: bool = False,
) -> bytes:
    """The PNG of one state. Raises MyDeskError for a language, colour or sheet that does not exist."""
    config = configuration(size, lang, busy_colour)
    shown = view(state, config, sheet=sheet, long_names=long_names)
    panel, colours = looks.metrics(config.screen), looks.theme(config.screen)
    return _png(shown, panel, colours)


def _png(shown: PanelView, panel: Panel, colours: Theme) -> bytes:
    """Kivy opens its window when it is imported, so this comes last and off the screen."""
    window.configure(panel, offscreen=True)
    window.open_window()
    from roomdisplay.screens.capture import png

    return png(shown, panel, colours)


def configuration(size: tuple[int, int], lang: str, busy_colour: str) -> RoomConfig:
    if lang not in ("da", "en", "es"):
        raise MyDeskError(f"There is no catalogue for {lang!r}.", hint="Take da, en or es.")
    if busy_colour not in ("red", "purple"):
        raise MyDeskError(f"{busy_colour!r} is not a busy colour.", hint="Take red or purple.")
    return RoomConfig(
        unit=UnitSection(id="preview"),
        room=RoomSection(address=sample_day.ROOM, name="Storebælt", detail=_detail(lang)),
        graph=GraphConfig(
            tenant_id="nordhavn.example",
            client_id="00000000-0000-0000-0000-000000000000",
            sign_in="device-code",
            token_cache_file="/nonexistent/tokens",  # noqa: S106 - a path, never opened
            token_key_file="/nonexistent/tokens.key",  # noqa: S106
        ),
        screen=ScreenSection(
            language=cast("Literal['da', 'en', 'es']", lang),
            width_px=size[0],
            height_px=size[1],
            width_mm=panel_of(size).width_mm,
            busy_colour=cast("Literal['red', 'purple']", busy_colour),
        ),
        booking=BookingSection(by_name=True),
        meeting=MeetingSection(release=True),
    )


def _detail(lang: str) -> str:
    lines = {
        "da": "2. sal · 8 pladser · Skærm · Teams",
        "en": "Floor 2 · 8 seats · Display · Teams",
        "es": "Planta 2 · 8 plazas · Pantalla · Teams",
    }
    return lines[lang]


def view(kind: str, config: RoomConfig, *, sheet: str = "", long_names: bool = False) -> PanelView:
    """The view that the panel would show at the sample day's moment for `kind`. Raises MyDeskError."""
    return showing.view(scene(kind, config, sheet=sheet, long_names=long_names), words(config))


def words(config: RoomConfig) -> Words:
    """The words of the preview's language."""
    return Words(Translations(config.screen.language), config.room.zone, config.screen.clock_hours)


def scene(kind: str, config: RoomConfig, *, sheet: str = "", long_names: bool = False) -> showing.Scene:
    """All that the view is made from."""
    moment = sample_day.MOMENTS[kind]
    now = sample_day.instant(moment.at)
    window = sample_day.instant("00:00") - timedelta(hours=1), sample_day.instant("23:59") + timedelta(days=1)
    events = sample_day.events(moment, long_names=long_names)
    schedule = build(events, *window, zone=sample_day.ZONE, policy=config.policy)
    known = CalendarView(
        schedule=schedule if moment.age_s is not None else None,
        read_at=now - timedelta(seconds=moment.age_s) if moment.age_s is not None else None,
        age_s=moment.age_s,
        limit_s=150.0,
        trouble=Trouble(moment.trouble),
        clock_synchronised=moment.synchronised,
        recheck=False,
    )
    state = room_state(
        known,
        check_ins=CheckIns.empty(b"preview"),
        presence=moment.presence,
        presence_since=sample_day.instant(moment.presence_since),
        give_back=sample_day.give_back(moment, schedule),
        released=moment.released,
        awake=False,
        booted_at=now - timedelta(days=1),
        now=now,
        screen=config.screen,
        booking=config.booking,
        check_in=CheckInSection(enabled=moment.check_in),
        sleep=config.sleep,
        hours=config.hours,
        zone=config.room.zone,
        sensing=config.presence,
    )
    page = sample_day.sheets(schedule).get(sheet) if sheet else None
    if sheet and page is None:
        raise MyDeskError(f"There is no sub-view {sheet!r}.", hint="`--sheet list` names them.")
    tried = _tried(now, moment.trouble)
    facts = Facts(config.room.name, config.room.detail, config.screen, config.hours, last_try=tried, blind=moment.blind)
    return showing.Scene(config, state, known.schedule, page, facts)


def _tried(now: datetime, trouble: str) -> datetime | None:
    return now - timedelta(seconds=60) if trouble else None
