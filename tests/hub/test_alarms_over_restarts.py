"""A unit's alarms, its agent started again: a real link, a real Mosquitto, the hub's ingest and its notices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from common.clock import SystemClock
from hub.store import Store
from hub.tables import ALARMS
from telemetry.health.watch import Health
from telemetry.settings import AgentConfig
from tests.hub.ingest_kit import ingesting
from tests.hub.wire import UNIT
from tests.mqtt_kit.broker import Broker
from tests.telemetry.health.fake_root import PI, card_below, put
from tests.telemetry.health.test_watch import WELL, SinkRecord, config
from tests.telemetry.link_kit import make_link, running
from tests.waiting import until, until_async


class HurriedClock(SystemClock):
    """The machine's clock with minutes put in between."""

    minutes = 0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + 60 * self.minutes

    def now(self) -> Any:
        return super().now() + timedelta(minutes=self.minutes)


class Pi:
    """A unit whose agent lives again and again: with its link, or with the link that finds nobody."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self._folder, self._broker, self._identity = folder, broker, broker.ca.issue(UNIT)
        self.clock = HurriedClock()
        self.root = card_below(put(folder / "pi", PI), folder, {"type": "SD\n"})
        put(self.root, {"sys/devices/platform/soc/soc:firmware/get_throttled": "0\n"})
        self._config: AgentConfig = config(folder)

    def heat(self, degrees: int) -> None:
        put(self.root, {"sys/class/thermal/thermal_zone0/temp": f"{degrees * 1000}\n"})

    def agent(self, minutes: int, done: Callable[[], bool], *, reached: bool = True) -> SinkRecord:
        """One life of so many looks, a minute apart, until the hub has it (`done`); then it is killed."""
        return asyncio.run(self._live(minutes, done, reached=reached))

    async def _live(self, minutes: int, done: Callable[[], bool], *, reached: bool) -> SinkRecord:
        async def status() -> Mapping[str, Any]:
            return WELL

        link, sink = make_link(self._broker, self._identity, self._folder), SinkRecord()
        health = Health(self._config, link, sink, self.clock, status, root=self.root, boot="b1")
        try:
            async with AsyncExitStack() as stack:
                await health.recover()
                if reached:
                    await stack.enter_async_context(running(link))
                    await until_async(lambda: link.connected, what="the agent's connection")
                for _ in range(minutes):
                    await health.look()
                    self.clock.minutes += 1
                await until_async(done, what="the hub")
        finally:
            health.close()
        return sink


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running_broker:
        yield running_broker


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'hub.db'}")
    yield opened
    opened.close()


def heats(store: Store) -> list[tuple[int, int, bool]]:
    """Id, beginning and end of each alarm of heat that the hub ever had."""
    with store.reading() as connection:
        query = select(ALARMS).where(ALARMS.c.kind == "cpu-hot").order_by(ALARMS.c.id)
        return [(row.id, row.since_ms, row.cleared_ms is not None) for row in connection.execute(query)]


def test_an_alarm_is_one_row_however_often_the_agent_starts(tmp_path: Path, broker: Broker, store: Store) -> None:
    pi = Pi(tmp_path, broker)
    with ingesting(store, broker):
        pi.heat(84)
        pi.agent(3, lambda: len(heats(store)) == 1)
        (first,) = heats(store)
        pi.heat(78)  # a look of a new agent would not raise it, and may not clear it
        for _ in range(3):
            again = pi.agent(3, lambda: len(heats(store)) == 1)
            assert again.alarms() == []
        assert heats(store) == [first]
        pi.heat(50)
        pi.agent(4, lambda: heats(store)[0][2])
        assert heats(store) == [(*first[:2], True)]
        pi.agent(4, lambda: True)
        assert heats(store) == [(*first[:2], True)]


def test_what_ended_while_nobody_was_reached_is_ended_by_the_next_agent(
    tmp_path: Path, broker: Broker, store: Store
) -> None:
    pi = Pi(tmp_path, broker)
    with ingesting(store, broker):
        pi.heat(84)
        pi.agent(3, lambda: len(heats(store)) == 1)
        pi.heat(50)
        assert pi.agent(4, lambda: True, reached=False).alarms() == [("cpu-hot", "cleared")]
        assert [over for *_, over in heats(store)] == [False]
        (pi.root / "sys/class/thermal/thermal_zone0/temp").unlink()  # unknown from here on
        pi.agent(1, lambda: heats(store)[0][2])


def test_what_began_while_nobody_was_reached_is_told_by_the_next_agent(
    tmp_path: Path, broker: Broker, store: Store
) -> None:
    pi = Pi(tmp_path, broker)
    with ingesting(store, broker):
        pi.heat(84)
        raised = pi.agent(3, lambda: True, reached=False)
        assert raised.alarms() == [("cpu-hot", "raised")]
        pi.heat(78)
        pi.agent(1, lambda: len(heats(store)) == 1)
        until(lambda: heats(store)[0][2] is False)
