"""Printers on real ports (ptys): over SerialLink and UsbPrinterLink, with plugs that are pulled while printing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from drivers.device import Condition
from drivers.emulators.brother_ql import BrotherQlEmulator
from drivers.emulators.emulator import Fault
from drivers.emulators.escpos import EscposEmulator
from drivers.emulators.pty_device import PtyDevice
from drivers.emulators.zpl import ZplEmulator
from drivers.errors import DeviceError, LinkLost, PortBusy, PortMissing, UsageError
from drivers.link import Link, SerialLink
from drivers.printers.document import Document
from drivers.printers.jobs import Job, JobState
from drivers.printers.port import PrinterPort
from drivers.printers.printer import PrinterConfig, language_of, open_printer
from drivers.printers.session import Timing
from drivers.printers.status import Trouble
from drivers.printers.usb_link import UsbPrinterLink
from tests.drivers.printers.badges import badge

SOON = Timing(
    tick_s=0.005, answer_s=1.0, stalled_s=0.3, ask_again_s=0.02, confirm_s=5.0, poll_s=0.1, poll_waiting_s=0.05,
    reopen_first_s=0.02, reopen_most_s=0.1,
)  # fmt: skip
KINDS = {
    "escpos": (EscposEmulator, "80"),
    "zpl": (ZplEmulator, "62x100"),
    "brother-ql": (BrotherQlEmulator, "62x100"),
}
LINKS: dict[str, Callable[[str], Link]] = {
    "serial": lambda port: SerialLink(port, 115200),
    "usb": UsbPrinterLink,
}


class Bench:
    def __init__(self, name: str, device: PtyDevice[Any], link: str = "serial") -> None:
        self.device = device
        language = language_of(PrinterConfig(language=name, media=KINDS[name][1]))  # type: ignore[arg-type]
        self.port = PrinterPort(
            language, lambda: LINKS[link](device.path), monotonic_s=time.monotonic, timing=SOON, on_job=self.changed
        )
        self._changed = asyncio.Event()

    def changed(self, job: Job) -> None:
        self._changed.set()

    def badge(self) -> Document:
        return badge(self.port.paper)

    async def ended(self, job: Job) -> Job:
        async with asyncio.timeout(20):
            while not (now := self.port.job(job.id)) or not now.ended:
                self._changed.clear()
                await self._changed.wait()
        return now

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.005)


def on_port(name: str, scene: Callable[[Bench], Awaitable[None]], link: str = "serial") -> Any:
    """Play a scene with an emulated printer on a pty; the emulator."""
    emulator: Any = KINDS[name][0]()

    async def play(device: PtyDevice[Any]) -> None:
        bench = Bench(name, device, link)
        task = asyncio.create_task(bench.port.run())
        try:
            await scene(bench)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    with PtyDevice(emulator) as device:
        asyncio.run(play(device))
    return emulator


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("link", LINKS)
def test_badges_over_a_port(name: str, link: str) -> None:
    async def scene(bench: Bench) -> None:
        jobs = [bench.port.print(bench.badge()) for _ in range(3)]
        assert [(await bench.ended(job)).state for job in jobs] == [JobState.DONE] * 3
        assert bench.port.health().condition is Condition.HEALTHY

    emulator = on_port(name, scene, link)
    assert emulator.printed == 3
    assert not emulator.refusals


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("link", LINKS)
def test_unplugged_while_printing_and_plugged_in_again(name: str, link: str) -> None:
    async def scene(bench: Bench) -> None:
        await bench.until(lambda: bench.port.status is not None)
        # Stalled, so that the plug is pulled for sure before the job is done.
        first = bench.port.print(bench.badge())
        bench.device.emulator.faults.add(Fault.STALL)
        await bench.until(lambda: bench.port.job(first.id).state is JobState.PRINTING)  # type: ignore[union-attr]
        bench.device.unplug()
        failed = await bench.ended(first)
        assert (failed.state, failed.reason) == (JobState.FAILED, Trouble.UNPLUGGED)
        second = bench.port.print(bench.badge())
        await bench.until(lambda: bench.port.health().condition is Condition.ABSENT)
        assert "is not there" in bench.port.health().problem or "went away" in bench.port.health().problem
        bench.device.emulator.faults.clear()
        bench.device.replug()
        assert (await bench.ended(second)).state is JobState.DONE
        assert bench.port.health().reopened >= 1

    assert on_port(name, scene, link).printed == 1


def test_a_stall_that_never_ends_frees_the_port_and_waits_for_nobody() -> None:
    async def scene(bench: Bench) -> None:
        await bench.until(lambda: bench.port.status is not None)
        bench.device.emulator.faults.add(Fault.STALL)
        began_s = time.monotonic()
        job = bench.port.print(bench.badge())
        assert time.monotonic() - began_s < 0.1
        failed = await bench.ended(job)
        assert failed.reason in (Trouble.STALLED, Trouble.SILENT, Trouble.UNCONFIRMED)
        await bench.until(lambda: bench.port.health().reopened >= 1)

    assert on_port("brother-ql", scene).printed == 0


def test_the_loop_goes_on_while_a_large_picture_is_printed() -> None:
    """The longest that anything else waited is far below a frame of the screen's 15 a second."""
    gaps: list[float] = []

    async def heartbeat() -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(0)
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    async def scene(bench: Bench) -> None:
        await bench.until(lambda: bench.port.status is not None)
        document = bench.badge()
        task = asyncio.create_task(heartbeat())
        assert (await bench.ended(bench.port.print(document))).state is JobState.DONE
        task.cancel()

    on_port("brother-ql", scene)
    gaps.sort()
    assert gaps[len(gaps) * 99 // 100] < 0.066


def test_a_port_has_one_owner() -> None:
    with PtyDevice(ZplEmulator()) as device:
        link = UsbPrinterLink(device.path)
        with pytest.raises(PortBusy, match="held by another program"):
            UsbPrinterLink(device.path)
        with pytest.raises(PortBusy):
            SerialLink(device.path, 9600)
        link.close()
        link.close()
        UsbPrinterLink(device.path).close()
        with pytest.raises(UsageError, match="is closed"):
            link.read_available()


def test_a_usb_link_tells_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(PortMissing, match="is not there"):
        UsbPrinterLink(str(tmp_path / "lp0"))
    with pytest.raises(DeviceError, match="cannot be used as a printer"):
        UsbPrinterLink(str(tmp_path))
    with PtyDevice(ZplEmulator()) as device:
        link = UsbPrinterLink(device.path)
        assert link.name == device.path
        assert link.fileno() > 0
        device.unplug()
        with pytest.raises(LinkLost, match="went away"):
            link.read_available()
        with pytest.raises(LinkLost):
            link.write(b"x")
        link.close()


@pytest.mark.parametrize("flow_control", ["none", "rts-cts", "xon-xoff"])
def test_a_configured_printer_on_a_serial_port(flow_control: Any) -> None:
    with PtyDevice(ZplEmulator()) as device:
        config = PrinterConfig(
            driver="device", language="zpl", port=device.path, baud=9600, flow_control=flow_control, media="62x100"
        )

        async def play() -> None:
            printer = open_printer(config, monotonic_s=time.monotonic)
            task = asyncio.create_task(printer.run())
            job = printer.print(badge(printer.paper))
            async with asyncio.timeout(20):
                while not (now := printer.job(job.id)) or not now.ended:
                    await asyncio.sleep(0.01)
            assert now.state is JobState.DONE
            printer.close()
            await task

        asyncio.run(play())
