"""A guest who is not to come after all is forgotten at once, not after the retention. Blocking: for Register.apply."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.audit import Actor, AuditEvent
from kiosk.model import VisitState
from kiosk.register_store import RegisterStore, WriteTime


def withdraw(store: RegisterStore, at: WriteTime, visit_ids: Sequence[str]) -> int:
    """Delete those of the visits that are expected, and note each in the audit log; returns how many there were.

    Who has come stays, for the evacuation list. Copies of the file become unreadable with the key of their day.
    """
    gone = 0
    with store.transaction() as connection:
        for visit_id in visit_ids:
            done = connection.execute(
                "DELETE FROM visits WHERE id = ? AND state = ?", (visit_id, str(VisitState.EXPECTED))
            )
            if done.rowcount:
                store.audit.note(at.now, Actor.ADMIN, AuditEvent.ERASED, visit_id)
                gone += 1
    return gone
