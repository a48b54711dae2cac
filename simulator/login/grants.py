"""Tokens that were given out. They look like Entra's, and count only because they are in here."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
LIMIT = 20_000
REFRESH_LIFE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token: who (or which app) may do what until when. `cae` tokens are questioned before they expire."""

    client_id: str
    account: str
    scopes: frozenset[str]
    roles: frozenset[str]
    issued: datetime
    expires: datetime
    cae: bool = False

    @property
    def app_only(self) -> bool:
        """No person stands behind it."""
        return not self.account


@dataclass(slots=True)
class RefreshToken:
    """Stays valid when it is used; dies of revocation, of 90 days without use, or by policy.

    `method` is how the session began (`device_code` or `authorization_code`): protocol tracking.
    """

    client_id: str
    account: str
    method: str
    issued: datetime
    last_used: datetime


class Grants:
    """All tokens of the tenant, bounded: the oldest go first."""

    def __init__(self) -> None:
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, RefreshToken] = {}

    def access(self, token: str) -> Grant | None:
        """What an access token stands for, expired or not."""
        return self._access.get(token)

    def refresh(self, token: str) -> RefreshToken | None:
        """What a refresh token stands for, dead or alive."""
        return self._refresh.get(token)

    def give_access(self, grant: Grant, claims: dict[str, Any]) -> str:
        """Make an access token."""
        return _put(self._access, unsigned_jwt(claims | {"uti": secrets.token_urlsafe(12)}), grant)

    def give_refresh(self, record: RefreshToken) -> str:
        """Make a refresh token."""
        return _put(self._refresh, f"1.{secrets.token_urlsafe(120)}", record)


def _put(store: dict[str, T], key: str, value: T) -> str:
    store[key] = value
    while len(store) > LIMIT:
        store.pop(next(iter(store)))
    return key


def unsigned_jwt(claims: dict[str, Any]) -> str:
    """A JWT with `alg: none`: clients read it, this tenant only looks it up."""
    return f"{encode_part({'typ': 'JWT', 'alg': 'none'})}.{encode_part(claims)}."


def encode_part(data: dict[str, Any]) -> str:
    """JSON in base64url without padding."""
    return base64.urlsafe_b64encode(msgspec.json.encode(data)).rstrip(b"=").decode()
