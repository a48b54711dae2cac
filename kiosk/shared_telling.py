"""Whose business it is to tell the host of a shared visit, settled in the transaction that writes its version.

The hub names a kiosk for a guest who was signed in on its pages, another one when that one does not take it, and names
one again when reception corrects the host. So a ladder begins here once for each host and each time that this kiosk is
named after another; it is dropped when it is nobody's business here any more. Blocking, for the register's worker.
"""

from __future__ import annotations

from enum import Enum, auto

from common.visiting.shared_visit import TELL_WITHIN, SharedVisit, same_person
from kiosk.ladder import first_channel, of_ladder
from kiosk.message_table import Rung
from kiosk.model import Host
from kiosk.register_store import RegisterStore, WriteTime
from kiosk.settings import NotifySection

__all__ = ["Business", "settle_telling"]


class Business(Enum):
    """What telling a host is to this kiosk, by a version of the visit."""

    NONE = auto()
    BEGINS = auto()
    """the first message is queued, anew where there was a ladder"""
    GOES_ON = auto()
    """the ladder that there is concerns this version too"""


def settle_telling(
    store: RegisterStore, at: WriteTime, shared: SharedVisit, before: Host | None, rules: NotifySection
) -> Business:
    """Queue the first message of `shared`, which is written, where it is to be sent from here; the caller holds the
    transaction. `before` is the host that the register had.
    """
    visit = store.by_id(shared.id)
    if visit is None:
        return Business.NONE
    mine = shared.tells == store.shares.unit
    begun = bool(of_ladder(store.messages.of(shared.id)))
    another = before is not None and not same_person(before, visit.host)
    if begun and (another or not mine):
        store.messages.drop_ladder(shared.id)
    if not mine or not shared.present:
        return Business.NONE
    if begun and not another:
        return Business.GOES_ON
    if not (another or shared.teller) or _late(shared, at):
        return Business.NONE
    made = min(shared.in_at or at.now, at.now) if shared.told_before else at.now
    channel = first_channel(visit.host, rules)
    store.messages.add(shared.id, Rung.FIRST, channel, made, at.now, repeat=shared.told_before)
    return Business.BEGINS


def _late(shared: SharedVisit, at: WriteTime) -> bool:
    """Whether the guest came too long ago. Without a clock nobody knows: then the host is told."""
    return at.trusted and shared.in_at is not None and at.now - shared.in_at > TELL_WITHIN
