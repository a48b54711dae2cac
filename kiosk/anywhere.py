"""Touches that mean the same on every page: back, home, help, privacy, language, reading aids. Pure."""

from __future__ import annotations

from dataclasses import replace

from kiosk import behind_pin, walk_in
from kiosk.finishing import more_time
from kiosk.kiosk_effects import CallReason, CallReception, SpeakAgain
from kiosk.pages import (
    AidsPage,
    Delivery,
    Details,
    Done,
    Evacuating,
    Goodbye,
    HelpCalled,
    HostSearch,
    Page,
    Privacy,
    Rules,
    Scan,
    TypeCode,
    Types,
    Welcome,
)
from kiosk.sitting import BehindPin, Handler, Moment, Overlay, Step, Waiting, base, left_page, origin, to, wiped
from kiosk.states import FlowState

HELP_PAUSE_S = 30.0
"""Reception is not called twice within this."""


def back(state: FlowState, value: str, moment: Moment) -> Step:
    """One page back; from the first to the beginning, where nothing that was typed is left."""
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


def home(state: FlowState, value: str, moment: Moment) -> Step:
    """The guest has finished."""
    return wiped(state, moment)


def more(state: FlowState, value: str, moment: Moment) -> Step:
    """The touch itself has kept the sitting alive; a last page stays longer."""
    page = state.page
    return to(state, more_time(page, moment)) if isinstance(page, Done) else (state, ())


def call_help(state: FlowState, value: str, moment: Moment) -> Step:
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


def privacy(state: FlowState, value: str, moment: Moment) -> Step:
    """The privacy notice over the page."""
    below = base(state.page)
    return (state, ()) if isinstance(below, BehindPin | Evacuating) else to(state, Privacy(below))


def aids(state: FlowState, value: str, moment: Moment) -> Step:
    """The reading aids over the page."""
    below = base(state.page)
    return (state, ()) if isinstance(below, BehindPin) else to(state, AidsPage(below))


def language(state: FlowState, value: str, moment: Moment) -> Step:
    """Another language, until this guest has gone."""
    known = value in moment.setup.site.languages
    return (replace(state, language=value), ()) if known else (state, ())


def aid(name: str) -> Handler:
    """Switches one reading aid; speech only where the site offers it."""

    def switch(state: FlowState, value: str, moment: Moment) -> Step:
        if name == "speech" and not moment.setup.accessibility.speech:
            return state, ()
        return replace(state, aids=replace(state.aids, **{name: not getattr(state.aids, name)})), ()

    return switch


def speak_again(state: FlowState, value: str, moment: Moment) -> Step:
    """Say the page once more."""
    return state, (SpeakAgain(),) if state.aids.speech else ()
