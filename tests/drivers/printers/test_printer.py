"""Which printer the configuration makes, and what is wrong with a configuration."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import drivers.printers as package
from common.config import ConfigError, parse
from drivers.device import Condition
from drivers.emulators.label_preview import preview
from drivers.emulators.printer_link import EmulatedPrinter
from drivers.errors import LinkLost, PortMissing, UsageError
from drivers.printers import bitmap, document, jobs, language, port, printer, session, status, usb_link
from drivers.printers.document import Document, DocumentNotPrintable, Paper, Text
from drivers.printers.jobs import Job, JobState
from drivers.printers.printer import NoPrinter, PrinterConfig, language_of, open_printer
from drivers.printers.status import PrinterError, PrinterStatus, Trouble
from tests.drivers.printers.badges import badge

WRONG = [
    ('driver = "device"', "port: is missing"),
    ('media = "A4"', "is a width in mm such as 62"),
    ('media = "63"', "is not one of 29, 38"),
    ('model = "QL-9000"', "is not one of QL-600"),
    ('model = "QL-700"\nmedia = "102"', "is too wide for a QL-700"),
    ('language = "escpos"\nmedia = "80"\ncode_page = "utf-8"', "code_page: is not one of"),
    ('language = "epl"', "language"),
    ("baud = 12", "baud"),
    ("dpi = 600", "dpi"),
    ('colour = "red"', "colour"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_wrong_configuration_is_told(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(text, PrinterConfig)


def test_the_default_is_no_printer() -> None:
    told: list[Job] = []
    none = open_printer(PrinterConfig(), monotonic_s=lambda: 0.0, on_job=told.append)
    assert isinstance(none, NoPrinter)
    job = none.print(Document((Text("a"),)))
    assert (job.state, job.reason, none.trouble) == (JobState.FAILED, Trouble.NO_PRINTER, Trouble.NO_PRINTER)
    assert told == [job] == [none.job(job.id)] == list(none.jobs)
    assert none.lacking(Document((Text("★"),))) == ""
    assert none.health().condition is Condition.ABSENT
    assert none.health().problem == "No printer is configured."
    asyncio.run(none.run())
    none.close()
    with pytest.raises(UsageError, match="closed"):
        none.print(Document((Text("a"),)))


PAPERS = [
    ({"language": "escpos", "media": "80"}, Paper(576, 203 / 25.4)),
    ({"language": "escpos", "media": "58"}, Paper(384, 203 / 25.4)),
    ({"language": "escpos", "media": "62"}, Paper(416, 203 / 25.4)),
    ({"language": "zpl", "media": "62x100"}, Paper(496, 203 / 25.4, 799)),
    ({"language": "zpl", "media": "62x100", "dpi": 300}, Paper(732, 300 / 25.4, 1181)),
    ({"language": "zpl", "media": "62"}, Paper(496, 203 / 25.4)),
    ({"language": "brother-ql", "media": "62x100"}, Paper(696, 300 / 25.4, 1109)),
    ({"language": "brother-ql", "media": "62"}, Paper(696, 300 / 25.4)),
]


@pytest.mark.parametrize(("keys", "paper"), PAPERS)
def test_what_pictures_are_drawn_for(keys: dict[str, Any], paper: Paper) -> None:
    assert language_of(PrinterConfig(**keys)).paper == paper


def test_problems_stop_a_language() -> None:
    with pytest.raises(UsageError, match=r"\[printer\] media"):
        language_of(PrinterConfig(media="7x7"))


@pytest.mark.parametrize("name", ["escpos", "zpl", "brother-ql"])
def test_an_emulated_printer_needs_nothing(name: Any) -> None:
    media = "80" if name == "escpos" else "62x100"

    async def play() -> None:
        made = open_printer(
            PrinterConfig(driver="emulated", language=name, media=media),
            monotonic_s=asyncio.get_running_loop().time,
        )
        task = asyncio.create_task(made.run())
        async with asyncio.timeout(10):
            while made.status is None:
                await asyncio.sleep(0.01)
        assert made.status.ready
        assert made.trouble is None
        made.close()
        await task

    asyncio.run(play())


def test_the_wire_to_an_emulated_printer() -> None:
    fake = EmulatedPrinter("zpl", monotonic_s=lambda: 0.0)
    link = fake.open()
    assert link.write(b"~HS" + b" " * 1000) == 512
    assert link.read_available().startswith(b"\x02030")
    fake.plugged = False
    with pytest.raises(LinkLost):
        link.write(b"x")
    with pytest.raises(PortMissing):
        fake.open()
    link.close()
    with pytest.raises(UsageError):
        link.read_available()
    with pytest.raises(UsageError, match="no printer language 'epl'"):
        EmulatedPrinter("epl", monotonic_s=lambda: 0.0)


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        (PrinterStatus(True), None),
        (PrinterStatus(False, paper_out=True, cover_open=True), Trouble.COVER_OPEN),
        (PrinterStatus(False, paper_out=True, offline=True, error=PrinterError.CUTTER), Trouble.PAPER_OUT),
        (PrinterStatus(False, offline=True, error=PrinterError.CUTTER), Trouble.ERROR),
        (PrinterStatus(False, offline=True), Trouble.OFFLINE),
        (PrinterStatus(False, busy=True), None),
    ],
)
def test_one_trouble_is_told(said: PrinterStatus, trouble: Trouble | None) -> None:
    assert said.trouble is trouble


def test_public_names_exist() -> None:
    assert package.__doc__
    for module in (bitmap, document, jobs, language, port, printer, session, status, usb_link):
        assert all(hasattr(module, name) for name in module.__all__)


@pytest.mark.parametrize(("keys", "paper"), PAPERS)
def test_a_preview_is_the_layout(keys: dict[str, Any], paper: Paper) -> None:
    picture = preview(PrinterConfig(**keys), badge(paper))
    assert picture.width_dots == paper.width_dots
    assert paper.length_dots in (None, picture.height_dots)
    assert sum(row.count(0) < len(row) for row in picture.each_row()) > 300


def test_a_preview_refuses_what_the_printer_would() -> None:
    with pytest.raises(DocumentNotPrintable):
        preview(PrinterConfig(language="zpl", media="62x29"), badge(Paper(496, 8.0)))
