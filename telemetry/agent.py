"""The composition root of the agent: link, outbox, health, commands, settings, certificate, Home Assistant, one loop.

Nothing here waits for the network: the agent has started when its loop runs and its socket answers.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from common.clock import Clock, SystemClock
from common.control import ControlServer
from common.database import StoreError
from common.sd_notify import Notifier
from common.tasks import Supervisor, TaskEvent
from telemetry.agent_watchdog import LinkProgress, watchdog
from telemetry.app_client import AppClient
from telemetry.certificate_files import CertificateFiles
from telemetry.command_ledger import CommandLedger
from telemetry.commands import Commands
from telemetry.discovery_sender import DiscoverySender
from telemetry.health.watch import Health
from telemetry.link import MqttLink
from telemetry.log_bundle import LogSource
from telemetry.now import Now
from telemetry.operations import UnitParts, operations
from telemetry.outbox import EventSink, boot_id, open_outbox
from telemetry.payloads import Started, TaskDied
from telemetry.power_control import PowerControl
from telemetry.renewal import Renewal
from telemetry.sender import Sender
from telemetry.settings import AgentConfig, load
from telemetry.shadow import Settings
from telemetry.shadow_record import RECORD, ShadowFiles
from telemetry.sharing_relay import SharingRelay
from telemetry.topics import Topics
from telemetry.update_request import UPDATE_FOLDER
from telemetry.update_watch import UpdateWatch

AGENT_SOCKET = Path("/run/mydesk/agent.sock")
DISTRIBUTION = "mydesk-firmware"
AGENT_SERVICE = "mydesk-agent.service"
UPDATE_SERVICE = "mydesk-update.service"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Agent:
    """The parts of a running agent."""

    config: AgentConfig
    version: str
    clock: Clock
    sink: EventSink
    link: MqttLink
    app: AppClient
    sender: Sender
    health: Health
    commands: Commands
    settings: Settings
    renewal: Renewal
    now: Now
    discovery: DiscoverySender
    update: UpdateWatch
    sharing: SharingRelay | None = None
    """a kiosk's"""

    async def begin(self) -> None:
        """Take up what the last start left, then hear. Before the link connects: a command nobody hears is lost."""
        try:
            await self.commands.recover()
        except StoreError as error:
            _log.error("what became of interrupted commands is not known: %s", error)
        try:
            await self.settings.recover()
        except OSError as error:
            _log.error("settings that were being tried may still be in use: %s", error.strerror)
        await self.health.recover()
        for part in (self.commands, self.settings, self.renewal, self.now, self.discovery):
            part.listen()
        if self.sharing:
            self.sharing.listen()

    def start(self, supervisor: Supervisor) -> None:
        """Run everything."""
        parts = ("app", "sender", "health", "commands", "settings", "renewal", "now", "discovery", "update", "link")
        for name in parts:
            supervisor.start(name, getattr(self, name).run)
        if self.sharing:
            supervisor.start("sharing", self.sharing.run)


@dataclass(frozen=True, slots=True)
class Places:
    """What of the machine the agent uses; other ones in tests."""

    socket: Path = AGENT_SOCKET
    root: Path = Path("/")
    systemctl: str = "systemctl"
    journalctl: str = "journalctl"
    update_folder: Path = UPDATE_FOLDER


def run_agent(path: Path, places: Places = Places()) -> None:
    """Run the agent of the configuration at `path` until SIGTERM or SIGINT.

    Raises:
        ConfigError: the file is wrong.
        ControlError: another agent runs, or the socket cannot be opened.
    """
    asyncio.run(_until_signalled(load(path), places))


async def _until_signalled(config: AgentConfig, places: Places) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with assembled(config, SystemClock(), places) as agent:
        await serve(agent, stop, places)


async def serve(agent: Agent, stop: asyncio.Event, places: Places, notifier: Notifier | None = None) -> None:
    """Run `agent` with its socket and watchdog until `stop`."""
    from telemetry.agent_control import handlers

    told = notifier or Notifier()

    def died(event: TaskEvent) -> None:
        agent.sink.put(TaskDied(event.name, event.exception_type, event.deaths, event.storm))

    async with AsyncExitStack() as stack:
        supervisor = await stack.enter_async_context(Supervisor(died))
        await stack.enter_async_context(ControlServer(places.socket, handlers(agent, supervisor)))
        stack.push_async_callback(agent.commands.close)
        agent.sink.put(Started("mydesk-agent", agent.version))
        told.ready("started")
        supervisor.start("watchdog", lambda: watchdog(told, LinkProgress(agent.link, agent.clock)))
        await _begin(agent, supervisor, stop)
        await stop.wait()
        told.stopping()


async def _begin(agent: Agent, supervisor: Supervisor, stop: asyncio.Event) -> None:
    """Begin, but not if told to stop meanwhile."""
    begun = asyncio.create_task(agent.begin())
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((begun, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not begun.done():
        begun.cancel()
        await asyncio.wait([begun])
        return
    begun.result()
    agent.start(supervisor)


@asynccontextmanager
async def assembled(config: AgentConfig, clock: Clock, places: Places = Places()) -> AsyncIterator[Agent]:
    """An agent from its configuration; its outbox is closed afterwards."""
    folder = Path(config.state.folder)
    files = CertificateFiles(Path(config.hub.cert_file), Path(config.hub.key_file), Path(config.hub.ca_file))
    await asyncio.to_thread(_prepare, folder, files)
    sink = open_outbox(config.outbox.path, clock)
    try:
        yield _made(config, clock, places, sink, files)
    finally:
        await asyncio.to_thread(sink.close)


def _prepare(folder: Path, files: CertificateFiles) -> None:
    """A disk that refuses is no reason not to start: telling of it is what an agent is for."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if files.settle():
            _log.warning("certificate: a change that was cut short is completed")
    except OSError as error:
        _log.error("%s cannot be used: %s", folder, error.strerror)


def _made(config: AgentConfig, clock: Clock, places: Places, sink: EventSink, files: CertificateFiles) -> Agent:
    unit, folder, release = config.unit, Path(config.state.folder), version(DISTRIBUTION)
    topics = Topics(unit.id)
    link = MqttLink(unit, config.hub, version=release, clock=clock, state_folder=folder)
    app = AppClient(Path(config.app_socket), clock, poll_s=config.app.poll_s)
    health = Health(config, link, sink, clock, app.status, version=release, root=places.root)
    shadow = ShadowFiles(folder / RECORD, Path(config.state.overrides_file))
    ledger = CommandLedger(folder / "commands.db")
    return Agent(
        config=config,
        version=release,
        clock=clock,
        sink=sink,
        link=link,
        app=app,
        sender=Sender(unit.id, config.outbox, link, clock=clock, events=sink),
        health=health,
        commands=Commands(ledger, operations(_parts(config, places, app)), topics, link, clock),
        settings=Settings(shadow, app, topics, link, clock),
        renewal=Renewal(unit.id, files, link, link, clock, renew_before_days=config.hub.renew_before_days),
        now=Now(unit, app, topics, link, clock, alarms=lambda: len(health.alarms)),
        discovery=DiscoverySender(unit, release, link, enabled=config.home_assistant.discovery),
        update=UpdateWatch(topics, link, places.root),
        sharing=SharingRelay(app, topics, link) if unit.role == "kiosk" else None,
    )


def _parts(config: AgentConfig, places: Places, app: AppClient) -> UnitParts:
    power = PowerControl(
        config.app_service,
        boot=boot_id(),
        start=secrets.token_hex(8),
        agent_service=AGENT_SERVICE,
        systemctl=places.systemctl,
    )
    logs = LogSource(
        (config.app_service, AGENT_SERVICE, UPDATE_SERVICE),
        names=frozenset({config.hub.host}),
        journalctl=places.journalctl,
    )
    return UnitParts(config.unit.role, app, power, logs, places.update_folder)
