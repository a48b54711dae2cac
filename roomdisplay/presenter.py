"""From a RoomState to the home view: finished words in the screen's language and the room's zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from roomdisplay import home_buttons, home_words
from roomdisplay.home_buttons import Possible
from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.settings import HoursSection, ScreenSection
from roomdisplay.state import Kind, RoomState
from roomdisplay.timeline import timeline
from roomdisplay.view import AsleepView, ButtonView, HomeView, Shape, Tone
from roomdisplay.words import Words

TONES = {
    Kind.FREE: Tone.FREE,
    Kind.FREE_SOON: Tone.ATTENTION,
    Kind.RELEASED: Tone.FREE,
    Kind.BUSY: Tone.BUSY,
    Kind.ENDING_SOON: Tone.BUSY,
    Kind.OVERLAP: Tone.BUSY,
    Kind.CHECK_IN: Tone.ATTENTION,
    Kind.BOOKED_EMPTY: Tone.ATTENTION,
    Kind.RELEASE_WARNING: Tone.ATTENTION,
    Kind.IN_USE: Tone.ATTENTION,
}
SHAPES = {
    Kind.FREE: Shape.RING,
    Kind.RELEASED: Shape.RING,
    Kind.FREE_SOON: Shape.RING_DOT,
    Kind.BUSY: Shape.DISC,
    Kind.OVERLAP: Shape.DISC,
    Kind.ENDING_SOON: Shape.PIE,
    Kind.CHECK_IN: Shape.CLOCK,
    Kind.RELEASE_WARNING: Shape.CLOCK,
    Kind.BOOKED_EMPTY: Shape.DISC,
    Kind.IN_USE: Shape.RING_DOT,
}
HINTING = (Kind.FREE_SOON, Kind.BUSY, Kind.OVERLAP, Kind.BOOKED_EMPTY)
BLIND_SHOWN = (Kind.CHECK_IN, Kind.BUSY, Kind.ENDING_SOON)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the home view says besides the room's state."""

    room: str
    room_detail: str
    screen: ScreenSection
    hours: HoursSection
    other_rooms: bool = True
    fault_report: bool = True
    last_try: datetime | None = None
    toast: str = ""
    toast_action: ButtonView | None = None
    brightness: float = 1.0
    admin: bool = True
    """There is a PIN, so there is a menu behind it."""
    blind: bool = False
    """No-shows would be released, but a sensor does not answer."""


def home(state: RoomState, schedule: Schedule | None, possible: Possible, facts: Facts, words: Words) -> HomeView:
    """The home view for `state`; for a panel that sleeps see `asleep`."""
    headline, subline = home_words.headline(state, schedule.buffer if schedule else timedelta(), words)
    title, detail = _meeting_lines(state, words)
    tried = facts.last_try is not None
    return HomeView(
        tone=TONES.get(state.kind, Tone.NEUTRAL),
        shape=SHAPES.get(state.kind, Shape.DASHED_RING),
        shape_fraction=_pie(state, facts.screen),
        room=facts.room,
        room_detail=facts.room_detail,
        clock=words.time(state.now) if state.clock_known else "",
        headline=headline,
        subline=subline,
        title=title,
        title_detail=detail,
        progress=_progress(state),
        banner=home_words.banner(state, words, tried=tried),
        hint=_hint(state, facts, words),
        buttons=home_buttons.buttons(state, possible, facts.last_try, words, admin=facts.admin),
        timeline=timeline(state, schedule, possible.offers, facts.hours, words),
        footer=home_buttons.footer(words, other_rooms=facts.other_rooms, fault_report=facts.fault_report),
        brightness=facts.brightness,
        logo_file=facts.screen.logo_file,
        toast=facts.toast,
        toast_action=facts.toast_action,
    )


def asleep(state: RoomState, words: Words) -> AsleepView:
    """Dark, with a small clock; the state stays readable from near."""
    return AsleepView(words.time(state.now), words.t(home_words.WORD[state.last_kind or state.kind]))


def _shown(state: RoomState) -> Meeting | None:
    return state.current or (state.next if state.kind is Kind.CHECK_IN else None)


def _meeting_lines(state: RoomState, words: Words) -> tuple[str, str]:
    """What runs, and whose it is and how long."""
    if state.doubtful:
        return "", ""
    if state.kind is Kind.OVERLAP:
        return _overlap_lines(state, words)
    meeting = _shown(state)
    if meeting is None:
        return "", ""
    span = words.t("all day") if meeting.all_day else words.span(meeting.start, meeting.end, state.now)
    if state.kind is Kind.ENDING_SOON:
        span = words.t("ends {time}", time=words.time(meeting.end))
    return words.title(meeting), " · ".join(part for part in (words.organizer(meeting), span) if part)


def _overlap_lines(state: RoomState, words: Words) -> tuple[str, str]:
    running = [meeting for meeting in (state.current, *state.others) if meeting]
    names = " · ".join(words.title(meeting) for meeting in running[:2])
    return words.n("{count} booking at once", "{count} bookings at once", len(running)), names


def _progress(state: RoomState) -> float | None:
    """How much of the meeting, or of the time to check in, has passed."""
    meeting = _shown(state)
    if state.doubtful or meeting is None or meeting.all_day or state.kind is Kind.OVERLAP:
        return None
    if state.kind in (Kind.CHECK_IN, Kind.RELEASE_WARNING) and state.check_in_by:
        start, end = min(meeting.start, state.now), state.check_in_by
    else:
        start, end = meeting.start, meeting.end
    return min(1.0, max(0.0, (_minute(state) - start) / (end - start))) if end > start else None


def _minute(state: RoomState) -> datetime:
    """What moves on the glass moves once a minute: a picture that changes each second is drawn each second."""
    return state.now.replace(second=0, microsecond=0)


def _pie(state: RoomState, screen: ScreenSection) -> float:
    """How much of 'ending soon' is left, as a share of its length."""
    if state.kind is not Kind.ENDING_SOON or state.free_from is None or not screen.ending_soon_min:
        return 0.0
    return min(1.0, (state.free_from - _minute(state)) / timedelta(minutes=screen.ending_soon_min))


def _hint(state: RoomState, facts: Facts, words: Words) -> str:
    """One small line, the most urgent first."""
    if state.doubtful:
        return ""
    if urgent := home_words.give_back_hint(state, words):
        return urgent
    return " · ".join(part for part in (_blind(state, facts, words), _following(state, words)) if part)


def _blind(state: RoomState, facts: Facts, words: Words) -> str:
    """Nothing is released that nobody watches, and that is said."""
    shown = facts.blind and state.kind in BLIND_SHOWN
    return words.t("Sensor does not answer: nothing is released") if shown else ""


def _following(state: RoomState, words: Words) -> str:
    if state.next is None or state.kind not in HINTING:
        return ""
    time = words.moment(state.next.start, state.now)
    return words.t("Next: {title} {time}", title=words.title(state.next), time=time)
