"""Which alarms stand, over a restart of the agent: what a new one goes on with instead of raising them anew.

An alarm is here before it is told, so that whoever reads this may tell it again without saying anything new. What ended
stays here too, as long as the boot lasts: a broker that was away when it ended is told by the next agent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from common.sealed_file import replace_whole
from telemetry.health.alarms import Moment, State

__all__ = ["AlarmFile", "AlarmRecord", "KeptAlarm", "record_of", "states_of"]

MOST_BYTES = 1 << 16
MOST_ALARMS = 200

_log = logging.getLogger(__name__)


class KeptAlarm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a State outlives the agent. Times in s are CLOCK_BOOTTIME, so of one boot only; `since_ms` is of the wall
    clock."""

    raised: bool
    since_ms: int = 0
    since_s: float = 0.0
    cleared_s: float | None = None
    flaps: Annotated[int, Meta(ge=0, le=10)] = 0
    value: float | None = None


class AlarmRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that were raised in the boot `boot`, and what still stands of the one before."""

    boot: str
    alarms: Annotated[dict[str, KeptAlarm], Meta(max_length=MOST_ALARMS)]


def record_of(states: Mapping[str, State], boot: str) -> AlarmRecord:
    """What is to be kept of `states`; alarms that were never raised are not worth a line."""
    kept = {
        kind: KeptAlarm(
            raised=state.raised,
            since_ms=state.since_ms,
            since_s=state.since_s,
            cleared_s=state.cleared_s,
            flaps=state.flaps,
            value=state.value,
        )
        for kind, state in sorted(states.items())
        if state.raised or state.cleared_s is not None
    }
    return AlarmRecord(boot=boot, alarms=kept)


def states_of(record: AlarmRecord, boot: str, now: Moment) -> dict[str, State]:
    """The states to go on with. After another boot how long an alarm lasts is taken from the wall clock, as well as
    that can be known, and nothing is remembered of those that ended."""
    found = {}
    for kind, kept in record.alarms.items():
        if record.boot == boot:
            found[kind] = _state(kept, min(kept.since_s, now.mono_s), kept.cleared_s)
        else:
            lasts_s = max(0.0, (now.wall_ms - kept.since_ms) / 1000)
            found[kind] = _state(kept, now.mono_s - lasts_s if kept.raised else 0.0, None)
    return found


def _state(kept: KeptAlarm, since_s: float, cleared_s: float | None) -> State:
    flaps = kept.flaps if kept.raised or cleared_s is not None else 0
    return State(kept.raised, kept.since_ms, since_s, None, None, cleared_s, flaps, kept.value)


class AlarmFile:
    """The record's file, replaced whole. Blocking."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> AlarmRecord | None:
        """The record; None where there is none or it cannot be read, which is logged."""
        try:
            with self._path.open("rb") as stream:
                return msgspec.json.decode(stream.read(MOST_BYTES + 1), type=AlarmRecord)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            _log.error("the record of alarms cannot be read (%s): those that stand are told anew", error)
            return None

    def save(self, record: AlarmRecord) -> None:
        """Raises OSError where the disk refuses; the record before stays then."""
        replace_whole(self._path, msgspec.json.encode(record))
