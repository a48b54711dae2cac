"""What a guest may ask of the hub: all that is known of them, and that it be erased (GDPR articles 15, 17). Blocking.

One text is asked by (common.visiting.guest_match). An erasure travels to the kiosks as a version without data, and the
days get new keys: copies of them, here and in the broker's store, become unreadable for the other guests too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from common.visiting.guest_match import can_name, is_guest
from common.visiting.shared_visit import HUB
from hub.store import Store
from hub.visits import tellings
from hub.visits.book import Origin, VisitBook, exclusive, tombstone
from hub.visits.forgetting import replace_keys
from hub.visits.sealing import Kept
from hub.visits.tellings import Telling
from hub.web.audit import note

__all__ = ["Erased", "erase_guest", "export_guest"]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did. `on_site` visits stay while the guest is in the building, for the evacuation list."""

    visits: int
    on_site: int
    keys: int
    compacted: bool


def export_guest(store: Store, book: VisitBook, text: str, now: datetime, who: str) -> list[dict[str, Any]]:
    """All that is known of a guest, ready for JSON; each visit that is shown is noted in the audit.

    Raises:
        RequestError: the text can name nobody.
        HubStoreError: the database or the keys cannot be used.
    """
    can_name(text)
    with store.begin() as connection:
        found = _found(connection, book, text)
        for site, kept in found:
            note(connection, round(now.timestamp() * 1000), who, "visit exported", kept.visit.id, site)
        told = {kept.visit.id: tellings.of_visit(connection, kept.visit.id) for _, kept in found}
    return [_shown(site, kept) | {"host_told": _told(told[kept.visit.id])} for site, kept in found]


def erase_guest(store: Store, book: VisitBook, text: str, now: datetime, who: str) -> Erased:
    """Erase a guest's visits; the counts of the days stay. Raises as `export_guest`."""
    can_name(text)
    with store.begin() as connection:
        exclusive(connection)
        found = _found(connection, book, text)
        closed = [(site, kept) for site, kept in found if not kept.visit.present]
        for site, kept in closed:
            book.put(connection, tombstone(kept.visit), Origin(HUB, site), now)
            note(connection, round(now.timestamp() * 1000), who, "visit erased", kept.visit.id)
    keys = replace_keys(store, book)
    return Erased(len(closed), len(found) - len(closed), keys, store.forget_traces())


def _found(connection: Connection, book: VisitBook, text: str) -> list[tuple[str, Kept]]:
    return [
        (site, kept)
        for site, kept in book.everything(connection)
        if kept.visit.guest is not None and is_guest(kept.visit.guest, text)
    ]


def _shown(site: str, kept: Kept) -> dict[str, Any]:
    visit, guest, host = kept.visit, kept.visit.guest, kept.visit.host
    shown: dict[str, Any] = {
        "visit": visit.id,
        "site": site,
        "type": visit.type,
        "state": visit.state,
        "name": guest.name if guest else "",
        "email": guest.email if guest else "",
        "phone": guest.phone if guest else "",
        "fields": dict(guest.extra) if guest else {},
        "host": host.name if host else "",
        "language": visit.language,
        "privacy_notice": visit.notice_version,
        "left_by": visit.left_by,
        "signed_in_at": visit.origin,
        "invited": bool(kept.code),
        "forgotten_on": visit.delete_on.isoformat(),
    }
    times = {
        "expected": visit.expected_at,
        "in": visit.in_at,
        "out": visit.out_at,
        "planned_end": visit.planned_end,
    }
    return shown | {name: instant.isoformat() if instant else None for name, instant in times.items()}


def _told(telling: Telling | None) -> dict[str, Any] | None:
    """What a kiosk said last of telling the host."""
    if telling is None or not telling.step:
        return None
    at = datetime.fromtimestamp(telling.at_ms / 1000, UTC).isoformat()
    return {"by": telling.unit, "step": telling.step, "channel": telling.channel, "answer": telling.answer, "at": at}
