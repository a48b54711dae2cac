"""Who is signed in: sessions in the store, known by the hash of a random token that only the browser has."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from hub.roles import Permission, Role, permissions
from hub.settings import HubConfig
from hub.tables import META, SESSIONS

COOKIE = "__Host-mydesk"
TOKEN_BYTES = 32
MOST_PER_SUBJECT = 20
_SEEN_EVERY_MS = 60_000
_MARK = "sign-in-settings"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person. `subject` is `local:NAME`, `entra:OBJECT-ID` or `token:NAME`; `name` is for people."""

    token_hash: str
    subject: str
    name: str
    roles: frozenset[Role]
    csrf: str
    created_ms: int
    seen_ms: int

    @property
    def permissions(self) -> frozenset[Permission]:
        return permissions(self.roles)

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles gives that."""
        return permission in self.permissions


def hashed(token: str) -> str:
    """What the store keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(connection: Connection, subject: str, name: str, roles: Iterable[Role], now_ms: int) -> str:
    """Sign in; returns the token for the cookie.

    Sessions that the same subject began with other roles end, and so do the oldest beyond MOST_PER_SUBJECT.
    """
    token, held = secrets.token_urlsafe(TOKEN_BYTES), ",".join(sorted(set(roles)))
    same = SESSIONS.c.subject == subject[:100]
    connection.execute(delete(SESSIONS).where(same, SESSIONS.c.roles != held))
    kept = select(SESSIONS.c.token_hash).where(same).order_by(SESSIONS.c.created_ms.desc()).offset(MOST_PER_SUBJECT - 1)
    old = [row.token_hash for row in connection.execute(kept)]
    connection.execute(delete(SESSIONS).where(SESSIONS.c.token_hash.in_(old)))
    row = {"subject": subject[:100], "name": name[:100], "roles": held, "csrf": secrets.token_urlsafe(TOKEN_BYTES)}
    times = {"created_ms": now_ms, "seen_ms": now_ms}
    connection.execute(insert(SESSIONS).values(token_hash=hashed(token), **row, **times))
    return token


def find(connection: Connection, token: str, life_ms: int, now_ms: int) -> Session | None:
    """The session of a token, if it is not over. Only reads."""
    row = connection.execute(select(SESSIONS).where(SESSIONS.c.token_hash == hashed(token))).one_or_none()
    if row is None or not row.created_ms <= now_ms < row.created_ms + life_ms:
        return None
    return _session(row)


def lasts(connection: Connection, token_hash: str, life_ms: int, now_ms: int) -> bool:
    """Whether that session is not over."""
    where = (SESSIONS.c.token_hash == token_hash, SESSIONS.c.created_ms > now_ms - life_ms)
    return connection.execute(select(SESSIONS.c.token_hash).where(*where)).first() is not None


def seen_lately(session: Session, now_ms: int) -> bool:
    """Whether `touch` has nothing new to note."""
    return now_ms - session.seen_ms < _SEEN_EVERY_MS


def touch(connection: Connection, session: Session, now_ms: int) -> None:
    """Note that it is used."""
    connection.execute(update(SESSIONS).where(SESSIONS.c.token_hash == session.token_hash).values(seen_ms=now_ms))


def _session(r: Row[Any]) -> Session:
    return Session(r.token_hash, r.subject, r.name, roles_of(r.roles), r.csrf, r.created_ms, r.seen_ms)


def roles_of(text: str) -> frozenset[Role]:
    """The roles of a comma-separated text; unknown ones give nothing."""
    return frozenset(Role(part) for part in text.split(",") if part in tuple(Role))


def end(connection: Connection, token_hash: str) -> None:
    """Sign out one session."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.token_hash == token_hash))


def end_others(connection: Connection, session: Session) -> int:
    """Sign out all other sessions of the same person; returns how many."""
    where = (SESSIONS.c.subject == session.subject, SESSIONS.c.token_hash != session.token_hash)
    return connection.execute(delete(SESSIONS).where(*where)).rowcount


def live_of(connection: Connection, subject: str, life_ms: int, now_ms: int) -> list[Session]:
    """The sessions of one person that are not over, the newest first."""
    query = (
        select(SESSIONS)
        .where(SESSIONS.c.subject == subject, SESSIONS.c.created_ms > now_ms - life_ms)
        .order_by(SESSIONS.c.created_ms.desc())
        .limit(MOST_PER_SUBJECT)
    )
    return [_session(row) for row in connection.execute(query)]


def settle(connection: Connection, config: HubConfig, life_ms: int, now_ms: int) -> bool:
    """At start: when who may sign in as what has changed in the configuration, everybody signs in anew.

    Returns whether it had. What is over is deleted either way.
    """
    connection.execute(delete(SESSIONS).where(SESSIONS.c.created_ms <= now_ms - life_ms))
    mark = _mark_of(config)
    known = connection.execute(select(META.c.value).where(META.c.key == _MARK)).scalar_one_or_none()
    if known == mark:
        return False
    connection.execute(delete(META).where(META.c.key == _MARK))
    connection.execute(insert(META).values(key=_MARK, value=mark))
    connection.execute(delete(SESSIONS))
    return True


def _mark_of(config: HubConfig) -> str:
    entra, admin = config.sign_in, config.local_admin
    settings = [entra.tenant_id, entra.client_id, sorted(entra.groups.items()), admin.name, admin.password_hash]
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()
