"""The worker of a printer in virtual time: everything that happens to jobs when the printer does not do its part."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any

import pytest

from drivers.device import Condition
from drivers.emulators.brother_ql import BrotherQlEmulator
from drivers.emulators.emulator import Fault
from drivers.emulators.printer_link import EmulatedPrinter
from drivers.errors import LinkLost, PortMissing, UsageError
from drivers.link import Link
from drivers.printers.brother_ql import BrotherQlStatusCodec
from drivers.printers.document import Document, Text
from drivers.printers.jobs import HISTORY, LIFE_S, Job, JobState
from drivers.printers.port import PrinterPort
from drivers.printers.printer import PrinterConfig, language_of
from drivers.printers.status import PrinterError, Trouble
from tests.drivers.printers.badges import badge, drawn
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


every_language = pytest.mark.parametrize("name", MEDIA)


@every_language
def test_a_badge_is_printed_and_told(name: str) -> None:
    async def scene(bench: Bench) -> None:
        job = bench.port.print(bench.badge())
        assert job.state is JobState.QUEUED
        assert (await bench.ended(job)).state is JobState.DONE

    bench = on_bench(name, scene)
    assert [job.state for job in bench.told] == [JobState.QUEUED, JobState.PRINTING, JobState.DONE]
    assert bench.emulator.printed == 1
    assert not bench.emulator.refusals


@every_language
def test_a_job_is_sent_in_one_piece_without_questions_inside(name: str) -> None:
    async def scene(bench: Bench) -> None:
        for visitor in ("Ada", "Bo"):
            await bench.ended(bench.port.print(bench.badge(visitor)))

    bench = on_bench(name, scene)
    language = language_of(PrinterConfig(language=name, media=MEDIA[name]))  # type: ignore[arg-type]
    for visitor in ("Ada", "Bo"):
        assert bytes(bench.written).count(language.render(bench.badge(visitor))) == 1
    if isinstance(bench.emulator, BrotherQlEmulator):
        assert bench.emulator.asked_while_printing == 0


@every_language
@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.COVER_OPEN])
def test_a_job_waits_for_paper_and_cover(name: str, fault: Fault) -> None:
    trouble = Trouble(fault.value)

    async def scene(bench: Bench) -> None:
        bench.emulator.faults.add(fault)
        job = bench.port.print(bench.badge())
        await asyncio.sleep(60)
        assert bench.port.trouble is trouble
        assert bench.port.health().problem
        assert bench.port.job(job.id) == job
        bench.emulator.faults.clear()
        assert (await bench.ended(job, 15)).state is JobState.DONE

    assert on_bench(name, scene).emulator.printed == 1


@every_language
@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.COVER_OPEN])
def test_trouble_in_the_middle_fails_the_job_and_its_rest_is_never_printed(name: str, fault: Fault) -> None:
    async def scene(bench: Bench) -> None:
        bench.at_byte[200] = lambda: bench.emulator.faults.add(fault)
        first, second = bench.port.print(bench.badge("Ada")), bench.port.print(bench.badge("Bo"))
        failed = await bench.ended(first)
        assert (failed.state, failed.reason) == (JobState.FAILED, Trouble(fault.value))
        await asyncio.sleep(30)
        bench.emulator.faults.clear()
        assert (await bench.ended(second)).state is JobState.DONE

    bench = on_bench(name, scene)
    assert bench.emulator.printed == 1
    if name != "brother-ql":
        assert bench.rows() == ["Bo"]


@every_language
def test_a_stall_in_the_middle_fails_the_job_and_opens_the_port_anew(name: str) -> None:
    async def scene(bench: Bench) -> None:
        bench.at_byte[1] = lambda: bench.emulator.faults.add(Fault.STALL)
        first, second = bench.port.print(bench.badge("Ada")), bench.port.print(bench.badge("Bo"))
        began_s = now_s()
        failed = await bench.ended(first)
        # A small job may have been taken whole before the stall: then nobody says that it was printed.
        assert failed.reason in (Trouble.STALLED, Trouble.SILENT, Trouble.UNCONFIRMED)
        assert now_s() - began_s < 62
        assert bench.port.job(second.id) == second
        bench.emulator.faults.clear()
        assert (await bench.ended(second)).state is JobState.DONE
        assert bench.port.health().reopened >= 1

    bench = on_bench(name, scene)
    assert bench.emulator.printed == 1


def test_no_byte_taken_for_20_s_is_a_stall() -> None:
    async def scene(bench: Bench) -> None:
        bench.at_byte[2000] = lambda: bench.emulator.faults.add(Fault.STALL)
        job = bench.port.print(bench.badge())
        began_s = now_s()
        assert (await bench.ended(job)).reason is Trouble.STALLED
        assert 19.9 < now_s() - began_s < 21

    on_bench("brother-ql", scene)


@every_language
def test_unplugged_while_printing(name: str) -> None:
    async def scene(bench: Bench) -> None:
        bench.at_byte[1] = lambda: setattr(bench.fake, "plugged", False)
        first, second = bench.port.print(bench.badge("Ada")), bench.port.print(bench.badge("Bo"))
        assert (await bench.ended(first)).reason is Trouble.UNPLUGGED
        assert bench.port.trouble is Trouble.UNPLUGGED
        assert bench.port.health().condition is Condition.ABSENT
        await asyncio.sleep(45)
        bench.fake.plugged = True
        assert (await bench.ended(second, 45)).state is JobState.DONE

    bench = on_bench(name, scene)
    assert bench.emulator.printed == 1


@every_language
def test_nothing_older_than_10_minutes_is_printed(name: str) -> None:
    async def scene(bench: Bench) -> None:
        bench.fake.plugged = False
        old = bench.port.print(bench.badge("gone"))
        await asyncio.sleep(LIFE_S - 60)
        young = bench.port.print(bench.badge("here"))
        await asyncio.sleep(100)
        given_up = bench.port.job(old.id)
        assert given_up is not None
        assert given_up.state is JobState.ABANDONED
        bench.fake.plugged = True
        assert (await bench.ended(young)).state is JobState.DONE

    bench = on_bench(name, scene)
    assert bench.emulator.printed == 1


def test_a_thousand_jobs_for_a_printer_that_is_away_are_bounded() -> None:
    async def scene(bench: Bench) -> None:
        bench.fake.plugged = False
        jobs = [bench.port.print(bench.badge()) for _ in range(1000)]
        assert sum(job.state is JobState.QUEUED for job in jobs) == 20
        assert {job.reason for job in jobs[20:]} == {Trouble.QUEUE_FULL}
        assert len(bench.port.jobs) == HISTORY
        bench.fake.plugged = True
        assert (await bench.ended(jobs[19])).state is JobState.DONE

    assert on_bench("zpl", scene).emulator.printed == 20


def test_a_thousand_jobs_one_after_the_other() -> None:
    async def scene(bench: Bench) -> None:
        for number in range(1000):
            assert (await bench.ended(bench.port.print(Document((Text(f"Guest {number}"),))))).state is JobState.DONE
        assert len(bench.port.jobs) == HISTORY

    bench = on_bench("zpl", scene)
    assert bench.emulator.printed == 1000
    assert [label.texts for label in bench.emulator.labels] == [(f"Guest {number}",) for number in range(900, 1000)]


@every_language
def test_a_silent_printer_is_told_and_its_jobs_wait(name: str) -> None:
    async def scene(bench: Bench) -> None:
        bench.emulator.faults.add(Fault.SILENCE)
        job = bench.port.print(bench.badge())
        await asyncio.sleep(30)
        assert bench.port.trouble is Trouble.SILENT
        assert bench.port.health().condition is Condition.STALE
        assert "switched on" in bench.port.health().problem
        bench.emulator.faults.clear()
        assert (await bench.ended(job, 30)).state is JobState.DONE
        await bench.well()

    on_bench(name, scene)


@every_language
def test_silence_after_a_job_is_no_success(name: str) -> None:
    async def scene(bench: Bench) -> None:
        data = language_of(PrinterConfig(language=name, media=MEDIA[name])).render(bench.badge())  # type: ignore[arg-type]
        # All but the end arrives: then the printer falls silent and prints nothing.
        bench.at_byte[len(data) - 512 if len(data) > 512 else 1] = lambda: bench.emulator.faults.add(Fault.SILENCE)
        job = await bench.ended(bench.port.print(bench.badge()))
        assert (job.state, job.reason) == (JobState.FAILED, Trouble.SILENT)

    on_bench(name, scene)


@every_language
def test_noise_on_the_line_ends_no_worker(name: str) -> None:
    async def scene(bench: Bench) -> None:
        bench.emulator.faults.add(Fault.NOISE)
        for _ in range(5):
            bench.port.print(bench.badge())
            await asyncio.sleep(30)
        bench.emulator.faults.clear()
        await bench.well()
        assert (await bench.ended(bench.port.print(bench.badge()))).state is JobState.DONE
        assert bench.port.health().junk_bytes > 0

    on_bench(name, scene)


def test_the_wrong_roll_is_told_and_nothing_is_printed_on_it() -> None:
    async def scene(bench: Bench) -> None:
        roll, bench.emulator.media = bench.emulator.media, BrotherQlEmulator(media="29x90").media
        job = bench.port.print(bench.badge())
        await asyncio.sleep(20)
        assert bench.port.status is not None
        assert bench.port.status.error is PrinterError.WRONG_MEDIA
        assert bench.port.status.media_width_mm == 29
        assert "wrong-media" in bench.port.health().problem
        bench.emulator.media = roll
        assert (await bench.ended(job, 15)).state is JobState.DONE

    assert on_bench("brother-ql", scene).emulator.printed == 1


def test_what_cannot_be_printed_fails_and_the_next_goes_on() -> None:
    async def scene(bench: Bench) -> None:
        wrong = bench.port.print(Document((Text("王"),)))
        right = bench.port.print(Document((drawn("王", 5, bench.port.paper),)))
        assert (await bench.ended(wrong)).reason is Trouble.NOT_PRINTABLE
        assert (await bench.ended(right)).state is JobState.DONE
        assert bench.port.health().reopened == 0

    on_bench("escpos", scene)


def test_closing_fails_what_waits() -> None:
    async def scene(bench: Bench) -> None:
        bench.fake.plugged = False
        job = bench.port.print(bench.badge())
        bench.port.close()
        bench.port.close()
        assert (await bench.ended(job)).reason is Trouble.CLOSED
        with pytest.raises(UsageError, match="the printer is closed"):
            bench.port.print(bench.badge())

    on_bench("zpl", scene)


def test_a_cancelled_worker_leaves_no_job_printing() -> None:
    async def scene(bench: Bench) -> None:
        bench.at_byte[1000] = lambda: bench.emulator.faults.add(Fault.STALL)
        bench.port.print(bench.badge())
        await asyncio.sleep(5)

    bench = on_bench("brother-ql", scene)
    assert (bench.told[-1].state, bench.told[-1].reason) == (JobState.FAILED, Trouble.CLOSED)


class Scripted:
    """A port that answers every write with the same bytes."""

    name = "scripted"

    def __init__(self, answer: bytes) -> None:
        self._answer, self._unread = answer, b""

    def read_available(self) -> bytes:
        data, self._unread = self._unread, b""
        return data

    def write(self, data: bytes) -> int:
        self._unread = self._answer
        return len(data)

    def close(self) -> None:
        pass


def scripted(answer: bytes, name: str, scene: Callable[[PrinterPort], Awaitable[None]]) -> None:
    async def play() -> None:
        language = language_of(PrinterConfig(language=name, media=MEDIA[name]))  # type: ignore[arg-type]
        port = PrinterPort(language, lambda: Scripted(answer), monotonic_s=now_s, offload=at_once)
        async with running(port):
            await scene(port)

    run(play())


def test_something_else_that_answers_is_foreign() -> None:
    async def scene(port: PrinterPort) -> None:
        await asyncio.sleep(20)
        assert port.health().condition is Condition.FOREIGN
        assert "no printer of this language" in port.health().problem

    scripted(b"$GPRMC,183516.00,V,,,,,,,170826,,,N*75\r\n", "brother-ql", scene)


def test_a_printer_that_stays_busy_is_reset() -> None:
    """The phase of a QL may stay at printing after an error."""
    busy = bytes.fromhex("80204234413004000000 3e0b 0000230000 64 00 01") + bytes(12)
    assert BrotherQlStatusCodec().feed(busy)

    async def scene(port: PrinterPort) -> None:
        await asyncio.sleep(50)
        assert port.health().reopened == 0
        await asyncio.sleep(30)
        assert port.health().reopened == 1

    scripted(busy, "brother-ql", scene)


def test_the_port_is_tried_1_to_30_s_apart_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[float] = []

    def missing() -> Link:
        tries.append(now_s())
        raise PortMissing("/dev/usb/lp0 is not there.")

    async def play() -> None:
        language = language_of(PrinterConfig(language="zpl", media="62x100"))
        port = PrinterPort(language, missing, monotonic_s=now_s, offload=at_once)
        async with running(port):
            await asyncio.sleep(600)
            assert port.health().problem == "/dev/usb/lp0 is not there."

    run(play())
    gaps = [later - sooner for sooner, later in pairwise(tries)]
    assert 0.8 <= gaps[0] <= 1.2
    assert max(gaps) <= 36
    assert min(gaps[6:]) >= 24
    assert len(caplog.records) == 1


def test_a_link_that_dies_at_once_does_not_spin() -> None:
    opened: list[float] = []

    class Dead(Scripted):
        def write(self, data: bytes) -> int:
            raise LinkLost("gone")

    def dead() -> Link:
        opened.append(now_s())
        return Dead(b"")

    async def play() -> None:
        language = language_of(PrinterConfig(language="zpl", media="62x100"))
        async with running(PrinterPort(language, dead, monotonic_s=now_s, offload=at_once)):
            await asyncio.sleep(60)

    run(play())
    assert len(opened) <= 80
