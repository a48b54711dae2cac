"""From a RoomState to the home view: finished words in the screen's language. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.i18n import N_
from roomdisplay.booking import Offer, OfferLabel
from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.settings import HoursSection, ScreenSection
from roomdisplay.state import Doubt, Kind, RoomState
from roomdisplay.timeline import timeline
from roomdisplay.view import Action, AsleepView, ButtonView, HomeView, Shape, Style, Tone, Verb
from roomdisplay.words import Words

TONES = {
    Kind.FREE: Tone.FREE,
    Kind.FREE_SOON: Tone.FREE,
    Kind.RELEASED: Tone.FREE,
    Kind.BUSY: Tone.BUSY,
    Kind.ENDING_SOON: Tone.BUSY,
    Kind.OVERLAP: Tone.BUSY,
    Kind.CHECK_IN: Tone.ATTENTION,
}
SHAPES = {
    Kind.FREE: Shape.RING,
    Kind.RELEASED: Shape.RING,
    Kind.FREE_SOON: Shape.RING_DOT,
    Kind.BUSY: Shape.DISC,
    Kind.OVERLAP: Shape.DISC,
    Kind.ENDING_SOON: Shape.PIE,
    Kind.CHECK_IN: Shape.CLOCK,
}


@dataclass(frozen=True, slots=True)
class Possible:
    """What may be touched right now, as `roomdisplay.booking` found it."""

    offers: tuple[Offer, ...] = ()
    extensions: tuple[Offer, ...] = ()
    later: datetime | None = None
    """Start of the next slot that can be booked."""
    later_offer: Offer | None = None
    """The longest offer in the slot that follows the current meeting."""
    may_end: bool = False
    may_release: bool = False


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
    access_text: str = ""


def home(state: RoomState, schedule: Schedule | None, possible: Possible, facts: Facts, words: Words) -> HomeView:
    """The home view for `state`; for a panel that sleeps see `asleep`."""
    headline, subline = _headline(state, words)
    title, detail = _meeting_lines(state, words)
    return HomeView(
        tone=TONES.get(state.kind, Tone.NEUTRAL),
        shape=SHAPES.get(state.kind, Shape.DASHED_RING),
        shape_fraction=_pie(state, facts.screen),
        room=facts.room,
        room_detail=facts.room_detail,
        clock=words.time(state.now),
        headline=headline,
        subline=subline,
        title=title,
        title_detail=detail,
        progress=_progress(state),
        banner=_banner(state, facts, words),
        hint=_hint(state, words),
        buttons=_buttons(state, possible, facts, words),
        timeline=timeline(state, schedule, possible.offers, facts.hours, words),
        footer=_footer(facts, words),
        brightness=facts.brightness,
        toast=facts.toast,
        toast_action=facts.toast_action,
    )


def asleep(state: RoomState, words: Words) -> AsleepView:
    """Dark, with a small clock; the state stays readable from near."""
    return AsleepView(words.time(state.now), words.t(_WORD[state.last_kind or state.kind]))


# --- the big words -------------------------------------------------------------------------------------------------

_WORD = {
    Kind.FREE: N_("Free"),
    Kind.FREE_SOON: N_("Free"),
    Kind.RELEASED: N_("Free"),
    Kind.BUSY: N_("Busy"),
    Kind.ENDING_SOON: N_("Busy"),
    Kind.OVERLAP: N_("Busy"),
    Kind.CHECK_IN: N_("Check in"),
    Kind.NEEDS_SIGN_IN: N_("Unknown"),
    Kind.NO_ROOM: N_("Unknown"),
    Kind.OFFLINE: N_("Unknown"),
    Kind.STARTING: N_("Starting"),
    Kind.ASLEEP: N_("Unknown"),
}

_BUSY_KINDS = (Kind.BUSY, Kind.ENDING_SOON, Kind.OVERLAP, Kind.CHECK_IN)


def _headline(state: RoomState, words: Words) -> tuple[str, str]:
    if state.doubtful:
        return _doubtful_headline(state, words)
    return words.t(_WORD[state.kind]), _subline(state, words)


def _doubtful_headline(state: RoomState, words: Words) -> tuple[str, str]:
    """A calendar in doubt never gives the word 'Free' in large letters, not even with a question mark."""
    if state.kind is Kind.STARTING:
        return words.t(_WORD[Kind.STARTING]), _starting_line(state, words)
    if state.doubt is Doubt.RECHECKING:
        return words.t("One moment"), words.t("reading the calendar")
    if state.last_kind in _BUSY_KINDS and state.read_at:
        line = words.t("according to the calendar as it was at {time}", time=words.moment(state.read_at, state.now))
        return words.t("Busy?"), line
    if state.last_kind is not None and state.read_at:
        line = words.t("the calendar said free at {time}", time=words.moment(state.read_at, state.now))
        return words.t("Unknown"), line
    return words.t("Unknown"), words.t("the calendar has not been read yet")


def _starting_line(state: RoomState, words: Words) -> str:
    if state.doubt is Doubt.CLOCK:
        return words.t("waiting for the right time")
    return words.t("reading the calendar")


def _subline(state: RoomState, words: Words) -> str:
    match state.kind:
        case Kind.CHECK_IN if state.check_in_by:
            return words.t("by {time}", time=words.time(state.check_in_by))
        case Kind.ENDING_SOON:
            return _ending_line(state, words)
        case Kind.BUSY | Kind.OVERLAP:
            return _busy_line(state, words)
        case Kind.RELEASED:
            return words.t("released · {rest}", rest=_free_line(state, words))
        case _:
            return _free_line(state, words)


def _free_line(state: RoomState, words: Words) -> str:
    start = state.next.start if state.next else None
    if start is None or start.astimezone(words.zone).date() != state.now.astimezone(words.zone).date():
        return words.t("for the rest of the day")
    left = words.duration(start - state.now)
    return words.t("until {time} · {left}", time=words.time(start), left=left)


def _busy_line(state: RoomState, words: Words) -> str:
    if state.current and state.current.all_day:
        return words.t("all day")
    if state.free_from is None:
        return words.t("as far as the calendar was read")
    time = words.moment(state.free_from, state.now)
    return words.t("until {time} · {left} left", time=time, left=words.duration(state.free_from - state.now))


def _ending_line(state: RoomState, words: Words) -> str:
    if state.free_from is None:
        return _busy_line(state, words)
    left = words.duration(state.free_from - state.now)
    if state.next is None:
        return words.t("{left} left · then free", left=left)
    span = words.span(state.free_from, state.next.start, state.now)
    return words.t("{left} left · free {span}", left=left, span=span)


# --- the meeting ---------------------------------------------------------------------------------------------------


def _shown(state: RoomState) -> Meeting | None:
    return state.current or (state.next if state.kind is Kind.CHECK_IN else None)


def _meeting_lines(state: RoomState, words: Words) -> tuple[str, str]:
    if state.doubtful:
        return "", ""
    if state.kind is Kind.OVERLAP:
        count = len(state.others) + 1
        first, second = state.current, state.others[0]
        names = " · ".join(words.title(meeting) for meeting in (first, second) if meeting)
        return words.n("{count} booking at once", "{count} bookings at once", count), names
    meeting = _shown(state)
    if meeting is None:
        return "", ""
    span = words.t("all day") if meeting.all_day else words.span(meeting.start, meeting.end, state.now)
    if state.kind is Kind.ENDING_SOON:
        span = words.t("ends {time}", time=words.time(meeting.end))
    return words.title(meeting), " · ".join(part for part in (words.organizer(meeting), span) if part)


def _progress(state: RoomState) -> float | None:
    meeting = _shown(state)
    if state.doubtful or meeting is None or meeting.all_day or state.kind is Kind.OVERLAP:
        return None
    if state.kind is Kind.CHECK_IN and state.check_in_by:
        start, end = min(meeting.start, state.now), state.check_in_by
    else:
        start, end = meeting.start, meeting.end
    return min(1.0, max(0.0, (state.now - start) / (end - start))) if end > start else None


def _pie(state: RoomState, screen: ScreenSection) -> float:
    """How much of 'ending soon' is left, as a share of its length."""
    if state.kind is not Kind.ENDING_SOON or state.free_from is None or not screen.ending_soon_min:
        return 0.0
    return min(1.0, (state.free_from - state.now) / timedelta(minutes=screen.ending_soon_min))


def _hint(state: RoomState, words: Words) -> str:
    if state.doubtful or state.kind is Kind.CHECK_IN or state.next is None or state.kind is Kind.ENDING_SOON:
        return ""
    if state.kind not in (Kind.FREE_SOON, Kind.BUSY, Kind.OVERLAP):
        return ""
    return words.t(
        "Next: {title} {time}", title=words.title(state.next), time=words.moment(state.next.start, state.now)
    )


# --- what went wrong -----------------------------------------------------------------------------------------------


def _banner(state: RoomState, facts: Facts, words: Words) -> str:
    match state.doubt:
        case Doubt.STALE:
            since = words.moment(state.read_at, state.now) if state.read_at else ""
            return words.t(
                "No connection to the calendar since {time}. The room may be booked without it showing here, "
                "so booking is switched off.",
                time=since,
            )
        case Doubt.NEVER_READ if facts.last_try:
            return words.t("The calendar cannot be reached. The panel keeps trying.")
        case Doubt.CLOCK:
            return words.t("The panel does not know the right time, so it cannot tell whether the room is free.")
        case Doubt.SIGN_IN:
            return words.t("The panel is signed out of Microsoft 365. Reception or IT can sign it in with the PIN.")
        case Doubt.NO_ROOM:
            return words.t("The room's mailbox was not found in Microsoft 365. IT must check its address.")
        case Doubt.ACCESS:
            return facts.access_text or words.t(
                "The panel may not read this room's calendar. IT must give it the right."
            )
        case _:
            return ""


# --- buttons -------------------------------------------------------------------------------------------------------


def offer_button(offer: Offer, now: datetime, words: Words, *, style: Style = Style.SECONDARY) -> ButtonView:
    """A booking button: its length, and the end time that it means."""
    value = f"{offer.start.isoformat()}/{offer.end.isoformat()}"
    detail = words.t("until {time}", time=words.moment(offer.end, now))
    if offer.label is OfferLabel.UNTIL_NEXT:
        label = words.t("All of it")
    else:
        label = words.duration(timedelta(minutes=offer.minutes))
    return ButtonView(Action(Verb.BOOK, value), label, detail, style, offer.enabled)


def extension_button(offer: Offer, now: datetime, words: Words) -> ButtonView:
    """An extension: what is gained, and the new end."""
    label = words.t("+{length}", length=words.duration(timedelta(minutes=offer.minutes)))
    if offer.label is OfferLabel.UNTIL_NEXT:
        label = words.t("All of it")
    detail = words.t("until {time}", time=words.moment(offer.end, now))
    return ButtonView(Action(Verb.EXTEND, offer.end.isoformat()), label, detail, Style.PRIMARY, offer.enabled)


def _buttons(state: RoomState, possible: Possible, facts: Facts, words: Words) -> tuple[ButtonView, ...]:
    if state.kind is Kind.NEEDS_SIGN_IN:
        return (
            ButtonView(Action(Verb.SIGN_IN), words.t("Sign in"), words.t("asks for the PIN"), Style.PRIMARY),
            _retry(facts, state, words),
        )
    if state.doubtful:
        return () if state.doubt is Doubt.RECHECKING else (_retry(facts, state, words),)
    match state.kind:
        case Kind.CHECK_IN:
            return _check_in_buttons(state, possible, words)
        case Kind.ENDING_SOON:
            return _ending_buttons(state, possible, words)
        case Kind.BUSY | Kind.OVERLAP:
            return _busy_buttons(state, possible, words)
        case _:
            return _free_buttons(state, possible, words)


def _retry(facts: Facts, state: RoomState, words: Words) -> ButtonView:
    tried = words.t("last tried {time}", time=words.moment(facts.last_try, state.now)) if facts.last_try else ""
    return ButtonView(Action(Verb.RETRY), words.t("Try again"), tried)


def _free_buttons(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    preferred = min(1, len(possible.offers) - 1)
    buttons = [
        offer_button(offer, state.now, words, style=Style.PRIMARY if number == preferred else Style.SECONDARY)
        for number, offer in enumerate(possible.offers)
    ]
    if state.check_in_key:
        buttons.insert(
            0, ButtonView(Action(Verb.CHECK_IN, state.check_in_key), words.t("Check in"), words.t("we are here"))
        )
    return tuple(buttons) or _later(state, possible, words)


def _check_in_buttons(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    key = state.check_in_key
    buttons = [ButtonView(Action(Verb.CHECK_IN, key), words.t("Check in"), words.t("we are here"), Style.PRIMARY)]
    if possible.may_release:
        detail = words.t("asks first · can be undone")
        buttons.append(ButtonView(Action(Verb.RELEASE, key), words.t("Release"), detail))
    return tuple(buttons)


def _busy_buttons(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    buttons: list[ButtonView] = []
    if possible.extensions and state.kind is not Kind.OVERLAP:
        gain = words.duration(timedelta(minutes=possible.extensions[0].minutes))
        detail = (
            words.t("+{gain} or more", gain=gain) if len(possible.extensions) > 1 else words.t("+{gain}", gain=gain)
        )
        buttons.append(ButtonView(Action(Verb.OPEN_EXTEND), words.t("Extend"), detail, Style.PRIMARY))
    if possible.may_end and state.current and state.kind is not Kind.OVERLAP:
        buttons.append(ButtonView(Action(Verb.END, state.current.key), words.t("End now"), words.t("asks first")))
    return (*buttons, *_later(state, possible, words))


def _later(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    if possible.later is None:
        return ()
    detail = words.t("next free {time}", time=words.moment(possible.later, state.now))
    return (ButtonView(Action(Verb.OPEN_DAY, "0"), words.t("Book later"), detail),)


def _ending_buttons(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    buttons = [extension_button(offer, state.now, words) for offer in possible.extensions[:2]]
    if possible.may_end and state.current and not buttons:
        buttons.append(ButtonView(Action(Verb.END, state.current.key), words.t("End now"), words.t("asks first")))
    offer = possible.later_offer
    if offer is None:
        return (*buttons, *_later(state, possible, words))
    value = f"{offer.start.isoformat()}/{offer.end.isoformat()}"
    label = words.t("Book {time}", time=words.moment(offer.start, state.now))
    detail = words.t("until {time}", time=words.moment(offer.end, state.now))
    return (*buttons, ButtonView(Action(Verb.BOOK, value), label, detail))


def _footer(facts: Facts, words: Words) -> tuple[ButtonView, ...]:
    buttons: list[ButtonView] = []
    if facts.other_rooms:
        buttons.append(ButtonView(Action(Verb.OPEN_ROOMS), words.t("Other room"), style=Style.QUIET))
    if facts.fault_report:
        buttons.append(ButtonView(Action(Verb.OPEN_FAULT), words.t("Report a fault"), style=Style.QUIET))
    return tuple(buttons)
