"""A unit as SSH sees it: OpenSSH's own sshd on loopback, over a small root file system of its own."""

from __future__ import annotations

import getpass
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provisioning.on_unit import mydesk_claim
from tests.ports import free_port

SSHD = Path("/usr/sbin/sshd")
START_TIMEOUT_S = 20.0
USER = getpass.getuser()

CONFIG = """\
ListenAddress 127.0.0.1:{port}
HostKey {root}/etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile {root}/authorized_keys
Banner {root}/etc/ssh/mydesk-claim.banner
ForceCommand {root}/command
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""

COMMAND = """\
#!/bin/sh
echo "$SSH_ORIGINAL_COMMAND" >>{root}/commands
test ! -e {root}/broken || {{ echo "No space left on device" >&2; exit 1; }}
case "$SSH_ORIGINAL_COMMAND" in
*mydesk-claim\\ done) exec {python} -I {claim} done --root {root} ;;
*) echo "said $SSH_ORIGINAL_COMMAND" ;;
esac
"""


@dataclass(frozen=True, slots=True)
class SshUnit:
    """One that runs. `identity` is a private key that it lets in."""

    root: Path
    port: int
    identity: Path

    @property
    def banner(self) -> Path:
        """What it shows before anybody signs in."""
        return self.root / mydesk_claim.BANNER

    def seed(self, unit: str, token: str) -> None:
        """Put a token onto its boot partition, and boot it."""
        place = self.root / "boot/firmware" / mydesk_claim.TOKEN
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{unit} {token}\n")
        assert mydesk_claim.main(["banner", "--root", str(self.root)]) == 0

    def forget(self) -> None:
        """As if it had never been seeded; and all commands succeed."""
        assert mydesk_claim.main(["done", "--root", str(self.root)]) == 0
        (self.root / "broken").unlink(missing_ok=True)
        (self.root / "commands").unlink(missing_ok=True)

    @property
    def commands(self) -> list[str]:
        """What it was asked to run."""
        path = self.root / "commands"
        return path.read_text().splitlines() if path.exists() else []


@contextmanager
def ssh_unit() -> Iterator[SshUnit]:
    """Start one, and end it."""
    with tempfile.TemporaryDirectory(prefix="mydesk-sshd-", dir="/var/tmp") as folder:
        unit = _prepare(Path(folder))
        log = unit.root / "sshd.log"
        with log.open("wb") as stream:
            command = [str(SSHD), "-D", "-e", "-f", str(unit.root / "sshd_config")]
            sshd = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=stream)
            try:
                _wait_for(unit.port, sshd, log)
                yield unit
            finally:
                sshd.terminate()
                sshd.wait(timeout=20)


def _prepare(root: Path) -> SshUnit:
    root.chmod(0o755)
    (root / "etc/ssh").mkdir(parents=True)
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True) if os.geteuid() == 0 else None
    for path in (root / "etc/ssh/ssh_host_ed25519_key", root / "identity"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True, timeout=20)
    (root / "authorized_keys").write_text((root / "identity.pub").read_text())
    port = free_port()
    (root / "sshd_config").write_text(CONFIG.format(port=port, root=root))
    python, claim = shlex.quote(sys.executable), shlex.quote(mydesk_claim.__file__)
    (root / "command").write_text(COMMAND.format(root=root, python=python, claim=claim))
    (root / "command").chmod(0o755)
    return SshUnit(root, port, root / "identity")


def _wait_for(port: int, sshd: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert sshd.poll() is None, log.read_text()
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError(f"sshd does not listen: {log.read_text()}")
