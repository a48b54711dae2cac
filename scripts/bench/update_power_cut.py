"""Power cuts during updates: copies of an ext4 in the middle of stage and activate are mounted as after a cut.

    sudo scripts/bench/run update_power_cut [--cuts 30]

A copy of the file behind a loop mount has what reached the disk, and nothing of what was still in memory. Each copy is
repaired (e2fsck), mounted, boot-check runs, and the current release must be complete, byte for byte, and start. The
control is the same updater without its syncs: the bench is good for nothing if it finds no broken release there.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from provisioning.on_unit.places import Places
from tests.provisioning.bundle_kit import signer
from tests.provisioning.unit_kit import Unit, make_unit

ROOT = Path(__file__).resolve().parents[2]
SIZE_MB = 192
DATA_BYTES = 40_000
DATA = {f"data_{number}.py": f"A = {'x' * DATA_BYTES!r}\n" for number in range(40)}
AFTER_S = 3.0
"""Cuts come until so long after the update: the journal is written each second, data that nobody synced later."""

RUNNER = "import sys; sys.path.insert(0, {root!r})\n{careless}from provisioning.on_unit.mydesk_update import main\n"
CARELESS = (
    "import os; os.fsync = lambda handle: None\n"
    "from provisioning.on_unit import staging; staging.sync_file_system = lambda folder: None\n"
)


def main() -> int:
    """Cut the power of both updaters, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=30)
    args = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("needs root, for loop mounts")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        careful = cuts(Path(folder) / "careful", args.cuts, careless=False)
        careless = cuts(Path(folder) / "careless", args.cuts, careless=True)
    print(f"with its syncs: {careful} of {args.cuts} cuts ended without a working release")
    print(f"control without them: {careless} of {args.cuts}")
    return 0 if careful == 0 < careless else 1


def cuts(folder: Path, count: int, *, careless: bool) -> int:
    """Return how many of `count` cuts left a unit broken."""
    folder.mkdir()
    unit, disk, mount, bundle = prepare(folder)
    start, cut = folder / "start", folder / "cut"
    copy(disk, start)
    command = [*program(careless=careless), str(unit.places.root), str(bundle)]
    with mounted(disk, mount):
        began = time.monotonic()
        subprocess.run(command, check=True)
        whole_s = time.monotonic() - began
    dice, found = random.Random(6), Counter[str]()
    for _ in range(count):
        copy(start, disk)
        with mounted(disk, mount):
            began, at_s = time.monotonic(), (whole_s + AFTER_S) * dice.random()
            with subprocess.Popen(command):
                time.sleep(max(0.0, began + at_s - time.monotonic()))
                copy(disk, cut)
        found[after_cut(cut, mount, unit) or "broken"] += 1
    print(f"{'without' if careless else 'with'} syncs: {dict(found)}; an update takes {whole_s:.1f} s")
    return found["broken"]


def prepare(folder: Path) -> tuple[Unit, Path, Path, Path]:
    """Return a unit that runs 1.0.0 from a disk of its own, that disk, where it is mounted, and a bundle of 1.1.0."""
    unit = make_unit(folder, signer(folder / "keys"))
    disk, mount = folder / "disk", unit.places.root / "opt"
    subprocess.run(["truncate", "-s", f"{SIZE_MB}M", str(disk)], check=True)
    subprocess.run(["mkfs.ext4", "-q", str(disk)], check=True)
    mount.mkdir()
    first, second = (unit.bundle(version, files=DATA) for version in ("1.0.0", "1.1.0"))
    os.environ["PATH"] = f"{unit.tools}:{os.environ['PATH']}"
    with mounted(disk, mount):
        (mount / "state").mkdir()  # the state is on the disk that is cut, too
        unit.places.state.parent.parent.mkdir(parents=True)
        unit.places.state.parent.symlink_to(mount / "state")
        for words in (("stage", str(first)), ("activate",), ("commit",)):
            run(unit, words)
    return unit, disk, mount, second


def copy(disk: Path, target: Path) -> None:
    """What a disk holds at this moment."""
    subprocess.run(["cp", "--sparse=always", str(disk), str(target)], check=True)


def program(*, careless: bool) -> list[str]:
    """A process that stages, activates and commits the bundle of its second argument below its first."""
    code = RUNNER.format(root=str(ROOT), careless=CARELESS if careless else "")
    code += "for words in (['stage', sys.argv[2]], ['activate'], ['commit']):\n"
    code += "    sys.stdout = open('/dev/null', 'w'); main(['--root', sys.argv[1], *words])\n"
    return [sys.executable, "-W", "ignore", "-c", code]


def run(unit: Unit, words: tuple[str, ...]) -> None:
    """One command of the updater, as a process."""
    code = RUNNER.format(root=str(ROOT), careless="") + "sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "--root", str(unit.places.root), *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def after_cut(cut: Path, mount: Path, unit: Unit) -> str:
    """Return the version that runs after the cut; "" when none does."""
    subprocess.run(["e2fsck", "-p", str(cut)], check=False, stdout=subprocess.DEVNULL)
    with mounted(cut, mount):
        places = Places(unit.places.root)
        try:
            run(unit, ("boot-check",))
            current = str(places.named_by(places.current))
            site = next(places.release(current).glob("lib/python3*/site-packages"))
            sizes = [path.stat().st_size for path in site.glob("data_*.py")]
            if len(sizes) != len(DATA) or any(size < DATA_BYTES for size in sizes):
                return ""
            version = unit.runs()
        except (OSError, StopIteration, subprocess.CalledProcessError):
            return ""
        return version if current.startswith(f"{version}-") and version else ""


@contextlib.contextmanager
def mounted(disk: Path, mount: Path) -> Iterator[None]:
    """The disk, mounted; the journal is written each second, as a unit's is not oftener than every 5."""
    subprocess.run(["mount", "-o", "loop,commit=1", str(disk), str(mount)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(mount)], check=True)


if __name__ == "__main__":
    sys.exit(main())
