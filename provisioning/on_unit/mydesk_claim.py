#!/usr/bin/python3
"""mydesk-claim: on a unit that waits to be claimed, an SSH banner proves that it booted from its own card.

`mydesk-fleet seed` puts this file (Python 3.11, standard library, no file of ours) and a claim token on the boot
partition. The first boot runs `first-boot`; each boot until the claim runs `banner`; the claim itself runs `done`.

The banner has the HMAC of the SSH host key's fingerprint under the token. Who reads it learns nothing, and who does
not have the token cannot make one for another key: `mydesk-fleet claim` compares it with the key that it was shown.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

BOOT_FOLDERS = ("boot/firmware", "boot")
SEED = "mydesk/seed.json"
TOKEN = "mydesk/claim-token"  # noqa: S105 - its place
STATE = "var/lib/mydesk-claim"
HOST_KEY = "etc/ssh/ssh_host_ed25519_key.pub"
BANNER = "etc/ssh/mydesk-claim.banner"
DROP_IN = "etc/ssh/sshd_config.d/10-mydesk-claim.conf"
PROGRAM = "usr/local/sbin/mydesk-claim"
SERVICE = "etc/systemd/system/mydesk-claim.service"
ENABLED = "etc/systemd/system/multi-user.target.wants/mydesk-claim.service"
UNIT = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
HEX_TOKEN = re.compile(r"[0-9a-f]{40}")
LINE = re.compile(r"MYDESK-CLAIM 1 ([a-z0-9-]{1,32}) (SHA256:[A-Za-z0-9+/]{43}) ([0-9a-f]{64})")
MOST_BYTES = 4096
SYSTEMCTL_TIMEOUT_S = 30

SERVICE_TEXT = f"""\
[Unit]
Description=MyDesk: SSH banner until this unit is claimed
After=local-fs.target regenerate_ssh_host_keys.service sshd-keygen.service
Before=ssh.service
ConditionPathExists=/{STATE}/token

[Service]
Type=oneshot
ExecStart=/{PROGRAM} banner

[Install]
WantedBy=multi-user.target
"""


class ClaimError(Exception):
    """Error raised when this unit cannot offer itself; the text says what to do."""


def proof(token: str, unit: str, fingerprint: str) -> str:
    """The HMAC-SHA256 that only who has the token (40 hex digits) can make, in hex."""
    message = "\0".join(("mydesk-claim 1", unit, fingerprint)).encode()
    return hmac.new(bytes.fromhex(token), message, hashlib.sha256).hexdigest()


def banner_line(token: str, unit: str, fingerprint: str) -> str:
    """What `LINE` matches."""
    return f"MYDESK-CLAIM 1 {unit} {fingerprint} {proof(token, unit, fingerprint)}"


def fingerprint_of(public_key: str) -> str:
    """SHA256:... of the text of a .pub file, as `ssh-keygen -lf` prints it. Raises ClaimError: it is none."""
    words = public_key.split()
    try:
        if len(words) < 2 or words[0] != "ssh-ed25519":
            raise ValueError(words[:1])
        digest = hashlib.sha256(base64.b64decode(words[1], validate=True)).digest()
    except ValueError as error:
        raise ClaimError(f"/{HOST_KEY} is no Ed25519 key. Make it anew: ssh-keygen -A") from error
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


class Unit:
    """The files of this machine, below `root`."""

    def __init__(self, root: Path, *, systemctl: bool) -> None:
        self.root = root
        self._systemctl = systemctl

    def first_boot(self) -> None:
        """Take the seed off the boot partition, where everybody can read it, and offer this unit from now on."""
        self._install()
        self._take_seed()
        if (self.root / HOST_KEY).is_file():
            self.banner()
        else:  # Bookworm makes its host keys on the boot after this one
            print("mydesk-claim: no host key yet; the banner comes with the next boot")  # noqa: T201

    def banner(self) -> None:
        """Write the banner for the host key that there is now, and have sshd show it."""
        self._take_seed()
        token = self._state("token")
        if token is None:
            raise ClaimError("there is no claim token: the unit was claimed, or was never seeded.")
        unit = self._state("unit") or ""
        if not HEX_TOKEN.fullmatch(token) or not UNIT.fullmatch(unit):
            raise ClaimError("the claim token is damaged. Seed the card anew: mydesk-fleet seed UNIT --again")
        key = fingerprint_of(_read(self.root / HOST_KEY) or "")
        text = f"This MyDesk unit waits to be claimed: mydesk-fleet claim {unit}\n{banner_line(token, unit, key)}\n"
        _write(self.root / BANNER, text, 0o644)
        _write(self.root / DROP_IN, f"Banner /{BANNER}\n", 0o644)
        self._reload("try-reload-or-restart", "ssh.service")

    def done(self) -> None:
        """Forget the token, for good: this unit is claimed. What is gone already is no error."""
        for boot in BOOT_FOLDERS:
            _remove(self.root / boot / TOKEN)
        for name in (f"{STATE}/token", DROP_IN, BANNER, ENABLED):
            _remove(self.root / name)
        self._reload("try-reload-or-restart", "ssh.service")

    def _install(self) -> None:
        _write(self.root / PROGRAM, Path(__file__).read_text("utf-8"), 0o755)
        _write(self.root / SERVICE, SERVICE_TEXT, 0o644)
        enabled = self.root / ENABLED
        enabled.parent.mkdir(parents=True, exist_ok=True)
        _remove(enabled)
        enabled.symlink_to(f"/{SERVICE}")
        self._reload("daemon-reload")

    def _take_seed(self) -> None:
        for boot in BOOT_FOLDERS:
            folder = self.root / boot
            seeded = (_read(folder / TOKEN) or "").split()
            if len(seeded) != 2:
                continue
            state = self.root / STATE
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            state.chmod(0o700)
            _write(state / "unit", seeded[0] + "\n", 0o600)
            _write(state / "token", seeded[1] + "\n", 0o600)
            if (folder / SEED).is_file():
                shutil.copyfile(folder / SEED, state / "seed.json")
            _remove(folder / TOKEN)

    def _state(self, name: str) -> str | None:
        text = _read(self.root / STATE / name)
        return None if text is None else text.strip()

    def _reload(self, *words: str) -> None:
        """A unit without systemd, or with sshd not running yet, has nothing to reload."""
        if self._systemctl:
            command = ("/usr/bin/systemctl", "--no-block", "--quiet", *words)
            subprocess.run(command, check=False, timeout=SYSTEMCTL_TIMEOUT_S)  # noqa: S603 - fixed words


def _read(path: Path) -> str | None:
    try:
        with path.open("r", encoding="ascii") as stream:
            return stream.read(MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        return ""


def _write(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), mode)
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    _sync(path.parent)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.exists():
        path.unlink()
        _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def main(arguments: list[str] | None = None) -> int:
    """0: done; 1: it failed, and standard error says why."""
    parser = argparse.ArgumentParser(prog="mydesk-claim", description="Offers this unit to mydesk-fleet claim.")
    parser.add_argument("command", choices=("first-boot", "banner", "done"))
    parser.add_argument("--root", type=Path, default=Path("/"), help="another root file system than this one's")
    chosen = parser.parse_args(arguments)
    unit = Unit(chosen.root, systemctl=chosen.root == Path("/"))
    try:
        {"first-boot": unit.first_boot, "banner": unit.banner, "done": unit.done}[chosen.command]()
    except (ClaimError, OSError, subprocess.SubprocessError) as error:
        print(f"mydesk-claim: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
