"""Where rollouts are kept: SQLite in the fleet's folder, written before each visit, so that a kill loses nothing.

Two programs never change a rollout at once: who runs it holds a lock that the kernel gives back however it ends.
Others leave an order (pause, resume, abort), which the runner takes within a second.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from common.database import StoreError, StoreFault, connect, transaction, translated
from provisioning.fleet_error import FleetError
from provisioning.rollout_plan import Rules
from provisioning.rollout_state import Rollout, Status
from provisioning.rollout_unit import Phase, Progress

__all__ = ["Kept", "Parcel", "RolloutStore"]

VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE rollouts (id INTEGER PRIMARY KEY, created_s REAL NOT NULL, version TEXT NOT NULL, parcels TEXT NOT NULL,
    rules TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, begun INTEGER NOT NULL) STRICT;
CREATE TABLE units (rollout INTEGER NOT NULL REFERENCES rollouts, place INTEGER NOT NULL, unit TEXT NOT NULL,
    release TEXT NOT NULL, phase TEXT NOT NULL, progress TEXT NOT NULL, PRIMARY KEY (rollout, unit)) STRICT;
CREATE TABLE orders (id INTEGER PRIMARY KEY, rollout INTEGER NOT NULL REFERENCES rollouts, word TEXT NOT NULL,
    rules TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A bundle of the rollout: `release` as units name it, for one architecture and one Python."""

    path: str
    release: str
    architecture: str
    python: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A rollout with its number."""

    number: int
    created_s: float
    version: str
    parcels: tuple[Parcel, ...]
    rollout: Rollout

    @property
    def is_open(self) -> bool:
        """Whether it can go on."""
        return self.rollout.status not in (Status.FINISHED, Status.ABORTED)


class RolloutStore:
    """The rollouts in `folder`. Blocking and quick; raises StoreError where the disk does not allow it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rollouts.db"
        self._lock = folder / "rollout.lock"
        self._db = connect(self.path, synchronous="FULL")
        try:
            self._make_tables()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> RolloutStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make_tables(self) -> None:
        with transaction(self._db, self.path):
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == VERSION:
                return
            if version != 0:
                raise FleetError(f"{self.path} is of a newer mydesk-fleet.", hint="Update mydesk-fleet on this laptop.")
            for statement in _TABLES.split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    def add(self, rollout: Rollout, releases: Mapping[str, str], parcels: tuple[Parcel, ...], version: str) -> Kept:
        """Keep a new one; `releases` says which release each unit is for, "" when it depends on its Python.

        Raises:
            FleetError: another one is open.
        """
        now_s = time.time()
        with transaction(self._db, self.path):
            self._check_none_open()
            head = (rollout.status, rollout.reason, rollout.begun)
            cursor = self._db.execute(
                "INSERT INTO rollouts VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
                (now_s, version, _text(parcels), _text(rollout.rules), *head),
            )
            number = int(cursor.lastrowid or 0)
            rows = [
                (number, place, one.unit, releases[one.unit], one.phase, _text(one))
                for place, one in enumerate(rollout.units.values())
            ]
            self._db.executemany("INSERT INTO units VALUES (?, ?, ?, ?, ?, ?)", rows)
        return Kept(number, now_s, version, parcels, rollout)

    def _check_none_open(self) -> None:
        last = self.last()
        if last is not None and last.is_open:
            text = f"rollout {last.number} of {last.version} is {last.rollout.status}, and only one may be open."
            raise FleetError(text, hint="First: mydesk-fleet rollout resume, or mydesk-fleet rollout abort.")

    def last(self) -> Kept | None:
        """The newest rollout. Raises FleetError: the file holds what this program does not know."""
        with translated(self.path):
            row = self._db.execute("SELECT * FROM rollouts ORDER BY id DESC LIMIT 1").fetchone()
            if row is None:
                return None
            units = self._db.execute(
                "SELECT progress FROM units WHERE rollout = ? ORDER BY place", (row[0],)
            ).fetchall()
        try:
            return _kept(row, [msgspec.json.decode(text, type=Progress) for (text,) in units])
        except (msgspec.DecodeError, ValueError) as error:
            raise StoreError(self.path, StoreFault.DAMAGED, str(error)) from error

    def save(self, number: int, before: Rollout, after: Rollout) -> None:
        """Write what changed. What is under way is not kept: a visit is repeated instead."""
        changed = [one for name, one in after.units.items() if one is not before.units.get(name)]
        head = (after.status, after.reason, after.begun, _text(after.rules))
        if not changed and head == (before.status, before.reason, before.begun, _text(before.rules)):
            return
        with transaction(self._db, self.path):
            self._db.execute("UPDATE rollouts SET status=?, reason=?, begun=?, rules=? WHERE id=?", (*head, number))
            self._db.executemany(
                "UPDATE units SET phase=?, progress=? WHERE rollout=? AND unit=?",
                [(one.phase, _text(one), number, one.unit) for one in changed],
            )

    def failed_before(self, releases: set[str]) -> dict[str, str]:
        """Units on which one of these releases failed in any rollout, and why; the last time counts."""
        marks = ", ".join("?" * len(releases))
        query = f"SELECT unit, phase, progress FROM units WHERE release IN ({marks}) ORDER BY rollout"  # noqa: S608
        found: dict[str, str] = {}
        with translated(self.path):
            for unit, phase, text in self._db.execute(query, sorted(releases)):
                if phase == Phase.FAILED:
                    found[unit] = msgspec.json.decode(text, type=Progress).note
                elif phase == Phase.DONE:
                    found.pop(unit, None)
        return found

    def order(self, number: int, word: str, rules: Rules | None = None) -> None:
        """Leave an order for who runs the rollout."""
        with transaction(self._db, self.path):
            text = "" if rules is None else _text(rules)
            self._db.execute("INSERT INTO orders VALUES (NULL, ?, ?, ?)", (number, word, text))

    def take_orders(self, number: int) -> list[tuple[str, Rules | None]]:
        """The orders for a rollout, in their order; each is taken once."""
        with translated(self.path):
            if self._db.execute("SELECT 1 FROM orders LIMIT 1").fetchone() is None:
                return []
        with transaction(self._db, self.path):
            rows = self._db.execute(
                "SELECT word, rules FROM orders WHERE rollout = ? ORDER BY id", (number,)
            ).fetchall()
            self._db.execute("DELETE FROM orders")
        return [(word, msgspec.json.decode(text, type=Rules) if text else None) for word, text in rows]

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Be the one who runs rollouts of this fleet. Raises FleetError: somebody else is, and who."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                who = os.read(descriptor, 200).decode("utf-8", "replace").strip() or "another window"
                hint = "There, or from here: mydesk-fleet rollout status, pause, resume, abort."
                raise FleetError(f"a rollout of this fleet runs in {who}.", hint=hint) from error
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def is_running(self) -> bool:
        """Whether somebody runs one now."""
        try:
            with self.running():
                return False
        except FleetError:
            return True


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _kept(row: sqlite3.Row | tuple[object, ...], units: list[Progress]) -> Kept:
    number, created_s, version, parcels, rules, status, reason, begun = row
    rollout = Rollout(
        msgspec.json.decode(str(rules), type=Rules), {one.unit: one for one in units}, Status(str(status)), str(reason)
    )
    rollout = replace(rollout, begun=int(str(begun)))
    return Kept(
        int(str(number)),
        float(str(created_s)),
        str(version),
        msgspec.json.decode(str(parcels), type=tuple[Parcel, ...]),
        rollout,
    )
