"""With a code: scanned on any page, or eight characters typed; an invitation, a badge, or of no use. Pure."""

from __future__ import annotations

from dataclasses import replace

from common.visiting.codes import CODE_LENGTH, code_text
from common.visiting.typed import is_drawable
from kiosk.draft import Draft
from kiosk.events import AlreadyIn, Badge, Invitation, InvitationRead, Reading, Refusal, Refused, Scanned
from kiosk.fields import texts_of
from kiosk.finishing import finished
from kiosk.kiosk_effects import CheckCode, ReadCode, SignOut, TickOff
from kiosk.model import LeftBy
from kiosk.pages import (
    CodeRefused,
    Delivery,
    Details,
    Done,
    Expected,
    FieldError,
    Goodbye,
    HostSearch,
    Leaving,
    Looking,
    Page,
    Rules,
    Scan,
    SigningOut,
    StillIn,
    TypeCode,
    Types,
    Welcome,
)
from kiosk.sitting import BehindPin, Moment, Step, Waiting, base, left_page, may_begin, origin, recent, to, wiped
from kiosk.states import FlowState
from kiosk.walk_in import begun

MAX_SCAN = 300
"""Ours are shorter; longer ones are not even looked at (reference/kiosk.md 3a)."""

_RETURNING = Types | HostSearch | Details | Rules | Delivery | Leaving | Scan | TypeCode
"""Pages whose guest goes on where he was when a code is of no use."""


def scanned(state: FlowState, event: Scanned, moment: Moment) -> Step:
    """A code on any page: what was typed waits until it is known whether the code is any good."""
    if state.evacuation:
        return (state, (ReadCode(event.text, state.session),)) if len(event.text) <= MAX_SCAN else (state, ())
    if isinstance(base(state.page), Waiting | BehindPin):
        return state, ()
    then = origin(state.page)
    if isinstance(then, _RETURNING | Welcome):
        return _looked_at(_new_answer(state, moment), event.text, then, moment)
    if event.text == state.last_scan:
        return state, ()
    ended = isinstance(then, Done | Goodbye)  # it is the next guest who stands there
    fresh, effects = wiped(state, moment) if ended else left_page(state, moment)
    looking, more = _looked_at(fresh, event.text, Welcome(), moment)
    return looking, (*effects, *more)


def _new_answer(state: FlowState, moment: Moment) -> FlowState:
    """An answer to an older code must not be taken for one to this."""
    return replace(state, session=state.session + 1, touched_s=moment.now_s, asked_s=None)


def _looked_at(state: FlowState, text: str, then: Page, moment: Moment) -> Step:
    if len(text) > MAX_SCAN:
        return to(state, CodeRefused(Refusal.NOT_OURS, then))
    return to(replace(state, last_scan=text), Looking(moment.now_s, then), ReadCode(text, state.session))


def open_scan(state: FlowState, value: str, moment: Moment) -> Step:
    """Wait for a code."""
    return to(state, Scan()) if isinstance(state.page, Welcome | TypeCode | CodeRefused) else (state, ())


def open_code(state: FlowState, value: str, moment: Moment) -> Step:
    """Type the code instead."""
    return to(state, TypeCode()) if isinstance(state.page, Welcome | Scan | CodeRefused) else (state, ())


def code_typed(state: FlowState, page: TypeCode, value: str) -> Step:
    """What is typed is read as Crockford means it."""
    return to(state, TypeCode(code_text(value)))


def check_code(state: FlowState, page: TypeCode, moment: Moment) -> Step:
    """Five tries a minute, whoever makes them."""
    if len(page.text) < CODE_LENGTH:
        return state, ()
    tries = recent(state.code_tries_s, moment.now_s)
    if len(tries) >= moment.setup.flow.code_tries_per_min:
        return to(state, TypeCode(page.text, Refusal.TOO_MANY_TRIES))
    asking = replace(_new_answer(state, moment), code_tries_s=(*tries, moment.now_s))
    looking = Looking(moment.now_s, TypeCode(page.text), typed=True)
    return to(asking, looking, CheckCode(page.text, asking.session))


def invitation_read(state: FlowState, event: InvitationRead, moment: Moment) -> Step:
    """What the code is."""
    if event.session != state.session:
        return state, ()
    if state.evacuation:
        return _found_outside(state, event.reading)
    page = base(state.page)
    if not isinstance(page, Looking):
        return state, ()
    reading = _as_we_know(state, event.reading)
    if isinstance(reading, Refused):
        return to(state, refused_page(page, reading.refusal, reading.hint))
    return _recognised(state, reading, moment)


def _as_we_know(state: FlowState, reading: Reading) -> Reading:
    """The reader knows what the register knows; a sign-in that waits for the register is known only here."""
    if not isinstance(reading, Invitation):
        return reading
    if any(one.sign_in.request_id == reading.visit_id for one in state.unsaved):
        return AlreadyIn(reading.visit_id)
    return reading if may_begin(state) else Refused(Refusal.FAILED)


def refused_page(page: Looking, refusal: Refusal, hint: str = "") -> Page:
    """Typed ones may be typed again at once; scanned ones get a page that says what to do."""
    return TypeCode(refusal=refusal) if page.typed else CodeRefused(refusal, page.then, hint)


def _found_outside(state: FlowState, reading: Reading) -> Step:
    """A badge that is scanned in an evacuation: its guest is at the assembly point."""
    return (state, (TickOff(reading.visit_id, True),)) if isinstance(reading, Badge | AlreadyIn) else (state, ())


def _recognised(state: FlowState, reading: Invitation | Badge | AlreadyIn, moment: Moment) -> Step:
    """A sitting of its own: nothing that was typed before goes with it."""
    left, effects = left_page(state, moment)
    state = replace(left, last_scan=state.last_scan)
    match reading:
        case Badge(visit_id=visit_id):
            page: Page = SigningOut(moment.now_s)
            return to(state, page, *effects, SignOut(visit_id, LeftBy.SCAN, state.session))
        case AlreadyIn(visit_id=visit_id):
            return to(state, StillIn(visit_id), *effects)
        case Invitation(guest=None) | Invitation(host=None):
            draft = Draft(moment.setup.type(reading.type).key, visit_id=reading.visit_id, until=reading.until)
            begun_state, more = begun(state, replace(draft, host=reading.host), moment)
            return begun_state, (*effects, *more)
        case _:
            return to(state, Expected(reading), *effects)


def arrive(state: FlowState, page: Expected, moment: Moment) -> Step:
    """The one tap of an invited guest; it accepts the house rules that stand on the same page."""
    invitation = page.invitation
    guest = invitation.guest
    if guest is None or not may_begin(state):
        return state, ()
    kind = moment.setup.type(invitation.type).key
    draft = Draft(kind, invitation.host, (guest,), invitation.visit_id, invitation.until)
    if not is_drawable(guest.name, moment.situation.drawable):
        return to(state, _latin_form(draft))
    asked = moment.setup.asks_rules(kind)
    if asked == "sign":
        return to(state, Rules(draft, sign=True))
    return finished(state, draft, moment, accepted=asked == "accept")


def _latin_form(draft: Draft) -> Details:
    """The form with all but the name, which neither screen nor badge can draw."""
    (guest,) = draft.guests
    texts = tuple((key, text) for key, text in texts_of(guest) if key != "name")
    return Details(replace(draft, guests=(), first=guest), texts=texts, errors=(("name", FieldError.LATIN),))
