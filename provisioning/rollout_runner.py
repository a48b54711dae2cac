"""Runs a rollout: makes the visits that the state machine asks for, and keeps each state before it acts on it.

It may be killed at any moment, and the laptop may sleep: started again, it asks the units and goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from provisioning.fleet_error import FleetError
from provisioning.inventory_load import Fleet
from provisioning.many_units import Reach, on_one
from provisioning.plain_text import plain_line
from provisioning.rollout_plan import Rules
from provisioning.rollout_state import (
    Abort,
    Event,
    Pause,
    Resume,
    Rollout,
    Status,
    Task,
    Tick,
    Visit,
    is_quiet,
    step,
)
from provisioning.rollout_store import Kept, Parcel, RolloutStore
from provisioning.rollout_unit import Look, Refused, Silent
from provisioning.rollout_visit import visit as make_visit

__all__ = ["RolloutRunner", "applied", "order_event"]

TICK_S: Final = 0.25
VISIT_TIMEOUT_S: Final = {Task.STAGE: 3600.0, Task.ACTIVATE: 240.0, Task.LOOK: 60.0}
"""A push ends by itself when the unit takes nothing for a minute (provisioning.push)."""

Watch = Callable[[Rollout, Rollout, Mapping[str, str]], None]


class RolloutRunner:
    """Runs `kept` to where nothing is to be done until an admin says so.

    `watch` is told of each step: the state before and after it, and what is being done to which unit.
    """

    def __init__(
        self,
        store: RolloutStore,
        kept: Kept,
        fleet: Fleet,
        reach: Reach,
        *,
        watch: Watch = lambda before, after, doing: None,
        clock: Callable[[], float] = time.time,
        tick_s: float = TICK_S,
    ) -> None:
        self._store, self._kept, self._fleet, self._reach = store, kept, fleet, reach
        self.watch, self._clock, self._tick_s = watch, clock, tick_s
        self._visits: set[asyncio.Task[Look | Refused | Silent]] = set()
        self._doing: dict[str, str] = {}
        self.rollout = kept.rollout

    async def run(self, event: Event | None = None) -> Rollout:
        """Run it, beginning with `event`. Raises StoreError, and FleetError when somebody else runs one."""
        with self._store.running():
            last = self._store.last()
            if last is not None and last.number == self._kept.number:
                self.rollout = last.rollout  # it may have gone on since it was read
            try:
                self._happens(event or Tick())
                while not is_quiet(self.rollout) and self.rollout.status is not Status.ABORTED:
                    await self._go_on()
            finally:  # of an aborted rollout, or a broken one: a push that is cut off leaves nothing
                for task in self._visits:
                    task.cancel()
                await asyncio.gather(*self._visits, return_exceptions=True)
        return self.rollout

    async def _go_on(self) -> None:
        """Until something happened."""
        if self._visits:
            done, self._visits = await asyncio.wait(
                self._visits, timeout=self._tick_s, return_when=asyncio.FIRST_COMPLETED
            )
        else:
            done = set()
            await asyncio.sleep(self._tick_s)
        for task in done:
            self._happens(task.result())
        if not done:
            self._happens(Tick())
        for word, rules in self._store.take_orders(self._kept.number):
            self._happens(order_event(word, rules))

    def _happens(self, event: Event) -> None:
        before = self.rollout
        after, visits = step(before, event, self._clock())
        self._store.save(self._kept.number, before, after)
        self.rollout = after
        self._visits |= {asyncio.create_task(self._visit(one)) for one in visits}
        self.watch(before, after, self._doing)

    async def _visit(self, visit: Visit) -> Look | Refused | Silent:
        self._doing[visit.unit] = {Task.STAGE: "connecting", Task.ACTIVATE: "activating"}.get(visit.task, "")
        try:
            return await self._result(visit)
        except FleetError as error:
            return Silent(visit.unit, plain_line(error))
        finally:
            del self._doing[visit.unit]

    async def _result(self, visit: Visit) -> Look | Refused | Silent:
        unit = self._fleet.units.get(visit.unit)
        if unit is None:
            return Silent(visit.unit, "it is no longer in the inventory.")
        told = partial(self._doing.__setitem__, unit.id)
        parcels = _for(self._kept.parcels, self._fleet.hardware_of(unit).architecture)
        if not parcels:
            return Refused(unit.id, "there is no bundle for its architecture.")
        return await on_one(
            unit,
            lambda _, connection: make_visit(unit, connection, visit.task, parcels, self.rollout.rules, told),
            reach=self._reach,
            timeout_s=VISIT_TIMEOUT_S[visit.task],
        )


def _for(parcels: tuple[Parcel, ...], architecture: str) -> tuple[Parcel, ...]:
    return tuple(parcel for parcel in parcels if parcel.architecture == architecture)


def order_event(word: str, rules: Rules | None = None) -> Event:
    """What an order is to the state machine."""
    orders: dict[str, Event] = {"pause": Pause(), "abort": Abort(), "resume": Resume(rules)}
    return orders[word]


def applied(store: RolloutStore, kept: Kept, event: Event) -> Rollout:
    """Let `event` happen to a rollout that nobody runs. Raises FleetError: somebody does."""
    with store.running():
        last = store.last() or kept
        after, _ = step(last.rollout, event, time.time())
        store.save(last.number, last.rollout, after)
        return after
