"""What every part of the flow shares: a step's shape, going home, wiping, pages that lie over others. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.kiosk_effects import Effect, Wipe
from kiosk.pages import (
    Admin,
    AidsPage,
    CodeRefused,
    Evacuating,
    HelpCalled,
    InBuilding,
    Looking,
    Page,
    Person,
    Pin,
    Privacy,
    Signing,
    SigningOut,
    Welcome,
)
from kiosk.setup import Setup, Situation
from kiosk.states import MAX_UNSAVED, Aids, FlowState

WAIT_S = 8.0
"""An answer of the kiosk's own parts that takes longer does not come."""

Overlay = HelpCalled | Privacy | AidsPage
Waiting = Signing | Looking | SigningOut
BehindPin = Pin | Admin | InBuilding | Person

Step = tuple[FlowState, tuple[Effect, ...]]


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step happens, and what it may look at."""

    now_s: float
    situation: Situation

    @property
    def setup(self) -> Setup:
        """The configuration."""
        return self.situation.setup


Handler = Callable[[FlowState, str, Moment], Step]
"""Answers a touch with its value. One that makes no sense on the page changes nothing."""


def at_rest(setup: Setup) -> FlowState:
    """The kiosk as it starts."""
    return FlowState(Welcome(), setup.site.language, resting_aids(setup))


def resting_aids(setup: Setup) -> Aids:
    """The reading aids when nobody is there."""
    return Aids(low_reach=setup.accessibility.low_reach)


def resting_page(state: FlowState) -> Page:
    """Where everybody's way ends."""
    return Evacuating() if state.evacuation else Welcome()


def wiped(state: FlowState, moment: Moment) -> Step:
    """Nobody is there any more: nothing of the guest remains, and language and aids are the site's again."""
    resting = moment.setup
    fresh = replace(state, language=resting.site.language, aids=resting_aids(resting))
    return left_page(fresh, moment)


def left_page(state: FlowState, moment: Moment) -> Step:
    """The same guest, back at the beginning: what was typed is gone, language and aids stay."""
    session = state.session + 1
    page = resting_page(state)
    fresh = replace(state, page=page, session=session, touched_s=moment.now_s, asked_s=None, admin=False, last_scan="")
    return fresh, (Wipe(session),)


def to(state: FlowState, page: Page, *effects: Effect) -> Step:
    """The same sitting on another page."""
    return replace(state, page=page), effects


def base(page: Page) -> Page:
    """The page itself, without help, the privacy notice or reading aids over it."""
    return page.then if isinstance(page, Overlay) else page


def mapped(page: Page, change: Callable[[Page], Page]) -> Page:
    """`change` applied to the page, or to the one that lies below."""
    return replace(page, then=change(page.then)) if isinstance(page, Overlay) else change(page)


def origin(page: Page) -> Page:
    """Where a code that is of no use leads back to."""
    below = base(page)
    return below.then if isinstance(below, CodeRefused | Looking) else below


def may_begin(state: FlowState) -> bool:
    """Whether a new sign-in may begin: not in an evacuation, not while the register is far behind."""
    return not state.evacuation and len(state.unsaved) < MAX_UNSAVED


def number(value: str, below: int) -> int | None:
    """`value` as a number from 0 to below `below`; anything else is no touch of ours."""
    found = int(value) if value.isascii() and value.isdecimal() and len(value) <= 3 else below
    return found if found < below else None


def recent(times_s: tuple[float, ...], now_s: float, within_s: float = 60.0) -> tuple[float, ...]:
    """Those tries that still count."""
    return tuple(time_s for time_s in times_s if now_s - time_s < within_s)
