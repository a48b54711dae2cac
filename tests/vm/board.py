"""What makes QEMU's arm64 machine a board with wires: a Raspberry Pi's revision, and how its GPIO lines are read.

The machine has a PL061, eight lines of a real kernel driver; gpiozero only asks which Raspberry Pi it is on. Sources:
qemu docs/system/arm/virt.rst; raspberrypi.com, revision codes; drivers/gpio/gpiolib.c (debugfs).
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

PI_4B = "c03115"
RED, GREEN, BLUE = 5, 6, 7
"""Lines of the lamp; the machine's power key is on line 3."""

LEVELS = "cat /sys/kernel/debug/gpio"
TOOL_TIMEOUT_S = 60.0
_CHIP = re.compile(r"gpiochip0: GPIOs (\d+)-")
_OUT = re.compile(r"gpio-(\d+) \(.*\) out (hi|lo)")


def pi_tree(qemu: Sequence[str], path: Path) -> None:
    """Write the device tree of that machine, with the revision of a Raspberry Pi 4B."""
    run([*qemu, "-M", f"virt,acpi=off,dumpdtb={path}", "-display", "none"])
    run(["fdtput", "-c", str(path), "/system"])
    run(["fdtput", "-t", "x", str(path), "/system", "linux,revision", PI_4B])


def run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=TOOL_TIMEOUT_S)


def outputs(debug: str) -> dict[int, bool]:
    """Levels of the first chip's lines that somebody drives, out of /sys/kernel/debug/gpio."""
    chip, found = _CHIP.search(debug), dict[int, bool]()
    assert chip is not None, f"there is no GPIO chip: {debug}"
    for number, level in _OUT.findall(debug.split("\n\n")[0]):
        found[int(number) - int(chip[1])] = level == "hi"
    return found


def lamp(debug: str) -> tuple[bool, bool, bool] | None:
    """Red, green and blue; None when nobody drives them: the lamp is dark."""
    found = outputs(debug)
    levels = [found.get(line) for line in (RED, GREEN, BLUE)]
    return None if None in levels else (bool(levels[0]), bool(levels[1]), bool(levels[2]))
