"""Edits config.txt and cmdline.txt of a Raspberry Pi. Pure.

What is ours in config.txt stands in one section at its end, between two marks; the rest is never touched. The last
value of a setting counts to the firmware, and `[all]` ends whatever filter came before.
Source: raspberrypi.com/documentation, config.txt and kernel command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from provisioning.inventory import Hardware

__all__ = ["BEGIN", "END", "boot_lines", "cmdline_without_consoles", "config_with"]

BEGIN: Final = "# mydesk-fleet begin: changes until the end are overwritten"
END: Final = "# mydesk-fleet end"
UART_PORT: Final = "/dev/ttyAMA0"
SERIAL_CONSOLE: Final = re.compile(r"console=(serial|ttyAMA|ttyS)\d+(,\S*)?")
QUIET: Final = ("quiet", "loglevel=3", "logo.nologo", "vt.global_cursor_default=0", "consoleblank=0")
"""No texts of the kernel, no berries, no cursor under the screen, and a console that does not go dark by itself."""


def boot_lines(hardware: Hardware, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Lines for config.txt: what the wires in `settings`, those of the app, need of this board."""
    return tuple(_lines(hardware.board, settings))


def _lines(board: str, settings: Mapping[str, Any]) -> Iterator[str]:
    yield "disable_splash=1"
    yield "dtparam=watchdog=on"
    parts = list(_parts(settings))
    if any(part.get("port") == UART_PORT for part in parts):
        yield from ("dtparam=uart0=on",) if board == "pi5" else ("enable_uart=1", "dtoverlay=disable-bt")
    if any(part.get("kind") in ("bh1750", "veml7700") for part in parts):
        yield "dtparam=i2c_arm=on"
    if any(part.get("driver") == "sysfs-pwm" for part in parts):
        yield "dtoverlay=pwm-2chan,pin=12,func=4,pin2=13,func2=4" if board == "pi5" else "dtoverlay=pwm-2chan"
        yield from () if board == "pi5" else ("dtparam=audio=off",)


def _parts(settings: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every section and list of sections that may have a wire."""
    for value in settings.values():
        for part in value if isinstance(value, list | tuple) else (value,):
            if isinstance(part, Mapping) and part.get("driver") != "emulated":
                yield part


def config_with(text: str, lines: Iterable[str]) -> str:
    """config.txt with our section at its end; what stood in it before is replaced.

    >>> print(config_with("dtparam=audio=on\\n", ["disable_splash=1"]), end="")
    dtparam=audio=on
    # mydesk-fleet begin: changes until the end are overwritten
    [all]
    disable_splash=1
    # mydesk-fleet end
    """
    kept = _without_ours(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    while kept and not kept[-1].strip():
        kept.pop()
    return "\n".join([*kept, BEGIN, "[all]", *lines, END]) + "\n"


def _without_ours(lines: list[str]) -> list[str]:
    """A begin without an end was cut off by hand: only the mark goes."""
    kept: list[str] = []
    index = 0
    while index < len(lines):
        if lines[index].strip() == BEGIN:
            ends = [at for at in range(index, len(lines)) if lines[at].strip() == END]
            index = ends[0] if ends else index
        elif lines[index].strip() != END:
            kept.append(lines[index])
        index += 1
    return kept


def cmdline_without_consoles(text: str) -> str:
    """cmdline.txt, one line, without login and kernel texts on serial ports, and with `QUIET`.

    >>> cmdline_without_consoles("console=serial0,115200 console=tty1 root=PARTUUID=1-2 rootwait loglevel=7\\n")
    'console=tty1 root=PARTUUID=1-2 rootwait quiet loglevel=3 logo.nologo vt.global_cursor_default=0 consoleblank=0\\n'
    """
    own = {word.partition("=")[0] for word in QUIET}
    kept = [word for word in text.split() if not SERIAL_CONSOLE.fullmatch(word) and word.partition("=")[0] not in own]
    return " ".join([*kept, *QUIET]) + "\n"
