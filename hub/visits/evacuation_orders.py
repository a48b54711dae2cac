"""Tells the kiosks of a site that its evacuation began or is over, each with a command `evacuation`.

Nothing is queued: what stands (hub.visits.evacuations) and what each kiosk was told since says what is to be sent, so
that a crash, a broker that is away and a kiosk that comes back need nothing special. A beginning is told again, later
and later, to whoever has not done it; the end is told once, for a kiosk that was away may have begun one of its own.
"""

from __future__ import annotations

import json
import threading

from sqlalchemy import Connection, select

from common.clock import Clock
from hub.commands import LIFE_S, Commands
from hub.store import Store
from hub.tables import COMMANDS
from hub.visits import evacuations
from hub.visits.evacuations import OLDEST_MS, Evacuation
from hub.visits.kiosks import Kiosk, kiosks

__all__ = ["OPERATION", "EvacuationOrders"]

OPERATION = "evacuation"
SHORT_LIFE_S = 30
"""Of a beginning: whoever has not taken it by then is told again."""

END_WITHIN_MS = 60_000
"""An end that could not be sent by then, because the hub was not there, is of the past."""

FIRST_AGAIN_MS, LONGEST_AGAIN_MS = 5_000, 120_000
_NOT_DONE = ("failed", "expired")


class EvacuationOrders:
    """Blocking; may be called from any thread. Raises HubStoreError."""

    def __init__(self, store: Store, commands: Commands, clock: Clock) -> None:
        self._store, self._commands, self._clock = store, commands, clock
        self._looking = threading.Lock()

    def look(self) -> int:
        """Send what is to be told now; returns how many commands were sent."""
        with self._looking:
            now_ms = int(self._clock.now().timestamp() * 1000)
            with self._store.reading() as connection:
                due = self._due(connection, now_ms)
            for one, unit in due:
                self._send(one, unit)
        return len(due)

    def _due(self, connection: Connection, now_ms: int) -> list[tuple[Evacuation, str]]:
        stand = evacuations.all_of_them(connection, now_ms)
        fresh = [one for one in stand if 0 <= now_ms - one.ordered_ms <= _within_ms(one)]
        there = kiosks(connection) if fresh else []
        return [
            (one, kiosk.unit)
            for one in fresh
            for kiosk in there
            if kiosk.site == one.site and kiosk.unit != one.unit and _is_due(connection, one, kiosk, now_ms)
        ]

    def _send(self, one: Evacuation, unit: str) -> None:
        args, life_s = {"active": one.active, "by": "hub"}, SHORT_LIFE_S if one.active else LIFE_S
        self._commands.send(unit, OPERATION, args, one.by, life_s)


def _within_ms(one: Evacuation) -> int:
    return OLDEST_MS if one.active else END_WITHIN_MS


def _is_due(connection: Connection, one: Evacuation, kiosk: Kiosk, now_ms: int) -> bool:
    told = _told(connection, one, kiosk.unit)
    if not told:
        return True
    if not one.active or not kiosk.online or any(state not in _NOT_DONE for state, _ in told):
        return False
    again_ms = min(FIRST_AGAIN_MS << min(len(told) - 1, 10), LONGEST_AGAIN_MS)
    return now_ms - max(updated_ms for _, updated_ms in told) >= again_ms


def _told(connection: Connection, one: Evacuation, unit: str) -> list[tuple[str, int]]:
    """What became of the commands that said so to this kiosk, and when."""
    mine = (COMMANDS.c.operation == OPERATION) & (COMMANDS.c.unit == unit) & (COMMANDS.c.created_ms >= one.ordered_ms)
    rows = connection.execute(select(COMMANDS.c.args, COMMANDS.c.state, COMMANDS.c.updated_ms).where(mine))
    return [(row.state, row.updated_ms) for row in rows if json.loads(row.args).get("active") is one.active]
