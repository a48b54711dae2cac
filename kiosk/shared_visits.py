"""Visits from other kiosks into the register, and ours out of it. Blocking, for the register's worker.

A visit from elsewhere is present like any other, but it is counted where it began, and its host is told there, or where
the hub says (kiosk.shared_telling).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from common.database import translated
from common.visiting.shared_visit import SharedVisit
from kiosk.audit import Actor
from kiosk.day_transport import birth_for
from kiosk.erasing import erase_rows
from kiosk.forgetting_steps import compact
from kiosk.register_store import RegisterStore, WriteTime
from kiosk.settings import NotifySection, RegisterSection
from kiosk.share_table import Share
from kiosk.shared_form import HostOf, erased_form, from_shared, to_shared
from kiosk.shared_telling import Business, settle_telling
from kiosk.visit_rows import Row

__all__ = ["MOST_AT_ONCE", "Taken", "Telling", "apply_shared", "erase_shared", "outgoing"]

MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Telling:
    """How this kiosk tells hosts of visits that the hub gives it: who is in the directory, which channel is first, and
    the language of those who are not in the directory."""

    host_of: HostOf = lambda name, address: None
    rules: NotifySection = field(default_factory=NotifySection)
    language: str = "da"


@dataclass(frozen=True, slots=True)
class Taken:
    """A version was written, and whether its host is told from here."""

    visit_id: str
    business: Business = Business.NONE


def apply_shared(
    store: RegisterStore,
    at: WriteTime,
    shared: SharedVisit,
    settings: RegisterSection,
    zone: ZoneInfo,
    telling: Telling,
) -> Taken | None:
    """Write a version that somebody else made. None: what is here is as new, or its day of forgetting has come."""
    known = store.shares.get(shared.id)
    if known is not None and (known.version, known.by) >= (shared.version, shared.by):
        return None
    if at.trusted and shared.delete_on <= at.now.date():
        return None
    if shared.erased:
        _erase(store, at, shared, zone)
        return Taken(shared.id)
    with translated(store.path):
        store.ring.for_visits(birth := birth_for(shared.day, at, settings.retention_days, shared.delete_on))
    with store.transaction():
        before = store.by_id(shared.id)
        store.put(from_shared(shared, before, telling.host_of, telling.language), birth)
        store.shares.take(shared)
        business = settle_telling(store, at, shared, before.host if before else None, telling.rules)
    return Taken(shared.id, business)


def outgoing(store: RegisterStore, hub_days: frozenset[str], site: str) -> tuple[SharedVisit, ...]:
    """Our versions that the hub has not been told and has a key for, at most MOST_AT_ONCE."""
    found: list[SharedVisit] = []
    for share in store.shares.unsent():
        shared = _form(store, share, site)
        if shared is not None and shared.day.isoformat() in hub_days:
            found.append(shared)
        if len(found) == MOST_AT_ONCE:
            break
    return tuple(found)


def erase_shared(store: RegisterStore, row: Row) -> None:
    """This visit is erased here, in the transaction that the caller holds."""
    store.shares.erase(row["id"], _day_of(store, row["key_id"]), row["delete_on"])


def _day_of(store: RegisterStore, key_id: str) -> date | None:
    """The day of a key; None while nobody knows which it is, or the key is lost."""
    key = store.ring.get(key_id)
    return key.birth.born if key is not None and key.birth.dated else None


def _form(store: RegisterStore, share: Share, site: str) -> SharedVisit | None:
    if share.erased:
        return erased_form(share)
    row = next(iter(store.rows("WHERE id = ?", share.visit_id)), None)
    visit = store.by_id(share.visit_id)
    if row is None or visit is None:
        return None
    day = date.fromisoformat(share.day) if share.day else _day_of(store, row["key_id"])
    return None if day is None else to_shared(visit, share, day, site)


def _erase(store: RegisterStore, at: WriteTime, shared: SharedVisit, zone: ZoneInfo) -> None:
    rows = store.rows("WHERE id = ?", shared.id)
    if rows:
        erase_rows(store, at, rows, Actor.CONTROL, zone, lambda row: store.shares.take(shared))
        compact(store)
    else:
        with store.transaction():
            store.shares.take(shared)
