"""The configuration file of the hub, `mydesk-hub serve --config FILE`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta

from common import config

SECRET = {"secret": True}
MAIL_ADDRESS = r"^[^\s@<>,;:\"\\()\[\]]+@[^\s@<>,;:\"\\()\[\]]+$"
"""One address, nothing around it: it is written into headers and into the SMTP dialogue."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the configuration file."""


class SiteSection(Section, frozen=True):
    """[site]: the buildings behind this hub."""

    name: Annotated[
        str, Meta(min_length=1, max_length=60, description="At the top of each page.", examples=["Nordhavn"])
    ]
    time_zone: Annotated[str, Meta(description="IANA time zone of the reports.", examples=["Europe/Copenhagen"])] = (
        "Europe/Copenhagen"
    )

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        if self.time_zone not in available_timezones():
            yield "time_zone", f"{self.time_zone!r} is not an IANA time zone; an example is Europe/Copenhagen"


class BrokerSection(Section, frozen=True):
    """[broker]: the MQTT broker that units and hub share."""

    host: Annotated[
        str, Meta(min_length=1, description="Its name, as in its certificate.", examples=["hub.nordhavn.example"])
    ] = "localhost"
    port: Annotated[int, Meta(ge=1, le=65535, description="TLS port.", examples=[8883])] = 8883


class AuthoritySection(Section, frozen=True):
    """[authority]: the site CA, from which units, broker and hub have their certificates."""

    folder: Annotated[str, Meta(description="Keys and certificates, 0700.", examples=["/var/lib/mydesk-hub/ca"])] = (
        "/var/lib/mydesk-hub/ca"
    )
    unit_days: Annotated[int, Meta(ge=1, le=3650, description="Life of a unit's certificate.", examples=[180])] = 180


class DatabaseSection(Section, frozen=True):
    """[database]: where history is kept."""

    url: Annotated[
        str,
        Meta(
            description="SQLAlchemy address: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME.",
            examples=["sqlite:////var/lib/mydesk-hub/hub.db"],
            extra=SECRET,
        ),
    ] = "sqlite:////var/lib/mydesk-hub/hub.db"


class RetentionSection(Section, frozen=True):
    """[retention]: how long what is kept."""

    samples_days: Annotated[int, Meta(ge=1, le=3650, description="Samples (m/...).", examples=[90])] = 90
    events_days: Annotated[int, Meta(ge=1, le=3650, description="Events without presence.", examples=[400])] = 400
    presence_days: Annotated[
        int,
        Meta(ge=1, le=365, description="Presence and check-ins per room, which may point to people.", examples=[14]),
    ] = 14
    commands_days: Annotated[int, Meta(ge=1, le=365, description="Commands and their results.", examples=[30])] = 30
    audit_days: Annotated[int, Meta(ge=1, le=3650, description="Who did what here.", examples=[14])] = 14


class WebSection(Section, frozen=True):
    """[web]: the pages."""

    address: Annotated[str, Meta(description="Listens there.", examples=["10.1.0.5"])] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535, description="Port.", examples=[8443])] = 8443
    base_url: Annotated[
        str,
        Meta(pattern=r"^https?://", description="As people type it.", examples=["https://hub.nordhavn.example:8443"]),
    ] = "https://localhost:8443"
    certificate_file: Annotated[
        str, Meta(description="PEM for HTTPS; empty: one of the site CA.", examples=["/etc/mydesk-hub/web.pem"])
    ] = ""
    key_file: Annotated[str, Meta(description="Its key.", examples=["/etc/mydesk-hub/web.key"])] = ""
    behind_proxy: Annotated[
        bool, Meta(description="A proxy in front does HTTPS; listen without.", examples=[False])
    ] = False
    session_hours: Annotated[int, Meta(ge=1, le=72, description="A sign-in lasts so long.", examples=[10])] = 10


class SignInSection(Section, frozen=True):
    """[sign_in]: by Entra; empty: only the local admin."""

    tenant_id: Annotated[str, Meta(description="Entra tenant.", examples=["2f9c0a57-5f39-4f0e-9b3e-8f3f5a4b7c11"])] = ""
    client_id: Annotated[
        str, Meta(description="App registration.", examples=["7d1c1f4e-1f27-4c66-8f4b-0c6a1d3e9b22"])
    ] = ""
    client_secret: Annotated[str, Meta(description="Its secret, or of secret_file.", examples=[""], extra=SECRET)] = ""
    secret_file: Annotated[
        str, Meta(description="File with the secret.", examples=["/etc/mydesk-hub/entra.secret"])
    ] = ""
    authority: Annotated[
        str, Meta(pattern=r"^https://", description="Where to sign in.", examples=["https://login.microsoftonline.com"])
    ] = "https://login.microsoftonline.com"
    graph_url: Annotated[
        str,
        Meta(
            pattern=r"^https://",
            description="Microsoft Graph, asked for the groups of people in very many.",
            examples=["https://graph.microsoft.com/v1.0"],
        ),
    ] = "https://graph.microsoft.com/v1.0"
    ca_file: Annotated[str, Meta(description="Extra CA for that.", examples=["/etc/mydesk/site-ca.pem"])] = ""
    proxy_url: Annotated[str, Meta(description="HTTP proxy for that.", examples=["http://proxy:3128"])] = ""
    groups: Annotated[
        dict[str, str],
        Meta(
            description="Object id of a security group -> role.",
            examples=[{"5b7b1d0c-6a6e-4f80-9a39-4b6b7a4f0c01": "administrator"}],
        ),
    ] = {}


class LocalAdminSection(Section, frozen=True):
    """[local_admin]: for sites without Entra; `mydesk-hub password` makes the hash."""

    name: Annotated[str, Meta(max_length=40, description="Empty: nobody.", examples=["admin"])] = "admin"
    password_hash: Annotated[
        str, Meta(description="By mydesk-hub password; empty: nobody.", examples=[""], extra=SECRET)
    ] = ""


class NotifySection(Section, frozen=True):
    """[notify]: who hears of alarms."""

    mail_host: Annotated[str, Meta(description="SMTP server; empty: no mail.", examples=["smtp.nordhavn.example"])] = ""
    mail_port: Annotated[int, Meta(ge=1, le=65535, description="Its port.", examples=[587])] = 587
    mail_security: Annotated[
        Literal["starttls", "tls", "none"], Meta(description="How it is protected.", examples=["starttls"])
    ] = "starttls"
    mail_user: Annotated[str, Meta(description="Who signs in there; empty: nobody.", examples=["mydesk"])] = ""
    mail_password_file: Annotated[
        str, Meta(description="File with the password.", examples=["/etc/mydesk-hub/smtp"])
    ] = ""
    mail_from: Annotated[str, Meta(max_length=100, description="From.", examples=["mydesk@nordhavn.example"])] = ""
    mail_to: Annotated[
        tuple[Annotated[str, Meta(max_length=100, pattern=MAIL_ADDRESS)], ...],
        Meta(max_length=20, description="To.", examples=[["it@nordhavn.example"]]),
    ] = ()
    webhooks: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^https?://", max_length=500)], ...],
        Meta(
            max_length=10,
            description="POST as JSON to.",
            examples=[["https://alerts.nordhavn.example/mydesk"]],
            extra=SECRET,
        ),
    ] = ()
    ca_file: Annotated[
        str, Meta(description="Extra CA for mail and webhooks.", examples=["/etc/mydesk/site-ca.pem"])
    ] = ""
    proxy_url: Annotated[str, Meta(description="HTTP proxy for webhooks.", examples=["http://proxy:3128"])] = ""
    after_s: Annotated[
        float, Meta(ge=0, le=86400, description="An alarm that ends sooner is not told.", examples=[120])
    ] = 120.0
    repeat_h: Annotated[float, Meta(ge=0, le=720, description="Told again while it lasts; 0: once.", examples=[24])] = (
        24.0
    )

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        if bool(self.mail_host) != bool(self.mail_to):
            yield "mail_to", "mail_host and mail_to are needed together"
        if self.mail_host and not re.match(MAIL_ADDRESS, self.mail_from):
            yield "mail_from", "an address is needed for mail, for example mydesk@nordhavn.example"
        if self.mail_user and self.mail_security == "none":
            yield "mail_security", "a password needs starttls or tls"
        if self.mail_user and not self.mail_password_file:
            yield "mail_password_file", "is needed with mail_user"


class VisitsSection(Section, frozen=True):
    """[visits]: guests, shared by the kiosks of a site through this hub."""

    enabled: Annotated[
        bool, Meta(description="Kiosks share their guests; reception has its pages.", examples=[True])
    ] = False
    keys_file: Annotated[
        str,
        Meta(
            description="Keys of the days, in a folder of their own that no backup takes.",
            examples=["/var/lib/mydesk-hub/keys/day.keys"],
        ),
    ] = "/var/lib/mydesk-hub/keys/day.keys"
    retention_days: Annotated[
        int, Meta(ge=1, le=30, description="Visits are forgotten after this; as on the kiosks.", examples=[14])
    ] = 14
    auto_sign_out: Annotated[
        str,
        Meta(
            pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
            description="Who is still in is signed out, marked assumed; as on the kiosks.",
            examples=["23:59"],
        ),
    ] = "23:59"
    invitation_key_id: Annotated[
        int,
        Meta(
            ge=0, le=255, description="Of the key that signs invitations here; another than an admin's.", examples=[1]
        ),
    ] = 1
    place: Annotated[
        str,
        Meta(max_length=200, description="Street and town, in invitations.", examples=["Havnegade 1, 2150 Nordhavn"]),
    ] = ""
    controller: Annotated[
        str,
        Meta(max_length=200, description="Who is responsible for the data.", examples=["Nordhavn A/S, 2150 Nordhavn"]),
    ] = ""
    contact: Annotated[
        str, Meta(max_length=100, description="Whom to ask about data.", examples=["privacy@nordhavn.example"])
    ] = ""


class HubConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file; only [site] is needed."""

    site: SiteSection
    broker: BrokerSection = BrokerSection()
    authority: AuthoritySection = AuthoritySection()
    database: DatabaseSection = DatabaseSection()
    retention: RetentionSection = RetentionSection()
    web: WebSection = WebSection()
    sign_in: SignInSection = SignInSection()
    local_admin: LocalAdminSection = LocalAdminSection()
    notify: NotifySection = NotifySection()
    visits: VisitsSection = VisitsSection()

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-section problems for common.config."""
        from hub.roles import Role

        for group, role in self.sign_in.groups.items():
            if role not in tuple(Role):
                yield "sign_in.groups", f"{group} = {role!r}: a role is one of {', '.join(Role)}"
        if bool(self.sign_in.tenant_id) != bool(self.sign_in.client_id):
            yield "sign_in.client_id", "tenant_id and client_id are needed together"
        if not self.sign_in.tenant_id and not self.local_admin.name:
            yield "local_admin.name", "nobody could sign in: set [sign_in] or [local_admin]"


def load(path: Path) -> HubConfig:
    """Read a hub's configuration. Raises common.config.ConfigError with everything that is wrong in it."""
    return config.load(path, HubConfig)
