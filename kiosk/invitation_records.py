"""Records of invitations: from the admin's sealed file into the register, which stores and forgets expected visits.

    records_folder/kiosk.key     this kiosk's X25519 key, 0600
    records_folder/inbox/        sealed records and lists of revoked visits, put here by scp; taken within a minute
    records_folder/ledger.json   codes, revoked and used visits (kiosk.invitation_ledger)

The personal part of a record lies in the register only, under the key of its day: forgetting destroys it. The sealed
file is overwritten and deleted once the register has committed it.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from common.database import StoreError
from common.sealed_file import replace_whole
from common.visiting.sealed_record import (
    LARGEST_BYTES,
    REVOKED_MAGIC,
    InvitationRecord,
    RecordRefused,
    kiosk_address,
    open_record,
    open_revocations,
)
from kiosk.host_search import INVITED
from kiosk.invitation_ledger import LONGEST_WINDOW, Coded, InvitationLedger
from kiosk.model import Guest, Host, Visit, VisitState
from kiosk.register_store import RegisterStore, WriteTime
from kiosk.withdrawal import withdraw

__all__ = ["INVITED", "ExpectedVisits", "InvitationRecords", "own_key"]

KEY, INBOX, LEDGER = "kiosk.key", "inbox", "ledger.json"

MOST_FILES = 200
"""Taken in one go; the rest in the next."""

_KEY_BYTES = 32
_log = logging.getLogger(__name__)
T = TypeVar("T")


class ExpectedVisits(Protocol):
    """What of kiosk.register.Register is needed."""

    async def expect(self, visits: Sequence[Visit]) -> None: ...

    async def by_id(self, visit_id: str) -> Visit | None: ...

    async def apply(self, work: Callable[[RegisterStore, WriteTime], T]) -> T: ...


class InvitationRecords:
    """`host_of` finds a host of the directory by mail address. Files are touched in worker threads.

    Raises:
        OSError: the folder cannot be made, or the key not be written.
    """

    def __init__(
        self,
        folder: Path,
        keys: Mapping[int, Ed25519PublicKey],
        visits: ExpectedVisits,
        *,
        host_of: Callable[[str], Host | None] = lambda _: None,
    ) -> None:
        self._inbox = folder / INBOX
        self._keys = keys
        self._visits = visits
        self._host_of = host_of
        self._key = own_key(folder)
        self._inbox.mkdir(mode=0o700, exist_ok=True)
        self.ledger = InvitationLedger(folder / LEDGER)
        self._changing = asyncio.Lock()

    @property
    def address(self) -> str:
        """The line that admins seal to."""
        return kiosk_address(self._key.public_key())

    async def take(self, raw: bytes) -> int:
        """Import a record or a list of revoked visits; returns how many visits it is about.

        Raises:
            RecordRefused: it is not for this kiosk, forged or damaged.
            StoreError: the register does not take it now.
            OSError: the ledger cannot be written.
        """
        if raw.startswith(REVOKED_MAGIC):
            return await self._revoke(raw)
        record = open_record(raw, self._key, self._keys)
        if record.visit in self.ledger.revoked or record.visit in self.ledger.used:
            return 0
        await self._visits.expect([self._expected(record)])
        self.ledger.expect(record.visit, Coded(record.code_hash, record.start_s, record.end_s))
        await self._save()
        return 1

    async def collect(self) -> int:
        """Import what lies in the inbox; a file that is refused is deleted too. Returns how many were imported."""
        taken = 0
        for path in await asyncio.to_thread(_files, self._inbox):
            try:
                taken += await self.take(await asyncio.to_thread(_read, path)) > 0
            except RecordRefused as error:
                _log.warning("invitations: %s The file is deleted.", error)
            except (StoreError, OSError) as error:
                _log.error("invitations: a record could not be imported now (%s)", type(error).__name__)
                break
            await asyncio.to_thread(_wipe, path)
        return taken

    async def used(self, visit_id: str, end: datetime | None) -> None:
        """An invited guest has signed in. Without `end` the register alone remembers it.

        The register has committed it already: a disk that refuses is logged and stops nobody.
        """
        if end is None:
            return
        self.ledger.use(visit_id, int((end + LONGEST_WINDOW).timestamp()))
        try:
            await self._save()
        except OSError as error:
            _log.error("invitations: the ledger cannot be written (%s)", error.strerror)

    async def prune(self, now: datetime, *, clock_sure: bool) -> None:
        """Drop what is over, as often as you like: nothing is written where nothing went. OSError."""
        if clock_sure and self.ledger.prune(now):
            await self._save()

    async def _revoke(self, raw: bytes) -> int:
        revocations = open_revocations(raw, self._keys)
        for visit_id in revocations.visits:
            self.ledger.revoke(visit_id, revocations.until_s)
        await self._save()
        await self._visits.apply(lambda store, at: withdraw(store, at, revocations.visits))
        return len(revocations.visits)

    async def _save(self) -> None:
        async with self._changing:
            await asyncio.to_thread(self.ledger.write, self.ledger.encoded())

    def _expected(self, record: InvitationRecord) -> Visit:
        unlisted = Host(f"{INVITED}{record.visit}", record.host_name, record.host_address)
        return Visit(
            record.visit,
            record.type,
            VisitState.EXPECTED,
            Guest(record.name, record.email, record.phone, record.extra),
            self._host_of(record.host_address) or unlisted,
            record.language,
            notice_version="",
            expected_at=record.start,
            until=record.end,
        )


def own_key(folder: Path) -> X25519PrivateKey:
    """The kiosk's key in `folder`, made on first use. OSError; a damaged one is replaced, and told."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / KEY
    with suppress(FileNotFoundError):
        with path.open("rb") as file:
            raw = file.read(_KEY_BYTES + 1)
        if len(raw) == _KEY_BYTES:
            return X25519PrivateKey.from_private_bytes(raw)
        _log.error("invitations: the kiosk's key is damaged; a new one is made, give its line to the admins again")
    key = X25519PrivateKey.generate()
    replace_whole(path, key.private_bytes_raw())
    return key


def _files(inbox: Path) -> list[Path]:
    inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = sorted(path for path in inbox.iterdir() if path.is_file() and not path.name.startswith("."))
    return found[:MOST_FILES]


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_BYTES + 1)


def _wipe(path: Path) -> None:
    """Overwrite, then delete; a link is only deleted. A disk that refuses is logged: the file is taken again."""
    try:
        if not path.is_symlink():
            handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
            try:
                os.pwrite(handle, bytes(min(os.fstat(handle).st_size, LARGEST_BYTES)), 0)
                os.fsync(handle)
            finally:
                os.close(handle)
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.error("invitations: an imported file could not be deleted (%s)", error.strerror)
