"""The kiosk's scanner by its configuration: none, a port that is not there, the emulated one on its pty."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from drivers.device import Condition
from drivers.emulators.scanner import ScannerEmulator
from drivers.errors import UsageError
from drivers.readings import Reading, Scan
from kiosk.scanner import Scanner
from kiosk.settings import ScannerSection
from tests.waiting import until_async

Story = Callable[[Scanner, list[Reading]], Awaitable[None]]


def live(section: ScannerSection, story: Story) -> None:
    """The story of a scanner that runs."""

    async def main() -> None:
        read: list[Reading] = []
        scanner = Scanner(section, time.monotonic)
        task = asyncio.create_task(scanner.run(read.append))
        try:
            await story(scanner, read)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await scanner.close()

    asyncio.run(main())


def test_codes_before_the_emulated_scanner_are_readings() -> None:
    async def story(scanner: Scanner, read: list[Reading]) -> None:
        await until_async(lambda: scanner.health().condition is Condition.HEALTHY)
        emulator = scanner.emulator
        assert isinstance(emulator, ScannerEmulator)
        for text in ("MD1:ABC", "MD1:ABC", "Ærø"):  # the first is still held there
            emulator.scan(text)
        await until_async(lambda: len(read) == 2)
        assert [one.value for one in read] == [Scan("MD1:ABC"), Scan("Ærø")]
        assert {one.source for one in read} == {"scanner"}

    live(ScannerSection(driver="emulated"), story)


def test_a_kiosk_without_one_has_nothing_to_do() -> None:
    async def story(scanner: Scanner, read: list[Reading]) -> None:
        await scanner.run(read.append)
        assert scanner.health().condition is Condition.ABSENT
        assert "No scanner" in scanner.health().problem
        with pytest.raises(UsageError, match="not emulated"):
            assert scanner.emulator

    live(ScannerSection(), story)


def test_a_port_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    async def story(scanner: Scanner, read: list[Reading]) -> None:
        await until_async(lambda: str(tmp_path) in scanner.health().problem)
        assert scanner.health().condition is Condition.ABSENT

    live(ScannerSection(driver="device", port=str(tmp_path / "scanner")), story)
