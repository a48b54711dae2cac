"""An app that does nothing but tell: `python -m tests.chaos.telemetry_writer OUTBOX COUNT PER_S`, numbered from 1.

Exit code 1 when an event did not get into the outbox: what was never written there cannot be lost on the way.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from common.clock import SystemClock
from telemetry.outbox import Outbox
from telemetry.payloads import ActionEnded, Event, NoShow, RoomSample, SignInChanged, StrikeCounted

KINDS: tuple[Callable[[int], Event], ...] = (
    lambda number: ActionEnded("book", "done", took_ms=number),
    lambda number: NoShow("kept", freed_min=number),
    lambda number: RoomSample(light=number),
    lambda number: StrikeCounted(number),
    lambda number: SignInChanged("done", f"n{number}"),
)
_FIELDS = {"e/action": "took_ms", "e/no-show": "freed_min", "m/room": "light", "e/strike": "count"}


def event(number: int) -> Event:
    """The event of that number: five kinds in turn, so that a window becomes several messages."""
    return KINDS[number % len(KINDS)](number)


def number_of(topic: str, body: str) -> int | None:
    """The number of a row, None for one that was not written here."""
    values = msgspec.json.decode(body)
    if topic == "e/sign-in":
        return int(values["code"].removeprefix("n"))
    field = _FIELDS.get(topic)
    return None if field is None else int(values[field])


def write(path: Path, count: int, per_s: float) -> int:
    """Put `count` events into the outbox at `path`, at an even pace; returns how many were lost at that."""
    outbox = Outbox(path, SystemClock())
    began_s = time.monotonic()
    for number in range(1, count + 1):
        time.sleep(max(0.0, began_s + number / per_s - time.monotonic()))
        outbox.put(event(number))
    outbox.close(60.0)
    return outbox.state.lost


if __name__ == "__main__":
    sys.exit(1 if write(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])) else 0)
