"""Which printer there is: configuration, and how it is opened. What all printers are, for the kiosk.

>>> config = PrinterConfig(driver="emulated", language="zpl", media="62x100")
>>> printer = open_printer(config, monotonic_s=time.monotonic)
"""

from __future__ import annotations

import os
import re
import termios
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from drivers.device import Condition, Health
from drivers.errors import DeviceError, UsageError
from drivers.link import Link, SerialLink, translated
from drivers.printers.brother_ql_commands import MEDIA, MODELS
from drivers.printers.document import Document, Paper
from drivers.printers.escpos_commands import CODE_PAGES
from drivers.printers.jobs import Job, JobQueue
from drivers.printers.language import Language
from drivers.printers.port import PrinterPort
from drivers.printers.status import PrinterStatus, Trouble
from drivers.printers.usb_link import UsbPrinterLink

__all__ = ["NoPrinter", "Printer", "PrinterConfig", "language_of", "open_printer"]

_MEDIA = re.compile(r"(\d{2,3})(?:x(\d{2,3}))?")
_RECEIPT_DOTS = {58: 384, 80: 576}
"""Printable dots of the two common rolls at 8 dots a mm; of others all but 5 mm on each side."""


class Printer(Protocol):
    """A badge printer. For the thread of the event loop only."""

    @property
    def paper(self) -> Paper:
        """What pictures are drawn for."""
        ...

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The last 200 jobs, the oldest first."""
        ...

    @property
    def status(self) -> PrinterStatus | None:
        """What the printer last said; None when it is away or has said nothing."""
        ...

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing would be printed now."""
        ...

    def health(self) -> Health: ...

    def lacking(self, document: Document) -> str:
        """Characters that this printer cannot print in lines without a picture."""
        ...

    def print(self, document: Document, *, age_s: float = 0.0) -> Job:
        """Queue a document and return at once; it has waited `age_s` already. Raises UsageError when closed."""
        ...

    def job(self, job_id: int) -> Job | None:
        """What became of a job; None once it is forgotten."""
        ...

    async def run(self) -> None:
        """The worker, for common.tasks.Supervisor."""
        ...

    def close(self) -> None:
        """Print nothing more; may be called again."""
        ...


class PrinterConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[printer]: the badge printer."""

    driver: Annotated[
        Literal["none", "device", "emulated"],
        Meta(description="What prints; emulated keeps its labels in memory.", examples=["device"]),
    ] = "none"
    language: Annotated[
        Literal["escpos", "zpl", "brother-ql"],
        Meta(description="What the printer understands.", examples=["zpl"]),
    ] = "brother-ql"
    port: Annotated[
        str,
        Meta(
            max_length=200,
            description="Where it is: /dev/usb/lp0, or a serial port by-id or by-path.",
            examples=["/dev/usb/lp0"],
        ),
    ] = ""
    baud: Annotated[
        int, Meta(ge=1200, le=921_600, description="Speed of a serial port.", examples=[9600])
    ] = 115_200  # fmt: skip
    flow_control: Annotated[
        Literal["none", "rts-cts", "xon-xoff"],
        Meta(description="How a printer on a serial port asks for a pause.", examples=["xon-xoff"]),
    ] = "none"
    media: Annotated[
        str,
        Meta(
            max_length=10,
            description="Width of the roll in mm, with x and the length for labels.",
            examples=["62x100"],
        ),
    ] = "62x100"
    model: Annotated[
        str, Meta(max_length=20, description="Model of a Brother QL.", examples=["QL-820NWB"])
    ] = "QL-820NWB"  # fmt: skip
    dpi: Annotated[
        Literal[203, 300], Meta(description="Dots an inch of an ESC/POS or ZPL printer.", examples=[203])
    ] = 203  # fmt: skip
    code_page: Annotated[
        str, Meta(max_length=10, description="Character table of an ESC/POS printer.", examples=["cp858"])
    ] = "cp1252"  # fmt: skip
    most_queued: Annotated[int, Meta(ge=1, le=100, description="So many jobs wait at most.", examples=[20])] = 20

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        if self.driver == "device" and not self.port:
            yield "port", "is missing: name the printer's port, for example /dev/usb/lp0"
        if self.code_page not in CODE_PAGES:
            yield "code_page", f"is not one of {', '.join(CODE_PAGES)}"
        if not _MEDIA.fullmatch(self.media):
            yield "media", "is a width in mm such as 62, or a label such as 62x100"
        elif self.language == "brother-ql":
            yield from self._brother_ql_problems()

    def _brother_ql_problems(self) -> Iterable[tuple[str, str]]:
        if self.model not in MODELS:
            yield "model", f"is not one of {', '.join(MODELS)}"
        elif self.media not in MEDIA:
            yield "media", f"is not one of {', '.join(MEDIA)}"
        elif MEDIA[self.media].width_dots > MODELS[self.model].head_dots:
            yield "media", f"is too wide for a {self.model}"


def language_of(config: PrinterConfig) -> Language:
    """The language with its paper.

    Raises:
        UsageError: the configuration has problems.
    """
    # Imported here: a kiosk loads the one language that it speaks.
    for key, message in config.problems():
        raise UsageError(f"[printer] {key} {message}.")
    if config.language == "brother-ql":
        from drivers.printers.brother_ql_language import BrotherQlLanguage

        return BrotherQlLanguage(MODELS[config.model], MEDIA[config.media])
    width_mm, length_mm = _size(config.media)
    dots_per_mm = config.dpi / 25.4
    if config.language == "zpl":
        from drivers.printers.zpl_language import ZplLanguage

        length = round(length_mm * dots_per_mm) if length_mm else None
        return ZplLanguage(Paper(round(width_mm * dots_per_mm), dots_per_mm, length))
    from drivers.printers.escpos_language import EscposLanguage

    width = _RECEIPT_DOTS.get(width_mm, (width_mm - 10) * 8)
    return EscposLanguage(Paper(round(width * config.dpi / 203) // 8 * 8, dots_per_mm), config.code_page)


def _size(media: str) -> tuple[int, int]:
    match = _MEDIA.fullmatch(media)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)


def open_printer(
    config: PrinterConfig, *, monotonic_s: Callable[[], float], on_job: Callable[[Job], None] = lambda _: None,
    emulated_link: Callable[[], Link] | None = None, before: Callable[[Job], Awaitable[None]] | None = None,
) -> Printer:  # fmt: skip
    """Make the printer that `config` names; its port is opened by `run`, for it may come and go.

    `emulated_link` opens the port of an emulated printer (drivers.emulators.printer_link) for `driver = "emulated"`;
    without it there is one that only keeps its labels. `on_job` and `before`: see PrinterPort.

    Raises:
        UsageError: the configuration has problems.
    """
    if config.driver == "none":
        return NoPrinter(monotonic_s, on_job)
    language = language_of(config)
    open_link: Callable[[], Link] = partial(_device_link, config)
    if config.driver == "emulated":
        open_link = emulated_link or _emulated(config, language.paper.width_dots, monotonic_s)
    return PrinterPort(
        language, open_link, monotonic_s=monotonic_s, on_job=on_job, most_queued=config.most_queued, before=before
    )


def _emulated(config: PrinterConfig, width_dots: int, monotonic_s: Callable[[], float]) -> Callable[[], Link]:
    # Imported here: the emulator is not loaded on a unit.
    from drivers.emulators.printer_link import EmulatedPrinter

    made = EmulatedPrinter(
        config.language, monotonic_s=monotonic_s, model=config.model, media=config.media, width_dots=width_dots
    )
    return made.open


def _device_link(config: PrinterConfig) -> Link:
    if os.path.realpath(config.port).startswith("/dev/usb/lp"):
        return UsbPrinterLink(config.port)
    link = SerialLink(config.port, config.baud)
    try:
        with translated(config.port):
            _set_flow_control(link.fileno(), config.flow_control)
    except DeviceError:
        link.close()
        raise
    return link


def _set_flow_control(fd: int, flow_control: str) -> None:
    """By the kernel: it stops what it has taken already, too."""
    attributes = termios.tcgetattr(fd)
    if flow_control == "rts-cts":
        attributes[2] |= termios.CRTSCTS
    elif flow_control == "xon-xoff":
        attributes[0] |= termios.IXON
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


class NoPrinter:
    """A kiosk without a printer: every job has failed at once, with the reason that says so."""

    status: PrinterStatus | None = None
    trouble: Trouble | None = Trouble.NO_PRINTER
    paper = Paper(MEDIA["62x100"].width_dots, 300 / 25.4, MEDIA["62x100"].rows)

    def __init__(self, monotonic_s: Callable[[], float], on_job: Callable[[Job], None] = lambda _: None) -> None:
        self._queue = JobQueue(monotonic_s, on_job)
        self._closed = False

    @property
    def jobs(self) -> tuple[Job, ...]:
        return self._queue.jobs

    def health(self) -> Health:
        return Health("printer", "none", Condition.ABSENT, problem="No printer is configured.")

    def lacking(self, document: Document) -> str:
        return ""

    def print(self, document: Document, *, age_s: float = 0.0) -> Job:
        if self._closed:
            raise UsageError("the printer is closed.")
        return self._queue.add(document, refuse=Trouble.NO_PRINTER)

    def job(self, job_id: int) -> Job | None:
        return self._queue.get(job_id)

    async def run(self) -> None:
        return

    def close(self) -> None:
        self._closed = True
