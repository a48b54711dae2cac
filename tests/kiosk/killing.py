"""Kills a busy desk at random points, again and again on one register, and judges after each kill."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.kiosk.busy_desk import Promises, Verdict, judge

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: how long the desk had been at work, and what it left."""

    after_s: float
    verdict: Verdict


def kills(folder: Path, count: int, seed: int, *, longest_s: float = 0.25) -> Iterator[Kill]:
    """Start the desk, let it work for a random while, kill -9, judge; `count` times on the same register."""
    chance = random.Random(seed)
    promises = Promises()
    for number in range(count):
        wait_s = chance.uniform(0.0, longest_s)
        promises.read(killed(folder, seed * 100_000 + number, wait_s))
        yield Kill(wait_s, asyncio.run(judge(folder, promises)))


def killed(folder: Path, seed: int, wait_s: float) -> str:
    """What one desk wrote until it was killed `wait_s` after it had opened the register."""
    with tempfile.TemporaryFile() as out:
        desk = start(folder, seed, out.fileno())
        try:
            wait_for_line(out.fileno(), desk)
            time.sleep(wait_s)
        finally:
            desk.send_signal(signal.SIGKILL)
            desk.wait()
        out.seek(0)
        return out.read().decode()


def start(folder: Path, seed: int, out: int, *options: str) -> subprocess.Popen[bytes]:
    """A desk in a process of its own, its lines going to the file `out`."""
    command = [sys.executable, "-m", "tests.kiosk.busy_desk", str(folder), str(seed), *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=out)


def wait_for_line(out: int, desk: subprocess.Popen[bytes]) -> None:
    """Until it has opened the register."""
    until_s = time.monotonic() + START_TIMEOUT_S
    while not os.fstat(out).st_size:
        if desk.poll() is not None or time.monotonic() > until_s:
            raise RuntimeError(f"the desk did not start (exit code {desk.returncode})")
        time.sleep(0.002)
