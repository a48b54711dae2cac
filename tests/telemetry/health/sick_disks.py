"""Real sick disks, in a mount namespace of its own: python -m tests.telemetry.health.sick_disks CASE FOLDER

`full` and `read-only` are tmpfs, which a user namespace may mount. `ext4` is a loop device, for root: it is
frozen, so that a write hangs as on a card that does not answer, and the kernel is told to note an error on it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from common.clock import SystemClock
from telemetry.health.storage import Storage, probe


def full(folder: Path) -> None:
    run("mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder))
    show(probe((folder,)))
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    show(probe((folder,)))
    (folder / "filler").unlink()
    show(probe((folder,)))


def read_only(folder: Path) -> None:
    run("mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder))
    run("mount", "-o", "remount,ro", str(folder))
    show(probe((folder,)))


def ext4(folder: Path) -> None:
    image = folder / "card.img"
    card = folder / "card"
    card.mkdir()
    with image.open("wb") as file:
        file.truncate(8 << 20)
    run("mkfs.ext4", "-q", "-F", str(image))
    run("mount", "-o", "loop,errors=continue", str(image), str(card))
    try:
        asyncio.run(_on_ext4(card))
    finally:
        run("umount", str(card))


async def _on_ext4(card: Path) -> None:
    storage = Storage(SystemClock(), (card,), probe_every_s=0.0, timeout_s=0.5)
    show(await storage.read())
    run("fsfreeze", "-f", str(card))
    try:
        began_s = time.monotonic()
        show(await storage.read())
        show(await storage.read())  # the first write still hangs: no second one
        assert time.monotonic() - began_s < 2
    finally:
        run("fsfreeze", "-u", str(card))
    async with asyncio.timeout(5):
        while (found := await storage.read()).status != "ok":
            await asyncio.sleep(0.01)
    show(found)
    damage(card)
    show(await storage.read())


def damage(card: Path) -> None:
    device = Path(run("findmnt", "-no", "SOURCE", str(card))).name
    Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("test")


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout.strip()


def show(found: object) -> None:
    status, reason = getattr(found, "status", ""), getattr(found, "reason", "")
    sys.stdout.write(f"{status} {reason}".strip() + "\n")


if __name__ == "__main__":
    {"full": full, "read-only": read_only, "ext4": ext4}[sys.argv[1]](Path(sys.argv[2]))
