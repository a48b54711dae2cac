"""A kiosk to step through by hand: one state, a clock, what was asked of the app, and easy answers to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from kiosk.draft import HostPick
from kiosk.events import (
    Badge,
    HostsFound,
    Invitation,
    Touched,
)
from kiosk.kiosk_effects import SearchHosts
from kiosk.model import Guest, HostHit
from kiosk.rehearsal import Rehearsal
from kiosk.settings import (
    AccessibilitySection,
    ExtraField,
    FlowSection,
    KioskAdminSection,
    ReceptionSection,
    SiteSection,
    VisitorType,
)
from kiosk.setup import Setup
from kiosk.view import Action, Verb
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


class Kiosk(Rehearsal):
    """A rehearsal that counts what a guest does."""

    def __init__(self, configured: Setup | None = None, drawable: frozenset[int] | None = None) -> None:
        super().__init__(configured or setup(), drawable)
        self.taps = 0
        self.keys = 0

    @property
    def page(self) -> Any:
        return self.state.page

    @property
    def page_name(self) -> str:
        return type(self.state.page).__name__

    def tap(self, verb: Verb, value: str = "") -> None:
        self.taps += 1
        self.touch(verb, value)

    def keyed(self, text: str) -> None:
        """Key by key, as the keyboard does."""
        for length in range(1, len(text) + 1):
            self.keys += 1
            self.touch(Verb.TYPED, text[:length])

    def asked(self, kind: type[AnyEffect]) -> list[AnyEffect]:
        return [effect for effect in self.all_effects if isinstance(effect, kind)]

    def find(self, *hits: HostHit) -> None:
        search = self.last(SearchHosts)
        self.event(HostsFound(search.session, search.text, hits))

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
