"""mydesk-fleet bundle: a checkout in, a signed bundle out; errors that say what to do."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from provisioning.bundle_lock import LockError, Target, pins
from provisioning.bundle_wheels import WheelError, download, last_commit_s, name_in_bundle
from provisioning.cli import app
from tests.provisioning.bundle_kit import native_target, signer, small_bundle
from tests.provisioning.unit_kit import make_unit, unit_folder

ROOT = Path(__file__).parents[2]
RUN = CliRunner()


def test_sign_and_verify(tmp_path: Path) -> None:
    path, ours = small_bundle(tmp_path), signer(tmp_path)
    signed = RUN.invoke(app, ["bundle", "sign", str(path), "--key", str(ours.key)])
    assert (signed.exit_code, "Then: mydesk-fleet bundle verify" in signed.output) == (0, True)
    good = RUN.invoke(app, ["bundle", "verify", str(path), "--signers", str(ours.signers), "--json"])
    assert json.loads(good.output)["manifest"]["version"] == "1.0.0"
    other = signer(tmp_path, "other")
    bad = RUN.invoke(app, ["bundle", "verify", str(path), "--signers", str(other.signers)])
    assert (bad.exit_code, "the signature is refused" in bad.output) == (1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--source", "nowhere"], "Use --source"),
        (["--epoch", "-1"], "epoch"),
        (["--python", "2.7"], "2.7"),
        (["--architecture", "sparc"], "sparc"),
    ],
)
def test_wrong_words_of_build(tmp_path: Path, words: list[str], said: str) -> None:
    done = RUN.invoke(app, ["bundle", "build", "--out", str(tmp_path), *words])
    assert done.exit_code in (1, 2)
    assert said in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("epoch", ["", "yesterday", "-5", "99999999999"])
def test_source_date_epoch_is_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epoch: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    done = RUN.invoke(app, ["bundle", "build", "--out", str(tmp_path), "--source", str(ROOT)])
    assert (done.exit_code, "whole seconds since 1970" in done.output) == (1, True)


LOCK = """# a comment
here==1.0 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
old==2.0 ; python_full_version < '3.13' \\
    --hash=sha256:{a}
windows==3.0 ; sys_platform == 'win32' \\
    --hash=sha256:{a}
""".format(a="a" * 64, b="b" * 64)


@pytest.mark.parametrize(
    ("target", "names"),
    [(Target("3.11", "aarch64"), ["here", "old"]), (Target("3.13", "aarch64"), ["here"])],
)
def test_markers_are_read_for_the_unit_not_for_this_machine(target: Target, names: list[str]) -> None:
    found = pins(LOCK, target)
    assert [one.name for one in found] == names
    assert found[0].requirement == f"here==1.0 --hash=sha256:{'a' * 64} --hash=sha256:{'b' * 64}"


@pytest.mark.parametrize("line", ["name", "name>=1", "name==1", "-r other.txt", "--index-url x", "git+x@y#egg=z"])
def test_a_lock_pins_every_file(line: str) -> None:
    with pytest.raises(LockError, match="pins no file"):
        pins(line, native_target())


def test_our_lock_is_good_for_every_target() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    for target in (Target(python, cpu) for python in ("3.11", "3.13") for cpu in ("aarch64", "x86_64")):
        names = {pin.name for pin in pins(lock, target)}
        assert {"kivy", "msal", "paho-mqtt"} < names
        assert not any("win32" in name or name.startswith("kivy-deps") for name in names)
        assert ("lgpio" in names) == (target.python == "3.11"), "decision 0006"


def test_unknown_targets() -> None:
    with pytest.raises(LockError, match=r"no bundles for Python 3\.12 on armv7l"):
        Target("3.12", "armv7l")


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("Kivy-2.3.1-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl", "wheels/kivy-2.3.1.whl"),
        ("ruamel.yaml-0.18-py3-none-any.whl", "wheels/ruamel_yaml-0.18.whl"),
        ("gpiozero-2.0.1.post3-py3-none-any.whl", "wheels/gpiozero-2.0.1.post3.whl"),
    ],
)
def test_names_in_a_bundle(file: str, place: str) -> None:
    assert name_in_bundle(Path(file)) == place


def test_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(WheelError, match="git"):
        last_commit_s(tmp_path)


@pytest.mark.slow
def test_a_wheel_that_is_not_in_the_lock_is_not_taken(tmp_path: Path) -> None:
    wrong = pins(f"idna==3.20 --hash=sha256:{'0' * 64}", native_target())
    with pytest.raises(WheelError, match=r"pip download failed"):
        download(wrong, native_target(), tmp_path)


@pytest.mark.slow
def test_the_real_release_is_built_twice_alike_and_runs_on_a_unit(tmp_path: Path) -> None:
    """All wheels of the lock, our own from this checkout; staged by the updater, and its commands really start."""
    target, ours, source = native_target(), signer(tmp_path), tmp_path / "source"
    subprocess.run(["git", "clone", "-q", "--shared", str(ROOT), str(source)], check=True)
    words = [
        "bundle",
        "build",
        "--source",
        str(source),
        "--python",
        target.python,
        "--architecture",
        target.architecture,
    ]
    paths = []
    for name in ("one", "two"):
        done = RUN.invoke(app, [*words, "--out", str(tmp_path / name), "--wheels", str(tmp_path / "wheels"), "--json"])
        assert done.exit_code == 0, done.output
        paths.append(Path(json.loads(done.output)["bundle"]))
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert RUN.invoke(app, ["bundle", "sign", str(paths[0]), "--key", str(ours.key)]).exit_code == 0
    with unit_folder() as folder:
        unit = make_unit(folder, ours)
        text = unit.places.settings.read_text().replace('"app"', '"mydesk-room --help", "mydesk-kiosk --help"')
        unit.places.settings.write_text(
            text.replace('"app.service"', "").replace("self_test_s = 20", "self_test_s = 120")
        )
        assert [unit.do("stage", str(paths[0])), unit.do("activate"), unit.do("commit")] == [0, 0, 0]
        agent = unit.places.current / "bin/mydesk-agent"
        done_there = subprocess.run([agent, "--help"], capture_output=True, text=True, check=True, timeout=120)
        assert "Usage: mydesk-agent" in done_there.stdout
        python = unit.places.current / "bin/python"
        code = "import kivy, sys, roomdisplay; print(kivy.__file__, roomdisplay.__file__, sys.prefix)"
        environment = {**os.environ, "KIVY_NO_ARGS": "1", "KIVY_NO_FILELOG": "1", "HOME": str(tmp_path)}
        found = subprocess.run(
            [python, "-I", "-c", code], capture_output=True, text=True, check=True, env=environment, timeout=120
        )
    assert all(word.startswith(str(unit.places.current)) for word in found.stdout.split()), found.stdout
