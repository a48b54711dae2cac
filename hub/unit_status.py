"""Which of two statuses of a unit is the newer: a will is published late, when the unit may long be back. Pure."""

from __future__ import annotations

from telemetry.messages import Status


def supersedes(fresh: Status, last: Status | None) -> bool:
    """Whether `fresh` tells something newer than `last`, by boot and connect counter.

    Within a boot the counter decides. Of another boot, an "online" is always newer: the broker keeps the order of what
    one unit sends. A "lost" or "offline" of another boot is newer only if its own clock says so.
    """
    if last is None:
        return True
    if fresh.boot == last.boot:
        return fresh.n >= last.n
    return fresh.s == "online" or fresh.ts > last.ts > 0
