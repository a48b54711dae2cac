"""A shared visit on its way between kiosk and hub: sealed to the receiver's key of the day on which the visit began.

    MDVIS1 LF | day, ten bytes, as 2026-11-22 | HPKE( JSON of a SharedVisit )

HPKE as in RFC 9180, base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The receiver derives its key
pair from its own key of that day (common.visiting.day_keys), so destroying that key destroys every copy of the
message (docs/decisions/0014). Who sent it is what the broker's access list says: the seal does not tell.
"""

from __future__ import annotations

from datetime import date

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from common.errors import MyDeskError
from common.visiting.shared_visit import SharedVisit

__all__ = [
    "LARGEST_SEALED",
    "VISIT_MAGIC",
    "VisitRefused",
    "day_of",
    "open_visit",
    "seal_visit",
    "storage_key",
    "transport_key",
]

VISIT_MAGIC = b"MDVIS1\n"
LARGEST_SEALED = 6000
"""Bytes of a sealed visit; a larger one is not even opened. In base64url it fits telemetry.payloads.VisitSealed."""

_DAY_BYTES = 10
_HEAD_BYTES = len(VISIT_MAGIC) + _DAY_BYTES
_KEY_BYTES = 32
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_TRANSPORT = b"MyDesk visits 1: transport"
_STORAGE = b"MyDesk visits 1: storage"


class VisitRefused(MyDeskError):  # noqa: N818 - what the receiver does
    """Error raised when bytes are no visit for this receiver: another key, another day, forged, damaged, too large."""


def transport_key(day_secret: bytes) -> X25519PrivateKey:
    """The key pair of a day, for what is sealed to whoever has this secret; ValueError unless it has 32 bytes."""
    return X25519PrivateKey.from_private_bytes(_derived(day_secret, _TRANSPORT))


def storage_key(day_secret: bytes) -> bytes:
    """32 bytes to seal visits of a day with where they are kept; ValueError unless the secret has 32 bytes."""
    return _derived(day_secret, _STORAGE)


def seal_visit(visit: SharedVisit, receiver: X25519PublicKey) -> bytes:
    """The bytes that only the receiver opens, as long as it has the key of `visit.day`; ValueError when too large."""
    head = VISIT_MAGIC + visit.day.isoformat().encode()
    sealed = head + _SUITE.encrypt(msgspec.json.encode(visit), receiver, info=head)
    if len(sealed) > LARGEST_SEALED:
        raise ValueError("a visit is too large to be shared")
    return sealed


def day_of(sealed: bytes) -> date:
    """The day whose key opens it, as it says itself. VisitRefused where it is no sealed visit."""
    if len(sealed) > LARGEST_SEALED or not sealed.startswith(VISIT_MAGIC):
        raise VisitRefused("That is no sealed visit, or too large for one.")
    try:
        text = sealed[len(VISIT_MAGIC) : _HEAD_BYTES].decode("ascii")
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or text != day.isoformat():
        raise VisitRefused("A sealed visit names no day.")
    return day


def open_visit(sealed: bytes, receiver: X25519PrivateKey) -> SharedVisit:
    """What was sealed to us. VisitRefused for everything else."""
    day = day_of(sealed)
    head, body = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:]
    try:
        visit = msgspec.json.decode(_SUITE.decrypt(body, receiver, info=head), type=SharedVisit)
    except (InvalidTag, ValueError):
        raise VisitRefused("A sealed visit is not for this key, of a form not known here, or damaged.") from None
    if visit.day != day:
        raise VisitRefused("A sealed visit is of another day than it says.")
    return visit


def _derived(secret: bytes, purpose: bytes) -> bytes:
    if len(secret) != _KEY_BYTES:
        raise ValueError(f"the secret of a day has {_KEY_BYTES} bytes")
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(secret)
