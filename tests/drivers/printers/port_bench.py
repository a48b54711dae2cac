"""A PrinterPort on an emulated printer in virtual time, and a stage to play scenes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from drivers.device import Condition
from drivers.emulators.printer_link import EmulatedPrinter
from drivers.link import Link
from drivers.printers.document import Document
from drivers.printers.jobs import Job, JobState
from drivers.printers.port import PrinterPort
from drivers.printers.printer import PrinterConfig, language_of
from tests.drivers.printers.badges import badge
from tests.virtual_time import run

MEDIA = {"escpos": "80", "zpl": "62x100", "brother-ql": "62x100"}


async def at_once(work: Callable[[], bytes]) -> bytes:
    """In place of a thread, which virtual time cannot have."""
    return work()


def now_s() -> float:
    return asyncio.get_running_loop().time()


class Bench:
    """A port on an emulated printer. `at_byte[n]` is called when the host has written n bytes of a job."""

    def __init__(self, name: str) -> None:
        self.fake = EmulatedPrinter(name, monotonic_s=now_s)
        self.told: list[Job] = []
        self.written = bytearray()
        self.job_began = 0
        self.at_byte: dict[int, Callable[[], None]] = {}
        self.port = PrinterPort(
            language_of(PrinterConfig(language=name, media=MEDIA[name])),  # type: ignore[arg-type]
            self.open,
            monotonic_s=now_s,
            on_job=self.on_job,
            offload=at_once,
        )

    @property
    def emulator(self) -> Any:
        return self.fake.emulator

    def on_job(self, job: Job) -> None:
        self.told.append(job)
        if job.state is JobState.PRINTING:
            self.job_began = len(self.written)

    def open(self) -> Link:
        return _Watched(self.fake.open(), self)

    def badge(self, name: str = "Ada") -> Document:
        return badge(self.port.paper, ("MyDesk", name, "A", "B", "C"))

    def rows(self) -> list[Any]:
        """What lies in the tray: the second line of each badge, or its picture."""
        return [label.texts[1] if label.texts else label.pictures[0] for label in self.emulator.labels]

    async def ended(self, job: Job, within_s: float = 200.0) -> Job:
        """The job once it is over."""
        async with asyncio.timeout(within_s):
            while not (now := self.port.job(job.id)) or not now.ended:
                await asyncio.sleep(0.05)
        return now

    async def well(self, within_s: float = 200.0) -> None:
        async with asyncio.timeout(within_s):
            while self.port.health().condition is not Condition.HEALTHY or self.port.trouble:
                await asyncio.sleep(0.05)


class _Watched:
    """A link that counts what is written and calls what should happen then."""

    def __init__(self, link: Link, bench: Bench) -> None:
        self._link, self._bench = link, bench
        self.name = link.name

    def read_available(self) -> bytes:
        return self._link.read_available()

    def write(self, data: bytes) -> int:
        bench = self._bench
        sent = len(bench.written) - bench.job_began
        due = min(bench.at_byte, default=None) if bench.job_began else None
        taken = self._link.write(data if due is None else data[: max(1, due - sent)])
        bench.written += data[:taken]
        if due is not None and sent + taken >= due:
            bench.at_byte.pop(due)()
        return taken

    def close(self) -> None:
        self._link.close()


@asynccontextmanager
async def running(port: PrinterPort) -> Any:
    task = asyncio.create_task(port.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def on_bench(name: str, scene: Callable[[Bench], Awaitable[None]]) -> Bench:
    """Play a scene to its end."""
    benches = []

    async def play() -> None:
        bench = Bench(name)
        benches.append(bench)
        async with running(bench.port):
            await scene(bench)

    run(play())
    return benches[0]
