"""mydesk-fleet push and rollout as people and machines use them, over a fake fleet."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from provisioning.cli import app
from provisioning.fleet_error import FleetError, WrongUseError
from provisioning.rollout_store import RolloutStore
from tests.provisioning.fake_fleet import FakeFleet, fake_fleet
from tests.provisioning.fake_unit import FakeUnit, Fault
from tests.provisioning.rollout_kit import commands, release_bundle

MAIN = "from provisioning.cli import main; main()"


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeFleet]:
    with fake_fleet(tmp_path, 6) as made:
        yield made


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release_bundle(tmp_path_factory.mktemp("bundle"))


def ran(fake: FakeFleet, *words: str | Path) -> Result:
    names = [str(word) for word in words]
    asks_units = names[:1] == ["push"] or names[1] in ("plan", "start", "resume")
    options = fake.options if asks_units else fake.options[:4]
    return CliRunner().invoke(app, [*names, *options])


def lines(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_plan_asks_nobody(fake: FakeFleet, bundle: Path) -> None:
    told = ran(fake, "rollout", "plan", bundle, "--waves", "50%", "--window", "19:00-06:00", "--max-fail", "20%")
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines()[1:] == [
        "  canary: 1 (u-001)",
        "  wave 1: 2 (u-002, u-003)",
        "  wave 2: 3 (u-004, u-005, u-006)",
        "  each is restarted between 19:00-06:00 by the clock of its site, when nobody is busy, and watched for 600 s",
        "  the next wave begins when 100 % are well; of 6 units 20% may fail, and no canary",
    ]
    (answer,) = lines(ran(fake, "rollout", "plan", bundle, "--json"))
    assert (answer["waves"], answer["counts"], answer["units"][0]["unit"]) == (3, {"waiting": 6}, "u-001")
    assert not any(unit.commands for unit in fake.units.values())
    with RolloutStore(fake.state.folder) as store:
        assert store.last() is None


def test_a_rollout_from_start_to_end(fake: FakeFleet, bundle: Path) -> None:
    told = ran(fake, "rollout", "start", bundle, "--all", "--soak", "0s")
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines()[-1] == "6 done"
    assert "u-006: done" in told.stderr
    assert set(commands(fake, "mydesk-update activate").values()) == {1}
    status = ran(fake, "rollout", "status")
    assert (status.exit_code, "is finished" in status.stdout) == (0, True)
    (answer,) = lines(ran(fake, "rollout", "status", "--json"))
    assert (answer["status"], answer["runs_here"], answer["counts"]) == ("finished", False, {"done": 6})


def test_a_threshold_is_told_and_resume_takes_another(fake: FakeFleet, bundle: Path) -> None:
    fake["u-002"].faults.add(Fault.BAD_RELEASE)
    told = ran(fake, "rollout", "start", bundle, "--all", "--soak", "0s", "--json")
    assert told.exit_code == 1
    *_, last = lines(told)
    assert (last["status"], last["reason"]) == ("stopped", "1 unit failed; 0 may (--max-fail).")
    assert {"unit": "u-002", "wave": 1, "phase": "failed", "note": fake["u-002"].update["reason"]} in lines(told)
    again = ran(fake, "rollout", "start", bundle, "--all")
    assert again.exit_code == 1
    assert str(again.exception).startswith("rollout 1 of 1.1.0 is stopped, and only one may be open. First: mydesk")
    assert ran(fake, "rollout", "resume").exit_code == 1, "the same threshold stops it again"
    told = ran(fake, "rollout", "resume", "--max-fail", "1")
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (1, "5 done, 1 failed")


def test_pause_and_abort_of_one_that_nobody_runs(fake: FakeFleet, bundle: Path) -> None:
    none = ran(fake, "rollout", "status")
    assert str(none.exception) == "there was no rollout yet. Begin with: mydesk-fleet rollout plan BUNDLE"
    fake["u-001"].faults.add(Fault.BAD_RELEASE)
    ran(fake, "rollout", "start", bundle, "--all", "--soak", "0s")
    told = ran(fake, "rollout", "abort")
    assert (told.exit_code, "is aborted: an admin aborted it." in told.stdout) == (0, True)
    assert str(ran(fake, "rollout", "pause").exception) == "rollout 1 of 1.1.0 is aborted already."


def test_a_bundle_that_changed_is_not_gone_on_with(fake: FakeFleet, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    path = release_bundle(folder)
    fake["u-001"].faults.add(Fault.BAD_RELEASE)
    ran(fake, "rollout", "start", path, "--all", "--soak", "0s")
    release_bundle(folder, "1.2.0").replace(path)
    told = ran(fake, "rollout", "resume", "--max-fail", "1")
    assert isinstance(told.exception, FleetError)
    assert "any more. Put it back, or abort this rollout" in str(told.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--max-fail", "many"], "'many' is neither a number of units nor a share of them. Like 5, or 10%."),
        (["--window", "19-6"], "'19-6' is no window. Like 19:00-06:00, by the clock of each unit's site."),
        (["--soak", "10"], "'10' is no length of time. Like 90s, 10m, 2h or 1d."),
        (["--waves", "50%,10%"], "the waves 50%, 10% do not rise among 6 units. Like --waves 10%,50%."),
        (["--canary", "u-9"], "u-9 is not among these units. --canary takes a number of units, or their ids."),
    ],
)
def test_wrong_words_are_told(fake: FakeFleet, bundle: Path, words: list[str], said: str) -> None:
    assert str(ran(fake, "rollout", "plan", bundle, *words).exception) == said


def test_bundles_that_do_not_fit(fake: FakeFleet, bundle: Path, tmp_path: Path) -> None:
    other = release_bundle(tmp_path / "x86", architecture="x86_64")
    newer = release_bundle(tmp_path / "newer", "1.2.0")
    for words, said in (
        ([other], "there is no bundle for aarch64 (6 units). Add it with --also, or choose units with --role."),
        ([bundle, "--also", newer], "these are several versions: 1.1.0, 1.2.0. One rollout brings one."),
        ([bundle, "--also", bundle], "there are two bundles for aarch64 with Python 3.13. Give one for each kind"),
    ):
        assert str(ran(fake, "rollout", "plan", *words).exception).startswith(said)
    assert ran(fake, "rollout", "plan", bundle, "--also", other).exit_code == 0
    assert "which u-001 is not" in str(ran(fake, "push", other, "u-001").exception)


def test_push(fake: FakeFleet, bundle: Path) -> None:
    fake["u-003"].faults.add(Fault.DISK_FULL)
    fake["u-004"].faults.add(Fault.OFF)
    told = ran(fake, "push", bundle, "--all")
    assert told.exit_code == 1
    assert "u-001: 1.1.0-" in told.stdout
    assert "is staged; 0.0 MB sent" in told.stdout
    assert "u-003: failed: 200 MiB must be free" in told.stderr
    assert "u-004: unknown: u-004 (127.0.0.1 port" in told.stderr
    (answer,) = lines(ran(fake, "push", bundle, "u-001", "--json"))
    assert (answer["result"], answer["state"], answer["sent_bytes"]) == ("ok", "staged", 0)
    assert "it has it already" in ran(fake, "push", bundle, "u-001").stdout
    (answer,) = lines(ran(fake, "push", bundle, "u-002", "--activate", "--json"))
    assert answer["state"] == "committed"
    assert ran(fake, "push", bundle, "u-002", "--now").exit_code == 2
    assert isinstance(ran(fake, "push", bundle).exception, WrongUseError), "which units?"


@pytest.mark.slow
def test_killed_at_any_moment_and_resumed_each_unit_gets_it_once(tmp_path: Path, bundle: Path) -> None:
    units = [FakeUnit(f"u-{number:03d}", faults={Fault.SLOW}, slow_s=0.02) for number in range(1, 25)]
    moments = random.Random(7)
    with fake_fleet(tmp_path, units) as fake:
        start = ["start", str(bundle), "--all", "--soak", "1s", "--limit", "6"]
        kills, finished = 0, False
        for attempt in range(30):
            with RolloutStore(fake.state.folder) as store:
                words = start if store.last() is None else ["resume"]
            command = [sys.executable, "-c", MAIN, "rollout", *words, *fake.options]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                patience_s = 60.0 if attempt >= 12 else 1.0 + 2.0 * moments.random()
                finished = process.wait(patience_s) == 0
                break
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                kills += 1
        assert finished
        assert kills >= 3
        assert set(commands(fake, "mydesk-update activate").values()) == {1}
        assert len(commands(fake, "mydesk-update activate")) == len(units)
        assert all(unit.update["step"] == "committed" for unit in units)
        with RolloutStore(fake.state.folder) as store:
            last = store.last()
            assert last is not None
            assert len(last.rollout.units) == len(units)


def test_a_rollout_has_no_time_out_but_patience(fake: FakeFleet) -> None:
    result = ran(fake, "rollout", "plan", "x.bundle", "--all", "--timeout", "60")
    assert result.exit_code == 2
    assert "--timeout" in result.output
