"""Puts a panel together from its configuration, with everything it owns; no Kivy here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

from common.clock import Clock
from common.tasks import TaskEvent
from drivers.brightness import usable_backlight
from drivers.lamp import open_lamp
from drivers.readings import Reading
from graph.session import Session
from roomdisplay.check_in_store import CheckInStore
from roomdisplay.config import RoomConfig
from roomdisplay.events import Reporter
from roomdisplay.panel import Panel
from roomdisplay.panel_parts import OpenSensors, Parts, Sensors
from roomdisplay.strike_store import StrikeStore
from telemetry.outbox import open_outbox
from ui.translations import Translations


@asynccontextmanager
async def assembled(
    config: RoomConfig, clock: Clock, *, open_sensors: OpenSensors | None = None
) -> AsyncIterator[Panel]:
    """A panel from its configuration, with everything it owns; all is closed afterwards, the lamp dark.

    `open_sensors` takes the place of the configured devices.
    """
    session = Session.open(config.graph, config.network, clock, features=config.features)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(session.close)
        outbox = open_outbox(config.unit.outbox_file, clock)
        stack.callback(outbox.close)
        lamp = open_lamp(config.lamp)
        stack.callback(lamp.close)
        backlight = usable_backlight(config.backlight)
        if backlight:
            stack.callback(backlight.close)
        reporter = Reporter(outbox, clock)
        folder = Path(config.unit.state_folder)
        panel = Panel(
            Parts(
                config=config,
                session=session,
                clock=clock,
                lamp=lamp,
                reporter=reporter,
                check_ins=CheckInStore(folder if config.check_in.enabled else None),
                catalogue=Translations,
                random=Random(),  # noqa: S311 - spreads requests, guards nothing
                strikes=StrikeStore(
                    folder if config.release.enabled else None, config.release.strikes_kept_days, clock.now()
                ),
                backlight=backlight,
                open_sensors=open_sensors or _open_sensors(config, clock, reporter.task_died),
            )
        )
        if panel.sensors:
            stack.callback(panel.sensors.close)
        yield panel


def _open_sensors(config: RoomConfig, clock: Clock, told: Callable[[TaskEvent], None]) -> OpenSensors | None:
    def opened(publish: Callable[[Reading], None]) -> Sensors:
        from drivers.sensors import Sensors as Devices  # a panel without sensors loads no serial library

        return Devices(config.sensors, publish, clock.monotonic_s, on_event=told)

    return opened if config.sensors else None
