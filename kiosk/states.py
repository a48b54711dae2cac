"""The state of the kiosk's flow: one page, the sitting around it, and what outlives a sitting. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.events import Health
from kiosk.kiosk_effects import SignIn
from kiosk.pages import Page


@dataclass(frozen=True, slots=True)
class Aids:
    """Reading aids."""

    large_text: bool = False
    high_contrast: bool = False
    low_reach: bool = False
    speech: bool = False


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A finished sign-in that the register has not confirmed; asked again with the same ids until it has."""

    sign_in: SignIn
    asked_s: float


MAX_UNSAVED = 20
"""So many finished sign-ins wait for the register; then no new ones begin."""


@dataclass(frozen=True, slots=True)
class FlowState:
    """Where the kiosk is. Begin with `kiosk.flow.at_rest`."""

    page: Page
    language: str
    aids: Aids = field(default_factory=Aids)
    session: int = 0
    """the sitting of one guest; grows with each wipe"""
    touched_s: float = 0.0
    asked_s: float | None = None
    """since when "still there?" is asked"""
    admin: bool = False
    """the PIN was given in this sitting"""
    health: Health = field(default_factory=Health)
    evacuation: bool = False
    unsaved: tuple[Unsaved, ...] = ()
    code_tries_s: tuple[float, ...] = ()
    leave_tries_s: tuple[float, ...] = ()
    last_scan: str = field(default="", repr=False)
    """a telephone that is held there for longer is still the same scan"""
    help_s: float | None = None
    """when reception was last called"""
