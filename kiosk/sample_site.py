"""A made-up lobby: its settings, the people who may be visited, its guests; everyday names, or too long ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, cast

from common.errors import MyDeskError
from common.name_search import first_and_initial
from kiosk.admin_facts import AdminFacts
from kiosk.events import OnSite
from kiosk.host_search import Hosts
from kiosk.model import Guest, Host
from kiosk.rehearsal import NOON
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

LANGUAGES = ("da", "en", "es")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is there. `hosts` begins with the one who is visited; `some` finds five of them, `two` finds two."""

    site: str
    guests: tuple[Guest, ...]
    hosts: tuple[tuple[str, str], ...]
    """(name, department)"""
    some: str
    two: str
    many: str = "jens"
    nobody: str = "qvist"

    @property
    def guest(self) -> Guest:
        """Whom most pages are about."""
        return self.guests[0]

    @property
    def host(self) -> str:
        """Whole name of who is visited."""
        return self.hosts[0][0]

    @property
    def shown(self) -> str:
        """The same as guests may read it."""
        return first_and_initial(self.host)

    def index(self) -> Hosts:
        """All who may be found."""
        crowd = tuple((f"Jens {last}", "Drift") for last in ("Bo", "Dam", "Holm", "Krog", "Lund", "Vad"))
        people = enumerate((*self.hosts, *crowd))
        return Hosts(Host(f"id-{n}", name, f"h{n}@nordhavn.example", where) for n, (name, where) in people)


EVERYDAY = Cast(
    site="Nordhavn Kontorhus",
    guests=(
        Guest("Søren Ærø", "soren@aeroe.example", "+45 20 30 40 50"),
        Guest("Ane Holm", "ane@holm.example"),
        Guest("Bo Østergaard"),
        Guest("Carla García Núñez"),
    ),
    hosts=(
        ("Jesper Friis", "Projektafdelingen"),
        ("Jesper Frisk", "Økonomi"),
        ("Jesper-Christian Krogh", ""),
        ("Jessica Møller", "IT"),
        ("Jesús Østergaard", "Kundeservice og Ejendomsadministration, København"),
    ),
    some="jes",
    two="jes fri",
)

LONG = Cast(
    site="Nordhavn Kontorhus og Konferencecenter, Søndre Frihavnskaj 1",
    guests=(
        Guest(
            "Anne-Sofie Bøgelund-Kristoffersen von Frederiksberg-Skjoldborg Ångström-Østergaa",
            "anne-sofie.boegelund-kristoffersen@frederiksberg-skjoldborg-ejendomsadministration.example",
            "+45 20 30 40 50 60 70 80 90 12",
        ),
        Guest("Kristian-Emmanuel Bjørnstjerne von Frederiksberg-Skjoldborg Ångström-Østergaard"),
        Guest("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"),
        Guest("Ida 🎉 Berg 👩‍👩‍👧"),
    ),
    hosts=(
        ("Maximiliana-Josephine Brandenborg-Skjoldager Østergaard", "Projekt-, Bygnings- og Ejendomsadministrationen"),
        ("Maximiliana-Josephine Brandenborg-Skjoldager Ångström", "Økonomi"),
        ("Maximilian 🚀 Bøgelund-Kristoffersen", "Salg 💼 og Marketing"),
        ("Maxine Nguyễn Thị Minh Khai", ""),
        ("Maxwellington-Bartholomew-Fitzgerald Ó Súilleabháin", "Kundeservice og Ejendomsadministration, København"),
    ),
    some="max",
    two="maximiliana-josephine brandenborg",
)


def type_named(key: str, rules: str = "accept", **settings: Any) -> VisitorType:
    """One of the sample types of visitor."""
    return VisitorType(
        key=key,
        title=dict(zip(LANGUAGES, _TITLES[key], strict=True)),
        rules=cast("Literal['no', 'accept', 'sign']", rules),
        **settings,
    )


def guest_type(rules: str = "accept") -> VisitorType:
    """Asks for name and mail address."""
    return type_named("guest", rules, email="required")


def plain_type() -> VisitorType:
    """Asks for a name, and has no badge."""
    return type_named("guest", "no", email="optional", badge=False)


def crafts_type() -> VisitorType:
    """Asks for as much as a type may."""
    asked = ((True, True), (False, False), (True, False), (False, False))
    labels = zip(("company", "plate", "person", "reason"), _LABELS, asked, strict=True)
    fields = (
        ExtraField(key=key, label=dict(zip(LANGUAGES, label, strict=True)), required=needed, on_badge=on_badge)
        for key, label, (needed, on_badge) in labels
    )
    return type_named("craftsman", "sign", contact=True, fields=tuple(fields))


def company_type() -> VisitorType:
    """Asks for a company too, as most sites do."""
    return type_named("guest", email="required", fields=crafts_type().fields[:1])


def every_type() -> tuple[VisitorType, ...]:
    """As many as there may be."""
    return (guest_type(), crafts_type(), *(type_named(key) for key in ("interview", "course", "supplier", "other")))


def setup(cast_: Cast, language: str, types: tuple[VisitorType, ...] = (), **flow: Any) -> Setup:
    """The lobby at rest in that language; `flow` are settings of [flow]. Raises MyDeskError for an unknown language."""
    if language not in LANGUAGES:
        raise MyDeskError(f"There is no catalogue for {language!r}.", hint=f"Take one of {', '.join(LANGUAGES)}.")
    return Setup(
        site=SiteSection(
            name=cast_.site,
            language=cast("Literal['da', 'en', 'es']", language),
            controller="Nordhavn Kontorhus A/S, Havnegade 1, 2150 Nordhavn",
            privacy_contact="privacy@nordhavn.example",
        ),
        types=types or (guest_type(),),
        reception=ReceptionSection(address="reception@nordhavn.example", phone="+45 12 34 56 78"),
        flow=FlowSection(**{"house_rules": HOUSE_RULES, **flow}),
        accessibility=AccessibilitySection(speech=True),
        admin=KioskAdminSection(pin_hash="scrypt$sample"),
    )


def on_site(cast_: Cast, count: int = 12) -> tuple[OnSite, ...]:
    """Who is in the building: one of them signed out by the clock, some found at the assembly point already."""
    hosts = (cast_.host, "Ida Berg", "Jesper Friis", "Ida Berg")
    return tuple(
        OnSite(
            f"{n:032x}",
            cast_.guests[n % len(cast_.guests)].name,
            hosts[n % len(hosts)],
            "guest",
            NOON - timedelta(minutes=90 - 7 * n),
            assumed=n == 1,
            found=n in (2, 5),
        )
        for n in range(count)
    )


def admin_facts() -> AdminFacts:
    """A kiosk with something to tell."""
    return AdminFacts(
        unit="cph-lobby",
        version="2026.11.2",
        account="mydesk@nordhavn.example",
        signed_in=True,
        addresses=("192.168.20.41", "fe80::dea6:32ff:fe01:1f2a"),
        hosts_read_at=NOON - timedelta(hours=5),
        hosts=214,
        labels_left=87,
        waiting_messages=2,
        on_site=12,
        last_error="graph: no answer from graph.microsoft.com within 10 s; it is tried again every 5 minutes",
        log=(
            "08:00:02 INFO kiosk: started, 214 hosts",
            "09:14:31 WARNING printer: paper out; put in a new roll and close the cover",
            "09:16:05 INFO printer: ready",
            "11:40:12 WARNING graph: no answer from graph.microsoft.com within 10 s; tried again in 60 s",
        ),
    )


_TITLES = {
    "guest": ("Gæst", "Guest", "Visita"),
    "craftsman": ("Håndværker eller servicetekniker", "Contractor or service technician", "Operario o técnico"),
    "interview": ("Jobsamtale", "Job interview", "Entrevista de trabajo"),
    "course": ("Kursusdeltager", "Course participant", "Asistente a un curso"),
    "supplier": ("Leverandør", "Supplier", "Proveedor"),
    "other": ("Noget andet", "Something else", "Otro motivo"),
}
_LABELS = (
    ("Firma", "Company", "Empresa"),
    ("Nummerplade", "Licence plate", "Matrícula"),
    ("Kontaktperson på stedet", "Contact person on site", "Persona de contacto en el sitio"),
    ("Hvad gælder besøget?", "What is your visit about?", "¿Cuál es el motivo de la visita?"),
)

HOUSE_RULES: dict[str, tuple[str, ...]] = {
    "da": (
        "Bær dit gæstekort synligt, så længe du er i huset, og følges med din vært.",
        "Billeder og optagelser kræver tilladelse. Det, du ser på skærme og tavler, er fortroligt.",
        "Ved brandalarm går du ud ad nærmeste udgang og til samlingsstedet på kajen. Brug ikke elevatoren.",
        "Rygning er kun tilladt i gården.",
    ),
    "en": (
        "Wear your badge where it is seen for as long as you are in the building, and stay with your host.",
        "Photographs and recordings need permission. What you see on screens and boards is confidential.",
        (
            "If the fire alarm sounds, leave by the nearest exit and go to the assembly point on the quay. Do "
            "not use the lift."
        ),
        "Smoking is only allowed in the courtyard.",
    ),
    "es": (
        "Lleve la tarjeta a la vista mientras esté en el edificio y permanezca con su anfitrión.",
        "Las fotografías y grabaciones requieren permiso. Lo que vea en pantallas y pizarras es confidencial.",
        (
            "Si suena la alarma de incendios, salga por la salida más cercana y diríjase al punto de encuentro"
            " del muelle. No use el ascensor."
        ),
        "Solo se permite fumar en el patio.",
    ),
}
