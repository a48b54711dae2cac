"""Two dips of the voltage between two looks; run in a UTS namespace of its own, with a folder for a tree.

The attribute of the driver is a link to the host name, which notifies as sysfs does and can be set here.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

from common.clock import SystemClock
from telemetry.health.power import Power


async def dips(root: Path) -> None:
    hwmon = root / "sys/class/hwmon/hwmon1"
    hwmon.mkdir(parents=True)
    (hwmon / "in0_lcrit_alarm").symlink_to("/proc/sys/kernel/hostname")
    socket.sethostname("0")
    power = Power(SystemClock(), root)
    power.watch()
    show(power)
    for count in (1, 2):
        socket.sethostname("1")
        async with asyncio.timeout(5):
            while power.read().under_voltage_events < count:
                await asyncio.sleep(0.001)
        socket.sethostname("0")
        async with asyncio.timeout(5):
            while power.read().under_voltage:
                await asyncio.sleep(0.001)
    show(power)
    power.close()


def show(power: Power) -> None:
    found = power.read()
    sys.stdout.write(f"{found.under_voltage} {found.under_voltage_events}\n")


if __name__ == "__main__":
    asyncio.run(dips(Path(sys.argv[1])))
