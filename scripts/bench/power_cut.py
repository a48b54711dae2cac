"""Cuts the power during sign-ins: `sudo scripts/bench/run power_cut --cuts 20 --seed 1 --json out.json`.

The register works on an ext4 in a file, mounted by a loop device (commit=1). A cut is a copy of that file at a random
moment: it has what had reached the device by then, and nothing of what the kernel still held. The copy is checked
(e2fsck), mounted, opened, and held against what the process had promised before the cut. The control run does the
same at synchronous=OFF, and must lose something: else this bench proves nothing. Needs root and loop devices.

Exit code 1 when a promise is broken, or the control run lost nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.kiosk.busy_desk import Promises, Verdict, judge
from tests.kiosk.killing import start, wait_for_line

IMAGE_MIB = 48


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut: what e2fsck said (0 clean, 1 mended), and what was left."""

    after_s: float
    fsck: int
    promised: int
    verdict: Verdict


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[Path]:
    """The ext4 in `image` at `folder`."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop,commit=1", str(image), str(folder)], check=True, timeout=60)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True, timeout=60)


def cut(work: Path, seed: int, wait_s: float, *, careless: bool) -> Cut:
    """Make a file system, let a desk work on it, cut, and judge the copy."""
    image, copy = work / "disk.img", work / "cut.img"
    with image.open("wb") as file:
        file.truncate(IMAGE_MIB << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True, timeout=60)
    promises = Promises()
    with mounted(image, work / "disk") as disk, tempfile.TemporaryFile() as out:
        desk = start(disk / "register", seed, out.fileno(), *(["--careless"] if careless else []))
        try:
            wait_for_line(out.fileno(), desk)
            time.sleep(wait_s)
            desk.send_signal(signal.SIGSTOP)  # it promises nothing more while the copy is made
            shutil.copyfile(image, copy)
        finally:
            desk.kill()
            desk.wait()
        out.seek(0)
        promises.read(out.read().decode())
    checked = subprocess.run(["e2fsck", "-fy", str(copy)], capture_output=True, timeout=120, check=False)
    with mounted(copy, work / "cut") as disk:
        verdict = asyncio.run(judge(disk / "register", promises))
    return Cut(round(wait_s, 3), checked.returncode, len(promises.finished), verdict)


def cuts(count: int, seed: int, longest_s: float, *, careless: bool) -> list[Cut]:
    """`count` cuts, each on a new file system."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        with tempfile.TemporaryDirectory() as work:
            wait_s = chance.uniform(0.05, longest_s)
            found.append(cut(Path(work), seed * 1000 + number, wait_s, careless=careless))
    return found


def figures(found: list[Cut]) -> dict[str, object]:
    """What is told of a run."""
    return {
        "cuts": len(found),
        "visits_promised": sum(one.promised for one in found),
        "cuts_with_a_broken_promise": sum(not one.verdict.good for one in found),
        "visits_lost": sum(len(one.verdict.lost) for one in found),
        "hosts_told_twice_marked": sum(one.verdict.repeats for one in found),
        "badges_lost": sum(len(one.verdict.unprinted) for one in found),
        "file_systems_not_clean": sum(one.fsck != 0 for one in found),
    }


def main() -> int:
    """Run the cuts and the control, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cuts", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--longest-s", type=float, default=2.0)
    options.add_argument("--json", type=Path, default=None)
    asked = options.parse_args()
    runs = {
        name: cuts(asked.cuts, asked.seed, asked.longest_s, careless=careless)
        for name, careless in (("synchronous=FULL", False), ("synchronous=OFF (control)", True))
    }
    told = {name: figures(found) for name, found in runs.items()}
    for name, lines in told.items():
        print(name, *(f"  {key:28} {value}" for key, value in lines.items()), sep="\n")
    if asked.json:
        every = {name: [asdict(one) for one in found] for name, found in runs.items()}
        asked.json.write_text(json.dumps({"figures": told, "cuts": every}, indent=2) + "\n")
    good, control = runs.values()
    return 0 if all(one.verdict.good for one in good) and any(not one.verdict.good for one in control) else 1


if __name__ == "__main__":
    sys.exit(main())
