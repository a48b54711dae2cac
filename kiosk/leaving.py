"""Signing out: by a scan (kiosk.invited), by name and a second factor, by an invitation scanned again. Pure."""

from __future__ import annotations

from dataclasses import replace

from common.visiting.typed import MAX_NAME, cleaned, tidy
from kiosk.events import SignedOut, SignOutResult
from kiosk.finishing import length_s
from kiosk.kiosk_effects import SignOut, SignOutByName
from kiosk.model import LeftBy
from kiosk.pages import Goodbye, Leaving, SigningOut, StillIn, Welcome
from kiosk.sitting import Moment, Step, base, recent, to
from kiosk.states import FlowState

FACTOR = "factor"
TRIES_PER_MIN = 5
"""Names that may be tried a minute; the answer tells nothing, this keeps strangers from signing others out."""


def open_leaving(state: FlowState, value: str, moment: Moment) -> Step:
    """The form; a badge may be scanned all the same."""
    return to(state, Leaving()) if isinstance(state.page, Welcome) and not state.evacuation else (state, ())


def leave_visit(state: FlowState, page: StillIn, moment: Moment) -> Step:
    """The invitation itself was scanned by somebody who is in the building."""
    return to(state, SigningOut(moment.now_s), SignOut(page.visit_id, LeftBy.GUEST, state.session))


def leaving_typed(state: FlowState, page: Leaving, value: str) -> Step:
    """The whole text of the focused field."""
    text = cleaned(value, MAX_NAME)
    changed = replace(page, factor=text) if page.focused == FACTOR else replace(page, name=text)
    return to(state, replace(changed, missing=False, too_many=False))


def focus_leaving(state: FlowState, page: Leaving, value: str) -> Step:
    """Another field."""
    return to(state, replace(page, focused=value)) if value in ("name", FACTOR) else (state, ())


def next_leaving(state: FlowState, page: Leaving, moment: Moment) -> Step:
    """Sign out whom it fits, once both fields are filled."""
    name, factor = tidy(page.name), tidy(page.factor)
    if not name or not factor:
        empty = FACTOR if name else "name"
        return to(state, replace(page, focused=empty, missing=empty == page.focused))
    tries = recent(state.leave_tries_s, moment.now_s)
    if len(tries) >= TRIES_PER_MIN:
        return to(state, replace(page, too_many=True))
    session = state.session + 1
    waiting = replace(state, session=session, leave_tries_s=(*tries, moment.now_s))
    return to(waiting, SigningOut(moment.now_s, by_name=True), SignOutByName(name, factor, session))


def signed_out(state: FlowState, event: SignedOut, moment: Moment) -> Step:
    """By name the page is the same whether or not there was a match."""
    page = base(state.page)
    if event.session != state.session or not isinstance(page, SigningOut):
        return state, ()
    return to(state, goodbye(state, page, moment, failed=event.result is SignOutResult.FAILED))


def goodbye(state: FlowState, page: SigningOut, moment: Moment, *, failed: bool) -> Goodbye:
    """The last page of a sign-out."""
    length = length_s(state, moment)
    return Goodbye(moment.now_s + length, length, page.by_name, failed)
