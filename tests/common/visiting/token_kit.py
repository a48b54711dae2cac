"""Keys, codes and claims for the tests of invitations and badges."""

from __future__ import annotations

import base64
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.visiting.codes import DRAWN, code_of
from common.visiting.tokens import (
    BADGE_KEY_BYTES,
    BadgeClaim,
    Claim,
    Fault,
    badge_token,
    invitation_token,
    judge_badge,
    judge_invitation,
    parse,
    public_keys,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
START, END = NOW + timedelta(minutes=30), NOW + timedelta(minutes=90)
VISIT = "0123456789abcdef0123456789abcdef"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
DAY_KEY = bytes(range(BADGE_KEY_BYTES))
BADGE = badge_token(BadgeClaim(7, bytes.fromhex(VISIT), NOW, NOW + timedelta(hours=8)), DAY_KEY)


def new_code() -> str:
    return code_of(secrets.token_bytes(DRAWN))


def public_text(key: Ed25519PrivateKey) -> str:
    """As in the configuration."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


KEYS = public_keys({"1": public_text(KEY), "2": public_text(OTHER_KEY)})


def claim(visit: str = VISIT, *, start: datetime = START, end: datetime = END, key_id: int = 1) -> Claim:
    return Claim(key_id, bytes.fromhex(visit), start, end)


def token(visit: str = VISIT, *, key: Ed25519PrivateKey = KEY, **changes: object) -> str:
    return invitation_token(replace(claim(visit), **changes), key)  # type: ignore[arg-type]


def judged(text: str, now: datetime = NOW + timedelta(hours=1), *, clock_sure: bool = True) -> Fault | None:
    """What a kiosk makes of a code: None where something opens."""
    match parse(text):
        case Claim() as found:
            return judge_invitation(found, KEYS, now, clock_sure=clock_sure)
        case BadgeClaim() as badge:
            return judge_badge(badge, {7: DAY_KEY}, now, clock_sure=clock_sure)
        case fault:
            return fault
