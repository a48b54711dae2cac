"""Commands to units: kept first, then sent with an expiry, and what became of each.

The unit remembers the id before it acts, so that a command runs at most once (telemetry.commands); ingest notes the
states that it tells. Blocking: for a worker thread.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, insert, or_, select, update

from common.clock import Clock
from common.errors import MyDeskError
from hub.link import Outcome, Sends
from hub.live import Change, Live
from hub.store import Store
from hub.tables import COMMANDS, UNITS
from telemetry.messages import Command, encode
from telemetry.topics import LEVEL, Topics

LIFE_S = 300
LATE_MS = 15_000
"""So long after its expiry a command may still be reported as begun."""

LONGEST_RUN_MS = 15 * 60_000
LARGEST_ARGS_BYTES = 16 << 10

_REASONS = {
    Outcome.NOBODY: "The unit is not connected; try again when it is online.",
    Outcome.REFUSED: "The broker refuses the hub; write its rules anew with mydesk-hub broker-config.",
    Outcome.AWAY: "The hub has no connection to its broker.",
}


class CommandError(MyDeskError):
    """Error raised when a command cannot be: no such unit, no such name, too much in it."""


class Commands:
    """What people ask units to do.

    Raises:
        HubStoreError: from every method.
    """

    def __init__(self, store: Store, sends: Sends, live: Live, clock: Clock) -> None:
        self._store, self._sends, self._live, self._clock = store, sends, live, clock

    def send(
        self,
        unit: str,
        operation: str,
        args: Mapping[str, Any],
        by: str,
        life_s: int = LIFE_S,
        *,
        keep_args: bool = True,
    ) -> str:
        """Keep the command, send it, return its id; `Topics.command_state` tells the rest. One that could not be sent
        is "failed" at once, with the reason. Without `keep_args` nobody can read here later what was in it.

        Raises:
            CommandError: it cannot be; nothing was kept.
        """
        if not LEVEL.fullmatch(operation):
            raise CommandError(f"{operation[:40]!r} is no operation.", hint="Take identify, for example.")
        text = json.dumps(dict(args))
        if len(text) > LARGEST_ARGS_BYTES:
            raise CommandError("There is too much in the command.", hint=f"{LARGEST_ARGS_BYTES} bytes are allowed.")
        command_id, now_ms = secrets.token_hex(8), self._now_ms()
        kept = text if keep_args else "{}"
        self._keep(unit, operation, kept, by, command_id, now_ms, now_ms + life_s * 1000)
        command = Command(expires_ms=now_ms + life_s * 1000, args=dict(args), by=by[:64])
        topic = Topics(unit).command(operation, command_id)
        outcome = self._sends.publish_and_wait(topic, encode(command), expiry_s=life_s)
        if reason := _REASONS.get(outcome):
            self._failed(command_id, reason)
        self._live.tell(Change(unit, "cmd"))
        return command_id

    def expire(self) -> int:
        """Note what will never be answered; returns how many. To be called now and then."""
        now_ms = self._now_ms()
        expired = and_(COMMANDS.c.state == "sent", COMMANDS.c.expires_ms < now_ms - LATE_MS)
        silent = and_(COMMANDS.c.state == "executing", COMMANDS.c.updated_ms < now_ms - LONGEST_RUN_MS)
        verdicts = (
            (expired, "expired", "The unit did not take it in time; is it online?"),
            (silent, "failed", "The unit did not tell how it ended."),
        )
        with self._store.begin() as connection:
            units = set(connection.execute(select(COMMANDS.c.unit).where(or_(expired, silent))).scalars())
            changed = 0
            for which, state, reason in verdicts if units else ():
                told = {"state": state, "reason": reason, "updated_ms": now_ms}
                changed += connection.execute(update(COMMANDS).where(which).values(told)).rowcount
        for unit in units:
            self._live.tell(Change(unit, "cmd"))
        return changed

    def _keep(
        self, unit: str, operation: str, args: str, by: str, command_id: str, now_ms: int, expires_ms: int
    ) -> None:
        with self._store.begin() as connection:
            known = connection.execute(select(UNITS.c.unit).where(UNITS.c.unit == unit)).scalar_one_or_none()
            if known is None:
                raise CommandError(f"There is no unit {unit[:32]!r}.", hint="See mydesk-hub units.")
            values = {"id": command_id, "unit": unit, "operation": operation[:40], "args": args, "by": by[:100]}
            times = {"created_ms": now_ms, "expires_ms": expires_ms, "updated_ms": now_ms}
            connection.execute(insert(COMMANDS).values(**values, **times, state="sent"))

    def _failed(self, command_id: str, reason: str) -> None:
        mine = and_(COMMANDS.c.id == command_id, COMMANDS.c.state == "sent")  # the unit may have been quicker
        with self._store.begin() as connection:
            connection.execute(
                update(COMMANDS).where(mine).values(state="failed", reason=reason, updated_ms=self._now_ms())
            )

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)
