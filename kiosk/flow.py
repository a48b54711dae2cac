"""The kiosk's flow: a pure step machine (state, event, time, situation) -> (state, effects).

>>> state, effects = step(at_rest(setup), Touched(Action(Verb.VISIT)), now_s, situation)
>>> type(state.page).__name__
'HostSearch'

The parts: walk_in, invited, leaving, behind_pin; by_page and anywhere sort the touches, finishing ends a sign-in, idle
is what time does, sitting is what they share.

Laws, held by tests/property/test_kiosk_flow.py: waiting leads home from everywhere; a finished sign-in is asked for
until the register has it; after Wipe nothing typed or scanned is left but sign-ins that wait for the register.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kiosk import anywhere, behind_pin, by_page, idle, invited, leaving, walk_in
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
    Stirred,
    Tick,
    ToldChanged,
    Touched,
)
from kiosk.finishing import print_changed, sign_in_failed, signed_in, told_changed
from kiosk.setup import Situation
from kiosk.sitting import Handler, Moment, Step, at_rest
from kiosk.states import FlowState
from kiosk.view import Verb

__all__ = ["FlowState", "Situation", "Step", "at_rest", "step"]


def step(state: FlowState, event: Event, now_s: float, situation: Situation) -> Step:
    """One event. `now_s` is of the monotonic clock. What makes no sense now changes nothing."""
    moment = Moment(now_s, situation)
    match event:
        case Touched(action=action):
            touched = replace(state, touched_s=now_s, asked_s=None)
            handler = _TOUCHES.get(action.verb)
            return handler(touched, action.value, moment) if handler else (touched, ())
        case Stirred():
            return idle.stirred(state, moment)
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


_TOUCHES: dict[Verb, Handler] = {
    Verb.VISIT: walk_in.visit,
    Verb.SCAN: invited.open_scan,
    Verb.CODE: invited.open_code,
    Verb.LEAVE: by_page.leave,
    Verb.DELIVERY: walk_in.open_delivery,
    Verb.TYPED: by_page.typed,
    Verb.FOCUS: by_page.focus,
    Verb.PICK_HOST: walk_in.pick_host,
    Verb.HOST_NOT_LISTED: walk_in.not_listed,
    Verb.NEXT: by_page.next_page,
    Verb.BACK: anywhere.back,
    Verb.ACCEPT: by_page.accept,
    Verb.SIGNED: walk_in.signed,
    Verb.CLEAR_SIGNATURE: walk_in.clear_signature,
    Verb.ADD_GUEST: walk_in.add_guest,
    Verb.REMOVE_GUEST: walk_in.remove_guest,
    Verb.PICK: by_page.pick,
    Verb.HELP: anywhere.call_help,
    Verb.PRIVACY: anywhere.privacy,
    Verb.LANGUAGE: anywhere.language,
    Verb.MORE_TIME: anywhere.more,
    Verb.HOME: anywhere.home,
    Verb.ACCESSIBILITY: anywhere.aids,
    Verb.LARGE_TEXT: anywhere.aid("large_text"),
    Verb.HIGH_CONTRAST: anywhere.aid("high_contrast"),
    Verb.LOW_REACH: anywhere.aid("low_reach"),
    Verb.SPEECH: anywhere.aid("speech"),
    Verb.SPEAK_AGAIN: anywhere.speak_again,
    Verb.ADMIN: behind_pin.open_pin,
    Verb.PIN: behind_pin.pin_typed,
    Verb.ADMIN_PAGE: behind_pin.open_admin_page,
    Verb.REPRINT: behind_pin.reprint,
    Verb.EVACUATE: behind_pin.evacuate,
    Verb.TICK: behind_pin.tick,
    Verb.PRINT_LIST: behind_pin.print_list,
}
