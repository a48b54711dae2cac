"""What a guest may ask for: all that is known of them, and that it be erased (GDPR articles 15 and 17). Blocking.

One text is asked by (common.visiting.guest_match): an e-mail address, a telephone number or a full name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from common.visiting.guest_match import can_name, is_guest
from kiosk.audit import Actor, AuditEvent
from kiosk.erasing import erase_rows
from kiosk.forgetting_steps import compact
from kiosk.model import Visit, VisitState
from kiosk.register_store import RegisterStore, WriteTime
from kiosk.shared_visits import erase_shared


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did. `on_site` visits stay while the guest is in the building, for the evacuation list."""

    visits: int
    on_site: int
    keys: int
    compacted: bool


def export_guest(store: RegisterStore, at: WriteTime, text: str, actor: Actor) -> list[dict[str, Any]]:
    """All that is known of a guest, ready for JSON; each visit that is shown is noted in the audit log."""
    can_name(text)
    found = [visit for visit in store.everything() if is_guest(visit.guest, text)]
    with store.transaction():
        for visit in found:
            store.audit.note(at.now, actor, AuditEvent.EXPORTED, visit.id)
    return [_shown(store, visit) for visit in found]


def erase_guest(store: RegisterStore, at: WriteTime, text: str, actor: Actor, zone: ZoneInfo) -> Erased:
    """Delete a guest's visits, and make their copies unreadable: those days get another key, the old one is destroyed.

    The counts of the days stay. Copies of those days are lost for the other guests too.
    """
    can_name(text)
    found = [visit for visit in store.everything() if is_guest(visit.guest, text)]
    closed = {visit.id for visit in found if visit.state is not VisitState.ON_SITE}
    rows = [row for row in store.rows() if row["id"] in closed]
    keys = erase_rows(store, at, rows, actor, zone, lambda row: erase_shared(store, row))
    return Erased(len(closed), len(found) - len(closed), keys, compact(store))


def _shown(store: RegisterStore, visit: Visit) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "visit": visit.id,
        "type": visit.type,
        "state": str(visit.state),
        "name": visit.guest.name,
        "email": visit.guest.email,
        "phone": visit.guest.phone,
        "fields": dict(visit.guest.extra),
        "host": visit.host.name,
        "language": visit.language,
        "privacy_notice": visit.notice_version,
        "left_by": str(visit.out_by) if visit.out_by else None,
        "forgotten_on": visit.delete_on,
    }
    times = {"expected": visit.expected_at, "in": visit.in_at, "out": visit.out_at, "planned_end": visit.until}
    shown |= {name: instant.isoformat() if instant else None for name, instant in times.items()}
    return shown | _hanging_on(store, visit.id)


def _hanging_on(store: RegisterStore, visit_id: str) -> dict[str, Any]:
    signature = store.signature_of(visit_id)
    return {
        "messages": [
            {
                "step": str(one.rung),
                "channel": str(one.channel),
                "state": str(one.state),
                "answer": str(one.answer) if one.answer else None,
                "made": one.made_at.isoformat(),
            }
            for one in store.messages.of(visit_id)
        ],
        "badges": [{"state": str(job.state), "made": job.made_at.isoformat()} for job in store.prints.of(visit_id)],
        "signature": {"document": signature.document, "strokes": signature.strokes} if signature else None,
    }
