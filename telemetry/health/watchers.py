"""All watchers of a unit, looked at together; one that fails or hangs is named and stops nobody else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from common.clock import Clock
from telemetry.health.app import App, AppStatus
from telemetry.health.bounded import Bounded
from telemetry.health.disk import Disk
from telemetry.health.memory import Memory
from telemetry.health.network import Network
from telemetry.health.outbox import OutboxFill
from telemetry.health.power import Power
from telemetry.health.reach import Reach
from telemetry.health.readings import Readings, WatcherState
from telemetry.health.services import Services
from telemetry.health.storage import Storage
from telemetry.health.temperature import Temperature
from telemetry.health.time_sync import TimeSync
from telemetry.outbox import boot_id
from telemetry.settings import AgentConfig

READ_TIMEOUT_S = 12.0
"""Of one file, one count, or systemctl (which has 10 s of its own)."""

LOOK_TIMEOUT_S = 45.0
"""Of any watcher: the storage probe has 30 s of its own."""

OUR_SERVICES = (
    "mydesk-agent.service",
    "mydesk-update.service",
    "mydesk-rollback.service",
    "mydesk-boot-check.service",
    "mydesk-upkeep.service",
)

Look = Callable[[], Awaitable[object]]

_log = logging.getLogger(__name__)


class Watchers:
    """The fields of Readings but the last, each with what reads it. Belongs to the loop."""

    def __init__(
        self,
        config: AgentConfig,
        clock: Clock,
        *,
        app_status: AppStatus,
        hub_connected: Callable[[], bool],
        lost: Callable[[], int],
        root: Path = Path("/"),
    ) -> None:
        health, data = config.health, Path(config.health.data_folder)
        self._power = Power(clock, root)
        self._outbox = OutboxFill(Path(config.outbox.path), clock, boot_id(), lost)
        storage = Storage(
            clock, (data, Path(config.state.folder)), probe_every_s=health.storage_probe_s, root=root
        )  # the agent may not write where the app keeps its data
        services = Services(clock, (config.app_service, *OUR_SERVICES))
        network = Network(Reach(clock, health.tenant_host), hub_connected, root)
        self._looks: dict[str, Look] = {
            "temperature": _threaded("temperature", Temperature(root).read),
            "power": _threaded("power", self._power.read),
            "memory": _threaded("memory", Memory(root).read),
            "disk": _threaded("disk", Disk(data).read),
            "storage": storage.read,
            "time": _threaded("time", TimeSync(clock).read),
            "network": network.read,
            "services": _threaded("services", services.read),
            "app": App(app_status).read,
            "outbox": _threaded("outbox", self._outbox.read),
        }
        self._failing: dict[str, str] = {}

    async def read(self) -> Readings:
        """Look at everything at once. Never raises for a watcher."""
        self._power.watch()
        names = list(self._looks)
        found = await asyncio.gather(*(_limited(self._looks[name]) for name in names), return_exceptions=True)
        results = dict(zip(names, found, strict=True))
        failing = {name: type(one).__name__ for name, one in results.items() if isinstance(one, BaseException)}
        self._tell(failing)
        known: dict[str, Any] = {name: one for name, one in results.items() if name not in failing}
        return replace(Readings(**known), watchers=WatcherState(tuple(sorted(failing))))

    def close(self) -> None:
        """Give back files; `read` opens them anew."""
        self._power.close()
        self._outbox.close()

    def _tell(self, failing: dict[str, str]) -> None:
        """Once per change: a look a minute would fill the log. Only the kind of the error: its text may hold names."""
        for name, kind in failing.items():
            if self._failing.get(name) != kind:
                _log.error("health: %s cannot be told: %s", name, kind)
        for name in self._failing.keys() - failing.keys():
            _log.warning("health: %s can be told again", name)
        self._failing = failing


def _threaded(name: str, read: Callable[[], object]) -> Look:
    return Bounded(name, read, timeout_s=READ_TIMEOUT_S)


async def _limited(look: Look) -> object:
    async with asyncio.timeout(LOOK_TIMEOUT_S):
        return await look()
