"""What is plugged into this machine: serial ports, printers, GPIO and I2C chips, backlights; and what answers where."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from drivers.device import Condition, Health
from drivers.errors import DeviceError
from drivers.kinds import SERIAL_KINDS
from drivers.link import SerialLink
from drivers.supervisor import SerialSupervisor

ASKED_KINDS = ("ld2410", "ld2450", "mhz19", "senseair-s8", "scd30")
"""In this order: the radars speak by themselves, the others are asked. A scanner is silent until it reads something."""
PROBE_S = 4.0
_FOLDERS = (
    ("printer", "/dev/usb", "lp*"),
    ("gpio", "/dev", "gpiochip*"),
    ("i2c", "/dev", "i2c-*"),
    ("pwm", "/sys/class/pwm", "pwmchip*"),
    ("backlight", "/sys/class/backlight", "*"),
)
_LABELS = {
    "gpio": "/sys/bus/gpio/devices/{name}/label",
    "i2c": "/sys/class/i2c-dev/{name}/name",
    "backlight": "/sys/class/backlight/{name}/type",
}


@dataclass(frozen=True, slots=True)
class Port:
    """One thing that a driver can be configured to. `use` is the name to write into the configuration."""

    kind: str
    """serial, printer, gpio, i2c, pwm or backlight"""
    use: str
    device: str
    description: str = ""
    chip: str = ""
    """USB vendor and product, or the label of a chip"""
    held_by: str = ""
    """why it cannot be opened now"""


def ports(root: Path = Path("/")) -> Iterator[Port]:
    """Everything that is there; serial ports by their stable name, where they have one."""
    yield from _serial_ports()
    for kind, folder, pattern in _FOLDERS:
        for path in sorted((root / folder.lstrip("/")).glob(pattern)):
            yield Port(kind, str(path), str(path), chip=_label(root, kind, path.name))


def _serial_ports() -> Iterator[Port]:
    stable = _stable_names()
    for found in sorted(list_ports.comports()):
        chip = f"{found.vid:04x}:{found.pid:04x}" if found.vid is not None and found.pid is not None else ""
        about = "" if found.description in (None, "n/a") else found.description
        use = stable.get(Path(found.device).resolve(), found.device)
        yield Port("serial", use, found.device, about, chip, why_held(found.device))


def _stable_names(folder: Path = Path("/dev/serial")) -> dict[Path, str]:
    """By-path wins over by-id: two adapters without a serial number share one by-id name."""
    links = [*sorted(folder.glob("by-id/*")), *sorted(folder.glob("by-path/*"))]
    return {link.resolve(): str(link) for link in links}


def why_held(device: str) -> str:
    """Why the port cannot be opened now; empty when it can."""
    try:
        SerialLink(device, 115200).close()
    except DeviceError as error:
        return str(error)
    return ""


def _label(root: Path, kind: str, name: str) -> str:
    template = _LABELS.get(kind)
    if template is None:
        return ""
    try:
        return (root / template.format(name=name).lstrip("/")).read_text("utf-8", "replace").strip()
    except OSError:
        return ""


async def probe(port: str, probe_s: float = PROBE_S) -> Health | None:
    """Which of our serial devices answers at `port`; None: none. Each kind is tried for up to `probe_s`.

    Writes questions to whatever is there, so it is only done when it is asked for.
    """
    for kind in ASKED_KINDS:
        supervisor = SerialSupervisor(kind, SERIAL_KINDS[kind].device, port, lambda _: None)
        running = asyncio.create_task(supervisor.run())
        try:
            health = await _heard(supervisor, probe_s)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        if health.condition is Condition.HEALTHY or health.condition is Condition.ABSENT:
            return health
    return None


async def _heard(supervisor: SerialSupervisor, probe_s: float) -> Health:
    """Its health once it is more than starting, or after `probe_s`."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + probe_s
    while loop.time() < until_s:
        health = supervisor.health()
        if health.condition in (Condition.HEALTHY, Condition.ABSENT) or "which is not" in health.problem:
            break
        await asyncio.sleep(0.05)
    return supervisor.health()
