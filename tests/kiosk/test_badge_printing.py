"""Print jobs on emulated printers of every language: faults are told, nothing waits, nothing old comes out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.emulators.emulator import Fault
from drivers.emulators.printer_link import EmulatedPrinter
from drivers.printers.document import Document, Paper, Picture, Text
from drivers.printers.jobs import JobState
from drivers.printers.port import PrinterPort
from drivers.printers.printer import NoPrinter, language_of
from drivers.printers.status import Trouble
from kiosk.badge import badge_document
from kiosk.badge_printing import Badge, BadgePrinting, PrintEntry
from kiosk.events import PrintChanged
from kiosk.label_counter import LabelCounter, Roll
from kiosk.print_table import PrintJob, PrintKind
from kiosk.print_words import REASONS, STATES
from kiosk.screens.badge_text import draw_line
from kiosk.settings import LabelsSection
from tests.common.visiting.token_kit import VISIT
from tests.drivers.printers.port_bench import at_once, now_s
from tests.kiosk.badge_kit import CONFIGS, NAMES, facts
from tests.virtual_time import run

REPRINT = PrintJob(7, VISIT, PrintKind.REPRINT, JobState.QUEUED, "", 0, False, datetime(2026, 11, 23, 9, tzinfo=UTC))
VISITS = [f"{number:032x}" for number in range(200)]


class Desk:
    """A kiosk's printing on an emulated printer, in virtual time."""

    def __init__(self, paper: str, folder: Path) -> None:
        config = CONFIGS[paper]
        language = language_of(config)
        self.changes: list[PrintChanged] = []
        self.entries: list[PrintEntry] = []
        self.marks: list[int] = []
        self.when: dict[JobState, Callable[[], None]] = {}
        self.counter = LabelCounter(folder / "labels.json", LabelsSection(per_roll=12, warn_at=(10, 5)))
        self.printing = BadgePrinting(
            self.counter, on_change=self.on_change, on_entry=self.entries.append, on_labels=self.marks.append
        )
        self.fake = EmulatedPrinter(
            config.language, monotonic_s=now_s, media=config.media, width_dots=language.paper.width_dots
        )
        self.port = PrinterPort(
            language,
            self.fake.open,
            monotonic_s=now_s,
            on_job=self.printing.on_job,
            before=self.printing.before,
            most_queued=config.most_queued,
            offload=at_once,
        )
        self.printing.use(self.port)

    def on_change(self, change: PrintChanged) -> None:
        self.changes.append(change)
        self.when.get(change.state, lambda: None)()

    def pull_out(self) -> None:
        self.fake.plugged = False

    @property
    def paper(self) -> Paper:
        return self.port.paper

    def badge(self, name: str = NAMES["plain"]) -> Document:
        return badge_document(facts(name=name), self.paper, draw_line)

    async def until(self, done: Callable[[], bool], within_s: float = 900.0) -> None:
        async with asyncio.timeout(within_s):
            while not done():
                await asyncio.sleep(0.05)

    def last(self) -> JobState:
        return self.changes[-1].state


def on_desk(paper: str, folder: Path, scene: Callable[[Desk], Awaitable[None]]) -> Desk:
    desks = []

    async def play() -> None:
        desk = Desk(paper, folder)
        desks.append(desk)
        worker = asyncio.create_task(desk.port.run())
        try:
            await scene(desk)
        finally:
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker

    run(play())
    return desks[0]


@pytest.mark.parametrize("paper", CONFIGS)
def test_a_badge_comes_out_and_every_state_is_told(paper: str, tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        told = desk.printing.print_badges("r1", [Badge(VISIT, desk.badge())])
        assert told.state is JobState.QUEUED
        assert told.badge is not None
        await desk.until(lambda: desk.last() is JobState.DONE)

    desk = on_desk(paper, tmp_path, scene)
    assert [change.state for change in desk.changes] == [JobState.QUEUED, JobState.PRINTING, JobState.DONE]
    assert {change.request_id for change in desk.changes} == {"r1"}
    assert desk.fake.emulator.printed == 1
    assert desk.counter.left == 11
    assert desk.printing.entries[0] == PrintEntry(1, PrintKind.BADGE, JobState.DONE, 1, VISIT, "r1")


FAULTS = [
    (Fault.PAPER_OUT, Trouble.PAPER_OUT),
    (Fault.COVER_OPEN, Trouble.COVER_OPEN),
]


@pytest.mark.parametrize("paper", CONFIGS)
@pytest.mark.parametrize(("fault", "trouble"), FAULTS)
def test_a_fault_is_told_and_the_badge_comes_when_it_is_mended(
    paper: str, fault: Fault, trouble: Trouble, tmp_path: Path
) -> None:
    async def scene(desk: Desk) -> None:
        desk.fake.emulator.faults.add(fault)
        await desk.until(lambda: desk.printing.trouble is trouble)
        desk.printing.print_badges("r1", [Badge(VISIT, desk.badge())])
        await asyncio.sleep(300)
        assert desk.last() is JobState.QUEUED
        desk.fake.emulator.faults.discard(fault)
        await desk.until(lambda: desk.last() is JobState.DONE)

    assert on_desk(paper, tmp_path, scene).fake.emulator.printed == 1
    assert REASONS[trouble]


@pytest.mark.parametrize("paper", CONFIGS)
def test_after_ten_minutes_nothing_comes_out(paper: str, tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        desk.fake.emulator.faults.add(Fault.PAPER_OUT)
        await desk.until(lambda: desk.printing.trouble is Trouble.PAPER_OUT)
        desk.printing.print_badges("r1", [Badge(VISIT, desk.badge())])
        await desk.until(lambda: desk.last() is JobState.ABANDONED)
        desk.fake.emulator.faults.clear()
        desk.printing.print_badges("r2", [Badge(VISITS[1], desk.badge("Bo Li"))])
        await desk.until(lambda: desk.last() is JobState.DONE)

    desk = on_desk(paper, tmp_path, scene)
    assert desk.fake.emulator.printed == 1
    assert desk.counter.left == 11


@pytest.mark.parametrize("paper", CONFIGS)
def test_a_printer_that_is_pulled_out_while_it_prints(paper: str, tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        desk.when[JobState.PRINTING] = desk.pull_out
        desk.printing.print_badges("r1", [Badge(VISIT, desk.badge())])
        await desk.until(lambda: desk.printing.entries[0].ended)

    desk = on_desk(paper, tmp_path, scene)
    assert desk.last() is JobState.FAILED
    assert desk.printing.entries[0].reason is Trouble.UNPLUGGED


def test_a_group_is_as_its_worst_badge(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        bad = Document((Text("no picture"),))  # a Brother QL cannot print it
        badges = [Badge(VISITS[0], desk.badge("A")), Badge(VISITS[1], bad), Badge(VISITS[2], desk.badge("C"))]
        desk.printing.print_badges("r1", badges)
        await desk.until(lambda: all(entry.ended for entry in desk.printing.entries))

    desk = on_desk("62x100", tmp_path, scene)
    assert [entry.state for entry in reversed(desk.printing.entries)] == [
        JobState.DONE,
        JobState.FAILED,
        JobState.DONE,
    ]
    assert desk.last() is JobState.FAILED
    assert desk.printing.entries[1].reason is Trouble.NOT_PRINTABLE
    assert desk.counter.left == 10


def test_too_many_badges_are_told_at_once(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        desk.fake.plugged = False
        told = desk.printing.print_badges("r1", [Badge(visit, desk.badge("A")) for visit in VISITS[:21]])
        assert told.state is JobState.FAILED
        assert desk.printing.entries[0].reason is Trouble.QUEUE_FULL

    on_desk("62x100", tmp_path, scene)


def test_a_badge_that_cannot_be_laid_out_has_failed_and_the_others_come(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        told = desk.printing.print_badges("r1", [Badge(VISITS[0], None), Badge(VISITS[1], desk.badge("B"))])
        assert (told.state, told.reason, told.badge) == (JobState.FAILED, Trouble.NOT_PRINTABLE, None)
        await desk.until(lambda: all(entry.ended for entry in desk.printing.entries))
        assert desk.last() is JobState.FAILED
        (entry,) = desk.printing.print_list(())
        assert (entry.kind, entry.reason) == (PrintKind.LIST, Trouble.NOT_PRINTABLE)

    desk = on_desk("62x100", tmp_path, scene)
    assert desk.fake.emulator.printed == 1
    assert [entry.state for entry in desk.entries if entry.visit_id == VISITS[0]] == [JobState.FAILED]


def test_what_waited_elsewhere_already_waits_no_whole_ten_minutes(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        desk.fake.emulator.faults.add(Fault.PAPER_OUT)
        began_s = now_s()
        entry = desk.printing.print_badge(Badge(VISIT, desk.badge(), REPRINT, age_s=590.0))
        await desk.until(lambda: desk.printing.entries[0].ended)
        assert entry.state is JobState.QUEUED
        assert desk.printing.entries[0].state is JobState.ABANDONED
        assert 10 <= now_s() - began_s < 60

    on_desk("62x100", tmp_path, scene)


def test_before_the_first_byte_the_register_is_waited_for(tmp_path: Path) -> None:
    seen: list[tuple[JobState, int]] = []

    async def scene(desk: Desk) -> None:
        async def note() -> None:
            await asyncio.sleep(1.0)
            seen.append((desk.printing.entries[0].state, desk.fake.emulator.printed))

        desk.printing._on_begin = note
        desk.printing.print_badge(Badge(VISIT, desk.badge(), REPRINT))
        await desk.until(lambda: desk.printing.entries[0].ended)
        desk.printing.print_list([desk.badge()])  # of no visit: there is nothing to be noted
        await desk.until(lambda: desk.printing.entries[0].ended)

    on_desk("62x100", tmp_path, scene)
    assert seen == [(JobState.PRINTING, 0)]


def test_reprints_and_lists_are_nobodys_sign_in(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        entry = desk.printing.print_badge(Badge(VISIT, desk.badge(), REPRINT))
        assert (entry.kind, entry.visit_id, entry.state) == (PrintKind.REPRINT, VISIT, JobState.QUEUED)
        lists = desk.printing.print_list([desk.badge("A"), desk.badge("B")])
        assert [one.kind for one in lists] == [PrintKind.LIST] * 2
        await desk.until(lambda: all(one.ended for one in desk.printing.entries))

    desk = on_desk("zpl", tmp_path, scene)
    assert desk.changes == []
    assert desk.fake.emulator.printed == 3
    assert {entry.state for entry in desk.entries} == {JobState.QUEUED, JobState.PRINTING, JobState.DONE}


def test_the_roll_warns_once_at_each_mark(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        for number in range(13):
            desk.printing.print_badges(f"r{number}", [Badge(VISITS[number], desk.badge("A"))])
            await desk.until(lambda: desk.last() is JobState.DONE)
        desk.printing.new_roll()
        assert desk.counter.left == 12

    assert on_desk("zpl", tmp_path, scene).marks == [10, 5, 0]


def test_the_history_is_bounded_and_holds_no_document(tmp_path: Path) -> None:
    printing = BadgePrinting(LabelCounter(tmp_path / "l.json", LabelsSection()))
    with pytest.raises(RuntimeError, match="use"):
        printing.print_badge(Badge(VISIT, Document((Text("A"),))))
    assert printing.trouble is Trouble.NO_PRINTER
    printing.use(NoPrinter(lambda: 0.0, printing.on_job))
    document = Document((Text("Ada Hemmelig"), Picture(draw_line("Ada", 30, True))))
    for visit in VISITS:
        assert printing.print_badges(visit, [Badge(visit, document)]).state is JobState.FAILED
    assert len(printing.entries) == 100
    assert printing.entries[0].reason is Trouble.NO_PRINTER
    assert "Ada" not in repr(printing.entries) + repr(vars(printing))
    assert set(REASONS) == set(Trouble)
    assert set(STATES) == set(JobState)


def test_no_name_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(desk: Desk) -> None:
        desk.fake.emulator.faults.add(Fault.PAPER_OUT)
        desk.printing.print_badges("r1", [Badge(VISIT, desk.badge("Ada Hemmelig"))])
        await desk.until(lambda: desk.last() is JobState.ABANDONED)
        desk.printing.print_badges("r1", [Badge(VISIT, Document((Text("Ada Hemmelig"),)))])

    with caplog.at_level(logging.DEBUG):
        on_desk("62x100", tmp_path, scene)
    assert "Hemmelig" not in caplog.text


def test_the_counter_is_written_by_its_worker_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    settings = LabelsSection(per_roll=30, warn_at=(20,))

    async def story() -> None:
        printing = BadgePrinting(LabelCounter(path, settings))
        worker = asyncio.create_task(printing.run())
        printing.new_roll()
        async with asyncio.timeout(10):
            while not path.exists():
                await asyncio.sleep(0)
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker

    asyncio.run(story())
    counter = LabelCounter(path, settings)
    assert [counter.count() for _ in range(12)] == [None] * 9 + [20, None, None]
    counter.write(counter.encoded())
    again = LabelCounter(path, settings)
    assert (again.left, again.low, again.count()) == (18, True, None)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"left": -1}', b'{"left": "x"}', b'{"left": true}', b'{"left": 1e9}', b"[" * 1000]
)
def test_a_damaged_counter_takes_a_new_roll(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "labels.json"
    path.write_bytes(content)
    assert LabelCounter(path, LabelsSection(per_roll=300)).left == 300


def test_a_counter_that_cannot_be_written_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    counter = LabelCounter(tmp_path / "missing" / "labels.json", LabelsSection())
    counter.write(counter.encoded())
    assert "cannot be written" in caplog.text


@pytest.mark.parametrize(
    ("roll", "mark"),
    [
        (Roll(51), None),
        (Roll(50), 50),
        (Roll(50, 50), None),
        (Roll(19, 50), 20),
        (Roll(4), 5),
        (Roll(0, 5), 0),
        (Roll(0, 0), None),
    ],
)
def test_marks(roll: Roll, mark: int | None) -> None:
    after, found = roll.reached((50, 20, 5))
    assert found == mark
    assert after.reached((50, 20, 5)) == (after, None)
    assert replace(roll).printed(10**6).left == 0
