"""Writes one PowerShell script that makes everything an admin has to make in Entra and Exchange, and can run again.

The script is ASCII (graph.powershell says why). Parts are in graph.setup_script_parts.
Source: reference/graph.md 1.3, 2.5, 4; office-docs-powershell; Microsoft Graph PowerShell v1.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from common.errors import MyDeskError
from graph import setup_script_parts as parts
from graph.config import Shape
from graph.consent import permissions_for
from graph.features import Feature
from graph.roles import ROLE_FEATURES, Role
from graph.setup_rooms import RoomEntry

APP_NAMES = {Role.ROOM: "MyDesk room display", Role.KIOSK: "MyDesk lobby kiosk", Role.HUB: "MyDesk site hub"}


class SetupError(MyDeskError):
    """Error raised when what was asked for does not go together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One app registration: a role, how it signs in, and what it may."""

    role: Role
    shape: Shape
    features: frozenset[Feature]
    name: str

    @property
    def writes(self) -> bool:
        """It books."""
        return Feature.BOOKING in self.features

    @property
    def reads_rooms(self) -> bool:
        """It looks into room calendars, so the rooms have to let it."""
        return self.writes or Feature.AGENDA in self.features or Feature.FREE_BUSY in self.features


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the script is to make. `certificate_pem` is the public certificate of an app-only registration."""

    tenant: str
    registrations: tuple[Registration, ...]
    rooms: tuple[RoomEntry, ...]
    account: str = ""
    certificate_pem: bytes = b""


def registration(role: Role, shape: Shape, features: frozenset[Feature] | None = None, name: str = "") -> Registration:
    """Return what `role` needs; the hub is always app-only, a kiosk never a room."""
    if role is Role.HUB:
        shape = "app-only"
    elif role is Role.KIOSK and shape == "room-account":
        shape = "delegate"
    return Registration(role=role, shape=shape, features=features or ROLE_FEATURES[role], name=name or APP_NAMES[role])


def script_of(setup: Setup) -> str:
    """Return the script. Raises SetupError, PowerShellTextError."""
    _check(setup)
    return "\n".join(_parts(setup))


def _check(setup: Setup) -> None:
    needs_account = any(one.shape == "delegate" for one in setup.registrations)
    if needs_account and not setup.account:
        raise SetupError(
            "A device account is needed for the shape delegate.", hint="Name it with --account mydesk@contoso.example."
        )
    if not setup.rooms and any(one.reads_rooms for one in setup.registrations):
        raise SetupError("No room was named.", hint="Name them with --room ADDRESS or --rooms FILE.")
    names = [one.name.casefold() for one in setup.registrations]
    if len(set(names)) < len(names):
        raise SetupError("Two registrations have one name.", hint="One app registration per role: leave --name away.")


def _parts(setup: Setup) -> Iterator[str]:
    shapes = {one.shape for one in setup.registrations}
    yield parts.head(setup.tenant, setup.account, [(room.address, room.name) for room in setup.rooms])
    yield parts.FUNCTIONS
    if "delegate" in shapes:
        yield parts.DEVICE_ACCOUNT
    for one in setup.registrations:
        yield from _registration(setup, one)
    if any(one.reads_rooms and one.shape == "delegate" for one in setup.registrations):
        yield parts.FOLDER_RIGHTS
    if "room-account" in shapes:
        yield parts.ROOM_ACCOUNTS
    if setup.rooms:
        yield parts.CALENDAR_PROCESSING
    yield parts.TAIL


def _registration(setup: Setup, one: Registration) -> Iterator[str]:
    found = permissions_for(one.features, one.shape)
    entra = [(permission.name, permission.text) for permission in found if permission.where == "entra"]
    exchange = [(permission.name, permission.text) for permission in found if permission.where == "exchange"]
    yield parts.registration(one.name, entra, app_only=one.shape == "app-only")
    if one.shape == "app-only":
        if exchange:
            yield parts.rbac(one.name, exchange)
        yield (
            parts.certificate(*certificate_of(setup.certificate_pem)) if setup.certificate_pem else parts.NO_CERTIFICATE
        )


def certificate_of(pem: bytes) -> tuple[bytes, str]:
    """Return a certificate in DER and its SHA-1 thumbprint, by which Entra lists it. Raises SetupError."""
    try:
        found = x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise SetupError(
            "The certificate file holds no PEM certificate.", hint="Name the public certificate, not the key."
        ) from error
    return found.public_bytes(Encoding.DER), parts.thumbprint(found)


def certificate_file(path: Path) -> bytes:
    """Read a public certificate. Raises SetupError, for a private key above all."""
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror}).", hint="Name the certificate in PEM.") from error
    if b"PRIVATE KEY" in pem:
        raise SetupError(
            f"{path} holds a private key.", hint="It stays on the unit: name the public certificate alone."
        )
    certificate_of(pem)
    return pem
