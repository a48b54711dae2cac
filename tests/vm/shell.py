"""SSH to a machine of the bench, with OpenSSH's own client and the fleet's own known_hosts."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

CONNECT_TIMEOUT_S = 20
RUN_TIMEOUT_S = 180.0


@dataclass(frozen=True)
class Shell:
    """Runs commands as root on the machine whose SSH is at `port`; `known_hosts` None takes any host key."""

    port: int
    user: str
    identity: Path
    known_hosts: Path | None = None
    unit: str = ""

    def command(self, words: str) -> list[str]:
        """The command line that runs `words`, for a shell, as root there."""
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": str(CONNECT_TIMEOUT_S),
            "IdentitiesOnly": "yes",
            "ServerAliveInterval": "10",
            "LogLevel": "ERROR",
            "StrictHostKeyChecking": "yes" if self.known_hosts else "no",
            "UserKnownHostsFile": str(self.known_hosts or "/dev/null"),
            "GlobalKnownHostsFile": "/dev/null",
        }
        options |= {"HostKeyAlias": self.unit} if self.unit else {}
        line = ["ssh", "-F", "none", "-p", str(self.port), "-i", str(self.identity)]
        for key, value in options.items():
            line += ["-o", f"{key}={value}"]
        whole = words if self.user == "root" else f"sudo -n sh -c {shlex.quote(words)}"
        return [*line, f"{self.user}@127.0.0.1", whole]

    def run(self, words: str, *, stdin: bytes = b"", timeout_s: float = RUN_TIMEOUT_S) -> str:
        """Run a command as root and return its output. Raises AssertionError: it failed."""
        done = self.try_run(words, stdin=stdin, timeout_s=timeout_s)
        said = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        assert done.returncode == 0, f"{words}: {done.returncode}\n{said[0][-2000:]}\n{said[1][-2000:]}"
        return said[0]

    def try_run(
        self, words: str, *, stdin: bytes = b"", timeout_s: float = RUN_TIMEOUT_S
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command as root, whatever comes of it; 255 is SSH itself."""
        return subprocess.run(self.command(words), input=stdin, capture_output=True, timeout=timeout_s, check=False)

    def answers(self) -> bool:
        """Whether somebody could sign in now."""
        try:
            return self.try_run("true", timeout_s=CONNECT_TIMEOUT_S + 20).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def put(self, path: str, data: bytes, mode: str = "644") -> None:
        """Write a file, as a whole."""
        place = shlex.quote(path)
        self.run(
            f"mkdir -p $(dirname {place}) && cat >{place}.new && chmod {mode} {place}.new && mv {place}.new {place}",
            stdin=data,
        )
