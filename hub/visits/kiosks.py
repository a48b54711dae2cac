"""The kiosks of the site as far as visits go: where they are, whether they are reached, what is sealed to them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from sqlalchemy import Connection, select

from common.visiting.sealed_record import RecordRefused, kiosk_key
from hub.tables import LATEST, UNITS
from telemetry.messages import MessageError, SharingKeys, Status, decode

__all__ = ["Kiosk", "kiosks", "public_text"]

_TOPICS = ("status", "reported/sharing", "now/kiosk")


class _Now(msgspec.Struct, frozen=True):
    app: bool | None = None
    signed_in: bool | None = None
    network: bool | None = None
    register: str = "unknown"


_REGISTER: Mapping[str, bool | None] = {"ok": True, "unknown": None}


@dataclass(frozen=True, slots=True)
class Kiosk:
    """One kiosk. `keys` are its public keys by day, `address` the key of its invitations; None: it told none."""

    unit: str
    name: str
    site: str
    online: bool
    keys: Mapping[date, X25519PublicKey] = field(default_factory=dict, repr=False)
    address: X25519PublicKey | None = field(default=None, repr=False)
    tells: bool | None = None
    """whether it can tell hosts, by its own words: signed in, Microsoft 365 reached, register works; None: unknown"""

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or self.unit

    @property
    def shares(self) -> bool:
        """Whether it takes visits."""
        return bool(self.keys)


def kiosks(connection: Connection) -> list[Kiosk]:
    """All that are not revoked, by site and id."""
    mine = (UNITS.c.role == "kiosk") & UNITS.c.revoked_ms.is_(None)
    rows = connection.execute(select(UNITS).where(mine).order_by(UNITS.c.site, UNITS.c.unit)).all()
    told: dict[tuple[str, str], str] = {}
    units = [row.unit for row in rows]
    query = select(LATEST).where(LATEST.c.topic.in_(_TOPICS), LATEST.c.unit.in_(units))
    for row in connection.execute(query) if units else ():
        told[row.unit, row.topic] = row.body
    return [_kiosk(row.unit, row.name, row.site, told) for row in rows]


def public_text(key: bytes) -> str:
    """A public key as SharingKeys has it."""
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def _kiosk(unit: str, name: str, site: str, told: Mapping[tuple[str, str], str]) -> Kiosk:
    keys, address = _sharing(told.get((unit, "reported/sharing"), ""))
    online, tells = _online(told.get((unit, "status"), "")), _tells(told.get((unit, "now/kiosk"), ""))
    return Kiosk(unit, name, site, online, keys, address, tells)


def _online(body: str) -> bool:
    try:
        return bool(body) and decode(body.encode(), Status).s == "online"
    except MessageError:
        return False


def _tells(body: str) -> bool | None:
    """Of `now/kiosk` (telemetry.now_values.kiosk_now)."""
    try:
        now = decode(body.encode(), _Now) if body else _Now()
    except MessageError:
        return None
    facts = (now.app, now.signed_in, now.network, _REGISTER.get(now.register, False))
    return False if False in facts else None if None in facts else True


def _sharing(body: str) -> tuple[dict[date, X25519PublicKey], X25519PublicKey | None]:
    """A unit's own words: what is not right in them is left out."""
    try:
        told = decode(body.encode(), SharingKeys) if body else SharingKeys(keys={})
    except (MessageError, msgspec.MsgspecError):
        return {}, None
    keys = {}
    for day, text in told.keys.items():
        try:
            keys[date.fromisoformat(day)] = X25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(text + "="))
        except (ValueError, binascii.Error):
            continue
    return keys, _address(told.address)


def _address(line: str) -> X25519PublicKey | None:
    try:
        return kiosk_key(line) if line else None
    except RecordRefused:
        return None
