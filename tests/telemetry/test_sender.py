"""The outbox to the hub over a real Mosquitto: nothing is lost, whatever is killed, forgotten or damaged meanwhile."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telemetry import messages
from telemetry.drain import DrainPace
from telemetry.messages import Batch
from telemetry.outbox_store import Limits
from telemetry.payloads import EventsLost, RoomSample, Started, Trouble, VisitSealed, record
from telemetry.topics import Topics, parse
from tests.mqtt_kit.broker import Broker
from tests.mqtt_kit.hub_double import HubDouble
from tests.telemetry.sender_kit import PACE, UNIT, Unit, stamp
from tests.waiting import until_async

ADA = Topics(UNIT)
EPOCH_OF_ANOTHER = "f" * 16


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def hub(broker: Broker) -> Iterator[HubDouble]:
    with HubDouble(broker) as hub:
        yield hub


@pytest.fixture
def unit(broker: Broker, tmp_path: Path) -> Iterator[Unit]:
    unit = Unit(broker, tmp_path)
    yield unit
    unit.close()


def arrived(hub: HubDouble) -> list[int]:
    return [seq for _, seq in hub.arrivals]


def test_rows_arrive_as_they_were_written_and_leave_the_outbox(unit: Unit, hub: HubDouble) -> None:
    async def scenario() -> None:
        async with unit.agent():
            unit.write(Started("mydesk-room", "1.0"), VisitSealed("c" * 8192), RoomSample(light=3))
            await unit.until_all_arrived(hub, 3)
            unit.write(Trouble("lamp", "PinBusy"))
            await unit.until_all_arrived(hub, 4)

    asyncio.run(scenario())
    assert arrived(hub) == [1, 2, 3, 4]
    found = {seq: hub.row(UNIT, unit.app.epoch, seq) for seq in (1, 2, 3, 4)}
    assert bytes(found[1].v) == b'{"program":"mydesk-room","version":"1.0"}'
    assert len(bytes(found[2].v)) > 8192
    assert [found[seq].prev for seq in (1, 2, 3)] == [0, 1, 2]


@pytest.mark.slow
def test_after_an_outage_they_come_in_order_and_not_faster_than_the_rate(
    broker: Broker, unit: Unit, hub: HubDouble
) -> None:
    broker.stop()
    unit.write_many(900)

    async def scenario() -> float:
        async with unit.agent(DrainPace(rows_per_s=300, settle_s=0.2)) as (sender, _):
            broker.start()
            await until_async(lambda: sender.state.out > 0, what="the first row")
            began_s = time.monotonic()
            await unit.until_all_arrived(hub, 900)
            return time.monotonic() - began_s

    took_s = asyncio.run(scenario())
    assert took_s > (900 - 300) / 300 * 0.8, "300 at once, then 300 a second"
    assert sorted(arrived(hub)) == list(range(1, 901)), "each once"
    batches = [messages.decode(raw, Batch) for topic, raw in hub.heard if topic.split("/")[3] in ("e", "m")]
    firsts = [batch.rows[0].seq for batch in batches]
    assert firsts == sorted(firsts)
    assert max(len(batch.rows) for batch in batches) > 20, "few messages, not one a row"


def test_that_nobody_listens_keeps_the_rows(broker: Broker, unit: Unit) -> None:
    unit.write_many(30)

    async def scenario() -> None:
        async with unit.agent() as (sender, _):
            await until_async(lambda: sender.state.failures >= 2)
            assert "rc16" in broker.log
            assert unit.left() == list(range(1, 31))
            with HubDouble(broker) as hub:
                await unit.until_all_arrived(hub, 30)

    asyncio.run(scenario())


def test_that_the_broker_refuses_keeps_the_rows(broker: Broker, hub: HubDouble, tmp_path: Path) -> None:
    other = Unit(broker, tmp_path, identity=broker.ca.issue("room-bob"))
    other.write_many(10)

    async def scenario() -> None:
        async with other.agent() as (sender, _):
            await until_async(lambda: sender.state.failures >= 2)
            assert "Denied PUBLISH from room-bob" in broker.log
            assert other.left() == list(range(1, 11))

    asyncio.run(scenario())
    other.close()
    assert arrived(hub) == []


def test_a_hub_that_does_not_acknowledge_gets_them_again_and_stores_them_once(unit: Unit, hub: HubDouble) -> None:
    hub.mute = True
    unit.write_many(40)

    async def scenario() -> None:
        async with unit.agent() as (sender, _):
            await until_async(lambda: sender.state.failures >= 2)
            assert unit.left() == list(range(1, 41))
            assert arrived(hub).count(1) >= 2
            hub.mute = False
            await unit.until_all_arrived(hub, 40)

    asyncio.run(scenario())
    assert hub.seen(UNIT, unit.app.epoch) == list(range(1, 41))


@pytest.mark.slow
def test_rows_that_the_broker_took_and_forgot_come_again(broker: Broker, unit: Unit, hub: HubDouble) -> None:
    hub.deaf = True  # the broker keeps them for the hub, and says "taken" to the unit
    unit.write_many(300)

    async def scenario() -> None:
        async with unit.agent() as (sender, _):
            await until_async(lambda: sender.state.out == 300 and broker.log.count("Sending PUBACK to room-ada") >= 5)
            broker.kill()
            hub.deaf = False
            broker.start()
            await unit.until_all_arrived(hub, 300)

    asyncio.run(scenario())


@pytest.mark.slow
def test_broker_hub_and_agent_are_killed_in_the_middle(broker: Broker, unit: Unit, hub: HubDouble) -> None:
    unit.write_many(1500)
    slowly = dataclasses.replace(PACE, rows_per_s=800)

    async def scenario() -> None:
        epoch = unit.app.epoch

        async def until_kept(rows: int) -> None:
            await until_async(lambda: hub.watermark(UNIT, epoch) >= rows)

        for part in range(1, 4):
            async with unit.agent(slowly):
                await until_kept(200 * part)
                if part == 2:
                    broker.restart(kill=True)
        async with unit.agent(slowly):
            await until_kept(800)
            hub.die()
            unit.write_many(10)
            hub.start()
            await unit.until_all_arrived(hub, 1510)

    asyncio.run(scenario())
    assert hub.seen(UNIT, unit.app.epoch) == list(range(1, 1511))


def test_another_outbox_is_another_epoch(unit: Unit, hub: HubDouble) -> None:
    unit.write_many(5)

    async def scenario() -> None:
        async with unit.agent() as (sender, _):
            old = unit.app.epoch
            await unit.until_all_arrived(hub, 5)
            unit.path.rename(unit.path.with_name("elsewhere.db"))
            unit.reopen()
            unit.write_many(3)
            await unit.until_all_arrived(hub, 3)
            assert unit.app.epoch != old
            assert (sender.state.epoch, sender.state.acked) == (unit.app.epoch, 3)

    asyncio.run(scenario())


@pytest.mark.parametrize("epoch", ["own", EPOCH_OF_ANOTHER])
def test_an_ack_set_back_or_of_another_epoch_changes_nothing(unit: Unit, hub: HubDouble, epoch: str) -> None:
    async def scenario() -> None:
        async with unit.agent() as (sender, _):
            unit.write_many(8)
            await unit.until_all_arrived(hub, 8)
            hub.mute = True
            hub.acknowledge(UNIT, unit.app.epoch if epoch == "own" else epoch, 3 if epoch == "own" else 99)
            unit.write_many(2)
            await until_async(lambda: hub.watermark(UNIT, unit.app.epoch) == 10)
            assert unit.left() == [9, 10]
            assert sender.state.acked == 8
            hub.mute = False
            await unit.until_all_arrived(hub, 10)

    asyncio.run(scenario())


def test_an_older_copy_of_the_outbox_gets_a_new_epoch(unit: Unit, hub: HubDouble) -> None:
    unit.write_many(5)
    old = unit.app.epoch
    hub.acknowledge(UNIT, old, 500)  # rows that this file has not written yet

    async def scenario() -> None:
        async with unit.agent():
            await until_async(lambda: unit.app.epoch != old)
            await unit.until_all_arrived(hub, 5)

    asyncio.run(scenario())
    assert hub.seen(UNIT, old) == []


def test_a_hub_set_back_to_a_backup_goes_on(unit: Unit, hub: HubDouble) -> None:
    async def scenario() -> None:
        epoch = unit.app.epoch
        async with unit.agent():
            unit.write_many(20)
            await unit.until_all_arrived(hub, 20)
            hub.forget_after(UNIT, epoch, 6)
            unit.write_many(5)
            await unit.until_all_arrived(hub, 25)
            hub.forget()
            unit.write_many(5)
            await unit.until_all_arrived(hub, 30)

    asyncio.run(scenario())


def test_gaps_of_eviction_hold_nothing_up(broker: Broker, hub: HubDouble, tmp_path: Path) -> None:
    unit = Unit(broker, tmp_path, Limits(rows=100, size_bytes=1 << 20))
    hub.deaf = True

    async def scenario() -> None:
        async with unit.agent() as (sender, _):
            unit.write_many(80)
            await until_async(lambda: sender.state.out == 80)  # sent, each with the one before it
            for _ in range(10):
                unit.write_many(40)
            newest = unit.left()[-1]
            hub.die()
            broker.restart(kill=True)
            hub.deaf = False
            hub.start()
            await unit.until_all_arrived(hub, newest)
            assert unit.app.evicted > 300

    asyncio.run(scenario())
    seen = hub.seen(UNIT, unit.app.epoch)
    assert len(seen) + unit.app.evicted == 480
    unit.close()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "overwritten": lambda path: path.write_bytes(b"garbage" * 2000),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "a page": lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096 + path.read_bytes()[8192:]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_moved_aside_and_told(unit: Unit, hub: HubDouble, damage: str) -> None:
    unit.write_many(300)
    unit.app.close()
    DAMAGES[damage](unit.path)

    async def scenario() -> None:
        async with unit.agent() as (sender, _):
            await until_async(lambda: Trouble("store", "outbox-damaged") in unit.told.events)
            await until_async(lambda: sender.state.fault == "")
            unit.reopen()
            unit.write_many(3)
            await unit.until_all_arrived(hub, 3)

    asyncio.run(scenario())
    assert unit.path.with_name("outbox.db.damaged").exists()


def test_a_folder_that_is_missing_is_waited_for(broker: Broker, hub: HubDouble, tmp_path: Path) -> None:
    unit = Unit(broker, tmp_path)
    unit.app.close()
    home = tmp_path / "card"
    unit.path = home / "outbox.db"

    async def scenario() -> None:
        async with unit.agent() as (sender, _):
            await until_async(lambda: "missing" in sender.state.fault)
            home.mkdir()
            unit.reopen()
            unit.write_many(3)
            await unit.until_all_arrived(hub, 3)
            assert sender.state.fault == ""

    asyncio.run(scenario())
    unit.close()


def test_a_row_that_no_hub_could_read_is_told_and_the_others_go(unit: Unit, hub: HubDouble) -> None:
    unit.write_many(5)
    other = sqlite3.connect(unit.path)
    other.execute("UPDATE outbox SET body = '{' WHERE seq IN (2, 3)")
    other.commit()
    other.close()

    async def scenario() -> None:
        async with unit.agent() as (sender, _):
            await unit.until_all_arrived(hub, 5)
            assert sender.state.unfit == 2

    asyncio.run(scenario())
    assert hub.seen(UNIT, unit.app.epoch) == [1, 4, 5]
    assert unit.told.events == [EventsLost(2, "unfit")]


def test_a_sample_of_last_month_is_not_sent(unit: Unit, hub: HubDouble) -> None:
    old = dataclasses.replace(stamp(), wall_ms=stamp().wall_ms - 31 * 86_400_000)
    unit.app.append([record(RoomSample(light=1), old), record(Started("a", "1"), old)])

    async def scenario() -> None:
        async with unit.agent() as (sender, _):
            sender._clock.compare(sender._clock.now())  # a server agrees: the clock may be believed
            await unit.until_all_arrived(hub, 2)
            assert sender.state.expired == 1

    asyncio.run(scenario())
    assert hub.seen(UNIT, unit.app.epoch) == [2]


def test_the_state_says_what_waits_and_how_long(unit: Unit) -> None:
    old = dataclasses.replace(stamp(), mono_ms=stamp().mono_ms - 60_000)
    unit.app.append([record(Started("a", "1"), old), record(Started("b", "1"), stamp())])

    async def scenario() -> None:
        async with unit.agent() as (sender, _):
            await until_async(lambda: sender.state.waiting == 2)
            assert sender.state.oldest_s == pytest.approx(60, abs=10)
            assert sender.state.epoch == unit.app.epoch

    asyncio.run(scenario())


@pytest.mark.slow
def test_fifty_thousand_rows_in_bounded_memory(broker: Broker, unit: Unit, hub: HubDouble) -> None:
    for _ in range(50):
        unit.write_many(1000)
    pace = DrainPace(rows_per_s=10_000, ack_timeout_s=20, settle_s=0.2)

    async def scenario() -> int:
        tracemalloc.start()
        async with unit.agent(pace):
            await until_async(lambda: hub.watermark(UNIT, unit.app.epoch) > 20_000, 60)
            held = _held_by_the_agent()
            tracemalloc.stop()
            await unit.until_all_arrived(hub, 50_000, 60)
            return held

    assert asyncio.run(scenario()) < 4 << 20
    assert hub.seen(UNIT, unit.app.epoch) == list(range(1, 50_001))
    assert all((address := parse(topic)) and address.unit == UNIT for topic, _ in hub.heard)


def _held_by_the_agent() -> int:
    """Bytes in the middle of the work, of whatever our modules asked for."""
    names = ("batches", "drain", "link*", "outbox_reader", "sender")
    own = [tracemalloc.Filter(inclusive=True, filename_pattern=f"*/telemetry/{name}.py") for name in names]
    return sum(found.size for found in tracemalloc.take_snapshot().filter_traces(own).statistics("filename"))
