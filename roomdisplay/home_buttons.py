"""What can be touched on the home view in each state, and how offers are worded on a button. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from roomdisplay.booking import Offer, OfferLabel
from roomdisplay.state import Doubt, Kind, Reason, RoomState
from roomdisplay.view import Action, ButtonView, Style, Verb
from roomdisplay.words import Words


@dataclass(frozen=True, slots=True)
class Possible:
    """What may be touched right now, as `roomdisplay.booking` found it."""

    offers: tuple[Offer, ...] = ()
    extensions: tuple[Offer, ...] = ()
    later: datetime | None = None
    """Start of the next slot that can be booked."""
    later_offer: Offer | None = None
    """The longest offer in the slot that begins when the room is free again."""
    may_end: bool = False
    may_release: bool = False


def offer_button(offer: Offer, now: datetime, words: Words, *, style: Style = Style.SECONDARY) -> ButtonView:
    """A booking button: its length, and the end time that it means."""
    detail = words.t("until {time}", time=words.moment(offer.end, now))
    if offer.label is OfferLabel.UNTIL_NEXT:
        label = words.t("All of it")
    else:
        label = words.duration(timedelta(minutes=offer.minutes))
    return ButtonView(_book(offer), label, detail, style, offer.enabled)


def extension_button(offer: Offer, now: datetime, words: Words) -> ButtonView:
    """An extension: what is gained, and the new end."""
    if offer.label is OfferLabel.UNTIL_NEXT:
        label = words.t("All of it")
    else:
        label = words.t("+{length}", length=words.duration(timedelta(minutes=offer.minutes)))
    detail = words.t("until {time}", time=words.moment(offer.end, now))
    return ButtonView(Action(Verb.EXTEND, offer.end.isoformat()), label, detail, Style.PRIMARY, offer.enabled)


def _book(offer: Offer) -> Action:
    return Action(Verb.BOOK, f"{offer.start.isoformat()}/{offer.end.isoformat()}")


def buttons(
    state: RoomState, possible: Possible, last_try: datetime | None, words: Words, *, admin: bool
) -> tuple[ButtonView, ...]:
    """The large buttons. `last_try` is when the calendar was last asked, `admin` whether there is a PIN menu."""
    if state.doubtful:
        return _doubtful_buttons(state, last_try, words, admin=admin)
    match state.kind:
        case Kind.CHECK_IN:
            return _check_in_buttons(state, possible, words)
        case Kind.RELEASE_WARNING:
            return (_keep(state, words),)
        case Kind.BOOKED_EMPTY:
            return (*_early_check_in(state, words), *_empty_buttons(state, possible, words))
        case Kind.ENDING_SOON:
            return (*_early_check_in(state, words), *_ending_buttons(state, possible, words))
        case Kind.BUSY | Kind.OVERLAP:
            return (*_early_check_in(state, words), *_busy_buttons(state, possible, words))
        case _:
            return _free_buttons(state, possible, words)


def footer(words: Words, *, other_rooms: bool, fault_report: bool) -> tuple[ButtonView, ...]:
    """The small buttons at the foot."""
    found: list[ButtonView] = []
    if other_rooms:
        found.append(ButtonView(Action(Verb.OPEN_ROOMS), words.t("Other room"), style=Style.QUIET))
    if fault_report:
        found.append(ButtonView(Action(Verb.OPEN_FAULT), words.t("Report a fault"), style=Style.QUIET))
    return tuple(found)


def _doubtful_buttons(
    state: RoomState, last_try: datetime | None, words: Words, *, admin: bool
) -> tuple[ButtonView, ...]:
    if state.doubt is Doubt.RECHECKING:
        return ()
    retry = ButtonView(Action(Verb.RETRY), words.t("Try again"), _tried(state, last_try, words))
    if state.kind is not Kind.NEEDS_SIGN_IN or not admin:
        return (retry,)
    return (ButtonView(Action(Verb.SIGN_IN), words.t("Sign in"), words.t("asks for the PIN"), Style.PRIMARY), retry)


def _tried(state: RoomState, last_try: datetime | None, words: Words) -> str:
    if last_try is None or not state.clock_known:
        return ""
    return words.t("last tried {time}", time=words.moment(last_try, state.now))


def _free_buttons(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    preferred = min(1, len(possible.offers) - 1)
    found = tuple(
        offer_button(offer, state.now, words, style=Style.PRIMARY if number == preferred else Style.SECONDARY)
        for number, offer in enumerate(possible.offers)
    )
    return found or _later(state, possible, words)


def _check_in_buttons(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    check_in = _check_in(state.check_in_key, words.t("we are here"), words, Style.PRIMARY)
    if not possible.may_release:
        return (check_in,)
    release = Action(Verb.RELEASE, state.check_in_key)
    return (check_in, ButtonView(release, words.t("Release"), words.t("asks first · can be undone")))


def _keep(state: RoomState, words: Words) -> ButtonView:
    """Any touch keeps the room; the button is for those who look for one."""
    back = state.give_back
    if back and back.reason is Reason.LEFT:
        return ButtonView(Action(Verb.KEEP, back.key), words.t("Keep the room"), words.t("we are here"), Style.PRIMARY)
    return _check_in(state.check_in_key, words.t("we are here"), words, Style.PRIMARY)


def _empty_buttons(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    """Whoever finds a booked room empty may give it back, where that is allowed."""
    if not possible.may_release or possible.may_end or state.current is None:
        return _busy_buttons(state, possible, words)
    release = ButtonView(
        Action(Verb.RELEASE, state.current.key), words.t("Release"), words.t("asks first · can be undone")
    )
    return (release, *_later(state, possible, words))


def _early_check_in(state: RoomState, words: Words) -> tuple[ButtonView, ...]:
    """Other people are still in the room, or two meetings have it: whose meeting it is stands on the button."""
    meetings = (state.current, *state.others, state.next)
    asked = next((meeting for meeting in meetings if meeting and meeting.key == state.check_in_key), None)
    if asked is None:
        return ()
    detail = words.t("for the meeting at {time}", time=words.moment(asked.start, state.now))
    return (_check_in(asked.key, detail, words, Style.SECONDARY),)


def _check_in(key: str, detail: str, words: Words, style: Style) -> ButtonView:
    return ButtonView(Action(Verb.CHECK_IN, key), words.t("Check in"), detail, style)


def _busy_buttons(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    if state.kind is Kind.OVERLAP:
        return _later(state, possible, words)
    return (*_extend(possible, words), *_end(state, possible, words), *_later(state, possible, words))


def _extend(possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    if not possible.extensions:
        return ()
    gain = words.duration(timedelta(minutes=possible.extensions[0].minutes))
    more = len(possible.extensions) > 1
    detail = words.t("+{gain} or more", gain=gain) if more else words.t("+{gain}", gain=gain)
    return (ButtonView(Action(Verb.OPEN_EXTEND), words.t("Extend"), detail, Style.PRIMARY),)


def _end(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    if not possible.may_end or state.current is None:
        return ()
    return (ButtonView(Action(Verb.END, state.current.key), words.t("End now"), words.t("asks first")),)


def _later(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    """Opens the day that has the next slot."""
    if possible.later is None:
        return ()
    detail = words.t("next free {time}", time=words.moment(possible.later, state.now))
    day = "0" if words.same_day(possible.later, state.now) else "1"
    return (ButtonView(Action(Verb.OPEN_DAY, day), words.t("Book later"), detail),)


def _ending_buttons(state: RoomState, possible: Possible, words: Words) -> tuple[ButtonView, ...]:
    extensions = tuple(extension_button(offer, state.now, words) for offer in possible.extensions[:2])
    first = extensions or _end(state, possible, words)
    offer = possible.later_offer
    if offer is None:
        return (*first, *_later(state, possible, words))
    label = words.t("Book {time}", time=words.moment(offer.start, state.now))
    detail = words.t("until {time}", time=words.moment(offer.end, state.now))
    return (*first, ButtonView(_book(offer), label, detail))
