"""What a document will look like on this printer: rendered, sent to an emulated one, and drawn. For screens and tests.

>>> picture = preview(PrinterConfig(language="zpl", media="62x100"), badge)       # doctest: +SKIP
"""

from __future__ import annotations

from drivers.emulators.printer_link import EmulatedPrinter
from drivers.printers.bitmap import Bitmap
from drivers.printers.document import Document, DocumentNotPrintable
from drivers.printers.printer import PrinterConfig, language_of

__all__ = ["preview"]


def preview(config: PrinterConfig, document: Document) -> Bitmap:
    """The layout is the real one; letters are Inter, where a printer has a font of its own.

    Raises:
        DocumentNotPrintable: it does not fit, or has letters that this printer lacks.
        UsageError: the configuration has problems.
    """
    language = language_of(config)
    printer = EmulatedPrinter(
        config.language, monotonic_s=lambda: 0.0, model=config.model, media=config.media,
        width_dots=language.paper.width_dots,
    )  # fmt: skip
    printer.emulator.receive(language.render(document), 0.0)
    if not printer.emulator.labels:
        raise DocumentNotPrintable("nothing of this document would be printed.")
    return printer.emulator.labels[-1].picture()
