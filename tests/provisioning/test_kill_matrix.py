"""Every step of every command of the updater, broken in every way: a unit never ends without a working release.

reference: Mender's tests of its state machine ("Killed_in_<state>"). A step is one call that changes the disk or
starts a program (tests.provisioning.fault_runner). After each, the unit starts again (boot-check), and then

- exactly one release is current, it is complete, byte for byte what was built, and it runs;
- the updater's state is one to go on from, and after a kill the whole update is done again, to its end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from provisioning.on_unit.manifest import MANIFEST
from provisioning.on_unit.places import COMPLETE
from provisioning.on_unit.state import Step
from tests.provisioning.bundle_kit import signer
from tests.provisioning.fault_runner import FAULTS
from tests.provisioning.unit_kit import WELL, Unit, make_unit, unit_folder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ILL = "ActiveState=failed\nNRestarts=3\n"
ENDED = {Step.IDLE, Step.STAGED, Step.TRYING, Step.COMMITTED, Step.ROLLED_BACK, Step.FAILED}


@dataclass(slots=True)
class Bench:
    """A unit, a process that runs its updater, and copies of its root at the beginning of each scenario."""

    unit: Unit
    runner: subprocess.Popen[str]
    copies: Path
    path: str
    built: dict[str, dict[str, bytes]]

    def do(self, *words: str, boot: str = "", **fault: Any) -> dict[str, Any]:
        assert self.runner.stdin is not None
        assert self.runner.stdout is not None
        job = {"words": ["--root", str(self.unit.places.root), *words], "boot": boot, **fault}
        self.runner.stdin.write(json.dumps(job) + "\n")
        self.runner.stdin.flush()
        answer: dict[str, Any] = json.loads(self.runner.stdout.readline())
        return answer

    def boot(self, number: int) -> str:
        """The file in which the kernel tells the id of a boot."""
        path = self.copies / f"boot-{number}"
        path.write_text(f"boot-{number}\n")
        return str(path)

    def keep(self, name: str) -> None:
        shutil.copytree(self.unit.places.root, self.copies / name, symlinks=True)

    def restore(self, name: str) -> None:
        shutil.rmtree(self.unit.places.root)
        shutil.copytree(self.copies / name, self.unit.places.root, symlinks=True)
        self.unit.show(WELL)

    def content(self, release: str) -> dict[str, bytes]:
        """All files of a release, but for the compiled ones."""
        folder = self.unit.places.release(release)
        files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with unit_folder() as folder:
        unit = make_unit(folder, signer(folder / "keys"))
        settings = unit.places.settings.read_text()
        unit.places.settings.write_text(settings.replace("verify_s = 1.2", "verify_s = 600"))
        command = [sys.executable, "-m", "tests.provisioning.fault_runner"]
        environment = {**os.environ, "PATH": f"{unit.tools}:{os.environ['PATH']}"}
        environment["TMPDIR"] = str(folder)  # where what was killed left its files
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
        ) as runner:
            made = Bench(unit, runner, folder / "copies", "", {})
            made.copies.mkdir()
            prepare(made)
            yield made
            assert runner.stdin is not None
            runner.stdin.close()
            runner.wait(30)


def prepare(bench: Bench) -> None:
    """The beginnings of the scenarios, each reached by the commands themselves."""
    first, bench.path = str(bench.unit.bundle("1.0.0")), str(bench.unit.bundle("1.1.0"))
    boot = bench.boot(1)
    for words in (("stage", first), ("activate",), ("commit",)):
        assert bench.do(*words, boot=boot)["code"] == 0
    bench.keep("runs")
    assert bench.do("stage", bench.path, boot=boot)["code"] == 0
    bench.keep("staged")
    bench.unit.places.request.parent.mkdir(parents=True, exist_ok=True)
    bench.unit.places.request.write_text('{"release": "1.1.0"}')
    bench.keep("asked")
    bench.unit.places.request.unlink()
    bench.built = {name: bench.content(name) for name in bench.unit.places.all_releases()}
    assert bench.do("activate", boot=boot)["code"] == 0
    bench.keep("trying")
    raw = json.loads(bench.unit.places.state.read_text())
    bench.unit.places.state.write_text(json.dumps({**raw, "boots": 2}))
    bench.keep("last boot")
    bench.unit.places.state.write_text(json.dumps({**raw, "step": "rolling_back", "reason": "cut off."}))
    bench.keep("rolling back")
    bench.restore("trying")
    assert bench.do("commit", boot=boot)["code"] == 0
    bench.keep("committed")
    bench.restore("runs")
    cut = bench.do("stage", bench.path, boot=boot, fault="kill", step=40)
    assert cut["code"] == -9
    bench.keep("half staged")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One command in one state. `ends` are the versions that may run once the unit has started again."""

    name: str
    begin: str
    words: Callable[[Bench], tuple[str, ...]]
    ends: frozenset[str]
    boot: int = 1
    ill: bool = False


OLD, NEW, EITHER = frozenset({"1.0.0"}), frozenset({"1.1.0"}), frozenset({"1.0.0", "1.1.0"})
SCENARIOS = (
    Scenario("stage", "runs", lambda bench: ("stage", bench.path), OLD),
    Scenario("stage over a half release", "half staged", lambda bench: ("stage", bench.path), OLD),
    Scenario("activate", "staged", lambda _: ("activate",), EITHER),
    Scenario("activate what the hub asks for", "asked", lambda _: ("answer",), EITHER),
    Scenario("verify and commit", "trying", lambda _: ("verify",), NEW),
    Scenario("verify and roll back", "trying", lambda _: ("verify",), EITHER, ill=True),
    Scenario("roll back by hand", "committed", lambda _: ("rollback",), EITHER),
    Scenario("boot-check of a half release", "half staged", lambda _: ("boot-check",), OLD, boot=2),
    Scenario("boot-check while trying", "trying", lambda _: ("boot-check",), NEW, boot=2),
    Scenario("the last boot while trying", "last boot", lambda _: ("boot-check",), EITHER, boot=2),
    Scenario("boot-check of a rollback", "rolling back", lambda _: ("boot-check",), OLD, boot=2),
)


def begin(bench: Bench, scenario: Scenario) -> None:
    bench.restore(scenario.begin)
    if scenario.ill:
        bench.unit.show(ILL)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_no_broken_step_leaves_a_unit_without_a_release(
    bench: Bench, scenario: Scenario, fault: str, record_property: Callable[[str, object], None]
) -> None:
    words, boot = scenario.words(bench), bench.boot(scenario.boot)
    begin(bench, scenario)
    steps = bench.do(*words, boot=boot)["steps"]
    assert len(steps) >= 3, "the breaker sees the steps"
    broken = 0
    for step in range(1, len(steps) + 1):
        for when in ("before", "after"):
            where = f"{fault} {when} step {step} of {scenario.name}: {steps[step - 1]}"
            begin(bench, scenario)
            code = bench.do(*words, boot=boot, fault=fault, when=when, step=step)["code"]
            broken += code != 0
            check_running(bench, EITHER, where)
            assert bench.do("boot-check", boot=bench.boot(3))["code"] == 0, where
            check_running(bench, scenario.ends, where)
            check_tidy(bench, where)
            if (fault, when) == ("kill", "before"):
                goes_on(bench, where)
    assert broken, "some of these were felt"
    record_property("cases", 2 * len(steps))


def check_running(bench: Bench, versions: frozenset[str], where: str) -> None:
    """Also before the unit starts again: the apps go on, or are started again, at any moment."""
    current = bench.unit.current
    assert current is not None, where
    assert bench.unit.places.is_complete(current), where
    assert bench.content(current) == bench.built[current], where
    assert current.partition("-")[0] in versions, where


def check_tidy(bench: Bench, where: str) -> None:
    places, state = bench.unit.places, bench.unit.state
    assert state.step in ENDED, where
    assert bench.unit.runs() == str(bench.unit.current).partition("-")[0], where
    for name in places.all_releases():
        assert places.is_complete(name), f"{where}: {name} was left half done"
        assert bench.content(name) == bench.built[name], where
    if state.step in (Step.TRYING, Step.COMMITTED):
        assert state.release == bench.unit.current, where
    assert not list(places.base.glob(".*.new")), where


def goes_on(bench: Bench, where: str) -> None:
    """The update is done again from here, and succeeds."""
    boot = bench.boot(3)
    bench.unit.show(WELL)
    bench.do("verify", boot=boot)
    for words in (("stage", "--again", bench.path), ("activate",), ("verify",)):
        bench.do(*words, boot=boot)
    assert (bench.unit.runs(), bench.unit.state.step) == ("1.1.0", Step.COMMITTED), where


def test_the_bench_would_notice(bench: Bench) -> None:
    """A control: a release that is complete by its mark only is found out."""
    bench.restore("runs")
    current = str(bench.unit.current)
    (bench.unit.places.release(current) / MANIFEST).write_bytes(b"")
    with pytest.raises(AssertionError):
        check_running(bench, OLD, "control")
    (bench.unit.places.release(current) / COMPLETE).unlink()
    with pytest.raises(AssertionError):
        check_running(bench, OLD, "control")


def test_the_matrix_finds_a_careless_updater(bench: Bench) -> None:
    """A control: links that are removed and made again, not renamed, leave moments without a release."""
    found = 0
    for step in range(1, 40):
        bench.restore("staged")
        bench.do("activate", boot=bench.boot(1), fault="kill", step=step, careless=True)
        try:
            check_running(bench, EITHER, "control")
        except AssertionError:
            found += 1
    assert found > 0
