"""Commands: noted before they are done, done once, one at a time, answered until that has arrived."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.clock import ManualClock
from common.database import StoreError
from common.errors import MyDeskError
from telemetry import messages
from telemetry.command_expiry import refusal
from telemetry.command_ledger import MOST_KEPT, CommandLedger
from telemetry.commands import MOST_WAITING, Commands, Operation
from telemetry.messages import Command, CommandState, MessageError
from telemetry.topics import Topics
from tests.telemetry.agent_kit import MemoryBus
from tests.waiting import until_async

ADA = Topics("room-ada")
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOW_MS = int(START.timestamp() * 1000)


class Stage:
    """Commands over a bus in memory, with operations that count, wait and fail."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(START)
        self.bus = MemoryBus()
        self.done: list[str] = []
        self.atonce = self.most_atonce = 0
        self.go_on = asyncio.Event()
        self.mark = "boot-1"
        self.ledger = CommandLedger(folder / "commands.db")
        table = [
            Operation("identify", self._identify),
            Operation("slow", self._slow),
            Operation("late", self._late, timeout_s=0.01),
            Operation("refuse", self._refuse),
            Operation("break", self._break),
            Operation("large", self._large),
            Operation("reboot", self._late, 60.0, self._mark, self._changed),
        ]
        operations = {one.name: one for one in table}
        self.commands = Commands(self.ledger, operations, ADA, self.bus, self.clock, settled_after_s=60.0, look_s=0.001)

    async def _identify(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self.done.append("identify")
        return {"unit": "room-ada", **args}

    async def _slow(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self.atonce += 1
        self.most_atonce = max(self.atonce, self.most_atonce)
        await self.go_on.wait()
        self.atonce -= 1
        self.done.append("slow")
        return {}

    async def _late(self, args: Mapping[str, Any]) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def _refuse(self, args: Mapping[str, Any]) -> dict[str, Any]:
        raise MyDeskError("A meeting runs.", hint="Wait.")

    async def _break(self, args: Mapping[str, Any]) -> dict[str, Any]:
        raise KeyError("Ida Berg")

    async def _large(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {"png": "x" * messages.LARGEST_BYTES}

    async def _mark(self, args: Mapping[str, Any]) -> str:
        return self.mark

    async def _changed(self, mark: str) -> bool:
        return mark != self.mark

    async def send(self, operation: str, id_: str, *, life_ms: int = 60_000, **more: Any) -> None:
        command = Command(expires_ms=NOW_MS + life_ms, **more)
        await self.bus.bring(ADA.command(operation, id_), messages.encode(command))

    def states(self, operation: str, id_: str) -> list[str]:
        return [one.state for one in self.bus.on(ADA.command_state(operation, id_), CommandState)]

    async def ended(self, operation: str, id_: str) -> CommandState:
        def last() -> CommandState | None:
            found = self.bus.on(ADA.command_state(operation, id_), CommandState)
            return found[-1] if found and found[-1].state != "executing" else None

        ended = await until_async(last)
        assert ended is not None
        return ended


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    stage = Stage(folder)
    await stage.commands.recover()
    stage.commands.listen()
    try:
        yield stage
    finally:
        await stage.commands.close()


def test_a_command_is_done_once_however_often_it_comes(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            await stage.send("identify", "one", args={"colour": "red"})
            assert (await stage.ended("identify", "one")).result == {"unit": "room-ada", "colour": "red"}
            await stage.send("identify", "one")
            await stage.send("identify", "one", life_ms=-1)
            assert stage.states("identify", "one") == ["executing", *["successful"] * 3]
            await stage.send("refuse", "one")
            assert "each command needs its own" in (await stage.ended("refuse", "one")).reason
            assert stage.done == ["identify"]
        async with staged(tmp_path) as stage:
            await stage.send("identify", "one")
            assert stage.states("identify", "one") == ["successful"]
            assert stage.done == []

    asyncio.run(story())


REFUSED = [
    ("identify", {"life_ms": -2_000}, "expired 2 s before"),
    ("identify", {"life_ms": 25 * 3_600_000}, "clock is wrong"),
    ("identify", {"life_ms": -NOW_MS}, "no time that can be meant"),
    ("sing", {}, "unknown operation; known: break, identify, large, late, reboot, refuse, slow"),
    ("refuse", {}, "A meeting runs. Wait."),
    ("late", {}, "longer than 0.01 s"),
    ("break", {}, "KeyError"),
    ("large", {}, "too large"),
]


@pytest.mark.parametrize(("operation", "more", "reason"), REFUSED, ids=lambda value: str(value)[:20])
def test_what_is_not_done_is_answered_with_the_reason(
    tmp_path: Path, operation: str, more: dict[str, Any], reason: str
) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            await stage.send(operation, "one", **more)
            ended = await stage.ended(operation, "one")
            assert (ended.state, ended.result) == ("failed", {})
            assert reason in ended.reason
            assert "Ida Berg" not in ended.reason
            assert stage.done == []

    asyncio.run(story())


@pytest.mark.parametrize(
    ("expires_ms", "synced", "refused"),
    [(NOW_MS + 1, True, False), (NOW_MS - 1, True, True), (NOW_MS - 1, False, False), (0, False, True)],
)
def test_without_a_clock_only_absurd_times_are_refused(expires_ms: int, synced: bool, refused: bool) -> None:
    assert bool(refusal(expires_ms, NOW_MS, synced=synced)) is refused
    assert refusal(1 << 52, NOW_MS, synced=synced)


def test_one_at_a_time_and_no_more_than_so_many(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            for number in range(MOST_WAITING + 2):
                await stage.send("slow", f"n{number}")
            for number in (MOST_WAITING, MOST_WAITING + 1):
                assert "wait already" in (await stage.ended("slow", f"n{number}")).reason
            stage.go_on.set()
            await stage.ended("slow", f"n{MOST_WAITING - 1}")
            assert stage.most_atonce == 1
            assert len(stage.done) == MOST_WAITING

    asyncio.run(story())


def test_what_waited_until_it_expired_is_not_done(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            await stage.send("slow", "first")
            await stage.send("slow", "second")
            await until_async(lambda: stage.states("slow", "first") == ["executing"])
            stage.clock.step(61)
            stage.go_on.set()
            assert "expired" in (await stage.ended("slow", "second")).reason
            assert stage.done == ["slow"]

    asyncio.run(story())


def test_home_assistant_brings_the_id_in_the_payload(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            await stage.send("identify", "ha", id="ha-1", by="home-assistant")
            await stage.ended("identify", "ha-1")
            await stage.send("identify", "ha", id="ha-1")
            assert stage.done == ["identify"]
            for id_ in (None, "ha"):
                with pytest.raises(MessageError, match="needs an id"):
                    await stage.send("identify", "ha", id=id_)
            with pytest.raises(MessageError, match="no Command"):
                await stage.bus.bring(ADA.command("identify", "two"), b'{"expires_ms": "soon"}')

    asyncio.run(story())


INTERRUPTED = [("slow", "failed", "interrupted"), ("reboot", "failed", "interrupted"), ("reboot", "successful", "")]


@pytest.mark.parametrize(("operation", "state", "reason"), INTERRUPTED)
def test_what_was_executing_when_the_agent_died(tmp_path: Path, operation: str, state: str, reason: str) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            await stage.send(operation, "one")
            await stage.send(operation, "two")
            await until_async(lambda: stage.states(operation, "one") == ["executing"])
        stage = Stage(tmp_path)
        stage.mark = "boot-2" if state == "successful" else "boot-1"
        await stage.commands.recover()
        stage.commands.listen()
        stage.bus.connect()
        ended = await stage.ended(operation, "one")
        assert (ended.state, ended.reason) == (state, reason)
        assert "before it began" in (await stage.ended(operation, "two")).reason
        await stage.send(operation, "one")
        assert stage.states(operation, "one") == [state, state]
        await stage.commands.close()

    asyncio.run(story())


def test_an_end_is_told_again_until_a_connection_has_outlived_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            running = asyncio.create_task(stage.commands.run())
            stage.bus.connected = False
            await stage.send("identify", "one")
            await until_async(lambda: not stage.commands.working)
            assert stage.ledger.untold()
            assert stage.bus.sent == []
            stage.bus.connect()
            await until_async(lambda: stage.states("identify", "one") == ["successful"])
            stage.bus.connect()
            await until_async(lambda: stage.states("identify", "one") == ["successful"] * 2)
            stage.clock.step(61)
            await until_async(lambda: stage.ledger.untold() == [])
            stage.bus.connect()
            await stage.send("identify", "two")
            await stage.ended("identify", "two")
            assert stage.states("identify", "one") == ["successful"] * 2
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(story())


def test_a_ledger_that_cannot_be_written_stops_the_command(tmp_path: Path) -> None:
    async def story() -> None:
        stage = Stage(tmp_path / "nowhere")
        with pytest.raises(StoreError):
            await stage.commands.recover()
        stage.commands.listen()
        with pytest.raises(StoreError):
            await stage.send("identify", "one")
        assert "cannot be noted" in (await stage.ended("identify", "one")).reason
        assert stage.done == []
        (tmp_path / "nowhere").mkdir()
        await stage.send("identify", "two")
        assert (await stage.ended("identify", "two")).state == "successful"
        await stage.commands.close()

    asyncio.run(story())


def test_the_ledger_keeps_no_more_than_so_many_and_survives_damage(tmp_path: Path) -> None:
    ledger = CommandLedger(tmp_path / "commands.db")
    for number in range(60):
        ledger.take(f"n{number}", "identify", 1)
        ledger.end(f"n{number}", "successful", "", {"png": "x"}, 1)
    untold = ledger.untold()
    assert [bool(entry.result) for entry in untold] == [False] * 10 + [True] * 50
    ledger.delivered(entry.id for entry in untold)
    assert ledger.untold() == []
    assert ledger.take("n3", "identify", 1) is not None
    assert MOST_KEPT > 60
    ledger.close()
    (tmp_path / "commands.db").write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    assert ledger.take("n3", "identify", 1) is None
    ledger.close()


KILLED = """
import sys, os, signal
from pathlib import Path
from telemetry.command_ledger import CommandLedger
ledger = CommandLedger(Path(sys.argv[1]))
assert ledger.take("one", "reboot", 1) is None
ledger.begin("one", "boot-1", 2)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_agent_has_noted_what_it_was_about_to_do(tmp_path: Path) -> None:
    path = tmp_path / "commands.db"
    root = Path(__file__).parents[2]
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=root, check=False, timeout=30)
    assert killed.returncode == -signal.SIGKILL
    ledger = CommandLedger(path)
    (entry,) = ledger.unfinished()
    assert (entry.id, entry.state, entry.mark) == ("one", "executing", "boot-1")
    ledger.close()
