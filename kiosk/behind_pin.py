"""What reception and admins do behind the PIN: pages, who is in the building, reprints, the evacuation. Pure."""

from __future__ import annotations

from dataclasses import replace

from kiosk.events import EvacuationChanged, OnSiteListed, PinChecked
from kiosk.kiosk_effects import CheckPin, ListOnSite, PrintList, ReadAdmin, Reprint, SetEvacuation, SignOut, TickOff
from kiosk.model import LeftBy
from kiosk.pages import Admin, Evacuating, InBuilding, Person, Pin, Welcome
from kiosk.sitting import Moment, Step, base, left_page, number, to, wiped
from kiosk.states import FlowState

PIN_DIGITS = 6
ADMIN_PAGES = ("status", "log")
BUILDING = "building"


def open_pin(state: FlowState, value: str, moment: Moment) -> Step:
    """A long press on the site's name at rest; without a PIN in the configuration there is no menu."""
    allowed = isinstance(state.page, Welcome | Evacuating) and moment.setup.admin.pin_hash
    return to(state, Pin()) if allowed else (state, ())


def pin_typed(state: FlowState, value: str, moment: Moment) -> Step:
    """Six digits are looked at by themselves; while it is locked none are taken."""
    page = state.page
    if not isinstance(page, Pin) or page.checking or moment.now_s < page.locked_until_s:
        return state, ()
    if value and not (value.isascii() and value.isdecimal()):
        return state, ()
    digits = value[:PIN_DIGITS]
    if len(digits) < PIN_DIGITS:
        return to(state, Pin(digits))
    return to(state, Pin(digits, checking=True), CheckPin(digits, state.session))


def pin_checked(state: FlowState, event: PinChecked, moment: Moment) -> Step:
    """On to the menu; in an evacuation at once to the list."""
    if event.session != state.session or not isinstance(state.page, Pin) or not state.page.checking:
        return state, ()
    if not event.right:
        return to(state, Pin(wrong=True, locked_until_s=moment.now_s + event.locked_s))
    state = replace(state, admin=True)
    return _building(state) if state.evacuation else _admin_page(state, "status")


def open_admin_page(state: FlowState, value: str, moment: Moment) -> Step:
    """status, log, or building."""
    if not state.admin:
        return state, ()
    if value == BUILDING:
        return _building(state)
    return _admin_page(state, value) if value in ADMIN_PAGES else (state, ())


def _admin_page(state: FlowState, page: str) -> Step:
    return to(state, Admin(page), ReadAdmin(page))


def _building(state: FlowState) -> Step:
    return to(state, InBuilding(), ListOnSite())


def on_site_listed(state: FlowState, event: OnSiteListed, moment: Moment) -> Step:
    """Shown only behind the PIN."""
    if not state.admin or not isinstance(state.page, InBuilding):
        return state, ()
    return to(state, InBuilding(event.people, event.unreadable))


def pick_person(state: FlowState, page: InBuilding, value: str) -> Step:
    """One of the list."""
    row = number(value, len(page.people or ()))
    return to(state, Person((page.people or ())[row])) if row is not None else (state, ())


def reprint(state: FlowState, value: str, moment: Moment) -> Step:
    """The badge again."""
    page = state.page
    if not state.admin or not isinstance(page, Person) or value != page.person.visit_id:
        return state, ()
    return to(state, replace(page, reprinted=True), Reprint(value))


def leave_by_reception(state: FlowState, page: Person, value: str) -> Step:
    """Reception signs out somebody who forgot to."""
    if not state.admin or value != page.person.visit_id:
        return state, ()
    return to(state, InBuilding(), SignOut(value, LeftBy.RECEPTION, state.session), ListOnSite())


def tick(state: FlowState, value: str, moment: Moment) -> Step:
    """Found at the assembly point, or not after all."""
    page = state.page
    if not state.admin or not isinstance(page, InBuilding) or page.people is None:
        return state, ()
    person = next((one for one in page.people if one.visit_id == value), None)
    if person is None:
        return state, ()
    turned = replace(person, found=not person.found)
    people = tuple(turned if one is person else one for one in page.people)
    return to(state, replace(page, people=people), TickOff(value, turned.found))


def print_list(state: FlowState, value: str, moment: Moment) -> Step:
    """On paper, for the assembly point."""
    return (state, (PrintList(),)) if state.admin and isinstance(state.page, InBuilding) else (state, ())


def evacuate(state: FlowState, value: str, moment: Moment) -> Step:
    """Begin ("on") or end ("off") the evacuation; only behind the PIN."""
    if not state.admin or value not in ("on", "off"):
        return state, ()
    active = value == "on"
    shown, effects = _building(replace(state, evacuation=active))
    return shown, (SetEvacuation(active), *effects)


def evacuation_changed(state: FlowState, event: EvacuationChanged, moment: Moment) -> Step:
    """Ordered from outside: whoever is signing in sees it at once, and what was typed is gone."""
    if event.active == state.evacuation:
        return state, ()
    state = replace(state, evacuation=event.active)
    if state.admin:
        return _building(state)
    return wiped(state, moment) if event.active or isinstance(base(state.page), Evacuating) else (state, ())


def back_behind_pin(state: FlowState, moment: Moment) -> Step:
    """One page up; the first leads out, and the PIN is asked for again."""
    match state.page:
        case Person():
            return _building(state)
        case InBuilding() if not state.evacuation:
            return _admin_page(state, "status")
        case _:
            return left_page(state, moment)
