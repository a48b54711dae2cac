"""The inventory of a fleet, `inventory.toml`: sites, kinds of hardware, units. Values only; `inventory_load` reads it.

Settings of the panels stand in it as they stand in room.toml and kiosk.toml, in three layers: for the whole fleet
(`[room.booking]`), for a site (`room.booking.later = false` below `[[sites]]`), for a unit (`overrides.booking...`).
Secrets stand in it only as references: `{ file = "..." }`, `{ env = "..." }`, `{ command = ["...", "..."] }`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from provisioning.busy_hours import PATTERN as BUSY
from provisioning.maintenance_window import DEFAULT as DEFAULT_WINDOW
from provisioning.maintenance_window import PATTERN as WINDOW
from provisioning.ssh_keys import key_fault

Role = Literal["room", "kiosk"]
Language = Literal["da", "en", "es"]
Tables = dict[str, Any]
"""Settings as they stand in the file of an app, or references in place of secrets."""

UNIT_ID = r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$"
"""As in the telemetry's topics, and a host name as well."""
NAME = r"^[a-z0-9][a-z0-9-]{0,31}$"
HOST = r"^[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?$"
ACCOUNT = r"^[a-z_][a-z0-9_-]{0,31}$"
MAILBOX = r"^([^@\s]+@[^@\s]+)?$"
FINGERPRINT = r"^(sha256:[0-9a-f]{64})?$"
SSH_KEY = r"^(sk-)?(ssh|ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/=]{32,3000}( [ -~]*)?$"
SSID_BYTES = 32
GUID = r"^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$"


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the inventory."""


class SecretRef(Section, frozen=True):
    """A secret that is elsewhere: exactly one of the three."""

    file: Annotated[str, Meta(description="First line of that file, beside the inventory.", examples=["wifi.key"])] = ""
    env: Annotated[
        str,
        Meta(pattern=r"^[A-Za-z0-9_]*$", description="Environment variable.", examples=["MYDESK_WIFI"]),
    ] = ""
    command: Annotated[
        tuple[str, ...],
        Meta(
            max_length=20, description="What that command prints; no shell.", examples=[["pass", "show", "mydesk/wifi"]]
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Raises ValueError: not exactly one is given; common.config tells it."""
        if sum(map(bool, (self.file, self.env, self.command))) != 1:
            raise ValueError('must be one of { file = "..." }, { env = "..." } and { command = ["..."] }')


class FleetSection(Section, frozen=True):
    """[fleet]: what all units have in common."""

    name: Annotated[str, Meta(pattern=NAME, description="Names the state on this laptop too.", examples=["contoso"])]
    admin_keys: Annotated[
        tuple[Annotated[str, Meta(pattern=SSH_KEY)], ...],
        Meta(
            min_length=1,
            max_length=50,
            description="Public SSH keys that may administer the units.",
            examples=[["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGBRo36Fwbp8lXDlysr6i38fXDISaa00mvnhnmqihRRr ida"]],
        ),
    ]
    ssh_user: Annotated[
        str, Meta(pattern=ACCOUNT, description="Who signs in over SSH.", examples=["mydesk-admin"])
    ] = "mydesk-admin"  # fmt: skip
    time_zone: Annotated[str, Meta(description="IANA time zone.", examples=["Europe/Copenhagen"])] = "Europe/Copenhagen"
    language: Annotated[Language, Meta(description="Language of the screens.", examples=["da"])] = "da"
    maintenance: Annotated[
        str,
        Meta(
            pattern=WINDOW,
            description="Full hours in which Debian is updated and units reboot, in their time zones.",
            examples=["01-05"],
        ),
    ] = DEFAULT_WINDOW
    busy_hours: Annotated[
        tuple[Annotated[str, Meta(pattern=BUSY)], ...],
        Meta(
            max_length=12,
            description="Hours in which kiosks are neither updated, restarted nor rebooted, in their time zones.",
            examples=[["08:00-10:30", "16:00-17:30"]],
        ),
    ] = ()
    release_keys: Annotated[
        tuple[Annotated[str, Meta(pattern=SSH_KEY)], ...],
        Meta(
            max_length=20,
            description="Public SSH keys whose releases units take; the next one beside the current one.",
            examples=[["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGBRo36Fwbp8lXDlysr6i38fXDISaa00mvnhnmqihRRr releases"]],
        ),
    ] = ()
    release_revoked: Annotated[
        str, Meta(description="Keys that no longer count, a KRL beside the inventory.", examples=["releases.krl"])
    ] = ""

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        for name, keys in (("admin_keys", self.admin_keys), ("release_keys", self.release_keys)):
            for index, key in enumerate(keys):
                if fault := key_fault(key):
                    yield f"{name}[{index}]", fault


class EnrolSection(Section, frozen=True):
    """[hub.enrol]: how this laptop has the hub sign a unit's request; without `ssh` mydesk-hub is run right here."""

    ssh: Annotated[
        str,
        Meta(
            pattern=r"^([a-z_][a-z0-9_-]{0,31}@[A-Za-z0-9][A-Za-z0-9._:-]{0,251})?$",
            description="Account and name of the hub's machine.",
            examples=["admin@hub.nordhavn.example"],
        ),
    ] = ""
    ssh_port: Annotated[int, Meta(ge=1, le=65535, description="And its SSH port.", examples=[22])] = 22
    host_key: Annotated[
        str,
        Meta(
            pattern=rf"^({SSH_KEY[1:-1]})?$",
            description="Its public host key (/etc/ssh/ssh_host_ed25519_key.pub): no other is accepted.",
            examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGBRo36Fwbp8lXDlysr6i38fXDISaa00mvnhnmqihRRr hub"],
        ),
    ] = ""
    program: Annotated[
        tuple[str, ...],
        Meta(min_length=1, max_length=10, description="mydesk-hub as it is called there.", examples=[["mydesk-hub"]]),
    ] = ("mydesk-hub",)
    config: Annotated[str, Meta(min_length=1, description="Its file.", examples=["/etc/mydesk-hub/hub.toml"])] = (
        "/etc/mydesk-hub/hub.toml"
    )

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        if self.ssh and not self.host_key:
            yield "host_key", "is needed with ssh: nothing is trusted on first use"
        if self.host_key and (fault := key_fault(self.host_key)):
            yield "host_key", fault


class HubSection(Section, frozen=True):
    """[hub]: the site hub; without it units keep no telemetry. A site may have its own."""

    host: Annotated[str, Meta(pattern=HOST, description="Name or address.", examples=["hub.nordhavn.example"])]
    port: Annotated[int, Meta(ge=1, le=65535, description="Its broker's TLS port.", examples=[8883])] = 8883
    ca_file: Annotated[
        str, Meta(description="The site CA's certificate, PEM, beside the inventory.", examples=["site-ca.pem"])
    ] = ""
    ca_fingerprint: Annotated[
        str,
        Meta(
            pattern=FINGERPRINT,
            description="SHA-256 of the certificate (DER); with ca_file it is checked.",
            examples=["sha256:" + "0123456789abcdef" * 4],
        ),
    ] = ""
    enrol: EnrolSection | None = None


class Microsoft365Section(Section, frozen=True):
    """[microsoft365]: the tenant, and how units sign in to it."""

    tenant_id: Annotated[
        str, Meta(min_length=3, description="Its id or domain.", examples=["9f2c6f0a-0c5b-4f0e-9a37-1d3b6c1f5a10"])
    ]
    room_client_id: Annotated[
        str,
        Meta(
            pattern=GUID,
            description="App registration of door panels.",
            examples=["4b1f4e6e-52f5-4c0c-8a1c-6a1a36d9a0b2"],
        ),
    ] = ""
    kiosk_client_id: Annotated[
        str,
        Meta(pattern=GUID, description="That of kiosks.", examples=["7d1c1f4e-1f27-4c66-8f4b-0c6a1d3e9b22"]),
    ] = ""
    account: Annotated[
        str, Meta(pattern=MAILBOX, description="The device account.", examples=["mydesk@contoso.example"])
    ] = ""
    shape: Annotated[
        Literal["delegate", "room-account", "app-only"],
        Meta(description="As `[graph] shape` of a panel.", examples=["delegate"]),
    ] = "delegate"
    sign_in: Annotated[
        Literal["device-code", "auth-code", "certificate"],
        Meta(description="As `[graph] sign_in` of a panel.", examples=["device-code"]),
    ] = "device-code"


class WifiSection(Section, frozen=True):
    """[sites.wifi]: for units with link = "wifi"."""

    ssid: Annotated[str, Meta(min_length=1, max_length=32, description="Name of the network.", examples=["panels"])]
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$", description="Whose radio rules hold.", examples=["DK"])]
    passphrase: SecretRef
    hidden: Annotated[bool, Meta(description="The network does not tell its name.", examples=[False])] = False

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        if len(self.ssid.encode()) > SSID_BYTES:
            yield "ssid", f"is longer than {SSID_BYTES} bytes of UTF-8"


class Site(Section, frozen=True):
    """[[sites]]: one building."""

    id: Annotated[str, Meta(pattern=NAME, description="Short.", examples=["cph"])]
    name: Annotated[str, Meta(min_length=1, max_length=60, description="For people.", examples=["Nordhavn"])]
    floors: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=30)], ...],
        Meta(max_length=100, description="From below; empty: any.", examples=[["0", "1", "2"]]),
    ] = ()
    time_zone: Annotated[str, Meta(description="Empty: the fleet's.", examples=["Europe/Madrid"])] = ""
    language: Annotated[
        Language | None, Meta(description="Left out: the fleet's.", examples=["es"])
    ] = None  # fmt: skip
    gateway: Annotated[
        str, Meta(max_length=45, description="For units with an address of their own.", examples=["10.1.2.1"])
    ] = ""
    dns_servers: Annotated[
        tuple[Annotated[str, Meta(max_length=45)], ...],
        Meta(max_length=4, description="For these as well.", examples=[["10.1.0.53"]]),
    ] = ()
    ntp_servers: Annotated[
        tuple[Annotated[str, Meta(pattern=HOST)], ...],
        Meta(max_length=4, description="Empty: Debian's.", examples=[["ntp.nordhavn.example"]]),
    ] = ()
    maintenance: Annotated[
        str, Meta(pattern=rf"^({WINDOW[1:-1]})?$", description="Empty: the fleet's.", examples=["22-04"])
    ] = ""
    busy_hours: Annotated[
        tuple[Annotated[str, Meta(pattern=BUSY)], ...] | None,
        Meta(description="Of its kiosks. Left out: the fleet's; []: none.", examples=[["07:30-10:00"]]),
    ] = None
    hub: HubSection | None = None
    wifi: WifiSection | None = None
    room: Annotated[
        Tables, Meta(description="Settings of its door panels.", examples=[{"hours": {"opens": "07:00"}}])
    ] = {}
    kiosk: Annotated[Tables, Meta(description="Settings of its kiosks.", examples=[{"flow": {"groups": False}}])] = {}


class Hardware(Section, frozen=True):
    """[hardware.NAME]: a kind of panel, so that its wires stand in one place."""

    board: Annotated[Literal["pi3", "pi4", "pi5", "x86"], Meta(description="Computer.", examples=["pi4"])]
    width_px: Annotated[int, Meta(ge=320, le=7680, description="Width of the panel.", examples=[1280])] = 1280
    height_px: Annotated[int, Meta(ge=320, le=7680, description="Height of the panel.", examples=[800])] = 800
    width_mm: Annotated[
        float, Meta(gt=0, le=2000, description="Width of the picture in millimetres.", examples=[217])
    ] = 217.0  # fmt: skip
    sensors: Annotated[
        tuple[Tables, ...],
        Meta(max_length=16, description="As [[sensors]] of the app.", examples=[[{"kind": "pir", "pin": 17}]]),
    ] = ()
    lamp: Annotated[Tables, Meta(description="As [lamp] of a door panel.", examples=[{"driver": "none"}])] = {}
    printer: Annotated[Tables, Meta(description="As [printer] of a kiosk.", examples=[{"driver": "none"}])] = {}
    scanner: Annotated[Tables, Meta(description="As [scanner] of a kiosk.", examples=[{"driver": "none"}])] = {}

    @property
    def architecture(self) -> Literal["aarch64", "x86_64"]:
        """As releases name it."""
        return "x86_64" if self.board == "x86" else "aarch64"


class Unit(Section, frozen=True):
    """[[units]]: one panel."""

    id: Annotated[str, Meta(pattern=UNIT_ID, description="Its host name too.", examples=["cph-2-ada"])]
    role: Annotated[Role, Meta(description="Door panel or lobby kiosk.", examples=["room"])]
    site: Annotated[str, Meta(pattern=NAME, description="Id of its site.", examples=["cph"])]
    hardware: Annotated[str, Meta(min_length=1, description="Name of its kind of hardware.", examples=["door10"])]
    address: Annotated[str, Meta(pattern=HOST, description="Where SSH finds it.", examples=["10.1.2.20"])]
    ssh_port: Annotated[int, Meta(ge=1, le=65535, description="And at which port.", examples=[22])] = 22
    name: Annotated[str, Meta(max_length=60, description="For people; empty: its id.", examples=["Ada"])] = ""
    floor: Annotated[str, Meta(max_length=30, description="One of the site's.", examples=["2"])] = ""
    mailbox: Annotated[
        str, Meta(pattern=MAILBOX, description="Of the room.", examples=["ada@contoso.example"])
    ] = ""  # fmt: skip
    panels: Annotated[
        int, Meta(ge=1, le=8, description="Door panels of this room; above 1 they share its mailbox.", examples=[2])
    ] = 1
    account: Annotated[
        str, Meta(pattern=MAILBOX, description="Empty: that of [microsoft365].", examples=["lobby@contoso.example"])
    ] = ""
    language: Annotated[
        Language | None, Meta(description="Left out: the site's.", examples=["en"])
    ] = None  # fmt: skip
    link: Annotated[Literal["ethernet", "wifi"], Meta(description="How it is connected.", examples=["wifi"])] = (
        "ethernet"
    )
    static_address: Annotated[
        str, Meta(max_length=50, description="With its prefix; empty: DHCP.", examples=["10.1.2.20/24"])
    ] = ""
    busy_hours: Annotated[
        tuple[Annotated[str, Meta(pattern=BUSY)], ...] | None,
        Meta(
            description="Its own, whatever its role. Left out: a kiosk's are the site's; []: none.",
            examples=[["12:00-13:00"]],
        ),
    ] = None
    overrides: Annotated[
        Tables, Meta(description="Settings of this unit's app.", examples=[{"booking": {"later": False}}])
    ] = {}  # fmt: skip
    agent: Annotated[
        Tables, Meta(description="Settings of its agent.", examples=[{"health": {"cpu_hot_c": 75}}])
    ] = {}  # fmt: skip

    @property
    def shown_name(self) -> str:
        """What people call it."""
        return self.name or self.id


class Inventory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    fleet: FleetSection
    microsoft365: Microsoft365Section
    hub: HubSection | None = None
    room: Annotated[
        Tables, Meta(description="Settings of all door panels.", examples=[{"booking": {"later": True}}])
    ] = {}
    kiosk: Annotated[Tables, Meta(description="Settings of all kiosks.", examples=[{"flow": {"delivery": False}}])] = {}
    agent: Annotated[Tables, Meta(description="Settings of all agents.", examples=[{"health": {"cpu_hot_c": 75}}])] = {}
    hardware: dict[str, Hardware] = {}
    sites: Annotated[tuple[Site, ...], Meta(max_length=500)] = ()
    units: Annotated[tuple[Unit, ...], Meta(max_length=5000)] = ()
