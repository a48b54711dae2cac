"""What an admin may set for a kiosk. Pure values: `kiosk.config` adds the sections of other packages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta

Language = Literal["da", "en", "es"]
FieldKey = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,20}$")]
Texts = dict[str, str]
"""By language; English where one is missing."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the configuration file."""


class SiteSection(Section, frozen=True):
    """[site]: the building whose lobby this is."""

    name: Annotated[
        str, Meta(min_length=1, max_length=60, description="Name at the top.", examples=["Nordhavn Kontorhus"])
    ]
    time_zone: Annotated[str, Meta(description="IANA time zone.", examples=["Europe/Copenhagen"])] = "Europe/Copenhagen"
    language: Annotated[Language, Meta(description="Language at rest.", examples=["da"])] = "da"
    languages: Annotated[
        tuple[Language, ...], Meta(min_length=1, description="Languages offered.", examples=[["da", "en", "es"]])
    ] = ("da", "en", "es")
    controller: Annotated[
        str,
        Meta(
            max_length=200,
            description="Who is responsible for the data, with address, for the privacy notice.",
            examples=["Nordhavn Kontorhus A/S, Havnegade 1, 2150 Nordhavn"],
        ),
    ] = ""
    privacy_contact: Annotated[
        str, Meta(max_length=100, description="Whom to ask about data.", examples=["privacy@nordhavn.example"])
    ] = ""
    logo_file: Annotated[str, Meta(description="PNG at the top.", examples=["/etc/mydesk/logo.png"])] = ""

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        if self.time_zone not in available_timezones():
            yield "time_zone", f"{self.time_zone!r} is not an IANA time zone; an example is Europe/Copenhagen"
        if self.language not in self.languages:
            yield "language", "must be one of languages"


class ReceptionSection(Section, frozen=True):
    """[reception]: whom help, deliveries and unanswered messages reach."""

    name: Annotated[str, Meta(max_length=60, description="As guests read it.", examples=["Receptionen"])] = ""
    address: Annotated[
        str,
        Meta(
            max_length=100,
            description="Mail address, told when a host does not answer.",
            examples=["reception@nordhavn.example"],
        ),
    ] = ""
    phone: Annotated[
        str, Meta(max_length=30, description="Shown when nothing else works.", examples=["+45 12 34 56 78"])
    ] = ""
    fallback_host: Annotated[
        str,
        Meta(
            max_length=100,
            description="Who receives guests whose host is not listed; empty: reception.",
            examples=["louise.holm@nordhavn.example"],
        ),
    ] = ""


class ExtraField(Section, frozen=True):
    """[[types.fields]]: one more thing that this visitor type asks for."""

    key: Annotated[FieldKey, Meta(description="Stored under this name.", examples=["company"])]
    label: Annotated[
        Texts, Meta(min_length=1, description="Label by language.", examples=[{"da": "Firma", "en": "Company"}])
    ]
    required: Annotated[bool, Meta(description="Must be filled.", examples=[False])] = False
    on_badge: Annotated[bool, Meta(description="Printed on the badge.", examples=[True])] = False


class VisitorType(Section, frozen=True):
    """[[types]]: one kind of visitor; up to six."""

    key: Annotated[FieldKey, Meta(description="Stored with the visit.", examples=["guest"])]
    title: Annotated[Texts, Meta(min_length=1, description="On the tile.", examples=[{"da": "Gæst", "en": "Guest"}])]
    host: Annotated[bool, Meta(description="Asks for a host.", examples=[True])] = True
    email: Annotated[Literal["no", "optional", "required"], Meta(description="E-mail.", examples=["optional"])] = (
        "optional"
    )
    phone: Annotated[Literal["no", "optional", "required"], Meta(description="Phone.", examples=["optional"])] = (
        "optional"
    )
    contact: Annotated[bool, Meta(description="E-mail or phone must be given, either will do.", examples=[False])] = (
        False
    )
    fields: Annotated[tuple[ExtraField, ...], Meta(max_length=4, description="More fields.")] = ()
    rules: Annotated[
        Literal["no", "accept", "sign"],
        Meta(description="House rules: not shown, accepted by a tap, or signed.", examples=["accept"]),
    ] = "no"
    badge: Annotated[bool, Meta(description="Prints a badge.", examples=[True])] = True
    badge_title: Annotated[
        Texts, Meta(description="Word on the badge; empty takes the title.", examples=[{"da": "GÆST"}])
    ] = {}


class FlowSection(Section, frozen=True):
    """[flow]: times and what is offered."""

    idle_s: Annotated[int, Meta(ge=10, le=300, description="Asks 'still there?' after this.", examples=[30])] = 30
    still_there_s: Annotated[int, Meta(ge=20, le=120, description="Goes home after this much more.", examples=[20])] = (
        20
    )
    done_s: Annotated[int, Meta(ge=5, le=60, description="The last page stays so long.", examples=[10])] = 10
    walk_in: Annotated[bool, Meta(description="Guests without an invitation.", examples=[True])] = True
    delivery: Annotated[bool, Meta(description="A tile for deliveries.", examples=[True])] = True
    groups: Annotated[bool, Meta(description="Several guests in one go.", examples=[True])] = True
    group_maximum: Annotated[int, Meta(ge=2, le=50, description="Guests in one go at most.", examples=[20])] = 20
    house_rules: Annotated[dict[str, tuple[str, ...]], Meta(description="Paragraphs by language.")] = {}
    code_tries_per_min: Annotated[
        int, Meta(ge=1, le=20, description="Eight-character codes a minute.", examples=[5])
    ] = 5


class HostsSection(Section, frozen=True):
    """[hosts]: who may be found, and how much a stranger may search."""

    host_group: Annotated[
        str, Meta(description="Id of the Entra group whose members are hosts.", examples=["b3c1…"])
    ] = ""
    opt_out: Annotated[
        tuple[str, ...],
        Meta(max_length=1000, description="Addresses that are never found.", examples=[["ceo@nordhavn.example"]]),
    ] = ()
    least_letters: Annotated[int, Meta(ge=3, le=10, description="Shorter searches find nothing.", examples=[3])] = 3
    most_hits: Annotated[int, Meta(ge=1, le=5, description="More hits than this show nothing.", examples=[5])] = 5
    searches_per_session: Annotated[int, Meta(ge=3, le=100, description="Per guest.", examples=[12])] = 12
    searches_per_hour: Annotated[int, Meta(ge=10, le=1000, description="Per kiosk.", examples=[60])] = 60
    presence: Annotated[bool, Meta(description="Shows available, busy or away.", examples=[True])] = False
    photos: Annotated[
        bool,
        Meta(
            description="Shows the host's picture to whoever typed the full name; needs ProfilePhoto.Read.All.",
            examples=[True],
        ),
    ] = False
    index_file: Annotated[
        str,
        Meta(
            description="Encrypted index of hosts, for search without a network.",
            examples=["/var/lib/mydesk/hosts.index"],
        ),
    ] = "/var/lib/mydesk/hosts.index"


class OtherHost(Section, frozen=True):
    """[[other_hosts]]: a host outside the tenant."""

    name: Annotated[str, Meta(min_length=1, max_length=80, description="Full name.", examples=["Ida Berg"])]
    address: Annotated[str, Meta(max_length=100, description="Mail address.", examples=["ida@lejer.example"])]
    department: Annotated[str, Meta(max_length=60, description="Company or department.", examples=["Lejer A/S"])] = ""
    language: Annotated[Language, Meta(description="Language of messages.", examples=["da"])] = "da"
    phone: Annotated[str, Meta(max_length=30, description="Phone.", examples=["+45 87 65 43 21"])] = ""


class NotifySection(Section, frozen=True):
    """[notify]: how hosts are told, and whom next when they do not answer."""

    first: Annotated[Literal["chat", "mail"], Meta(description="First channel.", examples=["chat"])] = "mail"
    second_after_s: Annotated[int, Meta(ge=15, le=900, description="Second channel after this.", examples=[60])] = 60
    delegate_after_s: Annotated[int, Meta(ge=30, le=1800, description="Delegate after this.", examples=[180])] = 180
    reception_after_s: Annotated[int, Meta(ge=60, le=3600, description="Reception after this.", examples=[300])] = 300
    delegates: Annotated[
        dict[str, str],
        Meta(description="Delegate's address by host's address.", examples=[{"a@x.example": "b@x.example"}]),
    ] = {}
    read_answers_min: Annotated[
        int, Meta(ge=0, le=30, description="Answers in the chat are read so long.", examples=[10])
    ] = 10
    answer_url: Annotated[
        str,
        Meta(
            pattern=r"^(https://[0-9A-Za-z.:\[\]-]+/?)?$",
            max_length=100,
            description="The hub's [web] base_url: messages have links to answer by. Empty: no links.",
            examples=["https://hub.nordhavn.example:8443"],
        ),
    ] = ""


class RegisterSection(Section, frozen=True):
    """[register]: what is kept, and for how long."""

    folder: Annotated[
        str, Meta(description="Register, keys, audit and signatures.", examples=["/var/lib/mydesk/register"])
    ] = "/var/lib/mydesk/register"
    retention_days: Annotated[int, Meta(ge=1, le=30, description="Visits are forgotten after this.", examples=[14])] = (
        14
    )
    audit_days: Annotated[int, Meta(ge=1, le=365, description="The audit log without names.", examples=[180])] = 180
    auto_sign_out: Annotated[
        str,
        Meta(
            pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
            description="Who is still in is signed out, marked assumed.",
            examples=["23:59"],
        ),
    ] = "23:59"
    remind_host_after_min: Annotated[
        int,
        Meta(ge=0, le=600, description="The host is reminded so long after the planned end; 0 never.", examples=[60]),
    ] = 60


class SharingSection(Section, frozen=True):
    """[sharing]: one register for several kiosks of a site, through the site hub."""

    enabled: Annotated[
        bool,
        Meta(description="Visits go, sealed, to the hub and the site's other kiosks.", examples=[True]),
    ] = False


class InvitationsSection(Section, frozen=True):
    """[invitations]: codes that hosts send."""

    public_keys: Annotated[
        dict[str, str],
        Meta(
            max_length=2,
            description="Ed25519 public keys by key id (0-255); two may be active.",
            examples=[{"1": "MCowBQ…"}],
        ),
    ] = {}
    records_folder: Annotated[
        str,
        Meta(
            description="Encrypted records of invitations, and the list of revoked ones.",
            examples=["/var/lib/mydesk/invitations"],
        ),
    ] = "/var/lib/mydesk/invitations"
    early_min: Annotated[int, Meta(ge=0, le=1440, description="Good so long before the start.", examples=[120])] = 120
    late_min: Annotated[int, Meta(ge=0, le=1440, description="And so long after the end.", examples=[120])] = 120


class AccessibilitySection(Section, frozen=True):
    """[accessibility]: reading aids."""

    speech: Annotated[bool, Meta(description="Speech over the audio jack, with espeak-ng.", examples=[True])] = False
    speech_device: Annotated[str, Meta(description="ALSA device; empty: the default one.", examples=["plughw:0"])] = ""
    low_reach: Annotated[bool, Meta(description="Controls always in the lower half.", examples=[False])] = False


class KioskAdminSection(Section, frozen=True):
    """[admin]: the PIN menu behind a long press on the site's name."""

    pin_hash: Annotated[
        str,
        Meta(description="Made by `mydesk-kiosk pin`; empty means no admin menu at the kiosk.", examples=["scrypt$…"]),
    ] = ""


class LabelsSection(Section, frozen=True):
    """[labels]: counting what is left on the roll."""

    per_roll: Annotated[int, Meta(ge=10, le=5000, description="Labels on a new roll.", examples=[300])] = 300
    warn_at: Annotated[tuple[int, ...], Meta(description="Warnings when so many are left.", examples=[[50, 20, 5]])] = (
        50,
        20,
        5,
    )


class UnitSection(Section, frozen=True):
    """[unit]: this kiosk."""

    id: Annotated[
        str,
        Meta(pattern=r"^[a-z0-9-]{1,32}$", description="Name of this unit in the fleet.", examples=["cph-lobby"]),
    ]
    control_socket: Annotated[
        str, Meta(description="Control socket of this kiosk.", examples=["/run/mydesk/kiosk.sock"])
    ] = "/run/mydesk/kiosk.sock"
    outbox_file: Annotated[
        str,
        Meta(
            description="Outbox that the agent drains; empty means no hub and no outbox.",
            examples=["/var/lib/mydesk/outbox/outbox.db"],
        ),
    ] = ""
    overrides_file: Annotated[
        str,
        Meta(
            description="Settings from the hub, written by the agent, that lie over this file; empty means none.",
            examples=["/var/lib/mydesk/overrides.json"],
        ),
    ] = "/var/lib/mydesk/overrides.json"


class ScreenSection(Section, frozen=True):
    """[screen]: the panel."""

    width_px: Annotated[int, Meta(ge=320, le=7680, description="Width in pixels.", examples=[1280])] = 1280
    height_px: Annotated[int, Meta(ge=320, le=7680, description="Height in pixels.", examples=[800])] = 800
    width_mm: Annotated[
        float,
        Meta(gt=0, le=2000, description="Width of the picture in millimetres; all sizes follow.", examples=[217.0]),
    ] = 217.0
    clock_hours: Annotated[Literal[12, 24], Meta(description="12 or 24 hour clock.", examples=[24])] = 24
    brand_colour: Annotated[
        str,
        Meta(
            pattern=r"^(#[0-9A-Fa-f]{6})?$",
            description="Colour of buttons and tiles; contrast is enforced.",
            examples=["#0B7A4B"],
        ),
    ] = ""


class ScannerSection(Section, frozen=True):
    """[scanner]: the reader for QR codes."""

    driver: Annotated[
        Literal["none", "device", "emulated"],
        Meta(description="What reads; emulated for trying out.", examples=["device"]),
    ] = "none"
    port: Annotated[
        str, Meta(max_length=255, description="Serial port, by-id or by-path.", examples=["/dev/serial/by-id/usb-..."])
    ] = ""
    baud: Annotated[int, Meta(ge=0, le=921_600, description="Speed; 0 tries the usual ones.", examples=[9600])] = 0

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        if self.driver == "device" and not self.port.startswith("/"):
            yield "port", "must name the scanner's serial port; `mydesk-drivers list` shows what is there"
