"""Whose business it is to tell the host of a shared visit, settled in the transaction that writes its version.

The hub names a kiosk for a guest who was signed in on its pages, another one when that one does not take it, and names
one again when reception corrects the host. So a ladder begins here once for each host and each time that this kiosk is
named after another; it is dropped when it is nobody's business here any more. Blocking, for the register's worker.
"""

from __future__ import annotations

from common.visiting.shared_visit import TELL_WITHIN, SharedVisit, same_person
from kiosk.ladder import first_channel, of_ladder
from kiosk.message_table import Rung
from kiosk.model import Host
from kiosk.register_store import RegisterStore, WriteTime
from kiosk.settings import NotifySection

__all__ = ["settle_telling"]


def settle_telling(
    store: RegisterStore, at: WriteTime, shared: SharedVisit, before: Host | None, rules: NotifySection
) -> bool:
    """Queue the first message of `shared`, which is written, where it is to be sent from here; the caller holds the
    transaction. `before` is the host that the register had. True: a ladder begins, anew where there was one.
    """
    visit = store.by_id(shared.id)
    if visit is None:
        return False
    mine = shared.tells == store.shares.unit
    begun = bool(of_ladder(store.messages.of(shared.id)))
    another = before is not None and not same_person(before, visit.host)
    if begun and (another or not mine):
        store.messages.drop_ladder(shared.id)
    if not (mine and (another or (shared.teller and not begun)) and _in_time(shared, at)):
        return False
    made = min(shared.in_at or at.now, at.now) if shared.told_before else at.now
    channel = first_channel(visit.host, rules)
    store.messages.add(shared.id, Rung.FIRST, channel, made, at.now, repeat=shared.told_before)
    return True


def _in_time(shared: SharedVisit, at: WriteTime) -> bool:
    """Whether the guest stands there still, and came lately. Without a clock nobody knows: then the host is told."""
    if not shared.present:
        return False
    return not at.trusted or shared.in_at is None or at.now - shared.in_at <= TELL_WITHIN
