"""What happens to the flow: touches, scans, answers to its effects, and time.

An answer carries the `session` or the `request_id` of the effect that it answers: answers to a guest who has gone
are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from drivers.printers.jobs import JobState
from drivers.printers.status import Trouble
from kiosk.draft import HostPick
from kiosk.model import Guest, HostHit, Told
from kiosk.view import Action, BadgeView


@dataclass(frozen=True, slots=True)
class Touched:
    """A guest's finger. `Verb.TYPED` carries the whole text of the focused field."""

    action: Action = field(repr=False)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A code was held before the scanner."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stirred:
    """A finger asked for nothing, such as one that turns the pages of a list: somebody is there."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passes; four a second are enough."""


class SearchProblem(StrEnum):
    """Why there are no hits."""

    TOO_SHORT = "too-short"
    NONE = "none"
    TOO_MANY = "too-many"
    BUDGET = "budget"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class HostsFound:
    """The answer to SearchHosts. `text` is what was searched for: an answer to an older text is dropped."""

    session: int
    text: str = field(repr=False)
    hits: tuple[HostHit, ...] = ()
    problem: SearchProblem | None = None


class Refusal(StrEnum):
    """Why a code is of no use."""

    NOT_OURS = "not-ours"
    """a Wi-Fi code, a link, a code of somebody else's"""
    FORGED = "forged"
    """ours by its form, but the signature is wrong"""
    TOO_EARLY = "too-early"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED = "used"
    """the visit of this invitation is over"""
    BADGE_OVER = "badge-over"
    """a badge of another day, or already signed out"""
    CLOCK_UNSURE = "clock-unsure"
    UNKNOWN_CODE = "unknown-code"
    TOO_MANY_TRIES = "too-many-tries"
    FAILED = "failed"
    """the kiosk itself could not look"""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A good invitation. Without its record on this kiosk the guest and the host are None, and are typed."""

    visit_id: str
    type: str = ""
    guest: Guest | None = None
    host: HostPick | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Badge:
    """The badge of somebody who is in the building: they sign out."""

    visit_id: str


@dataclass(frozen=True, slots=True)
class AlreadyIn:
    """The invitation of somebody who is in the building."""

    visit_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A code that is of no use. `hint` is a screen text about somebody else's code (kiosk.foreign_codes), or empty."""

    refusal: Refusal
    hint: str = ""


Reading = Invitation | Badge | AlreadyIn | Refused


@dataclass(frozen=True, slots=True)
class InvitationRead:
    """The answer to ReadCode and CheckCode."""

    session: int
    reading: Reading


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The register has committed every visit of this request."""

    request_id: str


@dataclass(frozen=True, slots=True)
class SignInFailed:
    """The register could not; the flow asks again with the same ids."""

    request_id: str


class SignOutResult(StrEnum):
    """What became of a sign-out."""

    LEFT = "left"
    NO_MATCH = "no-match"
    """nobody, or more than one, fits: the guest reads the same as for LEFT"""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The answer to SignOut and SignOutByName."""

    session: int
    result: SignOutResult


@dataclass(frozen=True, slots=True)
class ToldChanged:
    """The ladder took a step: all steps so far of this sign-in, delivery or call for help."""

    request_id: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class PrintChanged:
    """The badges of this sign-in: the worst state of them and why, and the picture of the first once it is drawn."""

    request_id: str
    state: JobState
    badge: BadgeView | None = None
    reason: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """What is out of order. Nothing here stops a guest, save a register that cannot write."""

    network: bool = True
    printer: Trouble | None = None
    directory_old: bool = False
    """the index of hosts is older than 24 hours"""
    clock_sure: bool = True
    register: bool = True


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """Network, printer, directory, clock or register changed."""

    health: Health


@dataclass(frozen=True, slots=True)
class PinChecked:
    """The answer to CheckPin; `locked_s` is how long no PIN is looked at."""

    session: int
    right: bool
    locked_s: int = 0


@dataclass(frozen=True, slots=True)
class OnSite:
    """Somebody in the building, for reception behind the PIN."""

    visit_id: str
    name: str = field(repr=False)
    host: str = field(default="", repr=False)
    type: str = ""
    in_at: datetime | None = None
    assumed: bool = False
    """signed out by the clock: nobody saw them leave"""
    found: bool = False
    """ticked off at the assembly point"""


@dataclass(frozen=True, slots=True)
class OnSiteListed:
    """The answer to ListOnSite, and again whenever the list changes while it is shown."""

    people: tuple[OnSite, ...]
    unreadable: int = 0
    """so many more are in the building whose names cannot be read"""


@dataclass(frozen=True, slots=True)
class EvacuationChanged:
    """The evacuation was ordered or ended: by the hub, the control socket, or the register after a restart."""

    active: bool


Event = (
    Touched
    | Scanned
    | Stirred
    | Tick
    | HostsFound
    | InvitationRead
    | SignedIn
    | SignInFailed
    | SignedOut
    | ToldChanged
    | PrintChanged
    | HealthChanged
    | PinChecked
    | OnSiteListed
    | EvacuationChanged
)
