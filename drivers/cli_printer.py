"""`mydesk-drivers print-test`: a label that shows whether port, language, paper, letters and code are right."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import datetime
from typing import Annotated, Any, Literal

import typer

from common.errors import MyDeskError
from drivers.cli_terminal import EMULATED, JsonFlag, print_json
from drivers.errors import DeviceError, UsageError
from drivers.printers.document import Align, Document, Paper, Qr, Rule, Space, Text
from drivers.printers.jobs import Job, JobState
from drivers.printers.printer import Printer, PrinterConfig, open_printer

LETTERS = "Æøå ÆØÅ éñü €"
LINE_MM, SMALL_MM = 5.0, 3.0
WAIT_S = 60.0
LOOK_S = 0.05

Language = Literal["escpos", "zpl", "brother-ql"]


def print_test(
    port: Annotated[str, typer.Argument(help="/dev/usb/lp0 or a serial port, or the word emulated.")],
    language: Annotated[Language, typer.Option("--language", help="What the printer understands.")] = "brother-ql",
    media: Annotated[str, typer.Option("--media", help="Roll in mm: 62x100, 62, 80 ...")] = "62x100",
    baud: Annotated[int, typer.Option("--baud", min=1200, help="Speed of a serial port.")] = 115200,
    model: Annotated[str, typer.Option("--model", help="Model of a Brother QL.")] = "QL-820NWB",
    seconds: Annotated[float, typer.Option("--seconds", min=1.0, help="Wait so long for the printer.")] = WAIT_S,
    as_json: JsonFlag = False,
) -> None:
    """Print a test label, and say how it ended: printed, or out of paper, cover open, stalled, nothing there.

    Example: mydesk-drivers print-test /dev/usb/lp0 --language brother-ql --media 62x100
    """
    config = PrinterConfig(
        driver="emulated" if port == EMULATED else "device",
        language=language,
        port=port,
        media=media,
        baud=baud,
        model=model,
    )
    printer = open_printer(config, monotonic_s=time.monotonic)
    job = asyncio.run(_printed(printer, test_label(printer.paper, port, datetime.now().astimezone()), seconds))
    result = _result(printer, job)
    if as_json:
        print_json(result)
    if job.state is not JobState.DONE:
        raise PrintFailed(f"Not printed: {result['reason'] or 'the printer never became ready'}.", hint=result["hint"])
    if not as_json:
        typer.echo(f"Printed in {result['took_s']} s. Is every letter right, and does the code scan?")


class PrintFailed(MyDeskError):  # noqa: N818 - what happened
    """Error raised when the test label was not printed."""


def test_label(paper: Paper, port: str, now: datetime) -> Document:
    """Letters, in the printer's font or as a picture; a rule as wide as the paper; a code; when and where."""
    lines = (
        _line("MyDesk", LINE_MM, paper, bold=True),
        _line(LETTERS, LINE_MM, paper),
        Rule(),
        Space(2.0),
        Qr("MYDESK-PRINT-TEST", module_mm=0.75),
        Space(2.0),
        _line(f"{now:%Y-%m-%d %H:%M}", SMALL_MM, paper),
        _line(port.rpartition("/")[2][:32], SMALL_MM, paper),
    )
    return Document(lines)


def _line(text: str, height_mm: float, paper: Paper, *, bold: bool = False) -> Text:
    """A line with its picture, for printers that know no letters."""
    from drivers.emulators.label_font import LINE_DOTS, line_of_text

    scale = max(1, paper.dots(height_mm) // LINE_DOTS)
    return Text(text, height_mm, bold, Align.CENTER, line_of_text(text).scaled(scale))


async def _printed(printer: Printer, label: Document, seconds: float) -> Job:
    job = printer.print(label)
    running = asyncio.create_task(printer.run())
    try:
        until_s = time.monotonic() + seconds
        while not job.ended and time.monotonic() < until_s and not running.done():
            await asyncio.wait((running,), timeout=LOOK_S)
            job = printer.job(job.id) or job
        if running.done():
            running.result()
        return job
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError, DeviceError, UsageError):
            await running


def _result(printer: Printer, job: Job) -> dict[str, Any]:
    reason = job.reason or printer.trouble
    took_s = None if job.ended_s is None else round(job.ended_s - job.created_s, 1)
    return {"state": str(job.state), "reason": str(reason or ""), "took_s": took_s, "hint": printer.health().problem}
