"""The key pairs of the days that visits are sealed to for this kiosk, each derived from a key of the register's ring.

Blocking, for the register's worker. A key pair lives as long as the key that it comes from: when that one is destroyed,
no copy of a message about a visit of that day opens any more (docs/decisions/0014).
"""

from __future__ import annotations

import base64
from datetime import date, timedelta

from common.database import translated
from common.visiting.day_keys import Birth, DayKey, KeyRing
from common.visiting.sealed_visit import VisitRefused, day_of, open_visit, transport_key
from common.visiting.shared_visit import SharedVisit
from kiosk.register_store import RegisterStore, WriteTime

__all__ = ["birth_for", "key_text", "open_sealed", "own_keys"]

AROUND_TODAY = (-1, 0, 1)
"""Days that others may send visits of: somewhere it is still yesterday, and tomorrow's key is to be known in time."""

MOST_DAYS = 40


def own_keys(store: RegisterStore, at: WriteTime, retention_days: int) -> dict[str, str]:
    """Public keys by ISO day, made where they are missing, the newest days; none are made while the date is not known.

    StoreError where the ring cannot be written.
    """
    today = at.now.date()
    if at.trusted:
        with translated(store.path):
            for offset in AROUND_TODAY:
                birth = birth_for(today + timedelta(days=offset), at, retention_days)
                if birth.destroy_on > today:
                    store.ring.for_visits(birth)
    last = today + timedelta(days=max(AROUND_TODAY))
    days = sorted({key.birth.born for key in store.ring.keys if key.birth.dated and key.birth.born <= last})
    return {day.isoformat(): key_text(_of_day(store.ring, day)[0]) for day in days[-MOST_DAYS:]}


def open_sealed(store: RegisterStore, sealed: bytes) -> SharedVisit:
    """A visit that was sealed to this kiosk. VisitRefused for everything else."""
    for key in _of_day(store.ring, day_of(sealed)):
        try:
            return open_visit(sealed, transport_key(key.secret))
        except VisitRefused:
            continue
    raise VisitRefused("A sealed visit does not open with the keys that this kiosk has of its day.")


def birth_for(day: date, at: WriteTime, retention_days: int, delete_on: date | None = None) -> Birth:
    """The key for visits of `day`, until `delete_on` at the latest."""
    destroy_on = day + timedelta(days=retention_days)
    if delete_on is not None:
        destroy_on = min(destroy_on, delete_on)
    left_s = max(0, (destroy_on - at.now.date()).days) * 86400
    return Birth(day, destroy_on, dated=True, counted_s=at.counted_s, retention_s=left_s)


def key_text(key: DayKey) -> str:
    """The public half, in base64url without padding."""
    return base64.urlsafe_b64encode(transport_key(key.secret).public_key().public_bytes_raw()).decode().rstrip("=")


def _of_day(ring: KeyRing, day: date) -> list[DayKey]:
    """Those of this day, the one that is destroyed first before the others."""
    found = [key for key in ring.keys if key.birth.dated and key.birth.born == day]
    return sorted(found, key=lambda key: (key.birth.destroy_on, key.id))
