"""What time does: "still there?", the end of last pages, answers that do not come, sign-ins asked for again. Pure."""

from __future__ import annotations

from dataclasses import replace

from kiosk.events import Refusal, SearchProblem
from kiosk.finishing import asked_again, unsaved_page
from kiosk.invited import refused_page
from kiosk.leaving import goodbye
from kiosk.pages import Done, Evacuating, Goodbye, HostSearch, InBuilding, Looking, Person, Signing, SigningOut, Welcome
from kiosk.setup import Setup
from kiosk.sitting import WAIT_S, Moment, Step, base, resting_aids, to, wiped
from kiosk.states import FlowState

ROLL_CALL_S = 600.0
"""Reception looks at people, not at the glass, while it ticks off the list of an evacuation."""


def tick(state: FlowState, moment: Moment) -> Step:
    """One look at the clock. Waiting alone leads home from everywhere."""
    state, asked = asked_again(state, moment)
    state = _given_up(state, moment)
    state, effects = _idle(state, moment)
    return state, (*asked, *effects)


def stirred(state: FlowState, moment: Moment) -> Step:
    """Who turns pages is there; "still there?" is answered by its buttons only, for it hides whose page lies below."""
    return (state, ()) if state.asked_s is not None else (replace(state, touched_s=moment.now_s), ())


def _given_up(state: FlowState, moment: Moment) -> FlowState:
    """Answers that did not come."""
    late_s = moment.now_s - WAIT_S
    match base(state.page):
        case Signing(since_s=since_s) as page if since_s <= late_s:
            return replace(state, page=unsaved_page(page, moment))
        case Looking(since_s=since_s) as page if since_s <= late_s:
            return replace(state, page=refused_page(page, Refusal.FAILED))
        case SigningOut(since_s=since_s) as page if since_s <= late_s:
            return replace(state, page=goodbye(state, page, moment, failed=True))
        case HostSearch(busy_s=float(since_s)) as page if since_s <= late_s and page is state.page:
            return replace(state, page=replace(page, busy_s=None, problem=SearchProblem.OFFLINE))
        case _:
            return state


def _idle(state: FlowState, moment: Moment) -> Step:
    match state.page:
        case Done(until_s=until_s) | Goodbye(until_s=until_s):
            return wiped(state, moment) if moment.now_s >= until_s else (state, ())
        case Welcome() | Evacuating():
            return _at_rest(state, moment)
        case _:
            return _still_there(state, moment)


def _at_rest(state: FlowState, moment: Moment) -> Step:
    """Somebody chose a language or a reading aid, and went away."""
    setup = moment.setup
    resting = state.language == setup.site.language and state.aids == resting_aids(setup)
    quiet_s = idle_s(state, setup) + setup.flow.still_there_s
    return (state, ()) if resting or moment.now_s - state.touched_s < quiet_s else wiped(state, moment)


def _still_there(state: FlowState, moment: Moment) -> Step:
    setup = moment.setup
    if state.asked_s is None:
        asks = moment.now_s - state.touched_s >= idle_s(state, setup)
        return to(replace(state, asked_s=moment.now_s) if asks else state, state.page)
    return wiped(state, moment) if left_s(state, setup, moment.now_s) <= 0 else (state, ())


def idle_s(state: FlowState, setup: Setup) -> float:
    """How long nothing may happen before the guest is asked."""
    roll_call = state.evacuation and isinstance(state.page, InBuilding | Person)
    return ROLL_CALL_S if roll_call else float(setup.flow.idle_s)


def left_s(state: FlowState, setup: Setup, now_s: float) -> float:
    """What is left to answer "still there?"."""
    asked_s = now_s if state.asked_s is None else state.asked_s
    return asked_s + setup.flow.still_there_s - now_s
