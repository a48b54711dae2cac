"""What mydesk-fleet takes for a large fake fleet: the commands are real processes, the units asyncssh servers here."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.provisioning.fake_fleet import FakeFleet, fake_fleet
from tests.provisioning.fake_unit import Fault
from tests.provisioning.rollout_kit import commands, release_bundle

MAIN = """
import atexit, os
from pathlib import Path
from provisioning.cli import main
atexit.register(lambda: Path(os.environ["STATUS_AT_END"]).write_text(Path("/proc/self/status").read_text()))
main()
"""
"""The kernel's ru_maxrss of a child begins with that of its parent, which is the whole fake fleet."""

TRIAL_S = 1.0
MOST_S = 1800.0
"""So long a command may take; 300 times 20 MB with neighbours took three minutes."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one command took: of its own process, not of the units."""

    what: str
    wall_s: float
    processor_s: float
    most_mib: float
    exit_code: int
    answers: list[Any]


def took(what: str, words: list[str]) -> Figure:
    """Run mydesk-fleet to its end."""
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "STATUS_AT_END": f"{folder}/status"}
        command = [sys.executable, "-c", MAIN, *words, "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            ending = threading.Timer(MOST_S, process.kill)
            ending.start()
            out = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            ending.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.monotonic() - begun_s
        assert process.returncode >= 0, f"{what}: killed after {wall_s:.0f} s"
        most_mib = _most_mib(Path(environment["STATUS_AT_END"]).read_text())
    answers = [json.loads(line) for line in out.splitlines()]
    return Figure(what, wall_s, usage.ru_utime + usage.ru_stime, most_mib, process.returncode, answers)


def _most_mib(status: str) -> float:
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def all_figures(folder: Path, count: int, megabytes: float, *, limit: int = 20) -> list[Figure]:
    """Status, push and two rollouts; raises AssertionError when one of them does not do what it should."""
    with fake_fleet(folder, count) as fake:
        for unit in fake.units.values():
            unit.soak_s = TRIAL_S
        more = [*fake.options, "--limit", str(limit)]
        status = took("status", ["status", "--all", *more])
        assert (status.exit_code, len(status.answers)) == (0, count)
        return [
            status,
            _pushed(fake, folder, megabytes, more),
            _rolled(fake, folder, more),
            _stopped(fake, folder, more),
        ]


def stopped_figures(folder: Path, count: int, *, limit: int = 20) -> Figure:
    """Of the rollout that stops, alone."""
    with fake_fleet(folder, count) as fake:
        return _stopped(fake, folder, [*fake.options, "--limit", str(limit)])


def _pushed(fake: FakeFleet, folder: Path, megabytes: float, more: list[str]) -> Figure:
    bundle = release_bundle(folder / "one", "1.1.0", size=int(megabytes * 1e6))
    found = took(f"push of {bundle.stat().st_size / 1e6:.1f} MB", ["push", str(bundle), "--all", *more])
    assert (found.exit_code, {answer["state"] for answer in found.answers}) == (0, {"staged"})
    assert all(unit.received_bytes >= bundle.stat().st_size for unit in fake.units.values())
    return found


def _rolled(fake: FakeFleet, folder: Path, more: list[str]) -> Figure:
    bundle = release_bundle(folder / "two", "1.2.0", size=100_000)
    words = ["rollout", "start", str(bundle), "--all", "--soak", "2s", "--max-fail", "2%", *more]
    found = took("rollout in 4 waves, soak 2 s", words)
    assert (found.exit_code, found.answers[-1]["counts"]) == (0, {"done": len(fake.units)})
    assert set(commands(fake, "mydesk-update activate").values()) == {1}
    return found


def _stopped(fake: FakeFleet, folder: Path, more: list[str]) -> Figure:
    """One in twenty goes back; 2 % may."""
    count = len(fake.units)
    bad = random.Random(3).sample(sorted(fake.units)[1:], max(1, count // 20))
    for name in bad:
        fake[name].faults.add(Fault.BAD_RELEASE)
    bundle = release_bundle(folder / "three", "1.3.0", size=100_000)
    words = ["rollout", "start", str(bundle), "--all", "--canary", "u-001", "--order", "given"]
    found = took("rollout with 5 % bad, 2 % may", [*words, "--soak", "2s", "--max-fail", "2%", *more])
    counts, last = found.answers[-1]["counts"], found.answers[-1]
    assert (found.exit_code, last["status"]) == (1, "stopped")
    assert counts["failed"] > count * 2 // 100
    assert "waiting" in counts, "the last wave never began"
    well = [one["unit"] for one in last["units"] if one["phase"] == "done"]
    assert all(fake[name].update["current"].startswith("1.3.0-") for name in well), "the well ones stay"
    assert sum(unit.update["current"].startswith("1.3.0-") for unit in fake.units.values()) <= count - counts["waiting"]
    return found


def lines(figures: list[Figure]) -> list[str]:
    """For people."""
    return [
        f"{one.what:32} {one.wall_s:7.1f} s   {one.processor_s:6.1f} s of processor   at most {one.most_mib:6.1f} MiB"
        for one in figures
    ] + [f"stopped with {figures[-1].answers[-1]['counts']}: {figures[-1].answers[-1]['reason']}"]
