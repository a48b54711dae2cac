"""Puts a panel together from its configuration, with everything it owns; no Kivy here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from common.clock import Clock
from drivers.lamp import Lamp, open_lamp
from graph.session import Session
from roomdisplay.check_in_store import CheckInStore
from roomdisplay.config import RoomConfig
from roomdisplay.events import Reporter
from roomdisplay.panel import Panel, Parts
from telemetry.outbox import open_outbox
from ui.translations import Translations


@asynccontextmanager
async def assembled(config: RoomConfig, clock: Clock) -> AsyncIterator[Panel]:
    """A panel from its configuration, with everything it owns; all is closed afterwards, the lamp dark."""
    session = Session.open(config.graph, config.network, clock, features=config.features)
    outbox = open_outbox(config.unit.outbox_file, clock)
    lamp: Lamp = open_lamp(config.lamp)
    try:
        yield Panel(
            Parts(
                config=config,
                session=session,
                clock=clock,
                lamp=lamp,
                reporter=Reporter(outbox, clock),
                check_ins=CheckInStore(Path(config.unit.state_folder) if config.check_in.enabled else None),
                catalogue=Translations,
                random=Random(),  # noqa: S311 - spreads requests, guards nothing
            )
        )
    finally:
        lamp.close()
        outbox.close()
        await session.close()
