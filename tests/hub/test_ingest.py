"""Ingest at a real Mosquitto: committed before acknowledged, and nothing lost by whoever dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from common.clock import SystemClock
from hub import ingest as ingest_module
from hub import link as link_module
from hub.bad_messages import BadMessages
from hub.draft import Draft
from hub.ingest import Ingest
from hub.intake import Written
from hub.link import CLIENT_ID, Outcome
from hub.live import Live
from hub.store import Store
from hub.tables import LATEST, ROWS, UNITS
from tests.hub.ingest_kit import Unit, address, count, ingesting
from tests.hub.postgresql import Server
from tests.hub.wire import UNIT, batch, row, rows
from tests.mqtt_kit.broker import Broker
from tests.waiting import until


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'hub.db'}")
    yield opened
    opened.close()


def test_what_a_unit_tells_is_committed_and_acknowledged(broker: Broker, store: Store) -> None:
    async def first_change(live: Live, unit: Unit) -> str:
        with live.listening() as changes:
            unit.say("now/room", b'{"co2_ppm":600}', qos=0)
            unit.say("e/room", rows(1, 3))
            while True:
                change = await asyncio.wait_for(changes.get(), 10)
                if change is not None and change.topic == "e/room":
                    return change.unit

    live = Live()
    with ingesting(store, broker, live) as ingest, Unit(broker) as unit:
        assert asyncio.run(first_change(live, unit)) == UNIT
        until(lambda: unit.acknowledged() == 3)
        assert count(store) == 3
        assert (ingest.trouble, ingest.ailing(), ingest.bad.total, ingest.counts.rows) == ("", "", 0, 3)
        assert ingest.progress_age_s() < 5
        with store.reading() as connection:
            assert connection.execute(select(LATEST.c.body)).scalar_one() == '{"co2_ppm":600}'
            assert connection.execute(select(UNITS.c.unit)).scalar_one() == UNIT


def test_what_cannot_be_used_is_counted_and_does_not_stop_the_rest(
    broker: Broker, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with ingesting(store, broker) as ingest, Unit(broker) as unit:
        for _ in range(10):
            unit.say("e/room", b"nonsense")
        unit.say("a/storage", b"[]")
        unit.say("e/room", rows(1, 2))
        until(lambda: unit.acknowledged() == 2)
        assert ingest.bad.total == 11
    assert len([one for one in caplog.records if "unusable" in one.message]) == 1
    assert "nonsense" not in caplog.text
    with ingesting(store, broker) as again:  # all were acknowledged: none comes again
        until(lambda: again.link.publish_and_wait("mydesk/1/hub/ack", b"") is Outcome.NOBODY)
        assert again.bad.total == 0


def test_a_locked_database_acknowledges_nothing_until_it_is_free(
    broker: Broker, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "FIRST_RETRY_S", 0.05)
    monkeypatch.setattr("hub.store.BUSY_TIMEOUT_S", 0.05)
    impatient = Store.open(f"sqlite:///{tmp_path / 'hub.db'}")
    with ingesting(impatient, broker) as ingest, Unit(broker) as unit:
        other = sqlite3.connect(tmp_path / "hub.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        unit.say("e/room", rows(1, 5))
        until(lambda: ingest.counts.failed_commits >= 2)
        assert "busy" in ingest.trouble
        assert (unit.acknowledged(), ingest.progress_age_s() < 5) == (0, True)
        other.execute("ROLLBACK")
        other.close()
        until(lambda: unit.acknowledged() == 5)
        assert ingest.trouble == ""
    impatient.close()


def test_a_hub_that_stops_while_the_database_is_away_gets_it_again(
    broker: Broker, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.store.BUSY_TIMEOUT_S", 0.05)
    impatient = Store.open(f"sqlite:///{tmp_path / 'hub.db'}")
    with Unit(broker) as unit:
        with ingesting(impatient, broker) as ingest:
            other = sqlite3.connect(tmp_path / "hub.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            unit.say("e/room", rows(1, 5))
            until(lambda: ingest.counts.failed_commits)
        other.close()
        assert count(store) == 0
        with ingesting(store, broker):
            until(lambda: unit.acknowledged() == 5)
    impatient.close()


def test_one_message_that_fits_no_column_does_not_stop_the_others(
    broker: Broker, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "LONGEST_S", 0.5)
    monkeypatch.setattr(ingest_module, "QUIET_S", 0.3)
    with ingesting(store, broker) as ingest, Unit(broker) as unit:
        with store.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER poison BEFORE INSERT ON rows WHEN NEW.topic = 'e/poison'"
                " BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
            )
        unit.say("e/room", rows(1, 2))
        unit.say("e/poison", batch(row(7, prev=6)))
        unit.say("e/room", rows(3, 4))
        until(lambda: unit.acknowledged() == 4)
        assert (count(store), ingest.bad.total) == (4, 1)


def test_more_than_there_is_room_for_is_asked_for_again(
    broker: Broker, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest = Ingest(store, Live(), SystemClock(), address(broker), lambda *_: None)
    monkeypatch.setattr(ingest._inbox, "_most_messages", 4)
    monkeypatch.setattr(ingest._inbox, "_patience_s", 0.1)
    writing, held = threading.Event(), threading.Event()
    write = ingest._intake.write

    def slow(draft: Draft, now_ms: int) -> Written:
        writing.set()
        held.wait(20)
        return write(draft, now_ms)

    monkeypatch.setattr(ingest._intake, "write", slow)
    ingest.start()
    try:
        until(lambda: ingest.link.connected)
        with Unit(broker) as unit:
            unit.say("e/room", rows(1, 1))
            until(writing.is_set)
            for number in range(2, 16):
                unit.say("e/room", rows(number, number))
            until(lambda: ingest._inbox._overflowed)
            held.set()
            until(lambda: unit.acknowledged() == 15, timeout_s=30)
        assert ingest.link.connection >= 1
    finally:
        held.set()
        ingest.stop()


def test_a_flood_of_retained_messages_is_taken_in_without_beginning_anew(
    broker: Broker, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mosquitto 2.0 forgets the receive maximum with the first acknowledgement (its issue 2301)."""
    count_of, most = 600, 20
    with Unit(broker) as unit:
        for number in range(count_of):
            unit.say(f"twin/f{number}", b'{"a":1}', retain=True)
        until(unit.said)
    ingest = Ingest(store, Live(), SystemClock(), address(broker), lambda *_: None, most=10)
    monkeypatch.setattr(ingest._inbox, "_most_messages", most)
    monkeypatch.setattr(ingest.link, "_receive_maximum", most)
    ingest.start()
    try:
        until(lambda: ingest.counts.messages >= count_of)
        assert (ingest.link.connection, ingest._inbox._overflowed) == (0, False)
    finally:
        ingest.stop()


@pytest.mark.slow
def test_a_postgresql_that_crashes_costs_nothing(
    broker: Broker, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "FIRST_RETRY_S", 0.05)
    away = Store.open(postgresql.fresh())
    with ingesting(away, broker) as ingest, Unit(broker) as unit:
        unit.say("e/room", rows(1, 2))
        until(lambda: unit.acknowledged() == 2)
        postgresql.stop()
        unit.say("e/room", rows(3, 4))
        until(lambda: "away" in ingest.trouble)
        assert unit.acknowledged() == 2
        postgresql.start()
        until(lambda: unit.acknowledged() == 4)
        assert ingest.trouble == ""
    assert count(away) == 4
    away.close()


def hub_process(store_file: Path, broker: Broker) -> subprocess.Popen[bytes]:
    """An ingest that can be killed."""
    own = address(broker)
    files = [str(own.ca_file), str(own.cert_file), str(own.key_file)]
    code = """
import sys, threading
from pathlib import Path
from common.clock import SystemClock
from hub.ingest import Ingest
from hub.link import BrokerAddress
from hub.live import Live
from hub.store import Store
url, host, port, *files = sys.argv[1:]
address = BrokerAddress(host, int(port), *map(Path, files))
Ingest(Store.open(url), Live(), SystemClock(), address, lambda *_: None).start()
threading.Event().wait()
"""
    where = [f"sqlite:///{store_file}", broker.host, str(broker.port)]
    return subprocess.Popen([sys.executable, "-c", code, *where, *files])


def settle(unit: Unit, last: int) -> None:
    """Send again from the watermark until all up to `last` are acknowledged, as the agent does."""
    for _ in range(20):
        with contextlib.suppress(AssertionError):
            until(lambda: unit.acknowledged() >= last, timeout_s=3)
            return
        reached = unit.acknowledged()
        unit.say("e/room", rows(reached + 1, min(last, reached + 100)))
    raise AssertionError(f"only {unit.acknowledged()} of {last} were acknowledged")


@pytest.mark.slow
def test_killing_hub_and_broker_loses_nothing_and_doubles_nothing(broker: Broker, store: Store, tmp_path: Path) -> None:
    last, killed = 400, {80: "hub", 160: "broker", 240: "hub", 320: "both"}
    hub = hub_process(tmp_path / "hub.db", broker)
    try:
        with Unit(broker) as unit:
            for first in range(1, last, 10):
                who = killed.get(first - 1, "")
                if who:
                    settle(unit, first - 1)
                unit.say("e/room", rows(first, first + 9))  # on its way when somebody dies
                if who in ("hub", "both"):
                    hub.kill()
                    hub.wait()
                    hub = hub_process(tmp_path / "hub.db", broker)
                if who in ("broker", "both"):
                    broker.restart(kill=True)
            settle(unit, last)
    finally:
        hub.kill()
        hub.wait()
    with store.reading() as connection:
        assert list(connection.execute(select(ROWS.c.seq).order_by(ROWS.c.seq)).scalars()) == list(range(1, last + 1))


@pytest.mark.slow
def test_a_broker_that_is_killed_is_found_again(broker: Broker, store: Store) -> None:
    with ingesting(store, broker) as ingest, Unit(broker) as unit:
        unit.say("e/room", rows(1, 2))
        until(lambda: unit.acknowledged() == 2)
        broker.restart(kill=True)
        until(lambda: ingest.link.connection == 1 and ingest.link.connected)
        unit.say("e/room", rows(3, 4))
        until(lambda: unit.acknowledged() == 4)
    assert count(store) == 4


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_of_paho_that_died_is_noticed(broker: Broker, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with ingesting(store, broker) as ingest:
        (thread,) = (one for one in threading.enumerate() if one.name == f"paho-mqtt-client-{CLIENT_ID}")
        monkeypatch.setattr(ingest.link._client, "_loop", lambda *_: 1 / 0)
        thread.join(10)
        assert ingest.link.connected
        assert "thread has died" in ingest.ailing()


def test_a_broker_that_says_nothing_is_asked_and_then_given_up(
    broker: Broker, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ingesting(store, broker) as ingest:
        monkeypatch.setattr(link_module, "SILENT_S", 0.0)
        before_s = ingest.link._heard_s
        assert ingest.ailing() == ""
        until(lambda: ingest.link._heard_s > before_s, what="the answer to the probe")
        broker.pause()
        monkeypatch.setattr(link_module, "DEAD_S", 0.2)
        until(lambda: "nothing was heard" in ingest.ailing())
        broker.resume()


def test_what_became_of_what_the_hub_sent(broker: Broker, store: Store) -> None:
    with ingesting(store, broker) as ingest, Unit(broker) as unit:
        topic = unit.topics.command("identify", "7f3a")
        until(lambda: ingest.link.publish_and_wait(topic, b"{}", expiry_s=60) is Outcome.TAKEN)
        until(lambda: (topic, b"{}") in unit.heard)
        assert ingest.link.publish_and_wait("mydesk/1/room-bob/cmd/identify/1", b"{}") is Outcome.NOBODY
        broker.stop()
        until(lambda: not ingest.link.connected)
        assert ingest.link.publish_and_wait(topic, b"{}") is Outcome.AWAY
        assert ingest.link.publish(topic, b"{}") is False


def test_bad_messages_are_told_seldom_and_for_many_units_together(caplog: pytest.LogCaptureFixture) -> None:
    bad = BadMessages()
    with caplog.at_level(logging.WARNING):
        for second in range(120):
            bad.note("room-ada", "e/room", "no batch", float(second))
        for number in range(1200):
            bad.note(f"room-{number}", "e/room", "no batch", 0.0)
    ada = [one.message for one in caplog.records if "room-ada:" in one.message]
    assert len(ada) == 2
    assert "60 unusable" in ada[1]
    assert len([one for one in caplog.records if "other units" in one.message]) == 1
    assert bad.total == 1320
