"""Thousands of simulated units at a real broker and a real hub, and how soon all are current after the broker died.

>>> report = asyncio.run(reconnect(folder, Fleet(units=10_000, tls=True)))        # doctest: +SKIP
>>> report.after.last_s                                                           # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sqlalchemy import func, select

from hub import certificates
from hub.store import Store
from hub.tables import LATEST, WATERMARKS
from tests.chaos.fleet_unit import FACETS, Door, FleetUnit
from tests.chaos.telemetry_site import Site
from tests.ports import free_port
from tests.waiting import until_async

FILES_BESIDE = 500
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Fleet:
    """How many, over TLS with a certificate for each or in plain text, and what happens: they connect, the broker is
    killed, each makes `rows` rows while it is away for `down_s`, it starts again."""

    units: int = 10_000
    tls: bool = True
    first_spread_s: float = 30.0
    rows: int = 3
    down_s: float = 5.0
    seed: int = 1
    limit_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the broker's start until a part of the units was current: the hub has acknowledged every row."""

    half_s: float
    most_s: float
    nearly_s: float
    last_s: float
    attempts: int

    @classmethod
    def of(cls, units: Sequence[FleetUnit], began_s: float, attempts: int) -> Times:
        """Half, nine tenths, 99 of a hundred, all."""
        took = sorted(unit.current_s - began_s for unit in units)
        half, most, nearly = (took[min(len(took) - 1, int(len(took) * part))] for part in (0.5, 0.9, 0.99))
        return cls(half, most, nearly, took[-1], attempts)


@dataclass(frozen=True, slots=True)
class Use:
    """Of a process: resident memory now and at most, and processor time so far."""

    memory_mib: float
    most_mib: float
    cpu_s: float

    @classmethod
    def of(cls, pid: int) -> Use:
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        cpu_s = (int(fields[11]) + int(fields[12])) / _TICKS
        return cls(int(lines["VmRSS"].split()[0]) / 1024, int(lines["VmHWM"].split()[0]) / 1024, cpu_s)


@dataclass(frozen=True, slots=True)
class FleetReport:
    """`behind` units are not current by the hub's database, `offline` ones not online there."""

    first: Times
    after: Times
    broker: Use
    hub: Use
    simulator: Use
    behind: int
    offline: int
    facets: int


async def reconnect(folder: Path, fleet: Fleet, say: Callable[[str], None] = lambda line: None) -> FleetReport:
    """Run it in `folder`, which is empty.

    Raises:
        AssertionError: not all units became current in `limit_s`.
        OSError: so many files cannot be opened (ulimit -n).
    """
    raise_file_limit(fleet.units + FILES_BESIDE)
    names = [f"unit-{number:05}" for number in range(1, fleet.units + 1)]
    site = Site(folder, ())
    door = _door(site, fleet, names)
    chance = random.Random(fleet.seed)
    units = [FleetUnit(name, door, random.Random(chance.getrandbits(64))) for name in names]
    with site:
        began_s = time.monotonic()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(unit.run()) for unit in units]
            for unit in units:
                unit.make(1)
            first = await _all_current(site, units, began_s, fleet.limit_s, say)
            site.broker.kill()
            for unit in units:
                unit.make(fleet.rows)
            await asyncio.sleep(fleet.down_s)
            began_s = time.monotonic()
            site.broker.start()
            after = await _all_current(site, units, began_s, fleet.limit_s, say)
            broker, hub, simulator = (Use.of(pid) for pid in (site.broker.pid, site.hub.pid, os.getpid()))
            behind, offline, facets = await _at_the_hub(site, units)
            for task in tasks:
                task.cancel()
    return FleetReport(first, after, broker, hub, simulator, behind, offline, facets)


def raise_file_limit(files: int) -> None:
    """For this process and those that it starts. Raises OSError when the system does not let us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < files:
        if hard < files and os.geteuid() != 0:
            raise OSError(f"{files} open files are needed and {hard} allowed: ulimit -Hn")
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, max(hard, files)))


async def _all_current(
    site: Site, units: Sequence[FleetUnit], began_s: float, limit_s: float, say: Callable[[str], None]
) -> Times:
    attempts = sum(unit.attempts for unit in units)
    told_s = began_s

    def all_current() -> bool:
        nonlocal told_s
        if time.monotonic() - told_s > 5:
            told_s = time.monotonic()
            current = sum(unit.current for unit in units)
            say(f"{told_s - began_s:6.0f} s  {current} of {len(units)} current")
            for child in (site.broker, site.hub):
                child.check()
        return all(unit.current for unit in units)

    await until_async(all_current, limit_s, "units that are current")
    return Times.of(units, began_s, sum(unit.attempts for unit in units) - attempts)


async def _at_the_hub(site: Site, units: Sequence[FleetUnit]) -> tuple[int, int, int]:
    """Units behind and not online, and facets that are missing, by the hub's database."""
    store = Store.open(site.url)
    wanted = len(units) * len(FACETS)
    try:
        await until_async(lambda: _facets(store) >= wanted, 60, "all facets at the hub")
        facets = _facets(store)
        with store.reading() as connection:
            marks = {row.unit: row.seq for row in connection.execute(select(WATERMARKS.c.unit, WATERMARKS.c.seq))}
            online = LATEST.c.body.like('%"s":"online"%')
            query = select(func.count()).select_from(LATEST).where(LATEST.c.topic == "status", online)
            count = connection.execute(query).scalar_one()
    finally:
        store.close()
    behind = sum(marks.get(unit.name, 0) < unit.made for unit in units)
    return behind, len(units) - int(count), wanted - facets


def _facets(store: Store) -> int:
    with store.reading() as connection:
        query = select(func.count()).select_from(LATEST).where(LATEST.c.topic.like("twin/%"))
        return int(connection.execute(query).scalar_one())


def _door(site: Site, fleet: Fleet, names: Sequence[str]) -> Door:
    if not fleet.tls:
        port = free_port()
        config = site.folder / "broker" / "mosquitto.conf"
        plain = f"\nlistener {port} 127.0.0.1\nallow_anonymous true\nmax_connections -1\n"
        config.write_text(config.read_text() + plain)
        return Door(port, None, fleet.first_spread_s)
    ca_file = site.folder / "ca" / "ca.pem"
    folder = site.folder / "units"
    _issue(site.folder / "ca", folder, names)

    def context(name: str) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=str(ca_file))
        made.load_cert_chain(folder / f"{name}.pem", folder / "unit.key")
        return made

    return Door(site.broker_port, context, fleet.first_spread_s)


def _issue(authority: Path, folder: Path, names: Sequence[str]) -> None:
    """A certificate for each name by the site CA, all for one key, which is quick."""
    folder.mkdir()
    ca = x509.load_pem_x509_certificate((authority / "ca.pem").read_bytes())
    ca_key = serialization.load_pem_private_key((authority / "ca.key").read_bytes(), password=None)
    assert isinstance(ca_key, certificates.Key)
    key, now = certificates.new_key(), datetime.now(UTC)
    pem, pkcs8, clear = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "unit.key").write_bytes(key.private_bytes(pem, pkcs8, clear))
    for name in names:
        made = certificates.client_certificate(ca, ca_key, key.public_key(), name, 30, now)
        (folder / f"{name}.pem").write_bytes(made.public_bytes(pem))
