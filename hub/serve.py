"""The hub as one process: database, site CA, ingest, pages and housekeeping, put together and kept running."""

from __future__ import annotations

import asyncio
import functools
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from common.clock import Clock, SystemClock
from common.errors import MyDeskError
from common.sd_notify import Notifier
from common.tasks import Supervisor, TaskEvent
from hub.authority import Authority
from hub.commands import Commands
from hub.desired import Desired
from hub.feed import Feed
from hub.live import Live
from hub.notify import Courier, Failing, couriers
from hub.own_alarms import OwnAlarms
from hub.parts import HubParts
from hub.retention import forget
from hub.settings import HubConfig
from hub.store import Store
from hub.visits.parts import VisitParts, build_visits
from hub.web.app import make_app
from hub.web_server import WebServer

EXPIRE_EVERY_S = 15.0
LOOK_EVERY_S = 15.0
FORGET_EVERY_S = 3600.0
VISITS_EVERY_S = 2.0
EVACUATIONS_EVERY_S = 0.5
CERTIFICATES_EVERY_S = 12 * 3600.0
STUCK_S = 120.0
"""A writing thread that has not gone round for so long is stuck: the watchdog ends us. A commit has 60 s at most."""

STATUS_EVERY_S = 5.0
MIGRATING_S = 600.0

_log = logging.getLogger(__name__)


def build(config: HubConfig, clock: Clock) -> tuple[HubParts, Feed]:
    """Open and prepare everything. Blocking. Raises HubStoreError, AuthorityError."""
    store = Store.open(config.database.url)
    try:
        folder = Path(config.authority.folder)
        authority = Authority(folder, config.site.name, store, clock, unit_days=config.authority.unit_days)
        authority.prepare()
    except BaseException:
        store.close()
        raise
    live = Live()
    feed = Feed(store, live, clock, authority, config.broker)
    commands, desired = Commands(store, feed, live, clock), Desired(store, feed, live, clock)
    visits = build_visits(config, store, feed, commands, live, clock) if config.visits.enabled else None
    feed.visits = visits.intake if visits else None
    feed.at_connect = functools.partial(_connected, desired, visits)
    return HubParts(config, store, live, commands, desired, authority, clock, visits), feed


def _connected(desired: Desired, visits: VisitParts | None) -> None:
    if visits is not None:
        visits.announcing.again()
    desired.publish_open()


async def serve(config: HubConfig, clock: Clock | None = None, notifier: Notifier | None = None) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        MyDeskError: what is needed at the start cannot be had: database, folder of the CA, port, certificate.
    """
    if not config.sign_in.tenant_id and not config.local_admin.password_hash:
        _log.warning("nobody can sign in: run mydesk-hub password for [local_admin], or set [sign_in]")
    notifier = notifier or Notifier()
    notifier.extend_timeout(MIGRATING_S)
    parts, feed = await asyncio.to_thread(build, config, clock or SystemClock())
    try:
        web = WebServer(config, parts.authority)
        app = await asyncio.to_thread(make_app, parts)
        await _run(parts, feed, web, web.run(app), notifier)
    finally:
        notifier.stopping()
        await asyncio.to_thread(parts.store.close)


async def _run(parts: HubParts, feed: Feed, web: WebServer, serving: Awaitable[None], notifier: Notifier) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, web.stop)
    try:
        async with Supervisor(_died) as supervisor:
            supervisor.start("ingest", feed.run)
            supervisor.start("commands", lambda: _every(EXPIRE_EVERY_S, parts.commands.expire))
            supervisor.start("retention", lambda: _every(FORGET_EVERY_S, lambda: _forget(parts)))
            supervisor.start("certificates", lambda: _every(CERTIFICATES_EVERY_S, lambda: _certificates(parts, web)))
            told = couriers(parts.config, parts.store, parts.clock)
            for courier in told:
                supervisor.start(f"notify {courier.channel.name}", courier.run)
            own = OwnAlarms(
                parts.store, parts.live, parts.clock, feed.trouble, lambda: _failing(told), lambda: parts.clock_kept
            )
            supervisor.start("own alarms", lambda: _every(LOOK_EVERY_S, own.look))
            if parts.visits is not None:
                supervisor.start("visits", functools.partial(_every, VISITS_EVERY_S, parts.visits.look))
                look = parts.visits.evacuations.look
                supervisor.start("evacuations", functools.partial(_every, EVACUATIONS_EVERY_S, look))
                supervisor.start("forgetting", functools.partial(_every, FORGET_EVERY_S, parts.visits.forget))
            supervisor.start("watchdog", lambda: _watch(feed, web, notifier))
            await serving
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _every(seconds: float, work: Callable[[], object]) -> None:
    """`work()` in a thread, now and again and again; what it cannot do now it does next time."""
    while True:
        try:
            await asyncio.to_thread(work)
        except MyDeskError as error:
            _log.warning("%s", error)
        await asyncio.sleep(seconds)


def _forget(parts: HubParts) -> None:
    if not parts.clock_kept:
        _log.error("retention: nothing is forgotten: nobody keeps this machine's clock; start systemd-timesyncd")
        return
    deleted = forget(parts.store, parts.config.retention, int(parts.clock.now().timestamp() * 1000))
    if told := ", ".join(f"{name} {count}" for name, count in deleted.items() if count):
        _log.info("retention: forgotten: %s", told)


def _failing(told: Sequence[Courier]) -> dict[str, Failing]:
    return {courier.channel.name: courier.failing for courier in told if courier.failing}


def _certificates(parts: HubParts, web: WebServer) -> None:
    parts.authority.client_files()
    web.refresh()


async def _watch(feed: Feed, web: WebServer, notifier: Notifier) -> None:
    """READY with the first page that can be had, whether the broker is there or not; WATCHDOG while threads move."""
    while not web.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.05)
    notifier.ready()
    _log.info("hub: serving")
    beat_s = min(STATUS_EVERY_S, (notifier.watchdog_interval_s or STATUS_EVERY_S * 2) / 2)
    while True:
        notifier.status(feed.trouble() or "taking in")
        if feed.progress_age_s() < STUCK_S:
            notifier.watchdog()
        await asyncio.sleep(beat_s)


def _died(event: TaskEvent) -> None:
    _log.error("%s: died of %s, starts again in %g s", event.name, event.exception_type, event.restart_in_s)


__all__ = ["build", "serve"]
