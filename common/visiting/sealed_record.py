"""The record of an invitation on its way from an admin's machine to a kiosk: signed there, sealed to this one kiosk.

    MDREC1 LF | HPKE( key id, Ed25519 signature, JSON )        a record
    MDREV1 LF | key id, Ed25519 signature, JSON                a list of revoked visits; names nobody

HPKE as in RFC 9180, base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Whoever has the kiosk's public
key could seal something to it, so what is inside is signed with the key that signs invitations.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from msgspec import Meta

from common.errors import MyDeskError

__all__ = [
    "LARGEST_BYTES",
    "InvitationRecord",
    "RecordRefused",
    "Revocations",
    "kiosk_address",
    "kiosk_key",
    "open_record",
    "open_revocations",
    "seal_record",
    "sign_revocations",
]

LARGEST_BYTES = 256 * 1024
"""A larger file is not even opened."""

MOST_REVOKED = 5000
RECORD_MAGIC = b"MDREC1\n"
REVOKED_MAGIC = b"MDREV1\n"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_ADDRESS = "mdk1-"
_KEY_BYTES = 32
_SIGNATURE_BYTES = 64

Line = Annotated[str, Meta(max_length=100)]
Hex = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
Instant = Annotated[int, Meta(ge=0, lt=1 << 32)]


class RecordRefused(MyDeskError):  # noqa: N818 - what the kiosk does
    """Error raised when a file is no record for this kiosk: not sealed to it, forged, damaged or too large."""


class InvitationRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, repr_omit_defaults=True):
    """Whom an invitation is for. `start_s` and `end_s` are seconds since 1970, as in the token."""

    visit: Hex
    type: Annotated[str, Meta(max_length=21)] = ""
    start_s: Instant
    end_s: Instant
    code_hash: Hex
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    email: Line = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    extra: Annotated[tuple[tuple[Annotated[str, Meta(max_length=21)], Line], ...], Meta(max_length=4)] = ()
    host_name: Line = ""
    host_address: Line = ""
    language: Annotated[str, Meta(max_length=5)] = "da"

    def __repr__(self) -> str:
        return "InvitationRecord(...)"

    @property
    def start(self) -> datetime:
        return datetime.fromtimestamp(self.start_s, UTC)

    @property
    def end(self) -> datetime:
        return datetime.fromtimestamp(self.end_s, UTC)


class Revocations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Visits that are off. `until_s`: after this instant none of them could open anything any more."""

    visits: Annotated[tuple[Hex, ...], Meta(min_length=1, max_length=MOST_REVOKED)]
    until_s: Instant


def seal_record(
    record: InvitationRecord, *, key_id: int, key: Ed25519PrivateKey, kiosk: X25519PublicKey
) -> bytes:  # fmt: skip
    """The file that only this kiosk opens."""
    signed = _signed(RECORD_MAGIC, msgspec.json.encode(record), key_id, key)
    return RECORD_MAGIC + _SUITE.encrypt(signed, kiosk, info=RECORD_MAGIC)


def open_record(sealed: bytes, kiosk: X25519PrivateKey, keys: Mapping[int, Ed25519PublicKey]) -> InvitationRecord:
    """What an admin sealed to us.

    Raises:
        RecordRefused: it is not for this kiosk, not signed by a key of the configuration, or damaged.
    """
    _bounded(sealed, RECORD_MAGIC)
    try:
        signed = _SUITE.decrypt(sealed.removeprefix(RECORD_MAGIC), kiosk, info=RECORD_MAGIC)
    except (InvalidTag, ValueError):
        raise RecordRefused("An invitation's record is not sealed to this kiosk, or is damaged.") from None
    body = _verified(RECORD_MAGIC, signed, keys)
    try:
        record = msgspec.json.decode(body, type=InvitationRecord)
    except msgspec.MsgspecError:
        raise RecordRefused("An invitation's record has a form that this kiosk does not know.") from None
    if record.end - record.start < timedelta():
        raise RecordRefused("An invitation ends before it begins.")
    return record


def sign_revocations(revoked: Revocations, *, key_id: int, key: Ed25519PrivateKey) -> bytes:
    """The file that takes invitations back."""
    return REVOKED_MAGIC + _signed(REVOKED_MAGIC, msgspec.json.encode(revoked), key_id, key)


def open_revocations(raw: bytes, keys: Mapping[int, Ed25519PublicKey]) -> Revocations:
    """Which visits are off. Raises RecordRefused when the list is forged or damaged."""
    _bounded(raw, REVOKED_MAGIC)
    body = _verified(REVOKED_MAGIC, raw.removeprefix(REVOKED_MAGIC), keys)
    try:
        return msgspec.json.decode(body, type=Revocations)
    except msgspec.MsgspecError:
        raise RecordRefused("A list of revoked invitations has a form that this kiosk does not know.") from None


def kiosk_address(key: X25519PublicKey) -> str:
    """The line that an admin seals to."""
    return _ADDRESS + base64.b32encode(key.public_bytes_raw()).decode().rstrip("=").lower()


def kiosk_key(address: str) -> X25519PublicKey:
    """The key in a kiosk's line.

    Raises:
        RecordRefused: it is not such a line.
    """
    text = address.strip()[:100].lower().removeprefix(_ADDRESS).upper()
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _KEY_BYTES or not address.strip().lower().startswith(_ADDRESS):
        raise RecordRefused("That is no kiosk's line.", hint="Take it from `mydesk-kiosk keys kiosk` on the kiosk.")
    return X25519PublicKey.from_public_bytes(raw)


def _bounded(raw: bytes, magic: bytes) -> None:
    if len(raw) > LARGEST_BYTES or not raw.startswith(magic):
        raise RecordRefused("A file is no record of invitations, or is too large.")


def _signed(magic: bytes, body: bytes, key_id: int, key: Ed25519PrivateKey) -> bytes:
    return bytes((key_id,)) + key.sign(magic + bytes((key_id,)) + body) + body


def _verified(magic: bytes, signed: bytes, keys: Mapping[int, Ed25519PublicKey]) -> bytes:
    number, signature, body = signed[:1], signed[1 : 1 + _SIGNATURE_BYTES], signed[1 + _SIGNATURE_BYTES :]
    key = keys.get(number[0]) if number else None
    if key is None:
        raise RecordRefused(
            "A file is signed with a key that this kiosk does not know.",
            hint="Is its key id in [invitations] public_keys?",
        )
    try:
        key.verify(signature, magic + number + body)
    except InvalidSignature:
        raise RecordRefused("A file's signature is wrong: it was changed, or not made with our key.") from None
    return body
