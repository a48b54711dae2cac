"""The pages of the kiosk's flow, as values; `kiosk.flow` steps through them, `kiosk.presenter` words them.

Texts that guests type and names of people have no place in a `repr`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from drivers.printers.jobs import JobState
from drivers.printers.status import Trouble
from kiosk.draft import RECEPTION, Draft, HostPick
from kiosk.events import Invitation, OnSite, Refusal, SearchProblem
from kiosk.model import HostHit, Told
from kiosk.view import BadgeView


@dataclass(frozen=True, slots=True)
class Welcome:
    """At rest."""


@dataclass(frozen=True, slots=True)
class Types:
    """Which kind of visitor."""


@dataclass(frozen=True, slots=True)
class HostSearch:
    """Whom do you visit; with `draft` None: for whom is the delivery."""

    draft: Draft | None
    text: str = field(default="", repr=False)
    hits: tuple[HostHit, ...] = ()
    problem: SearchProblem | None = None
    busy_s: float | None = None
    """since when an answer is waited for"""


class FieldError(StrEnum):
    """What is wrong with a field."""

    MISSING = "missing"
    CONTACT = "contact"
    """e-mail or phone, one of them"""
    NAME = "name"
    """signs that no name has"""
    LATIN = "latin"
    """letters that the screen and the badge cannot draw"""
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Details:
    """Who are you: the fields of the visitor type, by key."""

    draft: Draft
    focused: str = "name"
    texts: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    errors: tuple[tuple[str, FieldError], ...] = ()

    def text(self, key: str) -> str:
        """What was typed into a field."""
        return dict(self.texts).get(key, "")


@dataclass(frozen=True, slots=True)
class Rules:
    """House rules, to accept once or to sign by each guest. `draft` is complete."""

    draft: Draft
    sign: bool
    signed: tuple[str, ...] = field(default=(), repr=False)
    """by the guests before"""
    strokes: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Signing:
    """The register writes."""

    request_id: str
    since_s: float
    done: Done


class DoneKind(StrEnum):
    """What is finished."""

    VISIT = "visit"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Done:
    """Who was told, by what, what next; live until `until_s`."""

    request_id: str
    kind: DoneKind
    until_s: float
    length_s: float
    """of the whole count-down"""
    host: HostPick = RECEPTION
    name: str = field(default="", repr=False)
    """first name of the guest; of a group the one who was first"""
    guests: int = 1
    told: tuple[Told, ...] = ()
    tells: bool = True
    """False for visitor types without a host: nobody is told"""
    badge: bool = False
    printing: JobState = JobState.QUEUED
    why_not: Trouble | None = None
    """why the badge failed"""
    picture: BadgeView | None = None
    saved: bool = True
    """False: the register has not yet written it"""


@dataclass(frozen=True, slots=True)
class Scan:
    """Waiting for a code before the scanner."""


@dataclass(frozen=True, slots=True)
class TypeCode:
    """The eight characters of an invitation."""

    text: str = field(default="", repr=False)
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Looking:
    """A code is being read; back to `then` when it is of no use."""

    since_s: float
    then: Page
    typed: bool = False
    """eight characters, not a scan"""


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """A code that is of no use, and what to do; on to `then`."""

    refusal: Refusal
    then: Page
    hint: str = ""
    """a screen text that says more"""


@dataclass(frozen=True, slots=True)
class Expected:
    """An invited guest, one tap from the end."""

    invitation: Invitation


@dataclass(frozen=True, slots=True)
class StillIn:
    """The invitation of somebody who is in the building: do you leave?"""

    visit_id: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """Scan the badge, or full name and a second factor."""

    name: str = field(default="", repr=False)
    factor: str = field(default="", repr=False)
    focused: str = "name"
    missing: bool = False
    too_many: bool = False
    """too many tries in a minute"""


@dataclass(frozen=True, slots=True)
class SigningOut:
    """The register writes."""

    since_s: float
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The same for everybody who typed a name, whether or not anybody was found."""

    until_s: float
    length_s: float
    by_name: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """Call reception, or a person?"""


@dataclass(frozen=True, slots=True)
class HelpCalled:
    """Reception was called; back to `then`."""

    request_id: str
    then: Page
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Privacy:
    """The privacy notice; back to `then`."""

    then: Page


@dataclass(frozen=True, slots=True)
class AidsPage:
    """Reading aids to switch; back to `then`."""

    then: Page


@dataclass(frozen=True, slots=True)
class Pin:
    """The admin PIN."""

    digits: str = field(default="", repr=False)
    wrong: bool = False
    checking: bool = False
    locked_until_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Admin:
    """A page of the admin menu: status or log."""

    page: str = "status"


@dataclass(frozen=True, slots=True)
class InBuilding:
    """Who is in the building, behind the PIN; in an evacuation each is ticked off. None: being read."""

    people: tuple[OnSite, ...] | None = None
    unreadable: int = 0
    """so many more, whose names cannot be read"""


@dataclass(frozen=True, slots=True)
class Person:
    """One of those in the building: reprint, sign out."""

    person: OnSite
    reprinted: bool = False


@dataclass(frozen=True, slots=True)
class Evacuating:
    """What everybody sees in an evacuation: signing in is blocked."""


Page = (
    Welcome
    | Types
    | HostSearch
    | Details
    | Rules
    | Signing
    | Done
    | Scan
    | TypeCode
    | Looking
    | CodeRefused
    | Expected
    | StillIn
    | Leaving
    | SigningOut
    | Goodbye
    | Delivery
    | HelpCalled
    | Privacy
    | AidsPage
    | Pin
    | Admin
    | InBuilding
    | Person
    | Evacuating
)
