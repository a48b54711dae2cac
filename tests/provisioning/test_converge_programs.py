"""The two programs that run on units: run here below a folder, as a unit's own Python would run them."""

from __future__ import annotations

import base64
import getpass
import grp
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from provisioning import converge_put
from provisioning.converge_programs import program
from provisioning.converge_wire import After, CertificateWish, Facts, Look, Put, UnitFile

ME = getpass.getuser()
GROUP = grp.getgrgid(os.getgid()).gr_name
PENDING = "var/lib/mydesk-provision/pending.json"


def own(path: str, text: str, mode: int = 0o644, check: tuple[str, ...] = ()) -> UnitFile:
    return UnitFile(path=path, content=text.encode(), mode=mode, owner=ME, group=GROUP, check=check)


def asked(root: Path, request: Any) -> bytes:
    """As it is sent, but for another root."""
    return json.dumps({**json.loads(msgspec.json.encode(request)), "root": str(root)}).encode()


def run(name: Any, root: Path, request: Any) -> subprocess.CompletedProcess[bytes]:
    """With the words that go over SSH."""
    words = [sys.executable, *program(name)[1:]]
    return subprocess.run(words, input=asked(root, request), capture_output=True, timeout=60, check=False)


def put(root: Path, request: Put) -> subprocess.CompletedProcess[bytes]:
    return run("converge_put", root, request)


def look(root: Path, request: Look) -> Facts:
    done = run("converge_look", root, request)
    assert done.returncode == 0, done.stderr.decode()
    return msgspec.json.decode(done.stdout, type=Facts)


NOTHING = Look(files={}, folders=(), users=(), groups=(), services=(), certificate=None)


def test_a_file_is_written_with_rights_and_nothing_is_left(tmp_path: Path) -> None:
    assert put(tmp_path, Put(files=(own("/etc/mydesk/a.toml", "a = 1\n", 0o640),))).returncode == 0
    path = tmp_path / "etc/mydesk/a.toml"
    assert (path.read_text(), path.stat().st_mode & 0o7777) == ("a = 1\n", 0o640)
    assert [one.name for one in path.parent.iterdir()] == ["a.toml"]
    assert not (tmp_path / PENDING).exists()


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/a").symlink_to(target)
    assert put(tmp_path, Put(files=(own("/etc/a", "a"),))).returncode == 0
    assert (target.read_text(), (tmp_path / "etc/a").read_text()) == ("precious", "a")
    assert not (tmp_path / "etc/a").is_symlink()


def test_what_the_check_refuses_does_not_arrive(tmp_path: Path) -> None:
    put(tmp_path, Put(files=(own("/a", "old"),)))
    check = ("sh", "-c", 'grep -q good "$0" || { echo "no good in $0" >&2; exit 1; }', "{}")
    done = put(tmp_path, Put(files=(own("/a", "bad", check=check),)))
    assert done.returncode == 1
    assert f"{tmp_path}/a stays as it was" in done.stderr.decode()
    assert "no good in" in done.stderr.decode()
    assert [one.name for one in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"
    assert put(tmp_path, Put(files=(own("/a", "good", check=check),))).returncode == 0
    assert (tmp_path / "a").read_text() == "good"


FAULTS = {
    "no such user": (Put(files=(UnitFile(path="/a", content=b"", owner="nobody-of-that-name"),)), "no user nobody-of"),
    "a folder is in the way": (Put(files=(own("/etc", "x"),)), "etc"),
    "a command fails": (Put(run=(("sh", "-c", "echo why >&2; exit 3"),)), "failed (3): why"),
    "no such program": (Put(run=(("/no/such/program",),)), "there is no /no/such/program on it"),
    "it takes too long": (Put(run=(("sleep", "60"),), timeout_s=0.2), "sleep did not end within 0.2 s"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "etc/inner").mkdir(parents=True)
    request, text = FAULTS[name]
    done = put(tmp_path, request)
    assert (done.returncode, text in done.stderr.decode()) == (1, True), done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_what_comes_after_is_noted_until_it_is_done(tmp_path: Path) -> None:
    failing = After(name="device rules", command=("false",), running=False, noted=True)
    done = put(tmp_path, Put(files=(own("/a", "a"),), after=(failing,)))
    assert done.returncode == 1
    assert json.loads((tmp_path / PENDING).read_text()) == ["device rules"]
    assert look(tmp_path, NOTHING).pending == ("device rules",)
    well = After(name="device rules", command=("touch", str(tmp_path / "reloaded")), running=False, noted=True)
    assert put(tmp_path, Put(after=(well,))).returncode == 0
    assert (tmp_path / "reloaded").exists()
    assert look(tmp_path, NOTHING).pending == ()


def test_what_needs_systemd_waits_for_the_next_start_where_it_does_not_run(tmp_path: Path) -> None:
    after = After(name="x", command=("touch", str(tmp_path / "done")), noted=True)
    assert put(tmp_path, Put(after=(after,))).returncode == 0
    assert not (tmp_path / "done").exists()
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    assert put(tmp_path, Put(after=(after,))).returncode == 0
    assert (tmp_path / "done").exists()


def test_what_a_command_tells_is_passed_on_as_one_line(tmp_path: Path) -> None:
    said = ("sh", "-c", 'printf \'{\n "waits": "a meeting"\n}\n\'')
    both = tuple(After(name="x", command=said, running=False, tells=tells) for tells in (False, True))
    assert put(tmp_path, Put(after=both)).stdout == b'{ "waits": "a meeting" }\n'


def test_facts_of_files_folders_and_users(tmp_path: Path) -> None:
    put(tmp_path, Put(files=(own("/right", "right"), own("/wrong", "wrong"))))
    (tmp_path / "link").symlink_to("right")
    right = hashlib.sha256(b"right").hexdigest()
    names = {"/right": right, "/wrong": right, "/link": right, "/missing": right}
    facts = look(tmp_path, Look(files=names, folders=("/", "/no"), users=(ME, "no-such-user"), groups=(GROUP, "nope"),
                                services=(), certificate=None))  # fmt: skip
    assert facts.files["/right"] is not None
    assert (facts.files["/right"].text, facts.files["/right"].sha256) == (None, right)
    assert facts.files["/wrong"] is not None
    assert (facts.files["/wrong"].text, facts.files["/wrong"].owner) == ("wrong", ME)
    assert (facts.files["/link"], facts.files["/missing"], facts.folders["/no"]) == (None, None, None)
    assert (facts.users, list(facts.groups)) == ((ME,), [GROUP])
    assert facts.python == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_a_release_counts_when_it_is_complete(tmp_path: Path) -> None:
    release = tmp_path / "opt/mydesk/releases/1.0.0-abc"
    release.mkdir(parents=True)
    (tmp_path / "opt/mydesk/current").symlink_to("releases/1.0.0-abc")
    assert look(tmp_path, NOTHING).current == ""
    (release / ".complete").touch()
    assert look(tmp_path, NOTHING).current == "1.0.0-abc"


def test_no_certificate_is_told_as_none(tmp_path: Path) -> None:
    wish = CertificateWish(certificate="/u.pem", key="/u.key", ca="/ca.pem", ca_fingerprint="sha256:0")
    facts = look(tmp_path, Look(files={}, folders=(), users=(), groups=(), services=(), certificate=wish))
    assert facts.certificate is not None
    assert (facts.certificate.certificate, facts.certificate.has_key) == ("", False)


class Cut(BaseException):
    """The power goes."""


CALLS = ("open", "fsync", "fchmod", "fchown", "sync", "mkdir", "rename", "unlink")


@pytest.fixture
def cut_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make the n-th call that changes a disk the last one; -1: none."""
    count = [0, -1]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any, **named: Any) -> Any:
            count[0] += 1
            if count[0] - 1 == count[1]:
                raise Cut
            return real(*words, **named)

        return call

    for name in CALLS:
        monkeypatch.setattr(os, name, counted(getattr(os, name)))

    def arm(step: int) -> None:
        count[:] = [0, step]

    return arm


def test_cut_off_anywhere_the_same_again_ends_where_it_would_have(
    cut_at: Callable[[int], None], tmp_path: Path
) -> None:
    """Old or new after each cut, never half a file; what comes after is done in the end. Rights are there with it."""
    request = {
        "files": [
            {"path": path, "content": base64.b64encode(b"new" * 9999).decode(), "mode": 0o640, "owner": ME,
             "group": GROUP, "plain": False, "check": []} for path in ("/etc/a", "/etc/deep/b")
        ],
        "absent": [], "first": [], "run": [], "timeout_s": 10.0,
        "after": [{"name": "count", "command": ["true"], "running": False, "noted": True, "tells": False}],
    }  # fmt: skip
    step, ended = 0, False
    while not ended:
        root = tmp_path / str(step)
        (root / "etc").mkdir(parents=True)
        (root / "etc/a").write_bytes(b"old")
        cut_at(step)
        try:
            converge_put.put(request, root)
            ended = True
        except Cut:
            cut_at(-1)
            assert (root / "etc/a").read_bytes() in (b"old", b"new" * 9999)
            if (root / "etc/a").read_bytes() != b"old":
                assert "count" in converge_put.noted(root) or (root / "etc/deep/b").exists()
            converge_put.put(request, root)
        cut_at(-1)
        for path in ("etc/a", "etc/deep/b"):
            assert (root / path).read_bytes() == b"new" * 9999
            assert (root / path).stat().st_mode & 0o7777 == 0o640
        assert converge_put.noted(root) == set()
        step += 1
    assert step > 20
