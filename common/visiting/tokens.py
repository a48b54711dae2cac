"""What the QR codes of invitations and badges say, and whether it is true. Pure: keys and time are passed in.

    invitation  MD1: base32( version, key id, visit, start, end, Ed25519 signature )           90 bytes, 148 characters
    badge       MD1: base32( version, key id, visit, start, end, "B", HMAC-SHA256/128 )        43 bytes, 73 characters

version and key id are one byte each, the visit 16 bytes, start and end seconds since 1970 in 4 bytes each, all big
endian. No personal data. Base32 in capitals gives the smaller QR code and survives any keyboard layout.

An invitation is signed where the private key is; a kiosk has public keys only. A badge is made by the kiosk itself
with a key that lives one day (kiosk.badge_keys). The two have other lengths, other first bytes under the signature
and other keys: neither is ever taken for the other (docs/decisions/0013-tokens-of-guests.md).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from common.errors import MyDeskError

__all__ = [
    "LONGEST",
    "PREFIX",
    "BadgeClaim",
    "Claim",
    "Fault",
    "KeyUnusable",
    "badge_token",
    "invitation_token",
    "judge_badge",
    "judge_invitation",
    "judge_time",
    "parse",
    "public_keys",
]

PREFIX = "MD1:"
LONGEST = 300
"""A longer code is not even looked at."""

VERSION = 1
BADGE_KEY_BYTES = 32
_CLAIM = struct.Struct(">BB16sII")
_SIGNATURE_BYTES = 64
_MAC_BYTES = 16
_BADGE_PURPOSE = b"B"
_INVITATION_DOMAIN = b"MyDesk invitation 1\0"
_BADGE_DOMAIN = b"MyDesk badge 1\0"
_INVITATION_BYTES = _CLAIM.size + _SIGNATURE_BYTES
_BADGE_BYTES = _CLAIM.size + len(_BADGE_PURPOSE) + _MAC_BYTES


class KeyUnusable(MyDeskError):  # noqa: N818 - a state of the configuration
    """Error raised when a key of the configuration cannot be used."""


class Fault(StrEnum):
    """Why a code is of no use."""

    TOO_LONG = "too-long"
    NOT_OURS = "not-ours"
    DAMAGED = "damaged"
    """ours by its beginning, but cut off or misread"""
    WRONG_VERSION = "wrong-version"
    """made for a newer kiosk"""
    UNKNOWN_KEY = "unknown-key"
    BAD_SIGNATURE = "bad-signature"
    CLOCK_UNSURE = "clock-unsure"
    TOO_EARLY = "too-early"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Claim:
    """What an invitation says: a visit, and from when to when it is planned. Instants are aware and UTC."""

    key_id: int
    visit: bytes
    start: datetime
    end: datetime
    signature: bytes = b""

    @property
    def visit_id(self) -> str:
        """32 hexadecimal digits."""
        return self.visit.hex()

    def packed(self) -> bytes:
        """The 26 bytes that are signed."""
        return _CLAIM.pack(VERSION, self.key_id, self.visit, _seconds(self.start), _seconds(self.end))


@dataclass(frozen=True, slots=True)
class BadgeClaim:
    """What a badge says: whose it is, and until when. `key_id` is that of the kiosk's day."""

    key_id: int
    visit: bytes
    printed: datetime
    until: datetime
    mac: bytes = b""

    @property
    def visit_id(self) -> str:
        """32 hexadecimal digits."""
        return self.visit.hex()

    def packed(self) -> bytes:
        """The 27 bytes that are authenticated."""
        claim = _CLAIM.pack(VERSION, self.key_id, self.visit, _seconds(self.printed), _seconds(self.until))
        return claim + _BADGE_PURPOSE


def invitation_token(claim: Claim, key: Ed25519PrivateKey) -> str:
    """The text of an invitation's QR code. Raises ValueError for a visit or an instant that does not fit."""
    packed = claim.packed()
    return _written(packed + key.sign(_INVITATION_DOMAIN + packed))


def badge_token(claim: BadgeClaim, day_key: bytes) -> str:
    """The text of a badge's QR code. Raises ValueError for a visit or an instant that does not fit."""
    packed = claim.packed()
    return _written(packed + _mac(packed, day_key))


def parse(text: str) -> Claim | BadgeClaim | Fault:
    """Read a code that anybody may have made. Nothing in it is believed yet; no input raises."""
    if len(text) > LONGEST:
        return Fault.TOO_LONG
    if not text.startswith(PREFIX):
        return Fault.NOT_OURS
    raw = _read(text.removeprefix(PREFIX))
    if not raw:
        return Fault.DAMAGED
    if raw[0] != VERSION:
        return Fault.WRONG_VERSION
    if len(raw) == _INVITATION_BYTES:
        return Claim(*_fields(raw), signature=raw[_CLAIM.size :])
    if len(raw) == _BADGE_BYTES and raw[_CLAIM.size : _CLAIM.size + 1] == _BADGE_PURPOSE:
        return BadgeClaim(*_fields(raw), mac=raw[-_MAC_BYTES:])
    return Fault.DAMAGED


def judge_invitation(
    claim: Claim,
    keys: Mapping[int, Ed25519PublicKey],
    now: datetime,
    *,
    clock_sure: bool,
    early: timedelta = timedelta(),
    late: timedelta = timedelta(),
    revoked: Collection[str] = (),
    used: Collection[str] = (),
) -> Fault | None:
    """Why this invitation does not open; None: it does.

    One signature is checked at most. `revoked` and `used` are visit ids. Without a sure clock no time is judged, and
    none of what is good opens: a kiosk that lost its clock must not take last week's invitation.
    """
    key = keys.get(claim.key_id)
    if key is None:
        return Fault.UNKNOWN_KEY
    try:
        key.verify(claim.signature, _INVITATION_DOMAIN + claim.packed())
    except InvalidSignature:
        return Fault.BAD_SIGNATURE
    if claim.visit_id in revoked:
        return Fault.REVOKED
    if claim.visit_id in used:
        return Fault.USED
    return judge_time(claim.start - early, claim.end + late, now, clock_sure=clock_sure)


def judge_time(opens: datetime, closes: datetime, now: datetime, *, clock_sure: bool) -> Fault | None:
    """Why it is not the time of an invitation; None: it is."""
    if not clock_sure:
        return Fault.CLOCK_UNSURE
    if now < opens:
        return Fault.TOO_EARLY
    return Fault.EXPIRED if now >= closes else None


def judge_badge(claim: BadgeClaim, day_keys: Mapping[int, bytes], now: datetime, *, clock_sure: bool) -> Fault | None:
    """Why this badge signs nobody out; None: it does.

    A badge opens nothing, and the register knows who is in: so an unsure clock does not keep a guest from leaving.
    """
    key = day_keys.get(claim.key_id)
    if key is None:
        return Fault.EXPIRED
    if not hmac.compare_digest(claim.mac, _mac(claim.packed(), key)):
        return Fault.BAD_SIGNATURE
    return Fault.EXPIRED if clock_sure and now >= claim.until else None


def public_keys(configured: Mapping[str, str]) -> dict[int, Ed25519PublicKey]:
    """The keys of `[invitations] public_keys` by their id.

    Raises:
        KeyUnusable: an id is not 0 to 255, or a key is not an Ed25519 public key in base64.
    """
    return {_key_id(number): _public_key(number, text) for number, text in configured.items()}


def _key_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:4]) <= 255):
        raise KeyUnusable("An id in [invitations] public_keys is not a number from 0 to 255.")
    return int(text)


def _public_key(number: str, text: str) -> Ed25519PublicKey:
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(
            f"Key {number} of [invitations] public_keys is not an Ed25519 public key.",
            hint="Copy the line that `mydesk-kiosk keys show` prints.",
        )
    return key


def _written(raw: bytes) -> str:
    return PREFIX + base64.b32encode(raw).decode().rstrip("=")


def _read(text: str) -> bytes | None:
    """The bytes of base32 without padding; None unless it is written exactly as we write it."""
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return None
    return raw if _written(raw) == PREFIX + text else None


def _fields(raw: bytes) -> tuple[int, bytes, datetime, datetime]:
    _, key_id, visit, start_s, end_s = _CLAIM.unpack_from(raw)
    return key_id, visit, datetime.fromtimestamp(start_s, UTC), datetime.fromtimestamp(end_s, UTC)


def _seconds(instant: datetime) -> int:
    seconds = int(instant.timestamp())
    if not 0 <= seconds < 1 << 32:
        raise ValueError("an invitation is for a time between 1970 and 2106")
    return seconds


def _mac(packed: bytes, key: bytes) -> bytes:
    return hmac.digest(key, _BADGE_DOMAIN + packed, hashlib.sha256)[:_MAC_BYTES]
