"""systemd hears what is meant for it, through a real datagram socket."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.sd_notify import Notifier

Manager = tuple[socket.socket, str]
"""Where the manager listens, and the address that it tells."""


def filled(sender: socket.socket, address: str) -> int:
    """Send until it blocks; how many went out."""
    sender.setblocking(False)
    for count in range(100_000):
        try:
            sender.sendto(b"x", address)
        except BlockingIOError:
            return count
    raise AssertionError("the queue never fills")


def told_within(notifier: Notifier, seconds: float) -> list[bool]:
    """What the notifier answered, in time."""
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(notifier.watchdog()))
    thread.start()
    thread.join(seconds)
    return done


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.settimeout(2)
        link.bind("\0" + name if request.param == "abstract" else name)
        yield link, "@" + name if request.param == "abstract" else name


CALLS: list[tuple[Callable[[Notifier], bool], bytes]] = [
    (lambda notifier: notifier.ready(), b"READY=1"),
    (lambda notifier: notifier.ready("waiting for a display"), b"READY=1\nSTATUS=waiting for a display"),
    (lambda notifier: notifier.status("two\nlines\tand   gaps"), b"STATUS=two lines and gaps"),
    (lambda notifier: notifier.status("x" * 1000), b"STATUS=" + b"x" * 200),
    (lambda notifier: notifier.watchdog(), b"WATCHDOG=1"),
    (lambda notifier: notifier.stopping(), b"STOPPING=1"),
    (lambda notifier: notifier.extend_timeout(2.5), b"EXTEND_TIMEOUT_USEC=2500000"),
]


@pytest.mark.parametrize(("call", "heard"), CALLS)
def test_what_the_manager_hears(manager: Manager, call: Callable[[Notifier], bool], heard: bytes) -> None:
    link, address = manager
    assert call(Notifier({"NOTIFY_SOCKET": address})) is True
    assert link.recv(4096) == heard


@pytest.mark.parametrize("address", ["", "relative/path", "/nowhere/notify", "@nobody-listens-here", "/" + "x" * 500])
def test_nobody_there_is_no_error(address: str) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": address})
    assert [notifier.ready(), notifier.watchdog(), notifier.status("x"), notifier.stopping()] == [False] * 4


def test_an_empty_status_says_nothing(manager: Manager) -> None:
    assert Notifier({"NOTIFY_SOCKET": manager[1]}).status(" \n") is False


def test_a_manager_that_does_not_read_never_holds_the_caller_for_long(manager: Manager) -> None:
    """A full socket queue would block; the call gives up, and says so."""
    notifier = Notifier({"NOTIFY_SOCKET": manager[1]})
    address = manager[1].replace("@", "\0")
    with contextlib.ExitStack() as fillers:
        while filled(fillers.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)), address):
            pass  # what filled up was the sender's own buffer: another one still finds room
        done = told_within(notifier, 5)
    assert done == [False]


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    notifier = Notifier()
    assert notifier.watchdog_interval_s == 30
    assert notifier.ready() is False


PERIODS = [
    ({}, None),
    ({"WATCHDOG_USEC": "20000000"}, 20.0),
    ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())}, 20.0),
    ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}, None),
    ({"WATCHDOG_USEC": "0"}, None),
    ({"WATCHDOG_USEC": "soon"}, None),
    ({"WATCHDOG_USEC": "-5"}, None),
]


@pytest.mark.parametrize(("environment", "interval_s"), PERIODS)
def test_the_watchdog_period(environment: dict[str, str], interval_s: float | None) -> None:
    assert Notifier(environment).watchdog_interval_s == interval_s
