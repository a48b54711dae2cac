"""Forgetting by date: what is older than [retention] says goes, in small transactions, so that nobody waits for it.

docs/privacy.md has a row for each table; a test compares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select, tuple_
from sqlalchemy.sql.schema import Column, Table

from hub.settings import RetentionSection
from hub.store import Store
from hub.tables import ALARMS, API_TOKENS, AUDIT, COMMANDS, NOTICES, ROWS, SESSIONS, SETTINGS, SILENCES

DAY_MS = 24 * 3_600_000
CHUNK = 2_000
"""Rows in a transaction."""

SESSION_MS = 72 * 3_600_000
"""The longest that [web] session_hours can be."""

PRESENCE_TOPICS = ("e/presence", "e/check-in", "m/room")
"""Whether somebody was in a room: it may point to a person, so it goes first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of `table` that fit `where`, given the retention and now in ms, are forgotten."""

    name: str
    table: Table
    where: Callable[[RetentionSection, int], ColumnElement[bool]]


def _presence(kept: RetentionSection, now_ms: int) -> ColumnElement[bool]:
    return and_(ROWS.c.topic.in_(PRESENCE_TOPICS), ROWS.c.at_ms < now_ms - kept.presence_days * DAY_MS)


def _samples(kept: RetentionSection, now_ms: int) -> ColumnElement[bool]:
    return and_(ROWS.c.topic.like("m/%"), ROWS.c.at_ms < now_ms - kept.samples_days * DAY_MS)


def _events(kept: RetentionSection, now_ms: int) -> ColumnElement[bool]:
    return and_(ROWS.c.topic.like("e/%"), ROWS.c.at_ms < now_ms - kept.events_days * DAY_MS)


def _alarms(kept: RetentionSection, now_ms: int) -> ColumnElement[bool]:
    return and_(ALARMS.c.cleared_ms.is_not(None), ALARMS.c.cleared_ms < now_ms - kept.events_days * DAY_MS)


def _commands(kept: RetentionSection, now_ms: int) -> ColumnElement[bool]:
    return COMMANDS.c.created_ms < now_ms - kept.commands_days * DAY_MS


def _settings(kept: RetentionSection, now_ms: int) -> ColumnElement[bool]:
    """The newest revision of each unit is in force, so it stays."""
    newer = SETTINGS.alias("newer")
    replaced = select(newer.c.rev).where(newer.c.unit == SETTINGS.c.unit, newer.c.rev > SETTINGS.c.rev).exists()
    return and_(replaced, SETTINGS.c.at_ms < now_ms - kept.commands_days * DAY_MS)


def _audit(kept: RetentionSection, now_ms: int) -> ColumnElement[bool]:
    return AUDIT.c.at_ms < now_ms - kept.audit_days * DAY_MS


def _notices(kept: RetentionSection, now_ms: int) -> ColumnElement[bool]:
    """They go with their alarms."""
    return ~select(ALARMS.c.id).where(ALARMS.c.id == NOTICES.c.alarm).exists()


def _silences(kept: RetentionSection, now_ms: int) -> ColumnElement[bool]:
    return SILENCES.c.until_ms < now_ms - kept.audit_days * DAY_MS


def _sessions(kept: RetentionSection, now_ms: int) -> ColumnElement[bool]:
    return or_(SESSIONS.c.created_ms < now_ms - SESSION_MS, SESSIONS.c.seen_ms < now_ms - SESSION_MS)


def _tokens(kept: RetentionSection, now_ms: int) -> ColumnElement[bool]:
    return API_TOKENS.c.expires_ms < now_ms - kept.audit_days * DAY_MS


RULES = (
    Rule("presence", ROWS, _presence),
    Rule("samples", ROWS, _samples),
    Rule("events", ROWS, _events),
    Rule("alarms", ALARMS, _alarms),
    Rule("commands", COMMANDS, _commands),
    Rule("settings", SETTINGS, _settings),
    Rule("audit", AUDIT, _audit),
    Rule("notices", NOTICES, _notices),
    Rule("silences", SILENCES, _silences),
    Rule("sessions", SESSIONS, _sessions),
    Rule("tokens", API_TOKENS, _tokens),
)


def forget(
    store: Store, kept: RetentionSection, now_ms: int, *, chunk: int = CHUNK, went: Callable[[], None] = lambda: None
) -> Mapping[str, int]:
    """Delete what is too old; returns how many rows by rule. Blocking; `went` is called after each transaction.

    Raises:
        HubStoreError: what was deleted till then stays deleted; the rest goes next time.
    """
    deleted: dict[str, int] = {}
    for rule in RULES:
        deleted[rule.name] = 0
        while True:
            part = _delete(store, rule, kept, now_ms, chunk)
            deleted[rule.name] += part
            went()
            if part < chunk:
                break
    if any(deleted.values()):
        store.forget_traces()
    return deleted


def _delete(store: Store, rule: Rule, kept: RetentionSection, now_ms: int, chunk: int) -> int:
    key = tuple(rule.table.primary_key.columns)
    old: Select[tuple[object, ...]] = select(*key).where(rule.where(kept, now_ms)).limit(chunk)
    with store.begin() as connection:
        return connection.execute(delete(rule.table).where(_in(key, old))).rowcount


def _in(key: tuple[Column[object], ...], old: Select[tuple[object, ...]]) -> ColumnElement[bool]:
    if len(key) == 1:
        return key[0].in_(old)
    return tuple_(*key).in_(old)
