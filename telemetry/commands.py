"""Commands from the hub and from Home Assistant: taken once, done one at a time per operation, answered for certain.

    cmd/<op>/<id>       -> noted in the ledger, then done
    cmd/<op>/<id>/st    <- executing, then successful or failed with the reason; again after each connect until the
                           connection has outlived it, because nothing else says that it was delivered

An id that is known is answered with its state and never done again. What was executing when the agent died is failed,
unless the thing that it should restart has started anew since.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from common.clock import Clock
from common.database import StoreError
from common.errors import MyDeskError
from telemetry import messages
from telemetry.bus import Bus
from telemetry.command_expiry import refusal
from telemetry.command_ledger import CommandLedger, Entry, State
from telemetry.messages import Command, CommandState, MessageError
from telemetry.topics import HA_COMMAND_ID, Topics, parse

MOST_WAITING = 16
SETTLED_AFTER_S = 60.0
LOOK_S = 5.0
_REASON_CHARS = 500

_log = logging.getLogger(__name__)

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """What a unit can be asked to do. `run` returns the result or raises MyDeskError with the reason.

    Where `run` ends the agent itself, `mark` tells before it what `changed` will recognise after the next start.
    """

    name: str
    run: Callable[[Arguments], Awaitable[dict[str, Any]]]
    timeout_s: float = 30.0
    mark: Callable[[Arguments], Awaitable[str]] | None = None
    changed: Callable[[str], Awaitable[bool]] | None = None


class Commands:
    """Takes what `bus` brings. `settled_after_s`: a state told on a connection that lasts so long has arrived."""

    def __init__(
        self,
        ledger: CommandLedger,
        operations: Mapping[str, Operation],
        topics: Topics,
        bus: Bus,
        clock: Clock,
        *,
        settled_after_s: float = SETTLED_AFTER_S,
        look_s: float = LOOK_S,
    ) -> None:
        self._ledger = ledger
        self._operations = operations
        self._topics = topics
        self._bus = bus
        self._clock = clock
        self._settled_after_s = settled_after_s
        self._look_s = look_s
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._working: set[asyncio.Task[None]] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self._told_s: dict[str, float] = {}

    @property
    def working(self) -> int:
        """How many are being done or wait for that."""
        return len(self._working)

    def listen(self) -> None:
        """Begin to hear; after `recover`."""
        self._bus.hear(f"{self._topics.root}/cmd/+/+", self.heard)
        self._bus.at_connect(lambda: self._spawn(self._telling, self._tell_untold()))

    async def recover(self) -> None:
        """End what was begun before this start."""
        for entry in await asyncio.to_thread(self._ledger.unfinished):
            state, reason = await self._outcome_of(entry)
            _log.info("command %s %s: %s %s", entry.operation, entry.id, state, reason)
            await asyncio.to_thread(self._ledger.end, entry.id, state, reason, {}, self._now_ms())

    async def _outcome_of(self, entry: Entry) -> tuple[State, str]:
        operation = self._operations.get(entry.operation)
        if entry.state == "waiting":
            return "failed", "interrupted before it began; send it again"
        if operation is not None and operation.changed is not None and entry.mark:
            try:
                if await operation.changed(entry.mark):
                    return "successful", ""
            except MyDeskError as error:
                return "failed", f"interrupted, and nobody can tell how it ended: {error}"
        return "failed", "interrupted"

    async def run(self) -> None:
        """Note what has arrived, for ever."""
        while True:
            await asyncio.sleep(self._look_s)
            await self._settle()

    async def close(self) -> None:
        """Stop working; what is executing is ended by the next start's `recover`."""
        tasks = [*self._working, *self._telling]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._ledger.close)

    # --- taking ---

    async def heard(self, topic: str, payload: bytes) -> None:
        """Take a command. Raises MessageError for what is none."""
        address = parse(topic)
        if address is None or address.kind != "cmd" or len(address.rest) != 2:
            return
        operation, level = address.rest
        command = messages.decode(payload, Command)
        command_id = command.id if level == HA_COMMAND_ID else level
        if command_id is None or command_id == HA_COMMAND_ID:
            raise MessageError("a command on the topic of Home Assistant needs an id in its payload.")
        await self._take(operation, command_id, command)

    async def _take(self, operation: str, command_id: str, command: Command) -> None:
        try:
            known = await asyncio.to_thread(self._ledger.take, command_id, operation, self._now_ms())
        except StoreError as error:
            self._tell(operation, command_id, "failed", f"not done, because it cannot be noted: {error}")
            raise
        if known is not None:
            self._answer_again(operation, known)
        elif reason := self._refused(operation, command):
            await self._end(operation, command_id, "failed", reason)
        else:
            _log.info("command %s %s from %s", operation, command_id, command.by or "unnamed")
            self._spawn(self._working, self._work(self._operations[operation], command_id, command))

    def _refused(self, operation: str, command: Command) -> str:
        if operation not in self._operations:
            return f"unknown operation; known: {', '.join(sorted(self._operations))}"
        if len(self._working) >= MOST_WAITING:
            return f"{MOST_WAITING} commands wait already; try again later"
        return self._too_late(command)

    def _too_late(self, command: Command) -> str:
        return refusal(command.expires_ms, self._now_ms(), synced=self._clock.synchronised())

    def _answer_again(self, operation: str, known: Entry) -> None:
        if known.operation != operation:
            self._tell(operation, known.id, "failed", f"that id was of a {known.operation}; each command needs its own")
        elif known.state != "waiting":
            self._tell(operation, known.id, known.state, known.reason, known.result)

    # --- doing ---

    async def _work(self, operation: Operation, command_id: str, command: Command) -> None:
        try:
            async with self._locks[operation.name]:
                if reason := self._too_late(command):
                    await self._end(operation.name, command_id, "failed", reason)
                    return
                state, reason, result = await self._done(operation, command_id, command.args)
            await self._end(operation.name, command_id, state, reason, result)
        except StoreError as error:  # the next start finds it unfinished
            _log.error("command %s %s: %s", operation.name, command_id, error)
            self._tell(operation.name, command_id, "failed", f"its end cannot be noted: {error}")

    async def _done(self, operation: Operation, command_id: str, args: Arguments) -> tuple[State, str, dict[str, Any]]:
        try:
            mark = await operation.mark(args) if operation.mark else ""
            await asyncio.to_thread(self._ledger.begin, command_id, mark, self._now_ms())
            self._tell(operation.name, command_id, "executing")
            async with asyncio.timeout(operation.timeout_s):
                return "successful", "", await operation.run(args)
        except StoreError:
            raise
        except MyDeskError as error:
            return "failed", str(error), {}
        except TimeoutError:
            return "failed", f"it took longer than {operation.timeout_s:g} s", {}
        except Exception as error:  # noqa: BLE001 - one bad command must not end the agent; its text may hold names
            _log.error("command %s failed with %s", operation.name, type(error).__name__)
            return "failed", f"failed inside the agent ({type(error).__name__}); see its log", {}

    async def _end(
        self, operation: str, command_id: str, state: State, reason: str, result: dict[str, Any] | None = None
    ) -> None:
        found = result or {}
        if len(messages.encode(self._message(state, reason, found))) > messages.LARGEST_BYTES:
            state, reason, found = "failed", "the answer is too large to be sent", {}
        await asyncio.to_thread(self._ledger.end, command_id, state, reason[:_REASON_CHARS], found, self._now_ms())
        if reason:
            _log.info("command %s %s: %s, %s", operation, command_id, state, reason)
        self._tell(operation, command_id, state, reason, found)

    # --- telling ---

    def _tell(
        self, operation: str, command_id: str, state: State, reason: str = "", result: dict[str, Any] | None = None
    ) -> None:
        payload = messages.encode(self._message(state, reason, result or {}))
        self._bus.publish(self._topics.command_state(operation, command_id), payload)
        if self._bus.connected and state != "executing":
            self._told_s[command_id] = self._clock.monotonic_s()

    def _message(self, state: State, reason: str, result: dict[str, Any]) -> CommandState:
        shown = "executing" if state == "waiting" else state
        return CommandState(state=shown, ts=self._now_ms(), reason=reason[:_REASON_CHARS], result=result)

    async def _tell_untold(self) -> None:
        self._told_s.clear()
        try:
            untold = await asyncio.to_thread(self._ledger.untold)
        except StoreError as error:
            _log.error("how commands ended cannot be told again: %s", error)
            return
        for entry in untold:
            self._tell(entry.operation, entry.id, entry.state, entry.reason, entry.result)

    async def _settle(self) -> None:
        if not self._bus.connected:
            self._told_s.clear()  # they are told again with the next connect
            return
        now_s = self._clock.monotonic_s()
        settled = [one for one, at_s in self._told_s.items() if now_s - at_s >= self._settled_after_s]
        if settled:
            await asyncio.to_thread(self._ledger.delivered, settled)
        for one in settled:
            self._told_s.pop(one, None)

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _spawn(self, tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)
