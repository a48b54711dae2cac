"""Reads what an access token says it is good for. For the doctor only: a program must not depend on it.

Microsoft calls the token opaque to clients; that its payload can be read is true today, and "cannot tell" is an answer.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

MAX_CHARS = 64 << 10


@dataclass(frozen=True, slots=True)
class Claims:
    """Delegated `scopes`, application `roles`, and whether no person stands behind the token."""

    scopes: frozenset[str]
    roles: frozenset[str]
    app_only: bool


def claims_of(token: str) -> Claims | None:
    """Return the claims of a JWT, unverified, or None for a token that cannot be read."""
    payload = _payload(token)
    if payload is None:
        return None
    scopes, roles = payload.get("scp"), payload.get("roles")
    return Claims(
        scopes=frozenset(scopes.split()) if isinstance(scopes, str) else frozenset(),
        roles=frozenset(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else frozenset(),
        app_only=payload.get("idtyp") == "app" or not isinstance(scopes, str),
    )


def _payload(token: str) -> Mapping[str, Any] | None:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > MAX_CHARS:
        return None
    try:
        raw = base64.b64decode(parts[1] + "=" * (-len(parts[1]) % 4), altchars=b"-_", validate=True)
        found = msgspec.json.decode(raw)
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
