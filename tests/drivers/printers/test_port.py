"""The worker of a printer in virtual time: everything that happens to jobs when the printer does not do its part."""

from __future__ import annotations

import asyncio

import pytest

from drivers.device import Condition
from drivers.emulators.brother_ql import BrotherQlEmulator
from drivers.emulators.emulator import Fault
from drivers.errors import UsageError
from drivers.printers.document import Document, Text
from drivers.printers.jobs import HISTORY, LIFE_S, JobState
from drivers.printers.printer import PrinterConfig, language_of
from drivers.printers.status import PrinterError, Trouble
from tests.drivers.printers.badges import drawn
from tests.drivers.printers.port_bench import MEDIA, Bench, now_s, on_bench

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


def test_a_brother_tells_by_itself_that_the_end_of_a_job_failed() -> None:
    async def scene(bench: Bench) -> None:
        def hold() -> None:
            bench.emulator.faults.add(Fault.STALL)

        def run_out() -> None:
            bench.emulator.faults = {Fault.PAPER_OUT}

        size = len(language_of(PrinterConfig(language="brother-ql")).render(bench.badge()))
        # The last byte is taken, but not obeyed before the paper is out.
        bench.at_byte.update({size - 1: hold, size: run_out})
        began_s = now_s()
        assert (await bench.ended(bench.port.print(bench.badge()))).reason is Trouble.PAPER_OUT
        assert now_s() - began_s < 2

    assert on_bench("brother-ql", scene).emulator.printed == 0


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
