"""The keys of the days: destroying one makes all that was sealed with it unreadable, in the file, its log and backups.

A ring has one AES-256 key for the visits of one UTC day that are forgotten on the same day. It lies in a folder of its
own that backups leave out, mode 0600. A record has 128 bytes and never crosses a sector; a destroyed key is first
overwritten where it stands, which needs no room on the disk, then the file is replaced whole, and the old file is
overwritten before it is let go. What the card's wear levelling keeps is for an encrypted partition to guard
(reference/kiosk.md 3e).

>>> ring = KeyRing(folder / "keys" / "day.keys")                        # doctest: +SKIP
>>> key = ring.for_visits(Birth(today, today + timedelta(14)))          # doctest: +SKIP
>>> ring.destroy(ring.due(today=..., counted_s=...))                    # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.sealed_file import SealError, replace_whole

KEY_BYTES = 32
MOST_KEYS = 4096
_NONCE_BYTES = 12
_MAGIC = b"MDK1"
_RECORD = struct.Struct(">4s8s10s10s?qq32s31x16s")
_CHECKSUM_BYTES = 16
_KEY_OFFSET = 4 + 8 + 10 + 10 + 1 + 8 + 8
RECORD_BYTES = _RECORD.size
_CACHE_TAG = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n# Keys that must not outlive their day: no backup takes them.\n"
)

_log = logging.getLogger(__name__)


class Cipher(Protocol):
    """How a field is sealed. Tests pass one that hides nothing; no configuration reaches this."""

    def seal(self, key: bytes, plain: bytes, bound_to: bytes) -> bytes: ...

    def open(self, key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """Raises common.sealed_file.SealError for what is damaged, moved to another field, or of another key."""
        ...


class AesGcm:
    """AES-256-GCM: 12 bytes nonce drawn by chance, ciphertext, tag."""

    def seal(self, key: bytes, plain: bytes, bound_to: bytes) -> bytes:
        nonce = token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)

    def open(self, key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError):
            raise SealError("a sealed field does not open with the key of its day") from None


@dataclass(frozen=True, slots=True)
class Birth:
    """Which visits share a key. `dated` is whether the clock was to be believed; `counted_s` is the uptime counter."""

    born: date
    destroy_on: date
    dated: bool = True
    counted_s: int = 0
    retention_s: int = 14 * 86400


@dataclass(frozen=True, slots=True)
class DayKey:
    """One key, with when it is to be destroyed."""

    id: str
    birth: Birth
    secret: bytes = field(repr=False)


class KeyRing:
    """The keys in the file at `path`. Belongs to one thread. OSError from everything that writes, and from the start.

    `damaged` is how many records could not be read: what they sealed is lost.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._prepare()
        raw = path.read_bytes() if path.exists() else b""
        self._keys = {key.id: key for key in _intact(raw)}
        self.damaged = _damaged(raw)
        if raw and (self.damaged or len(raw) % RECORD_BYTES):
            _log.error("day keys: %d records are damaged; the visits that they sealed cannot be read", self.damaged)
            self._rewrite()

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"KeyRing({len(self)} keys)"

    @property
    def keys(self) -> tuple[DayKey, ...]:
        return tuple(self._keys.values())

    @property
    def most_counted_s(self) -> int:
        """The counter can never have been less than this."""
        return max((key.birth.counted_s for key in self.keys), default=0)

    def get(self, key_id: str) -> DayKey | None:
        return self._keys.get(key_id)

    def for_visits(self, birth: Birth) -> DayKey:
        """The key of these visits, made and written durably when it is the first of them."""
        for key in self.keys:
            if _shared(key.birth, birth):
                return key
        return self.add(birth)

    def add(self, birth: Birth) -> DayKey:
        """A new key for these visits, beside one that there may be; written durably."""
        if len(self._keys) >= MOST_KEYS:
            raise OSError(f"the ring holds {MOST_KEYS} keys already: is anything ever forgotten?")
        key = DayKey(token_hex(8), birth, token_bytes(KEY_BYTES))
        self._keys[key.id] = key
        try:
            self._rewrite()
        except OSError:
            del self._keys[key.id]
            raise
        return key

    def due(self, today: date | None, counted_s: int) -> tuple[str, ...]:
        """Ids of keys whose day has come. `today` is of a trusted clock; None: only the counter tells."""
        return tuple(key.id for key in self.keys if _due(key.birth, today, counted_s))

    def undated(self) -> tuple[DayKey, ...]:
        """Keys that were made while nobody knew the date."""
        return tuple(key for key in self.keys if not key.birth.dated)

    def date(self, key_id: str, born: date, destroy_on: date) -> None:
        """Say when an undated key was born in truth."""
        key = self._keys[key_id]
        birth = replace(key.birth, born=born, destroy_on=destroy_on, dated=True)
        self._keys[key_id] = replace(key, birth=birth)
        self._rewrite()

    def destroy(self, key_ids: Collection[str]) -> int:
        """Overwrite these keys where they stand, then rewrite the ring without them. Returns how many there were."""
        doomed = [key_id for key_id in key_ids if key_id in self._keys]
        if not doomed:
            return 0
        self._overwrite(set(doomed))
        for key_id in doomed:
            del self._keys[key_id]
        try:
            self._rewrite()
        except OSError as error:  # a full disk: the keys are gone all the same, the file shrinks another time
            _log.warning("day keys: destroyed, but the file could not be rewritten (%s)", error.strerror)
        return len(doomed)

    def _prepare(self) -> None:
        folder = self._path.parent
        folder.mkdir(mode=0o700, exist_ok=True)
        tag = folder / "CACHEDIR.TAG"  # tar, restic and borg leave out a folder that has it
        if not tag.exists():
            replace_whole(tag, _CACHE_TAG)
        _wipe(self._path.with_name(f"{self._path.name}.new"))
        if self._path.exists() and self._path.stat().st_mode & 0o077:
            _log.warning("day keys: the file was open to others, closed to 0600")
            self._path.chmod(0o600)

    def _overwrite(self, key_ids: set[str]) -> None:
        with self._path.open("r+b", buffering=0) as file:
            for offset, record in _records(file.read()):
                if record[len(_MAGIC) : len(_MAGIC) + 8].hex() in key_ids:
                    os.pwrite(file.fileno(), bytes(KEY_BYTES), offset + _KEY_OFFSET)
            os.fsync(file.fileno())

    def _rewrite(self) -> None:
        with contextlib.ExitStack() as stack:
            old = stack.enter_context(self._path.open("r+b", buffering=0)) if self._path.exists() else None
            replace_whole(self._path, b"".join(_packed(key) for key in self.keys))
            if old is not None:
                _zero(old.fileno())


def _shared(one: Birth, other: Birth) -> bool:
    """A clock without a battery begins each day with the same date: there the counter tells the days apart."""
    same = (one.born, one.destroy_on, one.dated) == (other.born, other.destroy_on, other.dated)
    return same and (one.dated or 0 <= other.counted_s - one.counted_s < 86400)


def _due(birth: Birth, today: date | None, counted_s: int) -> bool:
    if today is not None:
        return birth.dated and birth.destroy_on <= today
    return counted_s - birth.counted_s >= birth.retention_s


def _packed(key: DayKey) -> bytes:
    birth = key.birth
    head = (_MAGIC, bytes.fromhex(key.id), birth.born.isoformat().encode(), birth.destroy_on.isoformat().encode())
    body = (*head, birth.dated, birth.counted_s, birth.retention_s, key.secret)
    record = _RECORD.pack(*body, bytes(_CHECKSUM_BYTES))[:-_CHECKSUM_BYTES]
    return record + _checksum(record)


def _checksum(record: bytes) -> bytes:
    return hashlib.sha256(record).digest()[:_CHECKSUM_BYTES]


def _records(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each; a rest that is shorter is none."""
    for offset in range(0, len(raw) - RECORD_BYTES + 1, RECORD_BYTES):
        yield offset, raw[offset : offset + RECORD_BYTES]


def _whole(record: bytes) -> bool:
    return record.startswith(_MAGIC) and record[-_CHECKSUM_BYTES:] == _checksum(record[:-_CHECKSUM_BYTES])


def _destroyed(record: bytes) -> bool:
    return not any(record[_KEY_OFFSET : _KEY_OFFSET + KEY_BYTES])


def _intact(raw: bytes) -> Iterator[DayKey]:
    for _, record in _records(raw):
        if _whole(record):
            _, number, born, destroy_on, dated, counted_s, retention_s, secret, _ = _RECORD.unpack(record)
            days = date.fromisoformat(born.decode()), date.fromisoformat(destroy_on.decode())
            yield DayKey(number.hex(), Birth(*days, dated, counted_s, retention_s), secret)


def _damaged(raw: bytes) -> int:
    """Records that are neither whole nor of a key that was overwritten before a power cut."""
    found = sum(not _whole(record) and not _destroyed(record) for _, record in _records(raw))
    return found + bool(len(raw) % RECORD_BYTES)


def _zero(handle: int) -> None:
    os.pwrite(handle, bytes(os.fstat(handle).st_size), 0)
    os.fsync(handle)


def _wipe(path: Path) -> None:
    """Overwrite and delete a file of keys that a power cut left half-way."""
    with contextlib.suppress(FileNotFoundError):
        with path.open("r+b", buffering=0) as file:
            _zero(file.fileno())
        path.unlink()
