"""What the updater is doing, in a file that is written before each step.

idle         nothing is going on
staging      a bundle is being unpacked to `release`
staged       `release` is complete and tested; it does not run
trying       `release` is made current, or about to be, and is judged; `origin` runs again if it fails
rolling_back `origin` is made current
committed    `release` runs for good
rolled_back  `origin` runs again, for `reason`
failed       `release` could not be staged, for `reason`
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.places import Places, write_durably

MAX_FAILED = 32
MAX_STATE_BYTES = 1 << 20
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Step(StrEnum):
    """The states; the module's docstring says what they are."""

    IDLE = "idle"
    STAGING = "staging"
    STAGED = "staged"
    TRYING = "trying"
    ROLLING_BACK = "rolling_back"
    COMMITTED = "committed"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class State:
    """`epoch` is the highest that was ever committed; `failed` is why a bundle is not offered again, by its id.

    `boots` counts the starts of the unit while trying, `boot_id` the last of them; `deadline_s` is CLOCK_BOOTTIME of
    that boot; `baseline` is what worked before (provisioning.on_unit.health).
    """

    step: Step = Step.IDLE
    release: str | None = None
    origin: str | None = None
    reason: str = ""
    epoch: int = 0
    boots: int = 0
    boot_id: str = ""
    deadline_s: float = 0.0
    baseline: Mapping[str, Any] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)

    def with_failed(self, release: str, reason: str) -> State:
        """Remember that `release` failed; the oldest of many is forgotten."""
        kept = {name: why for name, why in self.failed.items() if name != release}
        kept[release] = reason
        return replace(self, reason=reason, failed=dict(list(kept.items())[-MAX_FAILED:]))


def load(places: Places) -> State:
    """Return the state; a file that is missing or damaged is idle, and the releases themselves tell the rest."""
    try:
        with places.state.open("rb") as file:
            content = json.loads(file.read(MAX_STATE_BYTES))
        return replace(_checked(content), epoch=max(content["epoch"], _epoch_of_current(places)))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return State(epoch=_epoch_of_current(places))


def save(places: Places, state: State) -> State:
    """Write `state`, and return it when it is safe on the disk."""
    write_durably(places.state, json.dumps(asdict(state), indent=1).encode() + b"\n")
    return state


def boot_id() -> str:
    """Return the kernel's id of this boot."""
    return _BOOT_ID.read_text("ascii").strip()


def boot_time_s() -> float:
    """Return the seconds since this boot, asleep or not."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _checked(content: Any) -> State:
    """The state in `content`; raises ValueError or TypeError when a value is not of its kind."""
    state = State(**{**content, "step": Step(content["step"])})
    defaults = State()
    for one in fields(State):
        value, default = getattr(state, one.name), getattr(defaults, one.name)
        kinds = (str, type(None)) if default is None else (int, float) if isinstance(default, float) else type(default)
        if not isinstance(value, kinds):
            raise TypeError(one.name)
    return state


def _epoch_of_current(places: Places) -> int:
    name = places.named_by(places.current)
    try:
        return places.manifest(name).epoch if name else 0
    except UpdateError:
        return 0
