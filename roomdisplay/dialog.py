"""Where a person is in the panel's sub-views: a pure step machine (page, action, situation) -> (page, effects).

The home view is the page None. Nothing here writes, waits or knows Kivy; effects are for `roomdisplay.panel`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import get_args

from roomdisplay.fault_kinds import FAULTS
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.pages import (
    Admin,
    Book,
    Booking,
    Change,
    Confirm,
    Day,
    Effect,
    Ended,
    Extend,
    Fault,
    MeetingDetail,
    Page,
    PersonSearch,
    Pin,
    Report,
    Rooms,
    Search,
    SignIn,
    Simple,
    Working,
)
from roomdisplay.people_search import shielded
from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.settings import Language
from roomdisplay.state import Doubt, RoomState
from roomdisplay.view import Action, Verb

MAX_SEARCH_TEXT = 60
PIN_DIGITS = 6

FAULT_KINDS = tuple(FAULTS)
LANGUAGES = get_args(Language)
_DOUBT_ENDINGS = {Doubt.SIGN_IN: Ending.SIGN_IN, Doubt.ACCESS: Ending.DENIED}


@dataclass(frozen=True, slots=True)
class Situation:
    """What a step may look at."""

    state: RoomState
    schedule: Schedule | None
    admin: bool = False
    """The PIN was given in this sitting."""
    has_pin: bool = True
    """Without a PIN in the configuration there is no menu at the panel."""

    def meeting(self, key: str) -> Meeting | None:
        """The meeting that a touch was meant for, if it is still there, unmoved."""
        meetings = self.schedule.meetings if self.schedule else ()
        return next((meeting for meeting in meetings if meeting.key == key), None)


Step = tuple[Page | None, tuple[Effect, ...]]
Handler = Callable[[Page | None, str, Situation], Step]


def step(page: Page | None, action: Action, situation: Situation) -> Step:
    """Answer one touch. A touch that makes no sense on this page changes nothing."""
    if isinstance(page, Working):
        return page, ()
    handler = _STEPS.get(action.verb)
    return handler(page, action.value, situation) if handler else (page, ())


def reconcile(page: Page | None, situation: Situation) -> Page | None:
    """Close what stands on a meeting that changed under the finger, and booking when the calendar is in doubt.

    A touch makes the panel read again; that moment of doubt closes nothing.
    """
    if isinstance(page, MeetingDetail | Extend | Confirm) and situation.meeting(page.key) is None:
        return Ended(Outcome(_deed(page), Ending.CHANGED))
    doubt = situation.state.doubt
    if isinstance(page, Booking | PersonSearch | Extend | Day) and doubt not in (Doubt.NONE, Doubt.RECHECKING):
        return Ended(Outcome(_deed(page), _DOUBT_ENDINGS.get(doubt, Ending.OFFLINE)))
    if isinstance(page, Extend) and (situation.state.current is None or situation.state.current.key != page.key):
        return None  # it is over
    return page


def _deed(page: Page) -> Deed:
    match page:
        case Confirm(deed=deed):
            return deed
        case Extend():
            return Deed.EXTEND
        case MeetingDetail():
            return Deed.READ
        case _:
            return Deed.BOOK


def _instant(value: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _number(value: str, below: int) -> int | None:
    """`value` as a number from 0 to below `below`; anything else is no touch of ours."""
    number = int(value) if value.isdecimal() and len(value) <= 3 else below
    return number if number < below else None


def _book(page: Page | None, value: str, situation: Situation) -> Step:
    first, _, second = value.partition("/")
    start, end = _instant(first), _instant(second)
    if start is None or end is None or end <= start:
        return page, ()
    person = page.person if isinstance(page, Booking) else None
    return Working(Deed.BOOK), (Book(start, end, person),)


def _open_booking(page: Page | None, value: str, situation: Situation) -> Step:
    return Booking(_instant(value)), ()


def _as_person(page: Page | None, value: str, situation: Situation) -> Step:
    return (PersonSearch(page), ()) if isinstance(page, Booking) else (page, ())


def _no_person(page: Page | None, value: str, situation: Situation) -> Step:
    return (replace(page, person=None, shown=""), ()) if isinstance(page, Booking) else (page, ())


def _typed(page: Page | None, value: str, situation: Situation) -> Step:
    if not isinstance(page, PersonSearch):
        return page, ()
    text = value[:MAX_SEARCH_TEXT]
    return replace(page, text=text, hits=(), message="", busy=True), (Search(text),)


def _pick_person(page: Page | None, value: str, situation: Situation) -> Step:
    if not isinstance(page, PersonSearch) or (number := _number(value, len(page.hits))) is None:
        return page, ()
    person = page.hits[number]
    return replace(page.booking, person=person, shown=shielded(person, page.text)), ()


def _open_day(page: Page | None, value: str, situation: Situation) -> Step:
    return Day(1 if value == "1" else 0), ()


def _open_meeting(page: Page | None, value: str, situation: Situation) -> Step:
    return (MeetingDetail(value), ()) if situation.meeting(value) else (page, ())


def _open_extend(page: Page | None, value: str, situation: Situation) -> Step:
    current = situation.state.current
    return (Extend(current.key), ()) if current else (page, ())


def _extend(page: Page | None, value: str, situation: Situation) -> Step:
    end, current = _instant(value), situation.state.current
    key = page.key if isinstance(page, Extend) else current.key if current else ""
    if end is None or not key:
        return page, ()
    return Working(Deed.EXTEND), (Change(Deed.EXTEND, key, end),)


def _ask(deed: Deed) -> Handler:
    def ask(page: Page | None, value: str, situation: Situation) -> Step:
        key = value or (situation.state.current.key if situation.state.current else "")
        return (Confirm(deed, key), ()) if situation.meeting(key) else (page, ())

    return ask


def _confirm(page: Page | None, value: str, situation: Situation) -> Step:
    if not isinstance(page, Confirm):
        return page, ()
    return Working(page.deed), (Change(page.deed, page.key),)


def _check_in(page: Page | None, value: str, situation: Situation) -> Step:
    meeting = situation.meeting(value or situation.state.check_in_key)
    return (Working(Deed.CHECK_IN), (Change(Deed.CHECK_IN, meeting.key),)) if meeting else (page, ())


def _open_rooms(page: Page | None, value: str, situation: Situation) -> Step:
    """Which rooms are free now cannot be asked without knowing what time it is."""
    if not situation.state.clock_known:
        return Rooms(failed=True), ()
    return Rooms(), (Simple(Verb.OPEN_ROOMS),)


def _open_fault(page: Page | None, value: str, situation: Situation) -> Step:
    return Fault(), ()


def _fault_kind(page: Page | None, value: str, situation: Situation) -> Step:
    return (Fault(value), ()) if isinstance(page, Fault) and value in FAULT_KINDS else (page, ())


def _fault_send(page: Page | None, value: str, situation: Situation) -> Step:
    if not isinstance(page, Fault) or not page.kind:
        return page, ()
    number = _number(value, len(FAULTS[page.kind][1]))
    return (page, ()) if number is None else (Working(Deed.FAULT), (Report(page.kind, number),))


def _open_admin(page: Page | None, value: str, situation: Situation) -> Step:
    target = value or "status"
    if not situation.has_pin:
        return page, ()
    if not situation.admin:
        return Pin(then=target), ()
    return (SignIn(), (Simple(Verb.SIGN_IN),)) if target == "sign-in" else (Admin(target), ())


def _pin(page: Page | None, value: str, situation: Situation) -> Step:
    if not isinstance(page, Pin) or not (value == "" or value.isdecimal()):
        return page, ()
    digits = value[:PIN_DIGITS]
    waiting = replace(page, digits=digits, wrong=False)
    return (waiting, (Simple(Verb.PIN, digits),)) if len(digits) == PIN_DIGITS else (waiting, ())


def _admin_only(page: Page | None, value: str, situation: Situation) -> Step:
    return (Admin(value), ()) if situation.admin else (page, ())


def _sign_in(page: Page | None, value: str, situation: Situation) -> Step:
    return _open_admin(page, "sign-in", situation)


def _brightness(page: Page | None, value: str, situation: Situation) -> Step:
    allowed = situation.admin and _number(value, 101) is not None
    return page, (Simple(Verb.BRIGHTNESS, value),) if allowed else ()


def _language(page: Page | None, value: str, situation: Situation) -> Step:
    return page, (Simple(Verb.LANGUAGE, value),) if situation.admin and value in LANGUAGES else ()


def _stay(page: Page | None, value: str, situation: Situation) -> Step:
    """The touch itself, wherever it was, has kept the room."""
    return page, ()


def _pass(verb: Verb) -> Handler:
    def passing(page: Page | None, value: str, situation: Situation) -> Step:
        return page, (Simple(verb, value),)

    return passing


def _back(page: Page | None, value: str, situation: Situation) -> Step:
    match page:
        case PersonSearch(booking=booking):
            return booking, ()
        case Fault(kind=kind) if kind:
            return Fault(), ()
        case Admin(page=name) if name != "status":
            return Admin(), ()
        case _:
            return None, ()


def _close(page: Page | None, value: str, situation: Situation) -> Step:
    return None, ()


_STEPS: dict[Verb, Handler] = {
    Verb.BOOK: _book,
    Verb.OPEN_BOOKING: _open_booking,
    Verb.AS_PERSON: _as_person,
    Verb.NO_PERSON: _no_person,
    Verb.TYPED: _typed,
    Verb.PICK_PERSON: _pick_person,
    Verb.OPEN_DAY: _open_day,
    Verb.OPEN_MEETING: _open_meeting,
    Verb.OPEN_EXTEND: _open_extend,
    Verb.EXTEND: _extend,
    Verb.END: _ask(Deed.END),
    Verb.RELEASE: _ask(Deed.RELEASE),
    Verb.CANCEL_BOOKING: _ask(Deed.CANCEL),
    Verb.CONFIRM: _confirm,
    Verb.CHECK_IN: _check_in,
    Verb.OPEN_ROOMS: _open_rooms,
    Verb.OPEN_FAULT: _open_fault,
    Verb.FAULT_KIND: _fault_kind,
    Verb.FAULT_SEND: _fault_send,
    Verb.OPEN_ADMIN: _open_admin,
    Verb.PIN: _pin,
    Verb.ADMIN_PAGE: _admin_only,
    Verb.SIGN_IN: _sign_in,
    Verb.BRIGHTNESS: _brightness,
    Verb.LANGUAGE: _language,
    Verb.RETRY: _pass(Verb.RETRY),
    Verb.UNDO: _pass(Verb.UNDO),
    Verb.KEEP: _stay,
    Verb.BACK: _back,
    Verb.CLOSE: _close,
}
