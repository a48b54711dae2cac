"""Question and answer over an open link, blocking, for command-line tools; an app uses drivers.supervisor.

>>> codec = EscposCodec()                               # doctest: +SKIP
>>> ask(link, b"\\x10\\x04\\x01", lambda data: next(iter(codec.feed(data)), None), timeout_s=1.0)    # doctest: +SKIP
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import TypeVar

from drivers.errors import DeviceSilent
from drivers.link import FileLink

CHUNK_BYTES = 4096
PAUSE_S = 0.005

T = TypeVar("T")


def receive(link: FileLink, timeout_s: float) -> bytes:
    """Return what arrives first within `timeout_s`; b"" for nothing.

    Raises:
        LinkLost: the device went away.
    """
    _wait(link, select.POLLIN, timeout_s)
    return link.read_available()


def send(link: FileLink, data: bytes, timeout_s: float) -> None:
    """Hand all of `data` to the kernel; `timeout_s` is the longest pause between two parts of it.

    Raises:
        DeviceSilent: the device takes no more bytes.
        LinkLost: the device went away.
    """
    rest = memoryview(data)
    stalled_at_s = time.monotonic() + timeout_s
    while rest:
        taken = link.write(bytes(rest[:CHUNK_BYTES]))
        rest = rest[taken:]
        now_s = time.monotonic()
        if taken:
            stalled_at_s = now_s + timeout_s
        elif now_s < stalled_at_s:
            _wait(link, select.POLLOUT, stalled_at_s - now_s)
            time.sleep(PAUSE_S)  # some drivers call themselves writable while they take nothing
        else:
            hint = "Is it switched on, with paper in it and its cover closed?"
            raise DeviceSilent(f"{link.name} takes no bytes ({len(rest)} left).", hint=hint)


def ask(link: FileLink, request: bytes, answer: Callable[[bytes], T | None], *, timeout_s: float, tries: int = 2) -> T:
    """Send `request` until `answer`, which is fed with all that arrives, returns something; at most `tries` times.

    `timeout_s` is for one try. What arrives beside the answer (reports, echoes) is for `answer` to pass over.

    Raises:
        DeviceSilent: no answer.
        LinkLost: the device went away.
    """
    for _ in range(tries):
        send(link, request, timeout_s)
        end_s = time.monotonic() + timeout_s
        while (left_s := end_s - time.monotonic()) > 0:
            found = answer(receive(link, left_s))
            if found is not None:
                return found
    hint = "Check its power, its wires and its baud rate."
    raise DeviceSilent(f"{link.name} did not answer ({tries} tries of {timeout_s:g} s).", hint=hint)


def _wait(link: FileLink, events: int, timeout_s: float) -> None:
    poll = select.poll()
    poll.register(link.fileno(), events)
    poll.poll(timeout_s * 1000)
