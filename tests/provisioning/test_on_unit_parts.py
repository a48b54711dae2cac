"""Parts of the updater on their own: unpacking wheels, judging an app, the sandbox, settings of the commands."""

from __future__ import annotations

import contextlib
import io
import stat
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provisioning.on_unit import health
from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.running import run, sandbox
from provisioning.on_unit.settings import Settings
from provisioning.on_unit.wheels import Unpacker, make_environment
from telemetry.who_is_busy import MEETING_STATES, REST_PAGES, who_is_busy

POINTS = "x-1.dist-info/entry_points.txt"


def unpacked(folder: Path, *files: tuple[str | zipfile.ZipInfo, str], budget: int = 10_000) -> Path:
    """A release with a wheel of `files`."""
    wheel, release = folder / "x-1.whl", folder / "release"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in files:
            archive.writestr(place, content)
    release.mkdir()
    Unpacker(release, make_environment(release, with_system_packages=False), budget).unpack([wheel])
    return release


def special(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("/tmp/outside.py", "")], "may not be in it"),
        ([("sub/../../x.py", "")], "may not be in it"),
        ([("..\\x.py", "")], "may not be in it"),
        ([(special("link", stat.S_IFLNK), "/etc/passwd")], "may not be in it"),
        ([(special("device", stat.S_IFCHR), "")], "may not be in it"),
        ([("a.py", "1"), ("a.py", "2")], "brings .*a.py once more"),
        ([("a.py", "x" * 10_001)], "larger than the manifest says"),
        ([("bomb.py", "\0" * 100_000_000)], "larger than the manifest says"),
        ([(POINTS, "[console_scripts]\n../x = a:b\n")], "is no command"),
        ([(POINTS, "[console_scripts]\nx = a; b\n")], "is no command"),
        ([(POINTS, "[console_scripts]\nx = a:b\n[console_scripts]\ny = a:b\n"), ("b/" + POINTS, "")], ""),
        ([(POINTS, "rubbish")], "entry_points.txt is wrong"),
        ([(POINTS, "[console_scripts]\npython = a:b\n")], "brings .*python once more"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_what_a_wheel_may_not_do(tmp_path: Path, files: list[tuple[str, str]], said: str) -> None:
    if not said:
        assert (unpacked(tmp_path, *files) / "bin/x").is_file()
        return
    with pytest.raises(UpdateError, match=said):
        unpacked(tmp_path, *files)
    assert {path.name for path in tmp_path.iterdir()} == {"x-1.whl", "release"}


def test_where_the_parts_of_a_wheel_go(tmp_path: Path) -> None:
    program = zipfile.ZipInfo("a/tool")
    program.external_attr = (stat.S_IFREG | 0o755) << 16
    release = unpacked(
        tmp_path,
        ("a/__init__.py", "A = 1\n"),
        (program, "#!/bin/sh\n"),
        ("x-1.data/platlib/b.py", ""),
        ("x-1.data/data/share/man/x.1", ""),
        ("x-1.data/data/.complete", ""),
        ("x-1.data/scripts/x", ""),
        (POINTS, "[console_scripts]\nx = a.cli:main [extra]\n"),
    )
    site = next(release.glob("lib/python3*/site-packages"))
    assert (site / "b.py").is_file()
    assert (site / "a/tool").stat().st_mode & 0o777 == 0o755
    assert (release / "share/man/x.1").is_file()
    assert not (release / ".complete").exists(), "no wheel says that a release is complete"
    assert (release / "bin/x").read_text() == (
        f"#!{release}/bin/python -I\nimport sys\nfrom a.cli import main\nsys.exit(main())\n"
    )


def test_a_damaged_wheel(tmp_path: Path) -> None:
    release, wheel = tmp_path / "release", tmp_path / "x-1.whl"
    release.mkdir()
    wheel.write_bytes(b"PK\x03\x04 rubbish")
    with pytest.raises(UpdateError, match=r"x-1\.whl is damaged"):
        Unpacker(release, release, 1000).unpack([wheel])


def wheel_bytes(compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        archive.writestr("a/__init__.py", "A = 1\n" * 40)
        archive.writestr(POINTS, "[console_scripts]\nx = a:b\n")
    return made.getvalue()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_wheel_is_compressed_as_wheels_are(tmp_path: Path, compression: int) -> None:
    with pytest.raises(UpdateError, match="may not be in it"):
        unpack_bytes(tmp_path, wheel_bytes(compression))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(wheel_bytes()) - 1), st.binary(max_size=6)), min_size=1, max_size=4))
@example([(44, b"\xff\xff\xff")])  # zlib.error
def test_no_damage_of_a_wheel_is_a_surprise(changes: list[tuple[int, bytes]]) -> None:
    """It is signed, so these come from a card that forgets, or from who builds it: our error, and nothing outside."""
    data = wheel_bytes()
    for place, new in changes:
        data = data[:place] + new + data[place + max(1, len(new)) :]
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.suppress(UpdateError):
            unpack_bytes(Path(folder), data)
        assert {path.name for path in Path(folder).iterdir()} == {"x-1.whl", "release"}


def unpack_bytes(folder: Path, data: bytes) -> None:
    release, wheel = folder / "release", folder / "x-1.whl"
    (release / "bin").mkdir(parents=True)
    wheel.write_bytes(data)
    Unpacker(release, release / "site", 10_000).unpack([wheel])


GOOD = {"frame_age_s": 1.0, "signed_in": True, "calendar_age_s": 20.0, "register": "ok", "outbox": "ok"}


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (GOOD, []),
        ({}, []),
        (None, ["the app does not answer"]),
        ({**GOOD, "frame_age_s": None}, []),
        ({**GOOD, "frame_age_s": 60.0}, ["no frame was drawn for 60 s"]),
        ({**GOOD, "signed_in": False}, ["no longer signed in"]),
        ({**GOOD, "calendar_age_s": None}, ["no longer calendar read"]),
        ({**GOOD, "calendar_age_s": 700.0}, ["no longer calendar read"]),
        ({**GOOD, "register": "locked"}, ["no longer visits kept"]),
        ({**GOOD, "outbox": "denied"}, ["no longer events kept"]),
    ],
)
def test_what_is_wrong_with_an_app(status: dict[str, Any] | None, found: list[str]) -> None:
    assert health.troubles(status, health.facts(GOOD)) == found


def test_what_was_broken_before_is_not_held_against_a_release() -> None:
    broken = {"signed_in": False, "calendar_age_s": None, "register": "locked", "outbox": "full"}
    assert health.troubles(broken, health.facts(broken)) == []
    assert health.troubles(broken, health.facts(None)) == []


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"state": "free"},
        {"state": "free", "presence": "occupied"},
        {"page": "Welcome"},
        {"page": "Photo"},
        {"page": "Welcome", "evacuation": True},
        *({"state": state} for state in sorted(MEETING_STATES)),
        *({"page": page} for page in sorted(REST_PAGES)),
    ],
)
def test_the_updater_and_the_agent_agree_who_is_busy(status: dict[str, Any]) -> None:
    """The updater imports nothing of ours that is in a release, so it has the rule once more."""
    assert bool(health.who_is_busy(status)) == bool(who_is_busy(status))


def test_the_self_test_has_no_network_and_writes_nowhere() -> None:
    command = sandbox("mydesk", ["/opt/mydesk/releases/x/bin/app", "--help"], 120)
    assert command[:2] == ["systemd-run", "--quiet"]
    assert command[-3:] == ["--", "/opt/mydesk/releases/x/bin/app", "--help"]
    assert {"--property=User=mydesk", "--property=PrivateNetwork=yes", "--property=ProtectSystem=strict"} < set(command)


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    with pytest.raises(UpdateError, match="did not end within"):
        run(["sh", "-c", f"sleep 600 & echo $! > {mark}; wait"], timeout_s=0.5)
    deadline = time.monotonic() + 5
    while alive(int(mark.read_text())):
        assert time.monotonic() < deadline, "the child was left running"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_commands_are_those_of_the_new_release() -> None:
    settings = Settings(self_test=("mydesk-room check-config '/etc/my desk/room.toml'",))
    assert settings.commands(Path("/opt/r")) == [["/opt/r/bin/mydesk-room", "check-config", "/etc/my desk/room.toml"]]
