"""The hub's command line as processes, on a real PostgreSQL: from the first command to a killed and restarted hub."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telemetry.messages import Ack, decode
from tests.hub.postgresql import Server
from tests.hub.test_serve import TOPICS, Place, Running, place_with, unit
from tests.hub.wire import UNIT, rows
from tests.waiting import until

pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path: Path, postgresql: Server) -> Place:
    return place_with(tmp_path, postgresql.fresh())


@pytest.fixture
def broker(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """A Mosquitto of the files that `mydesk-hub broker-config` wrote; only its user is the test's."""
    folder = place.folder / "broker"
    command(place, "broker-config", "--out", str(folder), "--address", "127.0.0.1", "--data", f"{place.folder}/")
    config = folder / "mosquitto.conf"
    config.write_text(config.read_text() + "user root\n")
    running = place.broker()
    yield running
    running.terminate()
    running.wait(10)


def command(place: Place, *words: str) -> dict[str, Any]:
    """What a command of `mydesk-hub` prints as JSON."""
    line = [sys.executable, "-m", "hub.cli", *words, "--config", str(place.config), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_enrolled_served_killed_and_served_again(place: Place, broker: subprocess.Popen[bytes]) -> None:
    told = command(place, "enrol", UNIT, "--out", str(place.folder), "--name", "Ada", "--role", "room")
    assert {Path(file).name for file in told["files"]} == {"unit.pem", "unit.key", "site-ca.pem"}
    hub = Running(place)
    heard: dict[str, bytes] = {}
    client = None
    try:
        hub.until_told("READY=1")
        hub.until_told("STATUS=taking in")
        assert place.status("/sign-in") == 200
        client = unit(place, heard)
        client.publish(TOPICS.history("e/room"), rows(1, 3), qos=1)
        until(lambda: acknowledged(heard) == 3, what="the first rows")
        found = command(place, "status")
        assert (found["database"], found["units"], found["database_bytes"] > 0) == ("postgresql", 1, True)
        command(place, "enrol", "room-bob", "--out", str(place.folder / "bob"))  # beside a hub that runs

        hub.process.kill()
        hub.process.wait(10)
        client.publish(TOPICS.history("e/room"), rows(3, 6), qos=1)
        hub = again(hub, place)
        until(lambda: acknowledged(heard) == 6, what="what the broker kept meanwhile")
        assert len(exported(place)) == 6, "row 3 came twice"
        assert command(place, "revoke", UNIT, "--broker-folder", str(place.folder / "broker"))["revoked"] == 1
        assert command(place, "status")["units"] == 2
        assert hub.end() == 0, hub.log
        assert "Traceback" not in hub.log
    finally:
        if client is not None:
            client.disconnect()
            client.loop_stop()
        if hub.process.poll() is None:
            hub.end()


def again(killed: Running, place: Place) -> Running:
    killed._socket.close()
    (place.folder / "notify").unlink()
    hub = Running(place)
    hub.until_told("STATUS=taking in")
    return hub


def acknowledged(heard: dict[str, bytes]) -> int:
    return decode(heard[TOPICS.ack], Ack).seq if TOPICS.ack in heard else 0


def exported(place: Place) -> list[str]:
    line = [sys.executable, "-m", "hub.cli", "export", "--config", str(place.config), "--format", "jsonl"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()
