"""Bearer tokens for programs: made on the command line, shown once, kept as a hash, with roles and an end."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from common.errors import MyDeskError
from hub.roles import Role
from hub.tables import API_TOKENS
from hub.web.sessions import TOKEN_BYTES, Session, hashed, roles_of

PREFIX = "mydesk_"
"""So that a token in a place where it should not be is found by scanners."""

MOST_TOKENS = 100


def issue(connection: Connection, name: str, roles: Iterable[Role], by: str, life_ms: int, now_ms: int) -> str:
    """Make a token with those roles; it replaces the one of the same name. Raises MyDeskError: too many."""
    connection.execute(delete(API_TOKENS).where(API_TOKENS.c.name == name))
    if len(connection.execute(select(API_TOKENS.c.name)).all()) >= MOST_TOKENS:
        raise MyDeskError(f"There are {MOST_TOKENS} tokens.", hint="Revoke those that nobody uses.")
    token = f"{PREFIX}{secrets.token_urlsafe(TOKEN_BYTES)}"
    row = {"name": name, "roles": ",".join(sorted(set(roles))), "by": by}
    times = {"created_ms": now_ms, "expires_ms": now_ms + life_ms}
    connection.execute(insert(API_TOKENS).values(token_hash=hashed(token), **row, **times))
    return token


def revoke(connection: Connection, name: str) -> bool:
    """End a token; returns whether there was one."""
    return connection.execute(delete(API_TOKENS).where(API_TOKENS.c.name == name)).rowcount > 0


def holder(connection: Connection, token: str, now_ms: int) -> Session | None:
    """Who a bearer token stands for, as a session without CSRF token; None if it is no good."""
    if not token.startswith(PREFIX):
        return None
    row = connection.execute(select(API_TOKENS).where(API_TOKENS.c.token_hash == hashed(token))).one_or_none()
    if row is None or now_ms >= row.expires_ms:
        return None
    name = f"token {row.name}"
    return Session(row.token_hash, f"token:{row.name}", name, roles_of(row.roles), "", row.created_ms, now_ms)
