"""How much the hub takes in: `scripts/bench/run ingest`, with `--rows 100000` and `--units 4`.

Publishers (a process), Mosquitto as `mydesk-hub broker-config` sets it up (TLS), and the hub's ingest share this
machine. A transaction takes up to 1, 10, 100 or 500 messages of one row, or 500 messages of 10 or 100 rows. The clock
runs from the first publish until every row is committed. Both databases make every commit durable (fsync). Compare
within one run only: the machine has neighbours.
"""

from __future__ import annotations

import argparse
import json
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from common.clock import SystemClock
from hub.authority import Authority
from hub.broker_config import BrokerOptions, write
from hub.ingest import Ingest
from hub.link import BrokerAddress
from hub.live import Live
from hub.store import Store
from hub.tables import ROWS, WATERMARKS
from telemetry.messages import Batch, Row, encode
from telemetry.topics import Topics
from tests.hub.postgresql import Server
from tests.mqtt_kit.broker import MOSQUITTO
from tests.ports import free_port
from tests.waiting import until

BODY = msgspec.Raw(b'{"occupied":true,"temperature_c":21.5,"co2_ppm":612,"light":410}')
CASES = ((1, 1), (1, 10), (1, 100), (1, 500), (10, 500), (100, 500))
"""Rows in a message, and messages in a transaction at most."""

EPOCH = "0123456789abcdef"
MOST_UNANSWERED = 400
TIMEOUT_S = 300.0


def main() -> None:
    """Run all cases, or be a publisher."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--units", type=int, default=4)
    parser.add_argument("--publish", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.publish:
        publish(Path(asked.publish), asked.port, asked.units, asked.rows, asked.batch)
        return
    results = list(measure_all(asked.units, asked.rows))
    first = results[0]["rows_per_s"]
    for result in results:
        result["ratio"] = round(result["rows_per_s"] / first, 2)
        print(json.dumps(result))


def measure_all(units: int, rows: int) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, Server.started(durable=True) as server:
        for kind in ("sqlite", "postgresql"):
            for batch, most in CASES:
                place = Path(folder) / f"{kind}-{batch}-{most}"
                place.mkdir()
                url = server.fresh() if kind == "postgresql" else f"sqlite:///{place / 'hub.db'}"
                share = rows // 50 if most == 1 else rows // 10 if batch == 1 else rows
                told = {"store": kind, "rows_per_message": batch, "messages_at_most": most}
                yield told | measure(place, url, units, share, batch, most)


def measure(folder: Path, url: str, units: int, rows: int, batch: int, most: int) -> dict[str, Any]:
    """One case."""
    store = Store.open(url)
    authority = Authority(folder / "ca", "Bench", store, SystemClock())
    port = free_port()
    with broker(authority, folder, port):
        for number in range(units):
            unit = authority.enrol(f"unit-{number}")
            (folder / f"{unit.unit}.pem").write_bytes(unit.certificate_pem)
            (folder / f"{unit.unit}.key").write_bytes(unit.key_pem or b"")
        certificate, key = authority.client_files()
        address = BrokerAddress("localhost", port, authority.ca_file, certificate, key)
        ingest = Ingest(store, Live(), SystemClock(), address, lambda *_: None, most=most)
        ingest.start()
        until(lambda: ingest.link.connected)
        command = [sys.executable, "-m", "scripts.bench.ingest", "--publish", str(folder), "--port", str(port)]
        command += ["--units", str(units), "--rows", str(rows), "--batch", str(batch)]
        began_s, cpu_s = 0.0, 0.0
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as publisher:
            assert publisher.stdout is not None
            publisher.stdout.readline()
            began_s, cpu_s = time.monotonic(), time.process_time()
            assert publisher.stdin is not None
            publisher.stdin.write(b"\n")
            publisher.stdin.flush()
            expected = rows // units // batch * batch * units
            until(lambda: ingest.counts.rows >= expected, timeout_s=TIMEOUT_S, what="all rows")
            took_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
        ingest.stop()
        check(store, units, expected)
        counts = ingest.counts
    store.close()
    return {
        "rows": expected,
        "rows_per_s": round(expected / took_s),
        "messages_per_s": round(expected / batch / took_s),
        "messages_per_commit": round(counts.messages / counts.commits, 1),
        "hub_cpu": round(cpu_s / took_s, 2),
    }


def check(store: Store, units: int, expected: int) -> None:
    """Every row once, every watermark at its end."""
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(ROWS)).scalar_one() == expected
        marks = connection.execute(select(WATERMARKS.c.seq)).scalars().all()
    assert list(marks) == [expected // units] * units, marks


@contextmanager
def broker(authority: Authority, folder: Path, port: int) -> Iterator[None]:
    options = BrokerOptions(folder / "broker", port, "127.0.0.1", data_folder=f"{folder}/")
    write(authority, ("localhost",), options)
    config = options.folder / "mosquitto.conf"
    config.write_text(config.read_text() + "user root\n")
    log = folder / "mosquitto.log"
    with log.open("wb") as stream, subprocess.Popen([MOSQUITTO, "-c", str(config)], stdout=stream, stderr=stream) as it:
        until(lambda: " running" in log.read_text())
        yield
        it.terminate()


def publish(folder: Path, port: int, units: int, rows: int, batch: int) -> None:
    """Be the units: everything is encoded before the clock runs."""
    clients = [connected(folder, port, f"unit-{number}") for number in range(units)]
    payloads = [encoded(first, batch) for first in range(1, rows // units // batch * batch + 1, batch)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    topics = [Topics(f"unit-{number}").history("m/room") for number in range(units)]
    for payload in payloads:
        for client, topic in zip(clients, topics, strict=True):
            while len(client._out_messages) > MOST_UNANSWERED:
                time.sleep(0.001)
            client.publish(topic, payload, qos=1)
    for client in clients:
        until(partial(_taken, client), timeout_s=TIMEOUT_S)
        client.disconnect()
        client.loop_stop()


def _taken(client: Client) -> bool:
    return not client._out_messages


def encoded(first: int, batch: int) -> bytes:
    now_ms = int(time.time() * 1000)
    rows = [
        Row(seq=seq, prev=seq - 1, ts=now_ms, mono=seq, boot="b1", synced=True, v=BODY)
        for seq in range(first, first + batch)
    ]
    return encode(Batch(epoch=EPOCH, boot="b1", mono=10**9, rows=rows))


def connected(folder: Path, port: int, unit: str) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=unit, protocol=MQTTv5)
    context = ssl.create_default_context(cafile=str(folder / "ca" / "ca.pem"))
    context.load_cert_chain(folder / f"{unit}.pem", folder / f"{unit}.key")
    client.tls_set_context(context)
    client.max_inflight_messages_set(MOST_UNANSWERED)
    client.connect("localhost", port)
    client.loop_start()
    until(client.is_connected)
    return client


if __name__ == "__main__":
    main()
