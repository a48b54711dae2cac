"""Without a code: visitor type, host, who are you (one guest or a group), house rules; and deliveries. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from common.visiting.typed import MAX_SEARCH, cleaned, long_enough, tidy
from kiosk.draft import RECEPTION, RECEPTION_REF, Draft, HostPick
from kiosk.events import HostsFound, SearchProblem
from kiosk.fields import NAME, errors_of, fields_of, guest_of
from kiosk.finishing import delivered, finished
from kiosk.kiosk_effects import AnnounceDelivery, CallReason, CallReception, SearchHosts
from kiosk.model import HostHit
from kiosk.pages import Delivery, Details, FieldError, HostSearch, Page, Rules, Scan, TypeCode, Types, Welcome
from kiosk.setup import Setup
from kiosk.sitting import Moment, Step, mapped, may_begin, number, origin, to
from kiosk.states import FlowState

MAX_STROKES = 20_000
_STROKES = re.compile(r"(\d{1,4},\d{1,4}( \d{1,4},\d{1,4})*;?)*")


def visit(state: FlowState, value: str, moment: Moment) -> Step:
    """A guest without an invitation: by way of the types where there are several."""
    begins = isinstance(origin(state.page), Welcome | Types | Scan | TypeCode)
    if not begins or not moment.setup.flow.walk_in or not may_begin(state):
        return state, ()
    types = moment.setup.types
    keys = [kind.key for kind in types]
    if value not in keys and (value or len(keys) > 1):
        return to(state, Types()) if not value else (state, ())
    return begun(state, Draft(value or keys[0]), moment)


def begun(state: FlowState, draft: Draft, moment: Moment) -> Step:
    """The first question of a draft: the host, unless it is known or not asked for."""
    if draft.host is None and moment.setup.type(draft.type).host:
        return to(state, HostSearch(draft))
    return to(state, _form(replace(draft, host=draft.host or RECEPTION), moment))


def _form(draft: Draft, moment: Moment) -> Details:
    return Details(draft, texts=draft.texts, focused=NAME)


# --- the host ---


def search_typed(state: FlowState, page: HostSearch, value: str, moment: Moment) -> Step:
    """Another text to search for; what was found for the one before is gone."""
    text = cleaned(value, MAX_SEARCH)
    if text == page.text:
        return state, ()
    if not long_enough(text, moment.setup.hosts.least_letters):
        problem = SearchProblem.TOO_SHORT if text else None
        return to(state, replace(page, text=text, hits=(), problem=problem, busy_s=None))
    searching = replace(page, text=text, hits=(), problem=None, busy_s=moment.now_s)
    return to(state, searching, SearchHosts(text, state.session))


def hosts_found(state: FlowState, event: HostsFound, moment: Moment) -> Step:
    """Hits for the text that stands in the field now, of this sitting."""
    if event.session != state.session:
        return state, ()
    too_many = len(event.hits) > moment.setup.hosts.most_hits
    hits: tuple[HostHit, ...] = () if too_many or event.problem else event.hits
    problem = SearchProblem.TOO_MANY if too_many else event.problem or (None if hits else SearchProblem.NONE)

    def change(page: Page) -> Page:
        if isinstance(page, HostSearch) and page.text == event.text:
            return replace(page, hits=hits, problem=problem, busy_s=None)
        return page

    return to(state, mapped(state.page, change))


def pick_host(state: FlowState, value: str, moment: Moment) -> Step:
    """The host of this row."""
    page = state.page
    if not isinstance(page, HostSearch) or (row := number(value, len(page.hits))) is None:
        return state, ()
    hit = page.hits[row]
    return _host_known(state, page, HostPick(hit.ref, hit.shown_name), moment)


def not_listed(state: FlowState, value: str, moment: Moment) -> Step:
    """The fallback host or reception takes this guest; what was typed goes with the message."""
    page = state.page
    if not isinstance(page, HostSearch):
        return state, ()
    return _host_known(state, page, HostPick(RECEPTION_REF, asked_for=tidy(page.text)), moment)


def _host_known(state: FlowState, page: HostSearch, host: HostPick, moment: Moment) -> Step:
    if page.draft is None:
        return deliver_to(state, host, moment)
    return to(state, _form(replace(page.draft, host=host), moment))


# --- deliveries ---


def open_delivery(state: FlowState, value: str, moment: Moment) -> Step:
    """Somebody brings something."""
    allowed = isinstance(state.page, Welcome) and moment.setup.flow.delivery and not state.evacuation
    return to(state, Delivery()) if allowed else (state, ())


def choose_delivery(state: FlowState, value: str, moment: Moment) -> Step:
    """0: reception; 1: a person."""
    if value == "1":
        return to(state, HostSearch(None))
    return deliver_to(state, RECEPTION, moment) if value == "0" else (state, ())


def deliver_to(state: FlowState, host: HostPick, moment: Moment) -> Step:
    """Announce it; nothing about who brought it is kept."""
    request_id = moment.situation.chance
    if host.listed:
        return delivered(state, host, moment, AnnounceDelivery(request_id, host.ref))
    return delivered(state, host, moment, CallReception(request_id, CallReason.DELIVERY, "delivery"))


# --- who are you ---


def details_typed(state: FlowState, page: Details, value: str, moment: Moment) -> Step:
    """The whole text of the focused field; its error goes as soon as it is touched."""
    one = next((one for one in fields_of(moment.setup.type(page.draft.type)) if one.key == page.focused), None)
    if one is None:
        return state, ()
    texts = tuple((key, text) for key, text in page.texts if key != one.key)
    text = one.typed(value)
    errors = tuple((key, error) for key, error in page.errors if key != one.key)
    return to(state, replace(page, texts=(*texts, (one.key, text)) if text else texts, errors=errors))


def focus_details(state: FlowState, page: Details, value: str, moment: Moment) -> Step:
    """Another field."""
    known = any(one.key == value for one in fields_of(moment.setup.type(page.draft.type)))
    return to(state, replace(page, focused=value)) if known else (state, ())


def next_details(state: FlowState, page: Details, moment: Moment) -> Step:
    """On to the house rules or the end, if all is well; a group may end with an empty form."""
    if page.draft.guests and not page.texts:
        return _details_done(state, page.draft, moment)
    checked = _checked(page, moment)
    if checked.errors:
        return to(state, _without_haste(page, checked))
    return _details_done(state, _with_guest(page, moment), moment)


def _checked(page: Details, moment: Moment) -> Details:
    kind = moment.setup.type(page.draft.type)
    errors = errors_of(kind, dict(page.texts), moment.situation.drawable)
    return replace(page, errors=errors, focused=errors[0][0] if errors else page.focused)


def _without_haste(before: Details, checked: Details) -> Details:
    """A field that the guest has not yet come to is only focused; that it is empty is no error yet."""
    empty = (FieldError.MISSING, FieldError.CONTACT)
    errors = tuple((key, error) for key, error in checked.errors if error not in empty or key == before.focused)
    return replace(checked, errors=errors)


def _with_guest(page: Details, moment: Moment) -> Draft:
    guest = guest_of(moment.setup.type(page.draft.type), dict(page.texts))
    return replace(page.draft, guests=(*page.draft.guests, guest), texts=page.texts)


def _details_done(state: FlowState, draft: Draft, moment: Moment) -> Step:
    asked = moment.setup.asks_rules(draft.type)
    if asked != "no":
        return to(state, Rules(draft, sign=asked == "sign"))
    return finished(state, draft, moment)


def add_guest(state: FlowState, value: str, moment: Moment) -> Step:
    """The next of a group: the form is empty again, save what the group shares."""
    page = state.page
    if not isinstance(page, Details) or not may_add(page, moment.setup):
        return state, ()
    checked = _checked(page, moment)
    if checked.errors:
        return to(state, _without_haste(page, checked))
    shared = tuple((key, text) for key, text in page.texts if key.startswith("x-"))
    draft = replace(_with_guest(page, moment), texts=())
    return to(state, Details(draft, texts=shared))


def may_add(page: Details, setup: Setup) -> bool:
    """Whether the group may grow."""
    return setup.flow.groups and len(page.draft.guests) + 1 < setup.flow.group_maximum


def remove_guest(state: FlowState, value: str, moment: Moment) -> Step:
    """Not coming after all."""
    page = state.page
    if not isinstance(page, Details) or (row := number(value, len(page.draft.guests))) is None:
        return state, ()
    guests = tuple(guest for index, guest in enumerate(page.draft.guests) if index != row)
    return to(state, replace(page, draft=replace(page.draft, guests=guests)))


def back_to_form(page: Rules) -> Page:
    """The form as it was left; an invitation whose fields were never typed goes back to the beginning."""
    draft = page.draft
    if draft.texts:
        return Details(replace(draft, guests=draft.guests[:-1]), texts=draft.texts)
    return Welcome() if draft.visit_id else Details(draft)


# --- house rules ---


def signed(state: FlowState, value: str, moment: Moment) -> Step:
    """The strokes so far, all of them."""
    page = state.page
    if not isinstance(page, Rules) or not page.sign or len(value) > MAX_STROKES or not _STROKES.fullmatch(value):
        return state, ()
    return to(state, replace(page, strokes=value))


def clear_signature(state: FlowState, value: str, moment: Moment) -> Step:
    """Begin the signature again."""
    return to(state, replace(state.page, strokes="")) if isinstance(state.page, Rules) else (state, ())


def accept_rules(state: FlowState, page: Rules, value: str, moment: Moment) -> Step:
    """Accept, or sign; "tap" accepts without drawing, for those who cannot draw (WCAG 2.2, 2.5.7)."""
    if not page.sign:
        return finished(state, page.draft, moment, accepted=True)
    if not page.strokes and value != "tap":
        return state, ()
    all_signed = (*page.signed, page.strokes)
    if len(all_signed) < len(page.draft.guests):
        return to(state, replace(page, signed=all_signed, strokes=""))
    return finished(state, page.draft, moment, accepted=True, signatures=all_signed)
