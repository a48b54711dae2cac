"""What the flow asks the app to do. Each is answered by an event of kiosk.events, or needs no answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.draft import VisitDraft
from kiosk.model import LeftBy


@dataclass(frozen=True, slots=True)
class SearchHosts:
    """Look for hosts behind the shield. One for each change of the text: the app waits for a pause in the typing.

    Answer: HostsFound.
    """

    text: str = field(repr=False)
    session: int


@dataclass(frozen=True, slots=True)
class ReadCode:
    """What is this code that was scanned? Answer: InvitationRead."""

    text: str = field(repr=False)
    session: int


@dataclass(frozen=True, slots=True)
class CheckCode:
    """Whose are these eight characters (Crockford base32, upper case)? Answer: InvitationRead."""

    code: str = field(repr=False)
    session: int


@dataclass(frozen=True, slots=True)
class SignIn:
    """Write these visits, then tell the host and print the badges. A repetition carries the same ids and says so.

    The visits of one request are written all or none. Answers: SignedIn or SignInFailed, then ToldChanged and
    PrintChanged with the same `request_id`. Repetitions of what was written are answered SignedIn and do nothing.
    A visitor type that asks for no host tells nobody; a host that is not listed (`HostPick.listed`) is the site's
    fallback host, else reception.
    """

    request_id: str
    visits: tuple[VisitDraft, ...]
    badge: bool
    """the visitor type has one"""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class SignOut:
    """End this visit. Answer: SignedOut, where a guest asked."""

    visit_id: str
    by: LeftBy
    session: int


@dataclass(frozen=True, slots=True)
class SignOutByName:
    """End the one visit of this full name whose phone ends in `factor`, or whose host has it as name.

    Answer: SignedOut; the time that it takes tells nothing either.
    """

    name: str = field(repr=False)
    factor: str = field(repr=False)
    session: int


class CallReason(StrEnum):
    """Why reception is called."""

    HELP = "help"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class CallReception:
    """Call reception. `where` is the name of the page, never its content. Answer: ToldChanged."""

    request_id: str
    reason: CallReason
    where: str = ""


@dataclass(frozen=True, slots=True)
class AnnounceDelivery:
    """Tell this host that a delivery waits; no guest is stored. Answer: ToldChanged."""

    request_id: str
    host_ref: str


@dataclass(frozen=True, slots=True)
class Reprint:
    """Print the badge of this visit again."""

    visit_id: str


@dataclass(frozen=True, slots=True)
class Wipe:
    """A guest has gone: clear text fields, clipboard, pictures, the search's budget per session, speech."""

    session: int
    """the new one"""


@dataclass(frozen=True, slots=True)
class SpeakAgain:
    """Say the text of the page once more."""


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Is this the admin PIN? Answer: PinChecked."""

    digits: str = field(repr=False)
    session: int


@dataclass(frozen=True, slots=True)
class ReadAdmin:
    """Collect the facts of an admin page."""

    page: str


@dataclass(frozen=True, slots=True)
class ListOnSite:
    """Who is in the building? Answer: OnSiteListed."""


@dataclass(frozen=True, slots=True)
class SetEvacuation:
    """Remember across restarts, and tell the hub, that the evacuation began or ended."""

    active: bool


@dataclass(frozen=True, slots=True)
class TickOff:
    """This person was found at the assembly point, or not after all."""

    visit_id: str
    found: bool


@dataclass(frozen=True, slots=True)
class PrintList:
    """Print the list of who is in the building on the badge printer."""


Effect = (
    SearchHosts
    | ReadCode
    | CheckCode
    | SignIn
    | SignOut
    | SignOutByName
    | CallReception
    | AnnounceDelivery
    | Reprint
    | Wipe
    | SpeakAgain
    | CheckPin
    | ReadAdmin
    | ListOnSite
    | SetEvacuation
    | TickOff
    | PrintList
)
