"""A guest at the sample lobby: what fingers and the reader do, and what the app answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from common.visiting.tokens import BADGE_KEY_BYTES, BadgeClaim, badge_token
from drivers.printers.jobs import JobState
from drivers.printers.printer import NoPrinter
from kiosk.badge import badge_document, badge_facts, badge_view
from kiosk.draft import HostPick
from kiosk.events import (
    Health,
    HealthChanged,
    HostsFound,
    Invitation,
    OnSiteListed,
    PinChecked,
    PrintChanged,
    Refusal,
    Refused,
    SearchProblem,
    ToldChanged,
)
from kiosk.host_search import Budget, search, with_presence
from kiosk.kiosk_effects import AnnounceDelivery, CallReception, SearchHosts, SignIn
from kiosk.model import Channel, Guest, Host, HostPresence, Progress, Told, Visit, VisitState
from kiosk.printed_lines import DrawLine
from kiosk.rehearsal import Rehearsal
from kiosk.sample_site import EVERYDAY, Cast, admin_facts, on_site, setup
from kiosk.settings import VisitorType
from kiosk.states import Aids
from kiosk.view import BadgeView, Verb
from ui.translations import Translations

LATIN = frozenset(range(0x250))
"""What the sample fonts can draw, so that a name in other letters is asked for again."""
PRESENCES = (HostPresence.AVAILABLE, HostPresence.BUSY, HostPresence.AWAY, HostPresence.UNKNOWN)
SIGNATURE = (
    "120,620 150,420 190,300 230,360 210,520 190,640 240,600 300,470 340,430 330,540 370,560 430,450 470,420 460,540;"
    "520,380 540,560 600,480 640,430 650,540 720,470 800,440 880,520"
)
VISIT_ID = "5a" * 16


@dataclass(frozen=True, slots=True)
class Sample:
    """What the pages are drawn for. `draw` makes the letters of badges; None: no badge is drawn."""

    language: str = "da"
    cast: Cast = EVERYDAY
    aids: Aids = Aids()  # noqa: RUF009 - frozen
    draw: DrawLine | None = None

    def lobby(self, *types: VisitorType, **flow: Any) -> Lobby:
        """A kiosk at rest with these types of visitor and settings of [flow], the reading aids switched on."""
        return Lobby(self, types, **flow).switch_aids()


class Lobby(Rehearsal):
    """One kiosk, stepped to where a page is."""

    def __init__(self, sample: Sample, types: tuple[VisitorType, ...] = (), **flow: Any) -> None:
        super().__init__(setup(sample.cast, sample.language, types, **flow), LATIN)
        self.sample, self.cast = sample, sample.cast
        self.admin_facts = admin_facts()

    def switch_aids(self) -> Self:
        """As the guest does who needs them."""
        aids = self.sample.aids
        wanted = (
            (Verb.LARGE_TEXT, aids.large_text),
            (Verb.HIGH_CONTRAST, aids.high_contrast),
            (Verb.LOW_REACH, aids.low_reach),
        )
        verbs = [verb for verb, on in wanted if on]
        for verb in (Verb.ACCESSIBILITY, *verbs, Verb.BACK) if verbs else ():
            self.touch(verb)
        return self

    def health(self, **changes: Any) -> Self:
        """Something is out of order."""
        return self.event(HealthChanged(Health(**changes)))

    # --- the host ---

    def search(self, text: str, problem: SearchProblem | None = None) -> Self:
        """Typed, and answered by the real search with whether they are there; or by a problem."""
        self.touch(Verb.TYPED, text)
        asked = self.last(SearchHosts)
        found = search(self.cast.index(), asked.text, Budget(), self.now_s, self.setup.hosts)
        presences = {hit.ref: PRESENCES[n % len(PRESENCES)] for n, hit in enumerate(found.hits)}
        hits = () if problem else with_presence(found.hits, presences)
        return self.event(HostsFound(asked.session, asked.text, hits, problem or found.problem))

    def to_form(self, type_key: str = "") -> Self:
        """Past the host, to "who are you"."""
        self.touch(Verb.VISIT)
        if len(self.setup.types) > 1:
            self.touch(Verb.VISIT, type_key)
        return self.search(self.cast.two).touch(Verb.PICK_HOST, "0")

    # --- who are you ---

    def fill(self, **texts: str) -> Self:
        """Fields by key; x_company is the company."""
        for key, text in texts.items():
            self.touch(Verb.FOCUS, key.replace("x_", "x-")).touch(Verb.TYPED, text)
        return self

    def fill_guest(self, number: int = 0) -> Self:
        """Name and mail address of one of the cast."""
        guest = self.cast.guests[number]
        return self.fill(name=guest.name, email=guest.email or "mail@firma.example")

    def fill_group(self, count: int) -> Self:
        """So many guests, and an empty form for the next."""
        for number in range(count):
            self.fill_guest(number).touch(Verb.ADD_GUEST)
        return self

    def sign_in(self, guests: int = 1) -> Self:
        """All the way of one guest, or of a group; the register has been asked."""
        self.to_form()
        self.fill_group(guests - 1).fill_guest(guests - 1)
        return self.touch(Verb.NEXT).touch(Verb.ACCEPT)

    # --- what happens while the last page stands ---

    def stored(self, *told: Told, printing: JobState = JobState.PRINTING) -> Self:
        """The register has written it, the badge is drawn, the ladder stands there."""
        asked = self.commit()
        if asked.badge:
            self.event(PrintChanged(asked.request_id, printing, self.badge(asked)))
        return self.follow(*(told or (self.sent(),)))

    def follow(self, *told: Told) -> Self:
        """So far has the ladder come; three seconds went by."""
        return self.event(ToldChanged(self.last(SignIn).request_id, told)).wait(3)

    def sent(self, channel: Channel = Channel.CHAT, who: str | None = None, **changes: Any) -> Told:
        """One step of the ladder that went well, unless said otherwise."""
        return Told(self.cast.shown if who is None else who, channel, **{"progress": Progress.SENT, **changes})

    def at_desk(self, progress: Progress = Progress.SENT) -> Told:
        """Reception is told."""
        return Told("", Channel.RECEPTION, progress)

    def badge(self, asked: SignIn) -> BadgeView | None:
        """The label as it is printed."""
        if self.sample.draw is None:
            return None
        draft, paper = asked.visits[0], NoPrinter.paper
        host = Host(draft.host.ref, self.cast.host)
        visit = Visit(draft.id, draft.type, VisitState.ON_SITE, draft.guest, host, draft.language, "", self.now)
        claim = BadgeClaim(1, bytes.fromhex(draft.id), self.now, self.now + timedelta(hours=12))
        token = badge_token(claim, bytes(BADGE_KEY_BYTES))
        facts = badge_facts(visit, self.setup, Translations(self.setup.site.language), self.now, token)
        return badge_view(badge_document(facts, paper, self.sample.draw), paper)

    # --- codes ---

    def invited(self, name: str = "") -> Self:
        """The code of an invitation is scanned: that guest, or the first of the cast, is expected by the host."""
        guest = Guest(name, self.cast.guest.email) if name else self.cast.guest
        return self.scan().read(Invitation(VISIT_ID, "guest", guest, HostPick("id-0", self.cast.shown)))

    def type_code(self, code: str = "7K3M2X9P") -> Self:
        """On the page for the eight characters."""
        return self.touch(Verb.SCAN).touch(Verb.CODE).touch(Verb.TYPED, code)

    def refused(self, refusal: Refusal, hint: str = "") -> Self:
        """The code that was scanned or typed is of no use."""
        return self.read(Refused(refusal, hint))

    # --- leaving ---

    def type_leaving(self) -> Self:
        """The first page of who leaves by name, filled."""
        return self.touch(Verb.LEAVE).fill(name=self.cast.guest.name, factor=self.cast.host)

    # --- reception, and behind the PIN ---

    def call(self, effect: type[CallReception | AnnounceDelivery], *told: Told) -> Self:
        """The messenger's answer to a call."""
        return self.event(ToldChanged(self.last(effect).request_id, told))

    def enter_pin(self, *, right: bool = True, locked_s: int = 0) -> Self:
        """Six digits, and whether they are right."""
        self.touch(Verb.ADMIN).touch(Verb.PIN, "123456")
        return self.event(PinChecked(self.state.session, right, locked_s))

    def list_people(self, count: int = 12, unreadable: int = 0) -> Self:
        """The register has read who is there."""
        return self.event(OnSiteListed(on_site(self.cast, count), unreadable))
