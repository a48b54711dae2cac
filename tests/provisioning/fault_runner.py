"""Runs mydesk-update in forked children and breaks a step: killed, an exception, a hang, a full or read-only disk.

A step is a call that changes the disk or starts a program. The calls are counted from outside, so that the program
itself knows nothing of this. One line of JSON in, one out:

    {"words": [...], "fault": "kill", "when": "before", "step": 7, "boot": "boot-2"}
    {"code": -9, "steps": ["open update.json", "fsync", ...]}

As a process of its own, because a fork wants a process without threads.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from provisioning.on_unit import activation, mydesk_update, staging, state

PR_SET_CHILD_SUBREAPER = 36
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
GROWS = ("open", "write", "mkdir", "symlink", "fsync", "sync_file_system")
"""What a full disk refuses; removing and renaming still work."""

FAULTS = ("kill", "exception", "hang", "full", "read-only")
_NUMBERS = {"full": errno.ENOSPC, "read-only": errno.EROFS}


class InjectedError(Exception):
    """Error raised where nobody expects one."""


@dataclass(slots=True)
class Breaker:
    """Counts the steps, and breaks the one that was asked for; a disk that is full stays full."""

    fault: str
    when: str
    step: int
    hung: int
    steps: list[str] = field(default_factory=list)

    def wrap(self, name: str, call: Callable[..., Any], counts: Callable[..., bool] = lambda *_, **__: True) -> Any:
        def wrapped(*args: Any, **values: Any) -> Any:
            if not counts(*args, **values):
                return call(*args, **values)
            self.steps.append(f"{name} {Path(str(args[0])).name}" if args else name)
            self._break(name, "before")
            result = call(*args, **values)
            self._break(name, "after")
            return result

        return wrapped

    def _break(self, name: str, when: str) -> None:
        number = len(self.steps)
        if self.fault in _NUMBERS:
            refuses = name != "run" if self.fault == "read-only" else name in GROWS
            if refuses and (number > self.step or (number == self.step and when == self.when)):
                raise OSError(_NUMBERS[self.fault], os.strerror(_NUMBERS[self.fault]), name)
        elif number == self.step and when == self.when:
            if self.fault == "exception":
                raise InjectedError(name)
            if self.fault == "hang":
                os.write(self.hung, b"h")
                signal.pause()
            os.kill(os.getpid(), signal.SIGKILL)


def install(breaker: Breaker) -> None:
    """Put the breaker between the program and the system; in a child that ends afterwards."""
    calls = [(os, name) for name in ("fsync", "write", "replace", "symlink", "unlink", "rmdir", "mkdir", "chmod")]
    for module, name in (*calls, (staging, "sync_file_system")):
        setattr(module, name, breaker.wrap(name, getattr(module, name)))
    os.open = breaker.wrap("open", os.open, lambda path, flags, *_, **__: bool(flags & WRITING))
    io.open = breaker.wrap("open", io.open, lambda path, mode="r", *_, **__: _on_disk(path) and mode[0] in "wxa")
    subprocess.Popen = breaker.wrap("run", subprocess.Popen)  # type: ignore[misc]


def careless_point(link: Path, release: str) -> None:
    """What `places.point` must not be."""
    link.unlink(missing_ok=True)
    link.symlink_to(f"releases/{release}")


def _on_disk(path: object) -> bool:
    """Whether it is a name, not the number of a pipe."""
    return not isinstance(path, int)


def child(job: dict[str, Any], hung: int, told: int) -> None:
    """The forked process: never returns."""
    breaker = Breaker(job.get("fault", ""), job.get("when", "before"), job.get("step", 0), hung)
    write, leave = os.write, os._exit
    code = 70
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    if job.get("careless"):
        mock.patch.object(activation, "point", careless_point).start()
    if job.get("boot"):
        state._BOOT_ID = Path(job["boot"])
    try:
        tempfile.gettempdir()
        install(breaker)
        code = mydesk_update.main(job["words"])
    except SystemExit as error:
        code = int(error.code or 0)
    except InjectedError:
        code = 1
    finally:
        write(told, json.dumps(breaker.steps).encode())
        leave(code)


def run(job: dict[str, Any]) -> dict[str, Any]:
    """One job in a child; one that hangs is killed, as systemd does it, with all that it started."""
    hung_read, hung_write = os.pipe()
    told_read, told_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        child(job, hung_write, told_write)
    os.close(hung_write)
    os.close(told_write)
    if os.read(hung_read, 1):
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(told_read, "rb") as told:
        steps = told.read()
    os.close(hung_read)
    _, status = os.waitpid(pid, 0)
    end_orphans()
    return {"code": os.waitstatus_to_exitcode(status), "steps": json.loads(steps or b"[]")}


def end_orphans() -> None:
    """Kill and reap what a killed child had started; they came to us, the subreaper."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while pids := children.read_text().split():
        for pid in map(int, pids):
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def main() -> None:
    """Serve jobs until standard input ends."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
