"""The kiosk's scanner: a real one on its port, an emulated one on a pty, or none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.device import Condition, Health
from drivers.emulators.pty_device import PtyDevice
from drivers.errors import UsageError
from drivers.kinds import serial_kind
from drivers.readings import Reading
from drivers.supervisor import SerialSupervisor
from kiosk.settings import ScannerSection

NAME = "scanner"
KIND = "gm65"


class Scanner:
    """Made from the configuration; `run` publishes what is read until it is cancelled."""

    def __init__(self, settings: ScannerSection, monotonic_s: Callable[[], float]) -> None:
        self._settings = settings
        self._monotonic_s = monotonic_s
        self._supervisor: SerialSupervisor | None = None
        self._pty = PtyDevice(serial_kind(KIND).emulator()) if settings.driver == "emulated" else None

    async def run(self, publish: Callable[[Reading], None]) -> None:
        """Keep it in use; without one there is nothing to do."""
        if self._settings.driver == "none":
            return
        port = self._pty.path if self._pty else self._settings.port
        self._supervisor = SerialSupervisor(
            NAME, serial_kind(KIND).device, port, publish, baud=self._settings.baud, monotonic_s=self._monotonic_s
        )
        try:
            await self._supervisor.run()
        finally:
            self._supervisor = None

    @property
    def emulator(self) -> object:
        """The emulated scanner, to be shown codes. Raises UsageError for a real one."""
        if self._pty is None:
            raise UsageError(
                "The scanner is not emulated.", hint='Set [scanner] driver = "emulated" to try things out.'
            )
        return self._pty.emulator

    def health(self) -> Health:
        """For status and telemetry."""
        if self._supervisor is None:
            return Health(NAME, KIND, Condition.ABSENT, problem="No scanner is in use.")
        return self._supervisor.health()

    async def close(self) -> None:
        """After `run` has ended."""
        if self._pty:
            await asyncio.to_thread(self._pty.close)
