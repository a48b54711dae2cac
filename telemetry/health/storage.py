"""How the card under the data folder is: what ext4 has found, what an eMMC says of its wear, and a block written.

A card that dies mostly does so in silence: it turns read-only, takes a minute to flush, or gives back what it had
before. So a block of random bytes is written, flushed, dropped from the cache and read back (as Anthias does).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from common.clock import Clock
from telemetry.health import readings
from telemetry.health.block_device import BlockDevice
from telemetry.health.bounded import Bounded, HungError
from telemetry.health.readings import StorageStatus

PROBE_NAME = ".storage-probe"
PROBE_BYTES = 4096
PROBE_TIMEOUT_S = 30.0
"""A good card flushes in 0.1 s, a tired one in 5 s; after 30 s the panel's own writes hang too."""

WORN_PERCENT = 90
WORN_RESERVE = 2


@dataclass(frozen=True, slots=True)
class Probe:
    """How one write went; `reason` is empty when it went well."""

    status: StorageStatus
    reason: str = ""
    took_ms: int | None = None


class Storage:
    """Looks at the card each time, writes to it every `probe_every_s`; the block goes to the first of `folders` where
    this user may write."""

    def __init__(
        self,
        clock: Clock,
        folders: Sequence[Path],
        *,
        probe_every_s: float,
        root: Path = Path("/"),
        timeout_s: float = PROBE_TIMEOUT_S,
    ) -> None:
        self._clock = clock
        self._every_s = probe_every_s
        self._device = BlockDevice(folders[0], root)
        self._probe = Bounded("storage-probe", lambda: probe(folders), timeout_s=timeout_s)
        self._last: Probe | None = None
        self._due_s = clock.monotonic_s()

    async def read(self) -> readings.Storage:
        if self._clock.monotonic_s() >= self._due_s or self._last is None:
            self._due_s = self._clock.monotonic_s() + self._every_s
            self._last = await self._probed()
        return verdict(self._last, self._device.errors(), *self._device.wear())

    async def _probed(self) -> Probe:
        try:
            return await self._probe()
        except HungError:
            return Probe(StorageStatus.FAILING, "hung")


def verdict(found: Probe, errors: int | None, wear_percent: int | None, reserve: int | None) -> readings.Storage:
    """The worst of all that is known."""
    status, reason = found.status, found.reason
    if status not in (StorageStatus.FAILING, StorageStatus.FULL):
        if errors:
            status, reason = StorageStatus.ERRORS, "ext4"
        elif (wear_percent or 0) >= WORN_PERCENT or (reserve or 0) >= WORN_RESERVE:
            status, reason = StorageStatus.WEAR, "emmc"
    return readings.Storage(status, reason, errors, wear_percent, reserve, found.took_ms)


def probe(folders: Sequence[Path]) -> Probe:
    """Write, flush and read back in the first folder that may be written. Blocks; removes what it wrote."""
    for folder in folders:
        began_s = monotonic()
        try:
            same = _written_and_read(folder / PROBE_NAME)
        except PermissionError:
            continue
        except OSError as error:
            return _refused(error)
        took_ms = round(1000 * (monotonic() - began_s))
        return Probe(StorageStatus.OK, "", took_ms) if same else Probe(StorageStatus.FAILING, "differs", took_ms)
    return Probe(StorageStatus.UNKNOWN, "denied")


def _refused(error: OSError) -> Probe:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return Probe(StorageStatus.FULL, "no-space")
        case errno.ENOENT | errno.ENOTDIR:
            return Probe(StorageStatus.UNKNOWN, "no-folder")
        case errno.EROFS:
            return Probe(StorageStatus.FAILING, "read-only")
    return Probe(StorageStatus.FAILING, errno.errorcode.get(error.errno or 0, "failed"))


def _written_and_read(path: Path) -> bool:
    block = os.urandom(PROBE_BYTES)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        if os.write(handle, block) != len(block):
            raise OSError(errno.ENOSPC, "a short write")
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)  # so that it comes from the card, not from RAM
        return os.pread(handle, PROBE_BYTES + 1, 0) == block
    finally:
        os.close(handle)
        path.unlink(missing_ok=True)
