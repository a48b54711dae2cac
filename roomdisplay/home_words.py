"""The large words of the home view, the line under them, and what is said when the calendar is in doubt. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from common.i18n import N_
from roomdisplay.state import BOOKED, Doubt, Kind, Reason, RoomState
from roomdisplay.words import Words

WORD = {
    Kind.FREE: N_("Free"),
    Kind.FREE_SOON: N_("Free"),
    Kind.RELEASED: N_("Free"),
    Kind.BUSY: N_("Busy"),
    Kind.ENDING_SOON: N_("Busy"),
    Kind.OVERLAP: N_("Busy"),
    Kind.CHECK_IN: N_("Check in"),
    Kind.BOOKED_EMPTY: N_("Booked"),
    Kind.RELEASE_WARNING: N_("Nobody here?"),
    Kind.IN_USE: N_("In use"),
    Kind.NEEDS_SIGN_IN: N_("Unknown"),
    Kind.NO_ROOM: N_("Unknown"),
    Kind.OFFLINE: N_("Unknown"),
    Kind.STARTING: N_("Starting"),
    Kind.ASLEEP: N_("Unknown"),
}


def headline(state: RoomState, buffer: timedelta, words: Words) -> tuple[str, str]:
    """The word that is read from 10 m, and the line under it. `buffer` is kept free before the next meeting."""
    if state.doubtful:
        return _doubtful_headline(state, words)
    return words.t(WORD[state.kind]), _subline(state, buffer, words)


def _doubtful_headline(state: RoomState, words: Words) -> tuple[str, str]:
    """A calendar in doubt never gives the word 'Free' in large letters, not even with a question mark."""
    if state.doubt is Doubt.RECHECKING:
        return words.t("One moment"), words.t("reading the calendar")
    if state.last_kind in BOOKED and state.read_at:
        line = words.t("according to the calendar as it was at {time}", time=words.moment(state.read_at, state.now))
        return words.t("Busy?"), line
    return words.t(WORD[state.kind]), _doubtful_line(state, words)


def _doubtful_line(state: RoomState, words: Words) -> str:
    if not state.clock_known:
        return words.t("waiting for the right time")
    if state.kind is Kind.STARTING:
        return words.t("reading the calendar")
    if state.read_at is None:
        return words.t("the calendar has not been read yet")
    time = words.moment(state.read_at, state.now)
    if state.last_kind is None:
        return words.t("the calendar was last read {time}", time=time)
    return words.t("the calendar said free at {time}", time=time)


# --- the line under a state that is believed -----------------------------------------------------------------------


def _subline(state: RoomState, buffer: timedelta, words: Words) -> str:
    match state.kind:
        case Kind.RELEASE_WARNING:
            return _warning(state, words)
        case Kind.CHECK_IN if state.check_in_by:
            return _check_in_line(state, state.check_in_by, words)
        case Kind.BOOKED_EMPTY:
            return words.t("nobody here · {rest}", rest=_until_line(state, words))
        case Kind.IN_USE:
            return _in_use_line(state, words)
        case Kind.ENDING_SOON:
            return _ending_line(state, words)
        case Kind.BUSY | Kind.OVERLAP:
            return _busy_line(state, words)
        case Kind.RELEASED:
            return words.t("released · {rest}", rest=_free_line(state, buffer, words))
        case _:
            return _free_line(state, buffer, words)


def _warning(state: RoomState, words: Words) -> str:
    """How long is left to say that the room is used."""
    back = state.give_back
    if back is None or back.at <= state.now:
        return words.t("the room is being released")
    left = words.duration(back.at - state.now)
    if back.reason is Reason.LEFT:
        return words.t("the booking ends in {left}", left=left)
    return words.t("the room is released in {left}", left=left)


def _check_in_line(state: RoomState, by: datetime, words: Words) -> str:
    if state.give_back:
        return words.t("by {time} — or the room is released", time=words.time(by))
    return words.t("by {time}", time=words.time(by))


def _in_use_line(state: RoomState, words: Words) -> str:
    """For how long the calendar would let others in."""
    if state.next is None or not words.same_day(state.next.start, state.now):
        return words.t("not booked")
    return words.t("not booked · {rest}", rest=words.t("until {time}", time=words.time(state.next.start)))


def _until_line(state: RoomState, words: Words) -> str:
    if state.free_from is None:
        return words.t("as far as the calendar was read")
    return words.t("until {time}", time=words.moment(state.free_from, state.now))


def give_back_hint(state: RoomState, words: Words) -> str:
    """What happens to the room if nobody comes, and how to keep it; empty when nothing happens."""
    back = state.give_back
    if back is None or state.doubtful:
        return ""
    if state.kind is Kind.RELEASE_WARNING:
        return words.t("Touch anywhere to keep the room")
    if state.kind is Kind.CHECK_IN:
        left = words.duration(back.at - state.now)
        return words.t("Released in {left} if nobody checks in", left=left)
    if state.kind is not Kind.BOOKED_EMPTY:
        return ""
    time = words.time(back.at)
    if back.reason is Reason.LEFT:
        return words.t("The booking ends at {time} if nobody comes", time=time)
    return words.t("Released at {time} if nobody comes", time=time)


def _free_line(state: RoomState, buffer: timedelta, words: Words) -> str:
    """Until the room is no longer to be had: the buffer counts, unless it has begun."""
    if state.next is None:
        return words.t("for the rest of the day")
    start = state.next.start
    end = start - buffer if start - buffer > state.now else start
    if end.astimezone(words.zone).date() != state.now.astimezone(words.zone).date():
        return words.t("for the rest of the day")
    return words.t("until {time} · {left}", time=words.time(end), left=words.duration(end - state.now))


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


# --- what went wrong -----------------------------------------------------------------------------------------------


def banner(state: RoomState, words: Words, *, tried: bool) -> str:
    """What is wrong and who can mend it; empty when nothing is. `tried`: at least one read was attempted."""
    match state.doubt:
        case Doubt.STALE:
            since = words.moment(state.read_at, state.now) if state.read_at else ""
            return words.t(
                "No connection to the calendar since {time}. The room may be booked without it showing here, "
                "so booking is switched off.",
                time=since,
            )
        case Doubt.NEVER_READ if tried:
            return words.t("The calendar cannot be reached. The panel keeps trying.")
        case Doubt.CLOCK:
            return words.t("The panel does not know the right time, so it cannot tell whether the room is free.")
        case Doubt.SIGN_IN:
            return words.t("The panel is signed out of Microsoft 365. Reception or IT can sign it in with the PIN.")
        case Doubt.NO_ROOM:
            return words.t("The room's mailbox was not found in Microsoft 365. IT must check its address.")
        case Doubt.ACCESS:
            return words.t("The panel may not read this room's calendar. IT must give it the right.")
        case _:
            return ""
