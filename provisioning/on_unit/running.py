"""Runs other programs, always with an end."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from provisioning.on_unit.errors import UpdateError

SYSTEMD = Path("/run/systemd/system")
MAX_SAID = 300
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/"}
_SANDBOX = (
    "NoNewPrivileges=yes",
    "PrivateDevices=yes",
    "PrivateNetwork=yes",
    "PrivateTmp=yes",
    "ProtectHome=yes",
    "ProtectSystem=strict",
    "MemoryMax=768M",
    "TasksMax=128",
)


def run(command: Sequence[str], *, timeout_s: float, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run `command` with `data` on its standard input.

    Raises:
        UpdateError: it is not there, or did not end in time; it and its children are killed then.
    """
    return _finished(command, timeout_s, data, user=None)


def run_as(
    user: str, command: Sequence[str], *, timeout_s: float, data: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run `command` with `data` on its standard input as `user`, who can change nothing here: in systemd's sandbox
    where systemd runs.

    Raises:
        UpdateError: as for `run`.
    """
    if SYSTEMD.is_dir():
        return _finished(sandbox(user, command, timeout_s), timeout_s + 10, data, user=None)
    return _finished(command, timeout_s, data, user=user if os.geteuid() == 0 else None)


def sandbox(user: str, command: Sequence[str], timeout_s: float) -> list[str]:
    """Return the command that runs `command` as a transient unit without network, devices and rights to write.

    Source: systemd-run(1), systemd.exec(5).
    """
    properties = (f"User={user}", f"RuntimeMaxSec={timeout_s:g}", *_SANDBOX)
    words = ["systemd-run", "--quiet", "--wait", "--pipe", "--collect"]
    return [*words, *(f"--property={one}" for one in properties), "--", *command]


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the end of what a program said, on one line."""
    lines = (done.stderr + done.stdout).decode("utf-8", "replace").split("\n")
    return "; ".join(line.strip() for line in lines if line.strip()).strip("; .")[-MAX_SAID:]


def _finished(
    command: Sequence[str], timeout_s: float, data: bytes, *, user: str | None
) -> subprocess.CompletedProcess[bytes]:
    environment = _ENVIRONMENT | {"PATH": os.environ.get("PATH", _ENVIRONMENT["PATH"])}
    pipe = subprocess.PIPE
    try:
        rights = {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": ()}
        process = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603 - our own words, no shell
            list(command), stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True, env=environment, **rights
        )
    except (OSError, LookupError) as error:
        raise UpdateError(f"{command[0]} cannot be run: {error}. Provision the unit again.") from error
    with process:
        try:
            out, err = process.communicate(data, timeout_s)
        except subprocess.TimeoutExpired as error:
            _kill(process.pid)
            raise UpdateError(f"{command[0]} did not end within {timeout_s:g} s.") from error
        except BaseException:
            _kill(process.pid)
            raise
    return subprocess.CompletedProcess(list(command), process.returncode, out, err)


def _kill(group: int) -> None:
    """End a program with all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
