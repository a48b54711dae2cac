"""CO2 sensors and scanner behind real serial ports, through the supervisor: read, unplugged, plugged in again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from drivers.device import Condition, SerialDevice
from drivers.emulators.emulator import Emulator, Fault
from drivers.emulators.mhz19 import Mhz19Emulator
from drivers.emulators.pty_device import PtyDevice
from drivers.emulators.scanner import FLOOD_BYTES, ScannerEmulator
from drivers.emulators.scd30 import Scd30Emulator
from drivers.emulators.senseair import SenseairS8Emulator
from drivers.mhz19 import Mhz19Device
from drivers.readings import Climate, Reading, Scan, Value
from drivers.scanner import ScannerDevice
from drivers.scd30 import Scd30Device
from drivers.senseair import SenseairS8Device
from drivers.supervisor import SerialSupervisor

WAIT_S = 10.0


class QuickScd30(Scd30Device):
    SETTLING = 0
    RETRY_S = 0.1


class EagerScd30(Scd30Emulator):
    def __init__(self) -> None:
        super().__init__()
        self.interval_s = 0


PAIRS: dict[str, tuple[Callable[[], SerialDevice], Callable[[], Emulator], Value]] = {
    "mhz19": (lambda: Mhz19Device(poll_s=0.1, warm_up_s=0.0), Mhz19Emulator, Climate(612)),
    "senseair-s8": (lambda: SenseairS8Device(poll_s=0.1), SenseairS8Emulator, Climate(655)),
    "scd30": (lambda: QuickScd30(poll_s=0.1), EagerScd30, Climate(439, 27.24, 48.81)),
}


class Panel:
    """What a supervisor published, and a way to wait for it."""

    def __init__(self, make: Callable[[], SerialDevice], port: str) -> None:
        self.values: list[Value] = []
        self._news = asyncio.Event()
        self.supervisor = SerialSupervisor("sensor", make, port, self._publish)

    def _publish(self, reading: Reading) -> None:
        self.values.append(reading.value)
        self._news.set()

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait until `reached`, at most 10 s."""
        async with asyncio.timeout(WAIT_S):
            while not reached():
                self._news.clear()
                try:
                    await asyncio.wait_for(self._news.wait(), 0.02)
                except TimeoutError:
                    continue

    async def scanned(self, scanner: ScannerEmulator, text: str) -> None:
        """Hold a code before the scanner until it is told, as a person does."""
        async with asyncio.timeout(WAIT_S):
            while Scan(text) not in self.values:
                scanner.scan(text)
                await asyncio.sleep(0.1)


@asynccontextmanager
async def panel(make: Callable[[], SerialDevice], device: PtyDevice[Any]) -> AsyncIterator[Panel]:
    used = Panel(make, device.path)
    running = asyncio.create_task(used.supervisor.run())
    try:
        yield used
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("kind", PAIRS)
def test_read_unplugged_and_read_again(kind: str) -> None:
    make, emulator, value = PAIRS[kind]

    async def scenario(device: PtyDevice[Any]) -> None:
        async with panel(make, device) as used:
            await used.until(lambda: value in used.values)
            assert used.supervisor.health().condition is Condition.HEALTHY
            device.unplug()
            await used.until(lambda: used.supervisor.health().condition is Condition.ABSENT)
            told = len(used.values)
            device.replug()
            await used.until(lambda: len(used.values) > told)
            assert set(used.values) == {value}

    with PtyDevice(emulator()) as device:
        asyncio.run(scenario(device))


def test_codes_before_and_after_a_flood_and_an_unplugged_cable() -> None:
    async def scenario(device: PtyDevice[Any], scanner: ScannerEmulator) -> None:
        async with panel(ScannerDevice, device) as used:
            await used.until(lambda: used.supervisor.health().condition is Condition.HEALTHY)  # though it is silent
            await used.scanned(scanner, "first")
            scanner.faults.add(Fault.FLOOD)
            await used.until(lambda: used.supervisor.health().junk_bytes >= FLOOD_BYTES)
            scanner.faults.clear()
            await used.scanned(scanner, "second")
            device.unplug()
            await used.until(lambda: used.supervisor.health().condition is Condition.ABSENT)
            device.replug()
            await used.scanned(scanner, "third")
            assert used.values == [Scan("first"), Scan("second"), Scan("third")]

    scanner = ScannerEmulator()
    with PtyDevice(scanner) as device:
        asyncio.run(scenario(device, scanner))


def test_a_code_without_an_end_is_told_when_the_scanner_falls_silent() -> None:
    async def scenario(device: PtyDevice[Any], scanner: ScannerEmulator) -> None:
        async with panel(ScannerDevice, device) as used:
            await used.until(lambda: used.supervisor.health().condition is Condition.HEALTHY)
            scanner.scan("https://mydesk.example/i/7KQ2")
            await used.until(lambda: bool(used.values))
            assert used.values == [Scan("https://mydesk.example/i/7KQ2")]

    scanner = ScannerEmulator()
    scanner.suffix = b""
    with PtyDevice(scanner) as device:
        asyncio.run(scenario(device, scanner))
