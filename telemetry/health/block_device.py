"""The block device below a folder, in /sys: the partition, its ext4, and the card that carries it.

Sources: kernel Documentation/ABI/testing/sysfs-fs-ext4, Documentation/driver-api/mmc/mmc-dev-attrs.rst; JEDEC 84-B51
for life_time (0x01: 0-10 % used ... 0x0B: over the end) and pre_eol_info.
"""

from __future__ import annotations

import os
from pathlib import Path

from telemetry.health.kernel_files import as_int, read_int, read_text

_IDENTITY = ("name", "type", "cid", "serial", "date", "manfid", "oemid")


class BlockDevice:
    """Looked up anew each time: it costs two system calls, and a folder may be mounted later."""

    def __init__(self, folder: Path, root: Path = Path("/")) -> None:
        self._folder = folder
        self._root = root

    def partition(self) -> Path | None:
        """Its folder in /sys/devices, or None: no such folder, or no real device (tmpfs, overlay)."""
        try:
            number = os.stat(self._folder).st_dev  # noqa: PTH116 - one call, beside os.major
            link = self._root / f"sys/dev/block/{os.major(number)}:{os.minor(number)}"
            return link.resolve(strict=True)
        except OSError:
            return None

    def errors(self) -> int | None:
        """How many errors ext4 has found since it was last checked; None for other file systems."""
        partition = self.partition()
        return read_int(self._root / "sys/fs/ext4" / partition.name / "errors_count") if partition else None

    def wear(self) -> tuple[int | None, int | None]:
        """Percent of its life that an eMMC has used (upper end of its tenth, the worse of two kinds of cells), and how
        far its reserve is gone. SD cards tell neither."""
        card = self._card()
        if card is None:
            return None, None
        tenths = [as_int(word, 16) or 0 for word in (read_text(card / "life_time") or "").split()]
        used = max(tenths, default=0)
        reserve = as_int(read_text(card / "pre_eol_info"), 16)
        return (used * 10 if 0 < used <= 11 else None), (reserve or None)

    def facts(self) -> dict[str, str | int]:
        """For `twin/storage`: which device, how large, and who made the card."""
        partition = self.partition()
        if partition is None:
            return {}
        sectors = read_int(partition / "size")
        found: dict[str, str | int] = {"device": partition.name}
        if sectors is not None:
            found["size_bytes"] = sectors * 512
        if (card := self._card()) is not None:
            found |= {f"card_{key}": text for key in _IDENTITY if (text := read_text(card / key))}
        return found

    def _card(self) -> Path | None:
        """The card of an mmcblk, whose `device` is a link from the whole disk."""
        partition = self.partition()
        if partition is None:
            return None
        disk = partition.parent if (partition / "partition").exists() else partition
        card = disk / "device"
        return card if disk.name.startswith("mmcblk") and card.exists() else None
