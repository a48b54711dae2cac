"""The updater on a unit in a folder, with real bundles, real signatures and real virtual environments."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provisioning.bundle_lock import Target
from provisioning.on_unit.errors import NOT_NOW
from provisioning.on_unit.places import locked
from provisioning.on_unit.state import MAX_FAILED, State, Step, boot_id, load, save
from provisioning.updater_file import MODULES, updater_file
from tests.provisioning.bundle_kit import Signer, signer
from tests.provisioning.unit_kit import WELL, Unit, answering, make_unit, unit_folder


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return signer(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def unit(ours: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unit]:
    with unit_folder() as folder:
        made = make_unit(folder, ours)
        monkeypatch.setenv("PATH", f"{made.tools}:{os.environ['PATH']}")
        yield made


@pytest.fixture(scope="module")
def settled(ours: Signer) -> Iterator[Unit]:
    """A unit that runs 2.0.0 of epoch 5."""
    with unit_folder() as folder:
        made = make_unit(folder, ours)
        made.places.settings.write_text(made.places.settings.read_text().replace('"app.service"', ""))
        made.install("2.0.0", epoch=5)
        yield made


def started_again(unit: Unit) -> None:
    """As if the unit had started since: the kernel's id of the boot is another."""
    save(unit.places, replace(unit.state, boot_id="another-boot"))


def test_the_life_of_two_releases(unit: Unit) -> None:
    one = unit.install("1.0.0")
    assert (unit.runs(), unit.state.step, unit.asked()) == (
        "1.0.0",
        Step.COMMITTED,
        [
            "daemon-reload",
            "reset-failed app.service",
            "restart app.service",
            "start --no-block mydesk-update-verify.service",
            "daemon-reload",
        ],
    )
    assert unit.do("stage", str(unit.bundle("1.1.0", epoch=2))) == 0
    assert (unit.runs(), unit.state.step, unit.asked()) == ("1.0.0", Step.STAGED, [])
    assert unit.do("activate") == 0
    assert (unit.runs(), unit.state.step) == ("1.1.0", Step.TRYING)
    assert unit.do("verify") == 0
    assert (unit.runs(), unit.state.step, unit.state.epoch) == ("1.1.0", Step.COMMITTED, 2)
    assert unit.places.named_by(unit.places.previous) == one
    assert unit.do("verify") == 0, "nothing to judge is no fault"


def test_a_release_without_a_name_is_wrong_use(unit: Unit, capsys: pytest.CaptureFixture[str]) -> None:
    """Only a person may leave it out; a program that has no name must not activate somebody else's release."""
    unit.do("stage", str(unit.bundle("1.0.0")))
    with pytest.raises(SystemExit) as caught:
        unit.do("activate", "")
    assert caught.value.code == 2
    assert "it is empty; `mydesk-update status` names what is staged" in capsys.readouterr().err
    assert (unit.current, unit.state.step) == (None, Step.STAGED)
    assert unit.do("activate", str(unit.state.release)) == 0


def test_a_release_is_never_changed_by_running(unit: Unit) -> None:
    name = unit.install("1.0.0")
    folder = unit.places.release(name)
    before = {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}
    unit.runs()
    assert {path: path.lstat().st_mtime_ns for path in folder.rglob("*")} == before
    assert list(folder.rglob("*.pyc")), "compiled while it was staged"


def test_a_bundle_may_come_through_a_pipe(unit: Unit, tmp_path: Path) -> None:
    """As the one file that provisioning puts on the unit, by the system's own Python."""
    program = tmp_path / "mydesk-update"
    program.write_bytes(updater_file())
    command = [sys.executable, "-I", str(program), "--root", str(unit.places.root), "stage", "-"]
    with unit.bundle("1.0.0").open("rb") as stream:
        done = subprocess.run(command, stdin=stream, capture_output=True, cwd=tmp_path, check=False, timeout=60)
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "staged"), done.stderr
    assert unit.state.step is Step.STAGED
    assert updater_file() == updater_file()


def test_the_file_for_the_unit_needs_nothing_but_python(tmp_path: Path) -> None:
    """Each module in it is imported in isolation from this checkout and from site-packages."""
    program = tmp_path / "mydesk-update"
    program.write_bytes(updater_file())
    code = f"import sys; sys.path.insert(0, {str(program)!r})\n" + "".join(
        f"import provisioning.on_unit.{name}\n" for name in MODULES
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, cwd=tmp_path, timeout=60)


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ({"target": Target("3.11", "aarch64")}, "is for aarch64; this unit is x86_64"),
        ({"target": Target("3.13" if sys.version_info < (3, 12) else "3.11", "x86_64")}, "this unit has"),
        ({"epoch": 4}, "epoch 4; this unit never goes below 5 again"),
        ({"epoch": 5, "min_from": "2.0.1"}, "may follow 2.0.1 or later; this unit runs 2.0.0"),
        ({"epoch": 5, "code": 3}, r"self-test app failed \(3\)"),
        ({"epoch": 5, "files": {"../../outside.py": ""}}, "which may not be in it"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(
    settled: Unit, capsys: pytest.CaptureFixture[str], kinds: dict[str, Any], said: str
) -> None:
    before = settled.current
    assert settled.do("stage", str(settled.bundle("2.1.0", **kinds))) == 1
    error = capsys.readouterr().err
    assert re.search(f"^mydesk-update: .*{said}", error), error
    assert (settled.places.all_releases(), settled.current) == ([before], before)
    assert not list(settled.places.root.rglob("outside.py"))


def test_a_failed_release_is_not_offered_again(unit: Unit, capsys: pytest.CaptureFixture[str]) -> None:
    one, path = unit.install("1.0.0"), str(unit.bundle("1.1.0"))
    unit.do("stage", path)
    unit.do("activate")
    unit.show("ActiveState=failed\nNRestarts=5\n")
    assert unit.do("verify") == 1
    assert (unit.current, unit.runs(), unit.state.step) == (one, "1.0.0", Step.ROLLED_BACK)
    assert unit.asked()[-1] == "restart app.service"
    unit.show(WELL)
    assert unit.do("stage", path) == 1
    assert "failed here before: app.service is failed; app.service crashed" in capsys.readouterr().err
    assert [unit.do("stage", "--again", path), unit.do("activate"), unit.do("verify")] == [0, 0, 0]
    assert (unit.runs(), dict(unit.state.failed)) == ("1.1.0", {})


def test_a_self_test_that_hangs_is_ended(unit: Unit) -> None:
    one = unit.install("1.0.0")
    text = unit.places.settings.read_text().replace("self_test_s = 20", "self_test_s = 0.3")
    unit.places.settings.write_text(text)
    hang = {"mydesk_app.py": "import time\ndef main():\n    time.sleep(600)\n"}
    assert unit.do("stage", str(unit.bundle("1.1.0", files=hang))) == 1
    assert (unit.current, unit.state.step) == (one, Step.FAILED)
    assert "did not end within 0.3 s" in unit.state.reason


def test_services_that_do_not_start_bring_the_old_release_back(unit: Unit) -> None:
    one = unit.install("1.0.0")
    unit.do("stage", str(unit.bundle("1.1.0")))
    (unit.tools / "restart").write_text("1")
    assert unit.do("activate") == 1
    assert (unit.current, unit.state.step, len(unit.state.failed)) == (one, Step.ROLLED_BACK, 1)


def test_a_first_release_has_nothing_to_go_back_to(unit: Unit) -> None:
    unit.do("stage", str(unit.bundle("1.0.0")))
    unit.do("activate")
    unit.show("ActiveState=failed\n")
    assert unit.do("verify") == 1
    assert (unit.runs(), unit.state.step) == ("1.0.0", Step.FAILED)
    assert "no release to go back to" in unit.state.reason


def test_rollback_by_hand(unit: Unit, capsys: pytest.CaptureFixture[str]) -> None:
    one = unit.install("1.0.0")
    assert unit.do("rollback") == 1
    assert "there is no earlier release" in capsys.readouterr().err
    unit.install("1.1.0")
    assert unit.do("rollback", "--if-trying") == 0
    assert unit.runs() == "1.1.0", "nothing is being tried"
    assert unit.do("rollback") == 0
    assert (unit.current, unit.runs(), dict(unit.state.failed)) == (one, "1.0.0", {})
    unit.install("1.2.0", epoch=9)
    assert unit.do("rollback") == 1
    assert "never goes below 9" in capsys.readouterr().err


def test_systemd_takes_a_release_back_that_is_being_tried(unit: Unit) -> None:
    one = unit.install("1.0.0")
    unit.do("stage", str(unit.bundle("1.1.0")))
    unit.do("activate")
    assert unit.do("rollback", "--if-trying", "--reason", "the start limit was hit.") == 0
    assert (unit.current, unit.state.reason) == (one, "the start limit was hit.")


def test_the_third_start_while_trying_is_the_last(unit: Unit) -> None:
    one = unit.install("1.0.0")
    unit.do("stage", str(unit.bundle("1.1.0")))
    unit.do("activate")
    unit.asked()
    for start in (1, 2, 3):
        started_again(unit)
        assert unit.do("boot-check") == 0
        assert unit.do("boot-check") == 0, "twice in one boot counts once"
        assert unit.runs() == ("1.1.0" if start < 3 else "1.0.0")
    assert (unit.current, unit.state.step) == (one, Step.ROLLED_BACK)
    assert set(unit.asked()) == {"daemon-reload"}, "the services are not started yet: a restart would wait for itself"


def test_verification_goes_on_after_a_start(unit: Unit) -> None:
    unit.install("1.0.0")
    unit.do("stage", str(unit.bundle("1.1.0")))
    unit.do("activate")
    started_again(unit)
    unit.do("boot-check")
    assert unit.state.boot_id == boot_id()
    assert unit.do("verify") == 0
    assert (unit.runs(), unit.state.step) == ("1.1.0", Step.COMMITTED)


@pytest.mark.parametrize("damage", [b"", b"\0" * 300, b"[]", b"{", b'{"step": "flying"}', b'{"step": "idle", "x": 1}'])
def test_a_damaged_state_file_harms_nothing(unit: Unit, damage: bytes) -> None:
    assert unit.do("boot-check") == 0
    save(unit.places, State(epoch=3))
    unit.places.state.write_bytes(damage)
    assert load(unit.places) == State()
    assert unit.do("boot-check") == 0


def test_the_epoch_outlives_the_state_file(unit: Unit, capsys: pytest.CaptureFixture[str]) -> None:
    unit.install("1.0.0", epoch=7)
    unit.places.state.unlink()
    assert unit.do("stage", str(unit.bundle("1.1.0", epoch=6))) == 1
    assert "never goes below 7" in capsys.readouterr().err


@pytest.mark.parametrize("loss", ["no link", "dangling link", "no mark"])
def test_a_lost_current_release_is_replaced_at_the_start(unit: Unit, loss: str) -> None:
    one = unit.install("1.0.0")
    two = unit.install("1.1.0")
    if loss == "no link":
        unit.places.previous.unlink()
        unit.places.current.unlink()
    elif loss == "dangling link":
        unit.places.release(two).rename(unit.places.root / "gone")
    else:
        (unit.places.release(two) / ".complete").unlink()
    assert unit.do("boot-check") == 0
    assert unit.current == (two if loss == "no link" else one)
    assert unit.runs() == ("1.1.0" if loss == "no link" else "1.0.0")


def test_old_releases_go_and_what_is_used_stays(unit: Unit) -> None:
    names = [unit.install(version) for version in ("1.0.0", "1.1.0", "1.2.0")]
    assert unit.places.all_releases() == names[1:]
    unit.do("stage", str(unit.bundle("1.3.0")))
    unit.do("stage", str(unit.bundle("1.4.0")))
    assert [name.partition("-")[0] for name in unit.places.all_releases()] == ["1.1.0", "1.2.0", "1.4.0"]
    assert unit.do("prune") == 0
    assert len(unit.places.all_releases()) == 3


def test_two_updaters_do_not_work_at_once(unit: Unit, capsys: pytest.CaptureFixture[str]) -> None:
    with locked(unit.places):
        assert unit.do("boot-check") == NOT_NOW
    assert "another mydesk-update is at work" in capsys.readouterr().err


def test_an_unsigned_bundle_is_not_even_unpacked(
    unit: Unit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unit.places.signers.write_bytes(signer(tmp_path / "stranger").signers.read_bytes())
    assert unit.do("stage", str(unit.bundle("1.0.0"))) == 1
    assert "signature is refused" in capsys.readouterr().err
    assert not unit.places.releases.exists()


@pytest.fixture
def socket_path() -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # a socket's path has 107 bytes
        yield f"{folder}/room.sock"


GOOD = {"state": "free", "frame_age_s": 1.0, "signed_in": True, "calendar_age_s": 20.0}


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (GOOD, ""),
        ({**GOOD, "frame_age_s": 60.0}, "no frame was drawn for 60 s."),
    ],
)
def test_the_app_must_work_as_before(unit: Unit, socket_path: str, after: dict[str, Any] | bytes, reason: str) -> None:
    one = unit.install("1.0.0")
    text = unit.places.settings.read_text().replace('control_socket = ""', f'control_socket = "{socket_path}"')
    unit.places.settings.write_text(text)
    unit.do("stage", str(unit.bundle("1.1.0")))
    with answering(socket_path, lambda: after if unit.current != one else GOOD):
        assert unit.do("activate") == 0
        assert unit.do("verify") == (1 if reason else 0)
    assert (unit.state.reason, unit.runs()) == (reason, "1.0.0" if reason else "1.1.0")


def test_nobody_is_disturbed(unit: Unit, socket_path: str, capsys: pytest.CaptureFixture[str]) -> None:
    one = unit.install("1.0.0")
    text = unit.places.settings.read_text().replace('control_socket = ""', f'control_socket = "{socket_path}"')
    unit.places.settings.write_text(text)
    unit.do("stage", str(unit.bundle("1.1.0")))
    with answering(socket_path, lambda: {"state": "busy"}):
        assert unit.do("activate") == NOT_NOW
        assert "a meeting runs (busy): not now" in capsys.readouterr().err
        assert (unit.current, unit.state.step) == (one, Step.STAGED)
        assert unit.do("activate", "--now") == 0
    assert unit.runs() == "1.1.0"


def test_only_so_many_failures_are_remembered() -> None:
    state = State()
    for number in range(MAX_FAILED + 5):
        state = state.with_failed(f"1.0.{number}-x", "why")
    assert list(state.failed) == [f"1.0.{number}-x" for number in range(5, MAX_FAILED + 5)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("soak_s = 0", "soak_s is 0"),
        ("users = 'x'", "users: no such key"),
        ("services = 'a'", "services is"),
        ("=", "update.toml"),
    ],
)
def test_wrong_settings_are_told(unit: Unit, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    unit.places.settings.write_text(text)
    assert unit.do("boot-check") == 1
    assert said in capsys.readouterr().err
