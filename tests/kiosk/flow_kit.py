"""A kiosk to step through by hand: one state, a clock, what was asked of the app, and easy answers to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from kiosk.draft import HostPick
from kiosk.events import (
    Badge,
    Event,
    HostsFound,
    Invitation,
    InvitationRead,
    Reading,
    Scanned,
    SignedIn,
    SignedOut,
    SignOutResult,
    Tick,
    Touched,
)
from kiosk.flow import at_rest, step
from kiosk.kiosk_effects import CheckCode, Effect, ReadCode, SearchHosts, SignIn, SignOut, SignOutByName
from kiosk.model import Guest, HostHit
from kiosk.presenter import Facts, present_in
from kiosk.settings import (
    AccessibilitySection,
    ExtraField,
    FlowSection,
    KioskAdminSection,
    ReceptionSection,
    SiteSection,
    VisitorType,
)
from kiosk.setup import Setup, Situation
from kiosk.view import Action, KioskView, Verb
from kiosk.words import Words
from ui.translations import Translations

GUEST = VisitorType(key="guest", title={"da": "Gæst", "en": "Guest", "es": "Visita"}, rules="accept")
CRAFT = VisitorType(
    key="craft",
    title={"da": "Håndværker", "en": "Contractor"},
    email="no",
    phone="required",
    rules="sign",
    fields=(ExtraField(key="company", label={"da": "Firma", "en": "Company"}, required=True, on_badge=True),),
)
PARENT = VisitorType(key="parent", title={"en": "Visitor without a host"}, host=False, contact=True, badge=False)

SITE = SiteSection(name="Nordhavn Kontorhus", controller="Nordhavn Kontorhus A/S", privacy_contact="p@nordhavn.example")
RECEPTION = ReceptionSection(name="Receptionen", phone="+45 12 34 56 78")
HOUSE_RULES = {"da": ("Bær dit gæstekort synligt.",), "en": ("Wear your badge.",)}

JESPER = HostHit("id-jesper", "Jesper F.", "Projekt")
LOUISE = HostHit("id-louise", "Louise H.", "Økonomi")
SOREN = Guest("Søren Ærø", "soren@example.dk", "+45 20 20 20 20")
VISIT_ID = "0123456789abcdef0123456789abcdef"
INVITATION = Invitation(VISIT_ID, "guest", SOREN, HostPick("id-jesper", "Jesper F."))

NOON = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
WORDS = {language: Words(Translations(language), ZoneInfo("Europe/Copenhagen")) for language in ("da", "en", "es")}

AnyEffect = TypeVar("AnyEffect")


def setup(*types: VisitorType, **flow: Any) -> Setup:
    """A site; without types it has one that accepts house rules."""
    rules = flow.pop("house_rules", HOUSE_RULES)
    return Setup(
        site=SITE,
        types=types or (GUEST,),
        reception=RECEPTION,
        flow=FlowSection(house_rules=rules, **flow),
        accessibility=AccessibilitySection(speech=True),
        admin=KioskAdminSection(pin_hash="scrypt$x$y"),
    )


class Kiosk:
    """Steps through the flow; `effects` are those of the last step, `all_effects` all of them."""

    def __init__(self, configured: Setup | None = None, drawable: frozenset[int] | None = None) -> None:
        self.setup = configured or setup()
        self.situation = Situation(self.setup, f"{0:032x}", {"da": "v-da", "en": "v-en", "es": "v-es"}, drawable)
        self.state = at_rest(self.setup)
        self.now_s = 1000.0
        self.effects: tuple[Effect, ...] = ()
        self.all_effects: list[Effect] = []
        self.taps = 0
        self.keys = 0
        self._steps = 0

    @property
    def page(self) -> Any:
        return self.state.page

    @property
    def page_name(self) -> str:
        return type(self.state.page).__name__

    @property
    def view(self) -> KioskView:
        """What is on the glass now."""
        return present_in(WORDS, self.state, self.facts)

    @property
    def facts(self) -> Facts:
        now = NOON + timedelta(seconds=self.now_s)
        return Facts(self.setup, now, self.now_s, drawable=self.situation.drawable)

    def event(self, event: Event) -> None:
        self._steps += 1
        self.situation = replace(self.situation, chance=f"{self._steps:032x}")
        self.state, self.effects = step(self.state, event, self.now_s, self.situation)
        self.all_effects += self.effects

    def tap(self, verb: Verb, value: str = "") -> None:
        self.taps += 1
        self.event(Touched(Action(verb, value)))

    def keyed(self, text: str) -> None:
        """Key by key, as the keyboard does."""
        for length in range(1, len(text) + 1):
            self.keys += 1
            self.event(Touched(Action(Verb.TYPED, text[:length])))

    def scan(self, text: str = "MD1:ABC") -> None:
        self.event(Scanned(text))

    def wait(self, seconds: float) -> None:
        """Four ticks a second."""
        for _ in range(int(seconds * 4)):
            self.now_s += 0.25
            self.event(Tick())

    def last(self, kind: type[AnyEffect]) -> AnyEffect:
        """The last effect of this kind that was asked for."""
        return [effect for effect in self.all_effects if isinstance(effect, kind)][-1]

    def asked(self, kind: type[AnyEffect]) -> list[AnyEffect]:
        return [effect for effect in self.all_effects if isinstance(effect, kind)]

    # --- the app's answers ---

    def find(self, *hits: HostHit) -> None:
        search = self.last(SearchHosts)
        self.event(HostsFound(search.session, search.text, hits))

    def read(self, reading: Reading) -> None:
        asked = [one for one in self.all_effects if isinstance(one, ReadCode | CheckCode)][-1]
        self.event(InvitationRead(asked.session, reading))

    def commit(self) -> SignIn:
        sign_in = self.last(SignIn)
        self.event(SignedIn(sign_in.request_id))
        return sign_in

    def signed_out(self, result: SignOutResult = SignOutResult.LEFT) -> None:
        asked = [one for one in self.all_effects if isinstance(one, SignOut | SignOutByName)][-1]
        self.event(SignedOut(asked.session, result))

    # --- short ways ---

    def to_details(self, type_key: str = "") -> None:
        self.tap(Verb.VISIT)
        if len(self.setup.types) > 1:
            self.tap(Verb.VISIT, type_key)
        if self.page_name == "HostSearch":
            self.keyed("jes")
            self.find(JESPER, LOUISE)
            self.tap(Verb.PICK_HOST, "0")

    def fill(self, **texts: str) -> None:
        for key, text in texts.items():
            self.event(Touched(Action(Verb.FOCUS, key.replace("x_", "x-"))))
            self.event(Touched(Action(Verb.TYPED, text)))

    def invited(self) -> None:
        self.scan()
        self.read(INVITATION)

    def badge(self) -> None:
        self.scan("MD1:BADGE")
        self.read(Badge(VISIT_ID))


def strings(value: object) -> Iterator[str]:
    """Every text anywhere in a value, whatever its `repr` hides."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from strings(getattr(value, one.name))
    elif isinstance(value, tuple | list | frozenset | set):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for item in (*value, *value.values()):
            yield from strings(item)


def holds(value: object, secret: str) -> bool:
    """Whether a text of `value` has `secret` in it."""
    return any(secret.casefold() in text.casefold() for text in strings(value))
