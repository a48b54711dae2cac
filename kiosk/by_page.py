"""What the same touch means on different pages: typing, the next field, the way on. Pure."""

from __future__ import annotations

from kiosk import behind_pin, invited, leaving, walk_in
from kiosk.pages import Delivery, Details, Expected, HostSearch, InBuilding, Leaving, Person, Rules, StillIn, TypeCode
from kiosk.sitting import Moment, Step
from kiosk.states import FlowState


def typed(state: FlowState, value: str, moment: Moment) -> Step:
    """The whole text of the focused field."""
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


def focus(state: FlowState, value: str, moment: Moment) -> Step:
    """Another field."""
    match state.page:
        case Details() as page:
            return walk_in.focus_details(state, page, value, moment)
        case Leaving() as page:
            return leaving.focus_leaving(state, page, value)
        case _:
            return state, ()


def next_page(state: FlowState, value: str, moment: Moment) -> Step:
    """The way on, if all is well."""
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


def accept(state: FlowState, value: str, moment: Moment) -> Step:
    """The house rules; for an invited guest all in one tap."""
    match state.page:
        case Rules() as page:
            return walk_in.accept_rules(state, page, value, moment)
        case Expected() as page:
            return invited.arrive(state, page, moment)
        case _:
            return state, ()


def leave(state: FlowState, value: str, moment: Moment) -> Step:
    """Signing out: oneself, or by reception."""
    match state.page:
        case StillIn() as page:
            return leaving.leave_visit(state, page, moment)
        case Person() as page:
            return behind_pin.leave_by_reception(state, page, value)
        case _:
            return leaving.open_leaving(state, value, moment)


def pick(state: FlowState, value: str, moment: Moment) -> Step:
    """A row or a tile by its number."""
    match state.page:
        case Delivery():
            return walk_in.choose_delivery(state, value, moment)
        case InBuilding() as page if state.admin:
            return behind_pin.pick_person(state, page, value)
        case _:
            return state, ()
