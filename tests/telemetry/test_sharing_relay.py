"""Keys between hub and kiosk, and sealed visits to the kiosk's socket: through the agent, which cannot read them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.clock import ManualClock
from common.control import ControlError, ControlServer, Request
from common.errors import MyDeskError
from telemetry import messages
from telemetry.app_client import AppClient
from telemetry.command_ledger import CommandLedger
from telemetry.commands import Commands
from telemetry.messages import Command, CommandState, MessageError, SharingKeys
from telemetry.sharing_relay import SharingRelay
from telemetry.topics import Topics
from telemetry.visit_operation import MOST_BLOB_CHARS, visit_operation
from tests.telemetry.agent_kit import MemoryBus
from tests.waiting import until_async

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HUB, OURS, NEWER = "h" * 43, "o" * 43, "n" * 43
DAY = "2026-11-22"
TOPICS = Topics("lobby-1")
RAW = b"MDVIS1\n\xfb\xff\xfe opaque"
BLOB = base64.urlsafe_b64encode(RAW).decode().rstrip("=")
STANDARD = base64.b64encode(RAW).decode()


class KioskDouble:
    """A kiosk's socket: notes what it is asked, answers what it is told to."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys = {DAY: OURS}
        self.refusal = ""
        self.clock_sure = False

    async def status(self, request: Request) -> dict[str, Any]:
        return {"clock_synchronised": self.clock_sure}

    async def answer(self, request: Request) -> dict[str, Any]:
        self.asked.append(dict(request.args))
        if self.refusal:
            raise ControlError(self.refusal)
        if request.op == "visit":
            return {"visits": 1}
        return {"keys": self.keys, "waiting": 3, "address": "mdk1-abc"}

    def server(self, path: Path) -> ControlServer:
        return ControlServer(path, {"sharing": self.answer, "visit": self.answer, "status": self.status})


Story = Callable[[KioskDouble, AppClient, MemoryBus], Awaitable[None]]


def run(tmp_path: Path, story: Story, *, kiosk_runs: bool = True) -> None:
    async def all_of_it() -> None:
        kiosk, app = KioskDouble(), AppClient(tmp_path / "kiosk.sock", ManualClock(NOW))
        if kiosk_runs:
            async with kiosk.server(tmp_path / "kiosk.sock"):
                await story(kiosk, app, MemoryBus())
        else:
            await story(kiosk, app, MemoryBus())

    asyncio.run(all_of_it())


def told(bus: MemoryBus) -> list[SharingKeys]:
    return bus.on(TOPICS.reported("sharing"), SharingKeys)


def test_keys_go_both_ways_and_are_told_once(tmp_path: Path) -> None:
    async def story(kiosk: KioskDouble, app: AppClient, bus: MemoryBus) -> None:
        relay = SharingRelay(app, TOPICS, bus)
        relay.listen()
        task = asyncio.create_task(relay.run())
        await until_async(lambda: len(kiosk.asked) == 1)
        await bus.bring(TOPICS.desired("sharing"), messages.encode(SharingKeys(keys={DAY: HUB})))
        await until_async(lambda: len(kiosk.asked) == 2)
        kiosk.keys = {DAY: NEWER}
        bus.connect()
        await until_async(lambda: len(told(bus)) == 2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert [one["keys"] for one in kiosk.asked] == [{}, {DAY: HUB}, {DAY: HUB}]
        assert [one.keys[DAY] for one in told(bus)] == [OURS, NEWER]
        assert told(bus)[0].address == "mdk1-abc"
        assert TOPICS.reported("sharing") in bus.retained
        assert relay.waiting == 3

    run(tmp_path, story)


def test_a_kiosk_that_learns_the_time_is_asked_at_once(tmp_path: Path) -> None:
    """Without the date it has no keys, and would be told of no guest for five minutes."""

    async def story(kiosk: KioskDouble, app: AppClient, bus: MemoryBus) -> None:
        kiosk.keys = {}
        relay = SharingRelay(app, TOPICS, bus)
        relay.listen()
        task = asyncio.create_task(relay.run())
        await until_async(lambda: len(kiosk.asked) == 1)
        await app.status(0.0)
        assert len(kiosk.asked) == 1, "its clock is not sure yet"
        kiosk.clock_sure, kiosk.keys = True, {DAY: OURS}
        await app.status(0.0)
        await until_async(lambda: len(told(bus)) == 2)
        await app.status(0.0)
        assert await relay.exchange()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert [one.keys for one in told(bus)] == [{}, {DAY: OURS}]
        assert len(kiosk.asked) == 3

    run(tmp_path, story)


def test_a_kiosk_that_is_away_is_asked_again_soon(tmp_path: Path) -> None:
    async def story(kiosk: KioskDouble, app: AppClient, bus: MemoryBus) -> None:
        relay = SharingRelay(app, TOPICS, bus, again_s=0.01)
        task = asyncio.create_task(relay.run())
        assert not await relay.exchange()
        async with kiosk.server(tmp_path / "kiosk.sock"):
            await until_async(lambda: len(told(bus)) == 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(tmp_path, story, kiosk_runs=False)


@pytest.mark.parametrize("keys", [{"today": OURS}, {DAY: "short"}, [DAY], {DAY: 7}])
def test_what_are_no_keys_is_not_told(tmp_path: Path, keys: Any) -> None:
    async def story(kiosk: KioskDouble, app: AppClient, bus: MemoryBus) -> None:
        kiosk.keys = keys
        assert not await SharingRelay(app, TOPICS, bus).exchange()
        assert bus.sent == []

    run(tmp_path, story)


def test_what_is_not_from_the_hub_is_refused(tmp_path: Path) -> None:
    async def story(kiosk: KioskDouble, app: AppClient, bus: MemoryBus) -> None:
        relay = SharingRelay(app, TOPICS, bus)
        relay.listen()
        with pytest.raises(MessageError):
            await bus.bring(TOPICS.desired("sharing"), b'{"keys": {"2026-11-22": "x"}}')
        await bus.bring(TOPICS.desired("sharing"), b"")
        await bus.bring(TOPICS.desired("settings"), b"anything")
        assert await relay.exchange()
        assert kiosk.asked == [{"keys": {}}]

    run(tmp_path, story)


def test_a_visit_reaches_the_kiosk_and_leaves_nothing_with_the_agent(tmp_path: Path) -> None:
    async def story(kiosk: KioskDouble, app: AppClient, bus: MemoryBus) -> None:
        ledger, table = CommandLedger(tmp_path / "commands.db"), {"visit": visit_operation(app)}
        commands = Commands(ledger, table, TOPICS, bus, ManualClock(NOW))
        commands.listen()
        expires_ms = int(NOW.timestamp() * 1000) + 60_000

        async def send(number: str, blob: str) -> None:
            command = Command(expires_ms=expires_ms, args={"blob": blob})
            await bus.bring(TOPICS.command("visit", number), messages.encode(command))
            await until_async(lambda: len(bus.on(TOPICS.command_state("visit", number), CommandState)) == 2)

        await send("1", BLOB)
        kiosk.refusal = "It does not open."
        await send("2", STANDARD)
        await commands.close()
        first, second = (bus.on(TOPICS.command_state("visit", number), CommandState)[1] for number in "12")
        assert (first.state, first.result) == ("successful", {"visits": 1})
        assert second.state == "failed"
        assert "does not open" in second.reason
        assert [base64.b64decode(one["record"]) for one in kiosk.asked] == [RAW, RAW]

    run(tmp_path, story)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("commands.db*"))
    assert b"does not open" in kept
    assert BLOB.encode() not in kept
    assert STANDARD.encode() not in kept
    assert b"opaque" not in kept


@pytest.mark.parametrize(
    "args", [{}, {"blob": ""}, {"blob": "a b/"}, {"blob": "a"}, {"blob": "a" * (MOST_BLOB_CHARS + 1)}, {"record": BLOB}]
)
def test_what_is_no_blob_is_refused(tmp_path: Path, args: dict[str, Any]) -> None:
    async def story(kiosk: KioskDouble, app: AppClient, bus: MemoryBus) -> None:
        with pytest.raises(MyDeskError, match="no blob"):
            await visit_operation(app).run(args)
        assert kiosk.asked == []

    run(tmp_path, story)
