"""The kiosk's flow: a pure step machine (state, event, time, situation) -> (state, effects).

>>> state, effects = step(at_rest(setup), Touched(Action(Verb.VISIT)), now_s, situation)
>>> type(state.page).__name__
'HostSearch'

The parts: walk_in, invited, leaving, behind_pin; finishing ends a sign-in, idle is what time does, sitting is what they
share. Laws, held by tests/property/test_kiosk_flow.py: waiting leads home from everywhere; a finished sign-in is asked
for until the register has it; after Wipe nothing typed or scanned is left but sign-ins that wait for the register.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kiosk import behind_pin, idle, invited, leaving, walk_in
from kiosk.events import (
    EvacuationChanged,
    Event,
    HealthChanged,
    HostsFound,
    InvitationRead,
    OnSiteListed,
    PinChecked,
    PrintChanged,
    Scanned,
    SignedIn,
    SignedOut,
    SignInFailed,
    Tick,
    ToldChanged,
    Touched,
)
from kiosk.finishing import more_time, print_changed, sign_in_failed, signed_in, told_changed
from kiosk.kiosk_effects import CallReason, CallReception, SpeakAgain
from kiosk.pages import (
    AidsPage,
    Delivery,
    Details,
    Done,
    Evacuating,
    Expected,
    Goodbye,
    HelpCalled,
    HostSearch,
    InBuilding,
    Leaving,
    Page,
    Person,
    Privacy,
    Rules,
    Scan,
    StillIn,
    TypeCode,
    Types,
    Welcome,
)
from kiosk.setup import Situation
from kiosk.sitting import (
    BehindPin,
    Handler,
    Moment,
    Overlay,
    Step,
    Waiting,
    at_rest,
    base,
    left_page,
    origin,
    to,
    wiped,
)
from kiosk.states import FlowState
from kiosk.view import Verb

__all__ = ["FlowState", "Situation", "Step", "at_rest", "step"]

HELP_PAUSE_S = 30.0
"""Reception is not called twice within this."""


def step(state: FlowState, event: Event, now_s: float, situation: Situation) -> Step:
    """One event. `now_s` is of the monotonic clock. What makes no sense now changes nothing."""
    moment = Moment(now_s, situation)
    match event:
        case Touched(action=action):
            touched = replace(state, touched_s=now_s, asked_s=None)
            handler = _TOUCHES.get(action.verb)
            return handler(touched, action.value, moment) if handler else (touched, ())
        case Tick():
            return idle.tick(state, moment)
        case HealthChanged(health=health):
            return replace(state, health=health), ()
        case _:
            return _answered(state, event, moment)


def _answered(state: FlowState, event: Event, moment: Moment) -> Step:
    answer = _ANSWERS.get(type(event))
    return answer(state, event, moment) if answer else (state, ())


_ANSWERS: dict[type, Callable[..., Step]] = {
    Scanned: invited.scanned,
    HostsFound: walk_in.hosts_found,
    InvitationRead: invited.invitation_read,
    SignedIn: signed_in,
    SignInFailed: sign_in_failed,
    SignedOut: leaving.signed_out,
    ToldChanged: told_changed,
    PrintChanged: print_changed,
    PinChecked: behind_pin.pin_checked,
    OnSiteListed: behind_pin.on_site_listed,
    EvacuationChanged: behind_pin.evacuation_changed,
}


# --- what the same touch means on different pages ---


def _typed(state: FlowState, value: str, moment: Moment) -> Step:
    match state.page:
        case HostSearch() as page:
            return walk_in.search_typed(state, page, value, moment)
        case Details() as page:
            return walk_in.details_typed(state, page, value, moment)
        case TypeCode() as page:
            return invited.code_typed(state, page, value)
        case Leaving() as page:
            return leaving.leaving_typed(state, page, value)
        case _:
            return state, ()


def _focus(state: FlowState, value: str, moment: Moment) -> Step:
    match state.page:
        case Details() as page:
            return walk_in.focus_details(state, page, value, moment)
        case Leaving() as page:
            return leaving.focus_leaving(state, page, value)
        case _:
            return state, ()


def _next(state: FlowState, value: str, moment: Moment) -> Step:
    match state.page:
        case HostSearch(hits=(_,)):
            return walk_in.pick_host(state, "0", moment)
        case Details() as page:
            return walk_in.next_details(state, page, moment)
        case TypeCode() as page:
            return invited.check_code(state, page, moment)
        case Leaving() as page:
            return leaving.next_leaving(state, page, moment)
        case Expected() as page:
            return invited.arrive(state, page, moment)
        case _:
            return state, ()


def _accept(state: FlowState, value: str, moment: Moment) -> Step:
    match state.page:
        case Rules() as page:
            return walk_in.accept_rules(state, page, value, moment)
        case Expected() as page:
            return invited.arrive(state, page, moment)
        case _:
            return state, ()


def _leave(state: FlowState, value: str, moment: Moment) -> Step:
    match state.page:
        case StillIn() as page:
            return leaving.leave_visit(state, page, moment)
        case Person() as page:
            return behind_pin.leave_by_reception(state, page, value)
        case _:
            return leaving.open_leaving(state, value, moment)


def _pick(state: FlowState, value: str, moment: Moment) -> Step:
    match state.page:
        case Delivery():
            return walk_in.choose_delivery(state, value, moment)
        case InBuilding() as page if state.admin:
            return behind_pin.pick_person(state, page, value)
        case _:
            return state, ()


# --- on every page ---


def _back(state: FlowState, value: str, moment: Moment) -> Step:
    match state.page:
        case page if isinstance(page, Overlay):
            return to(state, page.then)
        case page if isinstance(page, BehindPin):
            return behind_pin.back_behind_pin(state, moment)
        case Done() | Goodbye():
            return wiped(state, moment)
        case _:
            before = _before(state.page, moment)
            return left_page(state, moment) if isinstance(before, Welcome) else to(state, before)


def _before(page: Page, moment: Moment) -> Page:
    """The page before this one of the same guest."""
    types: Page = Types() if len(moment.setup.types) > 1 else Welcome()
    match page:
        case HostSearch(draft=None):
            return Delivery()
        case HostSearch(draft=draft):
            return types if draft and not draft.visit_id else Welcome()
        case Details(draft=draft) if draft.first is None and moment.setup.type(draft.type).host:
            return HostSearch(replace(draft, texts=page.texts))
        case Details(draft=draft):
            return Welcome() if draft.visit_id else types
        case Rules():
            return walk_in.back_to_form(page)
        case TypeCode():
            return Scan()
        case _ if isinstance(page, Waiting):
            return origin(page) if origin(page) is not page else page
        case _:
            return origin(page) if origin(page) is not page else Welcome()


def _home(state: FlowState, value: str, moment: Moment) -> Step:
    return wiped(state, moment)


def _stay(state: FlowState, value: str, moment: Moment) -> Step:
    """The touch itself has kept the sitting alive; a last page stays longer."""
    page = state.page
    return to(state, more_time(page, moment)) if isinstance(page, Done) else (state, ())


def _help(state: FlowState, value: str, moment: Moment) -> Step:
    """Call reception; what was typed waits below."""
    below = base(state.page)
    if isinstance(below, BehindPin | Evacuating):
        return state, ()
    if state.help_s is not None and moment.now_s - state.help_s < HELP_PAUSE_S:
        return to(state, HelpCalled("", below))
    request_id = moment.situation.chance
    called = replace(state, help_s=moment.now_s)
    effect = CallReception(request_id, CallReason.HELP, type(below).__name__)
    return to(called, HelpCalled(request_id, below), effect)


def _privacy(state: FlowState, value: str, moment: Moment) -> Step:
    below = base(state.page)
    return (state, ()) if isinstance(below, BehindPin | Evacuating) else to(state, Privacy(below))


def _aids(state: FlowState, value: str, moment: Moment) -> Step:
    below = base(state.page)
    return (state, ()) if isinstance(below, BehindPin) else to(state, AidsPage(below))


def _language(state: FlowState, value: str, moment: Moment) -> Step:
    known = value in moment.setup.site.languages
    return (replace(state, language=value), ()) if known else (state, ())


def _aid(name: str) -> Handler:
    def switch(state: FlowState, value: str, moment: Moment) -> Step:
        if name == "speech" and not moment.setup.accessibility.speech:
            return state, ()
        return replace(state, aids=replace(state.aids, **{name: not getattr(state.aids, name)})), ()

    return switch


def _speak_again(state: FlowState, value: str, moment: Moment) -> Step:
    return state, (SpeakAgain(),) if state.aids.speech else ()


_TOUCHES: dict[Verb, Handler] = {
    Verb.VISIT: walk_in.visit,
    Verb.SCAN: invited.open_scan,
    Verb.CODE: invited.open_code,
    Verb.LEAVE: _leave,
    Verb.DELIVERY: walk_in.open_delivery,
    Verb.TYPED: _typed,
    Verb.FOCUS: _focus,
    Verb.PICK_HOST: walk_in.pick_host,
    Verb.HOST_NOT_LISTED: walk_in.not_listed,
    Verb.NEXT: _next,
    Verb.BACK: _back,
    Verb.ACCEPT: _accept,
    Verb.SIGNED: walk_in.signed,
    Verb.CLEAR_SIGNATURE: walk_in.clear_signature,
    Verb.ADD_GUEST: walk_in.add_guest,
    Verb.REMOVE_GUEST: walk_in.remove_guest,
    Verb.PICK: _pick,
    Verb.HELP: _help,
    Verb.PRIVACY: _privacy,
    Verb.LANGUAGE: _language,
    Verb.MORE_TIME: _stay,
    Verb.HOME: _home,
    Verb.ACCESSIBILITY: _aids,
    Verb.LARGE_TEXT: _aid("large_text"),
    Verb.HIGH_CONTRAST: _aid("high_contrast"),
    Verb.LOW_REACH: _aid("low_reach"),
    Verb.SPEECH: _aid("speech"),
    Verb.SPEAK_AGAIN: _speak_again,
    Verb.ADMIN: behind_pin.open_pin,
    Verb.PIN: behind_pin.pin_typed,
    Verb.ADMIN_PAGE: behind_pin.open_admin_page,
    Verb.REPRINT: behind_pin.reprint,
    Verb.EVACUATE: behind_pin.evacuate,
    Verb.TICK: behind_pin.tick,
    Verb.PRINT_LIST: behind_pin.print_list,
}
