"""The hub's keys of the days, shared by its threads and by the commands that run beside it.

One file (common.visiting.day_keys), one lock: whoever uses the ring holds the lock and has read what the others wrote,
so that a key that was destroyed by one is never written back by another.

>>> ring = DayRing(Path("/var/lib/mydesk-hub/keys/day.keys"), retention_days=14)       # doctest: +SKIP
>>> ring.prepare(today)                                                                # doctest: +SKIP
>>> ring.public_keys(today)                                                            # doctest: +SKIP
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from common.visiting.day_keys import Birth, DayKey, KeyRing
from common.visiting.sealed_visit import transport_key
from hub.store_errors import HubFault, HubStoreError

AHEAD_DAYS = 1
"""Keys are made so long before their day, for kiosks that lose the network in the night."""


class DayRing:
    """The keys in the file at `path`.

    Raises:
        HubStoreError: from every method; the file cannot be read or written.
    """

    def __init__(self, path: Path, retention_days: int) -> None:
        self._path = path
        self._retention = timedelta(days=retention_days)
        self._mutex = threading.RLock()
        self._ring: KeyRing | None = None
        self._read: tuple[int, ...] = ()

    @property
    def path(self) -> Path:
        return self._path

    def prepare(self, today: date) -> bool:
        """Make the keys that are missing, from the oldest day that is remembered to tomorrow; whether any was."""
        first = today - self._retention + timedelta(days=1)
        days = [first + timedelta(days=number) for number in range((today - first).days + AHEAD_DAYS + 1)]
        with self._held() as ring:
            there = {key.birth.born for key in ring.keys}
            missing = [day for day in days if day not in there]
            for day in missing:
                ring.add(self._birth(day))
        return bool(missing)

    def get(self, key_id: str) -> DayKey | None:
        with self._held() as ring:
            return ring.get(key_id)

    def all(self) -> dict[str, DayKey]:
        """All keys by id."""
        with self._held() as ring:
            return {key.id: key for key in ring.keys}

    def last_day(self, day: date) -> date:
        """The day on which a visit of `day` is forgotten, as far as it is the hub's to say."""
        return day + self._retention

    def for_visit(self, day: date, delete_on: date) -> DayKey:
        """The newest key of visits of `day` that are forgotten on `delete_on`, made when it is the first."""
        with self._held() as ring:
            fitting = [key for key in ring.keys if (key.birth.born, key.birth.destroy_on) == (day, delete_on)]
            return fitting[-1] if fitting else ring.add(self._birth(day, delete_on))

    def receiving(self, day: date) -> tuple[DayKey, ...]:
        """The keys that a message about a visit of `day` may be sealed to; the published one first."""
        with self._held() as ring:
            return _of_day(ring, day)

    def public_keys(self, today: date) -> dict[date, bytes]:
        """What kiosks seal to: the 32 bytes of each day's public key, up to tomorrow."""
        last = today + timedelta(days=AHEAD_DAYS)
        with self._held() as ring:
            days = sorted({key.birth.born for key in ring.keys if key.birth.born <= last})
            return {day: transport_key(_of_day(ring, day)[0].secret).public_key().public_bytes_raw() for day in days}

    def replace(self, key_id: str) -> DayKey | None:
        """A new key beside the one of that id, used from now on; None: there is no such key any more."""
        with self._held() as ring:
            old = ring.get(key_id)
            return ring.add(old.birth) if old else None

    def due(self, today: date) -> tuple[str, ...]:
        """Ids of keys whose day has come, by a clock that is to be believed."""
        with self._held() as ring:
            return ring.due(today, 0)

    def destroy(self, key_ids: Collection[str]) -> int:
        """Overwrite and drop these keys; returns how many there were."""
        with self._held() as ring:
            return ring.destroy(key_ids)

    def _birth(self, day: date, delete_on: date | None = None) -> Birth:
        return Birth(day, delete_on or self.last_day(day), retention_s=round(self._retention.total_seconds()))

    @contextmanager
    def _held(self) -> Iterator[KeyRing]:
        with self._mutex:
            try:
                handle = self._lock()
            except OSError as error:
                raise self._told(error) from error
            try:
                if self._ring is None or self._stamp() != self._read:
                    self._ring = KeyRing(self._path)
                before = self._stamp()
                yield self._ring
                if self._stamp() != before:
                    self._give()
            except OSError as error:
                raise self._told(error) from error
            finally:
                self._read = self._stamp()
                os.close(handle)

    def _lock(self) -> int:
        folder = self._path.parent
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.geteuid() == 0:
                above = folder.absolute().parent.stat()
                os.chown(folder, above.st_uid, above.st_gid)
        fresh = not (folder / "lock").exists()
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if fresh:
            self._give()
        fcntl.flock(handle, fcntl.LOCK_EX)
        return handle

    def _stamp(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _give(self) -> None:
        """What root's commands wrote belongs to whom the folder belongs."""
        if os.geteuid() != 0:
            return
        owner = self._path.parent.stat()
        for path in self._path.parent.iterdir():
            if path.stat().st_uid != owner.st_uid:
                os.chown(path, owner.st_uid, owner.st_gid)

    def _told(self, error: OSError) -> HubStoreError:
        fault = {28: HubFault.FULL, 30: HubFault.READ_ONLY}.get(error.errno or 0, HubFault.DENIED)
        return HubStoreError(fault, f"keys of the days, {self._path}: {error.strerror}")


def _of_day(ring: KeyRing, day: date) -> tuple[DayKey, ...]:
    """The one that is destroyed first before the others, and of those that go together the newest."""
    numbered = [(key.birth.destroy_on, -number, key) for number, key in enumerate(ring.keys) if key.birth.born == day]
    return tuple(key for _, _, key in sorted(numbered, key=lambda one: one[:2]))
