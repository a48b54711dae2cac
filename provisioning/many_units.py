"""Does something on many units at once: each over a connection of its own, and no unit's failure stops another's.

    reach = Reach.of(fleet, state, identity)
    results = await on_each(units, look, reach=reach, limit=20, timeout_s=60)
    silent = [name for name, result in results.items() if is_unknown(result)]

A unit that does not answer is unknown: neither well nor failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import asyncssh

from common.errors import MyDeskError
from provisioning.fleet_error import FleetError
from provisioning.fleet_state import FleetState
from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet
from provisioning.known_hosts import HostKey, all_keys
from provisioning.ssh import CONNECT_TIMEOUT_S, Access, SilentUnitError, connected, translated, within

__all__ = ["LIMIT", "Reach", "is_unknown", "on_each", "on_one"]

LIMIT: Final = 20
WORK_TIMEOUT_S: Final = 60.0

T = TypeVar("T")
Work = Callable[[Unit, asyncssh.SSHClientConnection], Awaitable[T]]
Told = Callable[[str, T | FleetError], None]


@dataclass(frozen=True, slots=True)
class Reach:
    """How units are reached: `keys` are the host keys of their claims, read once."""

    state: FleetState
    user: str
    keys: Mapping[str, HostKey]
    identity: Path | None = None

    @classmethod
    def of(cls, fleet: Fleet, state: FleetState, identity: Path | None = None) -> Reach:
        """For the units of `fleet`. Raises FleetError: known_hosts is damaged."""
        return cls(state, fleet.inventory.fleet.ssh_user, all_keys(state), identity)

    def access(self, unit: Unit) -> Access:
        """For one of them."""
        return Access(unit, self.user, self.identity)


def is_unknown(result: object) -> bool:
    """Whether nobody knows how it went, as the unit did not answer or no longer did."""
    return isinstance(result, SilentUnitError)


async def on_each(
    units: Sequence[Unit],
    work: Work[T],
    *,
    reach: Reach,
    limit: int = LIMIT,
    timeout_s: float = WORK_TIMEOUT_S,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    told: Told[T] | None = None,
) -> dict[str, T | FleetError]:
    """`work` on each of `units`, `limit` at once; what it returned or raised, by unit in their order.

    `timeout_s` is for the work of one unit, `connect_timeout_s` for its connection before that. `told` hears of each
    result when it is there. Network and SSH errors in `work` become a FleetError that names the unit; what `work` does
    on this laptop it must translate itself.
    """
    gate = asyncio.Semaphore(limit)
    results: dict[str, T | FleetError] = {}

    async def one(unit: Unit) -> None:
        async with gate:
            try:
                result: T | FleetError = await on_one(
                    unit, work, reach=reach, timeout_s=timeout_s, connect_timeout_s=connect_timeout_s
                )
            except FleetError as error:
                result = error
            except MyDeskError as error:
                result = FleetError(error.message, hint=error.hint)
        results[unit.id] = result
        if told is not None:
            told(unit.id, result)

    async with asyncio.TaskGroup() as group:
        for unit in units:
            group.create_task(one(unit))
    return {unit.id: results[unit.id] for unit in units}


async def on_one(
    unit: Unit,
    work: Work[T],
    *,
    reach: Reach,
    timeout_s: float = WORK_TIMEOUT_S,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
) -> T:
    """`work` on one unit. Raises FleetError, SilentUnitError when it did not answer."""
    access = reach.access(unit)
    async with connected(access, reach.state, timeout_s=connect_timeout_s, keys=reach.keys) as connection:
        with translated(access):
            async with within(timeout_s, connection):
                return await work(unit, connection)
