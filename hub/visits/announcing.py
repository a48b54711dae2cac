"""Tells kiosks what to seal to: `desired/sharing`, retained, the hub's public key of each day."""

from __future__ import annotations

from datetime import date

from hub.link import Outcome, Sends
from hub.store import Store
from hub.visits.kiosks import kiosks, public_text
from hub.visits.ring import DayRing
from telemetry.messages import SharingKeys, encode
from telemetry.topics import Topics

__all__ = ["Announcing"]


class Announcing:
    """Remembers what it has told on this connection, so that it may be asked often. Blocking, for one thread.

    Raises:
        HubStoreError: from `tell`.
    """

    def __init__(self, store: Store, ring: DayRing, sends: Sends) -> None:
        self._store, self._ring, self._sends = store, ring, sends
        self._told: dict[str, bytes] = {}

    def again(self) -> None:
        """A new connection: the broker may have lost what it kept."""
        self._told = {}

    def tell(self, today: date) -> int:
        """Make the keys that are missing, and publish them to the kiosks that do not have them; returns to how many."""
        self._ring.prepare(today)
        keys = {day.isoformat(): public_text(key) for day, key in self._ring.public_keys(today).items()}
        message = encode(SharingKeys(keys=keys))
        with self._store.reading() as connection:
            units = [one.unit for one in kiosks(connection)]
        return sum(self._publish(unit, message) for unit in units if self._told.get(unit) != message)

    def _publish(self, unit: str, message: bytes) -> bool:
        outcome = self._sends.publish_and_wait(Topics(unit).desired("sharing"), message, retain=True)
        good = outcome in (Outcome.TAKEN, Outcome.NOBODY)  # retained: whoever comes later gets it
        if good:
            self._told[unit] = message
        return good
