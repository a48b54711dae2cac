"""A panel in one file of the standard library: notifies systemd, feeds its watchdog, answers its control socket.

It goes into the wheel of a small release (tests.systemd.machine). What KIND says goes wrong with it; over its socket it
can be told to hang or to end, and to try what its sandbox should refuse.
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

KIND = "good"
VERSION = "0"
AGENT = False


def notify(text: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])


def status() -> dict[str, object]:
    age_s = 99.0 if KIND == "blind" else 0.5
    calendar_s = 4000.0 if KIND == "cut off" else 10.0
    return {"state": panel_state(), "frame_age_s": age_s, "calendar_age_s": calendar_s, "signed_in": True}


def panel_state() -> str:
    """What a test says goes on in the room."""
    try:
        return Path("/run/mydesk/room-state").read_text()
    except OSError:
        return "free"


def executable_memory() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


ATTEMPTS: dict[str, Callable[..., object]] = {
    "write": lambda path, text="x": Path(path).write_text(text),
    "read": lambda path: Path(path).read_bytes(),
    "link": lambda target, path: Path(path).symlink_to(target),
    "see": lambda pid: Path(f"/proc/{pid}").stat(),
    "socket": lambda family: socket.socket(getattr(socket, family), socket.SOCK_DGRAM).close(),
    "memory": executable_memory,
    "setuid": lambda: os.setuid(0),
    "nice": lambda: os.setpriority(os.PRIO_PROCESS, 0, -10),
    "host name": lambda: socket.sethostname("x"),
    "run": lambda *words: subprocess.run(words, check=True, capture_output=True, timeout=20),
    "clock": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
}


def attempt(what: str, *words: str) -> str:
    """Try one thing; "done", or the name of the error."""
    try:
        ATTEMPTS[what](*words)
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    except subprocess.CalledProcessError as error:
        return str(error.stderr.decode())
    return "done"


def answer(request: dict[str, object]) -> dict[str, object]:
    match request["op"]:
        case "status":
            return {"ok": True, "version": VERSION, "pid": os.getpid(), **status()}
        case "attempt":
            words = request["words"]
            assert isinstance(words, list)
            return {"ok": True, "came": attempt(*words)}
        case "hang":
            time.sleep(3600)
    os._exit(3)


def serve(path: str) -> None:
    """Until killed; the watchdog is fed between two requests."""
    Path(path).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server, selectors.DefaultSelector() as selector:
        server.bind(path)
        server.listen()
        selector.register(server, selectors.EVENT_READ)
        notify("READY=1\nSTATUS=on screen")
        began = time.monotonic()
        while True:
            if selector.select(0.2):
                link, _ = server.accept()
                with link:
                    link.sendall(json.dumps(answer(json.loads(link.recv(4096)))).encode() + b"\n")
            if KIND == "hangs" and time.monotonic() - began > 0.3:
                time.sleep(3600)
            if KIND == "crashes later" and time.monotonic() - began > 0.3:
                os._exit(3)
            notify("WATCHDOG=1")


def main() -> int:
    if sys.argv[1] == "check-config":
        return 4 if KIND == "refuses the settings" else 0
    if KIND == "does not start":
        return 5
    serve("/run/mydesk/agent.sock" if AGENT else "/run/mydesk/room.sock")
    return 0


def agent() -> int:
    global AGENT, KIND
    if sys.argv[1] == "check-outbox":
        return 6 if KIND == "cannot migrate" or not sys.stdin.buffer.read().startswith(b"SQLite format 3") else 0
    AGENT, KIND = True, "good"
    return main()
