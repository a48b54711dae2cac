"""The file on the unit: takes the token off the boot partition, shows the proof, and forgets when it is told."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.known_hosts import HostKey
from provisioning.on_unit import mydesk_claim
from provisioning.on_unit.mydesk_claim import BANNER, DROP_IN, ENABLED, LINE, PROGRAM, SERVICE, STATE, TOKEN
from tests.provisioning.fleet_kit import KEY

SECRET = "0123456789" * 4
OTHER_KEY = KEY.replace("hRRr", "hRRs")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("boot/firmware/mydesk", "etc/ssh"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "boot/firmware" / TOKEN).write_text(f"ada {SECRET}\n")
    (tmp_path / "boot/firmware/mydesk/seed.json").write_text("{}")
    (tmp_path / mydesk_claim.HOST_KEY).write_text(KEY + "\n")
    return tmp_path


def ran(root: Path, command: str) -> int:
    return mydesk_claim.main([command, "--root", str(root)])


def shown(root: Path) -> tuple[str, ...]:
    lines = [LINE.fullmatch(line) for line in (root / BANNER).read_text().splitlines()]
    (found,) = [line for line in lines if line]
    return found.groups()


def test_the_first_boot_takes_the_token_where_only_root_reads_it(root: Path) -> None:
    assert ran(root, "first-boot") == 0
    assert not (root / "boot/firmware" / TOKEN).exists()
    assert (root / STATE).stat().st_mode & 0o777 == 0o700
    assert (root / STATE / "token").stat().st_mode & 0o777 == 0o600
    assert (root / STATE / "seed.json").read_text() == "{}"
    assert (root / DROP_IN).read_text() == f"Banner /{BANNER}\n"
    assert (root / ENABLED).readlink() == Path(f"/{SERVICE}")
    assert (root / PROGRAM).read_text() == Path(mydesk_claim.__file__).read_text()


def test_the_proof_is_of_its_own_key(root: Path) -> None:
    ran(root, "first-boot")
    fingerprint = HostKey.parse(KEY).fingerprint
    assert shown(root) == ("ada", fingerprint, mydesk_claim.proof(SECRET, "ada", fingerprint))
    assert SECRET not in (root / BANNER).read_text()


def test_a_key_made_anew_has_a_new_proof_after_the_next_boot(root: Path) -> None:
    """Bookworm makes its host keys on the boot after the first one."""
    (root / mydesk_claim.HOST_KEY).unlink()
    assert ran(root, "first-boot") == 0
    assert not (root / BANNER).exists()
    for key in (KEY, OTHER_KEY):
        (root / mydesk_claim.HOST_KEY).write_text(key)
        assert ran(root, "banner") == 0
        assert shown(root)[1] == HostKey.parse(key).fingerprint


def test_done_leaves_no_token_and_no_banner(root: Path) -> None:
    ran(root, "first-boot")
    for _ in range(2):
        assert ran(root, "done") == 0
        assert not any((root / name).exists() for name in (BANNER, DROP_IN, f"{STATE}/token"))
        assert not (root / ENABLED).is_symlink()
        assert not any(SECRET in path.read_text() for path in root.rglob("*") if path.is_file())


def test_done_before_the_token_was_taken(root: Path) -> None:
    assert ran(root, "done") == 0
    assert not (root / "boot/firmware" / TOKEN).exists()


def test_a_new_card_in_a_unit_that_was_claimed(root: Path) -> None:
    ran(root, "first-boot")
    ran(root, "done")
    (root / "boot/firmware" / TOKEN).write_text(f"eva {SECRET}\n")
    assert ran(root, "first-boot") == 0
    assert shown(root)[0] == "eva"


def test_the_older_place_of_the_boot_partition(root: Path) -> None:
    (root / "boot/firmware").rename(root / "boot2")
    (root / "boot").rmdir()
    (root / "boot2").rename(root / "boot")
    assert ran(root, "first-boot") == 0
    assert shown(root)[0] == "ada"


BAD: dict[str, tuple[str, str, str]] = {
    "no token": (TOKEN, "", "there is no claim token"),
    "half a token": (TOKEN, "ada", "there is no claim token"),
    "short": (TOKEN, "ada 0123", "the claim token is damaged"),
    "unit with a path": (TOKEN, f"../ada {SECRET}", "the claim token is damaged"),
    "unit with capitals": (TOKEN, f"Ada {SECRET}", "the claim token is damaged"),
    "not ASCII": (TOKEN, f"æda {SECRET}", "there is no claim token"),
    "no key": ("", "", "is no Ed25519 key. Make it anew: ssh-keygen -A"),
    "a broken key": ("", "ssh-ed25519 %%%", "is no Ed25519 key"),
    "an RSA key": ("", KEY.replace("ssh-ed25519", "ssh-rsa"), "is no Ed25519 key"),
}


@pytest.mark.parametrize(("place", "text", "message"), BAD.values(), ids=list(BAD))
def test_what_is_wrong_is_told(
    root: Path, place: str, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "boot/firmware" / place if place else root / mydesk_claim.HOST_KEY).write_text(text)
    assert ran(root, "banner") == 1
    assert message in capsys.readouterr().err
    assert not (root / BANNER).exists()


def test_a_link_in_the_way_is_not_followed(root: Path) -> None:
    victim = root / "victim"
    victim.write_text("mine")
    (root / STATE).mkdir(parents=True)
    for place in (root / STATE / "token.new", root / STATE / "token", root / (BANNER + ".new")):
        place.symlink_to(victim)
    assert ran(root, "first-boot") == 0
    assert victim.read_text() == "mine"
    assert shown(root)[0] == "ada"


@pytest.mark.slow
def test_killed_anywhere_it_goes_on_with_the_same_command(root: Path) -> None:
    """It is killed at its n-th rename, unlink or fsync, for each n until it gets through; no token is ever lost."""
    script = (
        "import os, runpy, sys\n"
        "left = int(sys.argv.pop(1))\n"
        "def hook(event, arguments):\n"
        "    global left\n"
        "    if event in ('os.rename', 'os.remove', 'open') and sys.argv[3] in str(arguments[0]):\n"
        "        left -= 1\n"
        "        if left < 0: os._exit(9)\n"
        "sys.addaudithook(hook)\n"
        "runpy.run_path(sys.argv.pop(1), run_name='__main__')\n"
    )
    killed = 0
    for number in range(60):
        command = [sys.executable, "-c", script, str(number), mydesk_claim.__file__, "first-boot", "--root", str(root)]
        done = subprocess.run(command, timeout=20, check=False, capture_output=True)
        assert done.returncode in (0, 9), done.stderr
        killed += done.returncode == 9
        copies = [path for path in (root / "boot/firmware" / TOKEN, root / STATE / "token") if path.exists()]
        assert any(SECRET in path.read_text() for path in copies)
    assert killed > 20
    assert ran(root, "banner") == 0
    assert shown(root)[0] == "ada"


def test_it_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(mydesk_claim.__file__).read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
