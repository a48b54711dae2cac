"""What on a unit is not as the inventory says: the very plan of a provisioning, told and not done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncssh
import msgspec

import provisioning
from provisioning.converge_plan import look_for, steps
from provisioning.converge_wire import Facts, Wish
from provisioning.fleet_error import FleetError
from provisioning.plain_text import plain, plain_line
from provisioning.restart_waits import restart_waits
from provisioning.unit_commands import ask

__all__ = ["Drift", "drift_of", "most_common_release"]

MOST_BYTES: Final = 16 << 20
_LOOKS: Final = Path(provisioning.__file__).parent / "converge_look.py"


@dataclass(frozen=True, slots=True)
class Drift:
    """`changes` are what a provisioning would do, by operation; `diff` has no secret in it. All texts are plain."""

    changes: tuple[str, ...]
    diff: str
    release: str
    restart_waits: str = ""
    """Whom the restart would disturb that new settings wait for; no drift, it follows by itself."""


async def drift_of(connection: asyncssh.SSHClientConnection, wish: Wish) -> Drift:
    """Compare a unit with `wish`. Raises FleetError: it does not say how it is."""
    words = ["python3", "-I", "-c", _LOOKS.read_text("utf-8")]
    answer = await ask(connection, words, data=msgspec.json.encode(look_for(wish)), most_bytes=MOST_BYTES)
    if answer.status != 0:
        raise FleetError(f"it does not say how it is: {plain_line(answer.said)}", hint="Has it Python 3?")
    try:
        facts = msgspec.json.decode(answer.out, type=Facts)
    except (msgspec.DecodeError, RecursionError) as error:
        raise FleetError(f"what it says of itself cannot be read: {plain_line(error)}.") from error
    return drift_from(wish, facts)


def drift_from(wish: Wish, facts: Facts) -> Drift:
    """What `facts` are away from `wish`. Pure."""
    planned = steps(wish, facts)
    changes = [plain_line(change, 500) for step in planned for change in step.changes]
    changes += [f"{step.name}: {plain_line(step.fault)}" for step in planned if step.fault]
    diff = "".join(step.diff for step in planned)
    waits = restart_waits(facts.waiting, facts.waits)
    return Drift(tuple(changes), plain(diff, 100_000), plain_line(facts.current, 80), waits)


def most_common_release(found: Mapping[str, Drift]) -> str:
    """What most units run; "" when there is none or no one release leads."""
    ranked: Sequence[tuple[str, int]] = Counter(one.release for one in found.values() if one.release).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return ""
    return ranked[0][0]
