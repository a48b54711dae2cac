"""What is out of order, looked at once a second: network, printer, directory, clock, register."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from drivers.printers.status import Trouble
from kiosk.events import Health

if TYPE_CHECKING:
    from kiosk.kiosk import Kiosk

LOOK_S = 1.0
PRINTER_SETTLES_S = 20.0
"""A printer that is being opened has said nothing yet."""


class Doctor:
    """Looks at the parts of one kiosk. Nothing here stops a guest; the flow puts it into words."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk
        self._began_s = kiosk.clock.monotonic_s()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._kiosk.health_changed()
            await asyncio.sleep(LOOK_S)

    def health(self) -> Health:
        """How it is at this instant."""
        parts = self._kiosk.parts
        return Health(
            network=self._kiosk.network.up,
            printer=self._printer(),
            directory_old=parts.hosts.old and self._kiosk.clock.monotonic_s() - self._began_s > PRINTER_SETTLES_S,
            clock_sure=self._kiosk.clock.synchronised(),
            register=not parts.register.state.fault,
        )

    def _printer(self) -> Trouble | None:
        """A printer that has just been opened has nothing wrong with it yet."""
        parts = self._kiosk.parts
        if parts.config.printer.driver == "none":
            return Trouble.NO_PRINTER
        settling = self._kiosk.clock.monotonic_s() - self._began_s < PRINTER_SETTLES_S
        trouble = parts.printing.trouble
        return None if settling and trouble in (Trouble.SILENT, Trouble.UNPLUGGED) else trouble
