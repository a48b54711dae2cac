"""CPU of all drivers at full rate as a share of one core: `scripts/bench/run drivers --seconds 60`.

Three LD2410 at 10 Hz, an MH-Z19 and a PIR through drivers.sensors.Sensors in one asyncio loop. The serial devices are
emulated behind ptys of another process, so that only what the drivers cost is counted (user and system time of this
one, all threads). Per kind of the radars' frames: the drivers alone, and with the room's fusion behind them. The base
is the same loop without sensors.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from common.clock import SystemClock
from drivers.device import Condition
from drivers.emulators.ld2410 import Ld2410Emulator
from drivers.emulators.mhz19 import Mhz19Emulator
from drivers.emulators.pty_device import PtyDevice
from drivers.readings import Reading
from drivers.sensors import SensorConfig, Sensors
from roomdisplay.inputs import inputs
from roomdisplay.presence_settings import OccupancySection
from roomdisplay.senses import Senses

ROOT = Path(__file__).resolve().parents[2]
RADARS = 3
SETTLED_S = 30.0
WALKS_S = 5.0
"""The PIR goes on or off each so many seconds."""


class BasicRadar(Ld2410Emulator):
    """Says yes to engineering mode and goes on with basic frames, as a module that cannot do it."""

    def _set_engineering(self, on: bool) -> bytes:
        return b""


def serve(frames: str) -> None:
    """The other process: host the serial devices until the standard input ends."""
    kind = Ld2410Emulator if frames == "engineering" else BasicRadar
    radars = [kind() for _ in range(RADARS)]
    ports: list[PtyDevice[Any]] = [*map(PtyDevice, radars), PtyDevice(Mhz19Emulator())]
    for number, radar in enumerate(radars):
        radar.person(150 + 75 * number, moving=number == 0)
    print(json.dumps([port.path for port in ports]), flush=True)
    sys.stdin.read()
    for port in ports:
        port.close()


@contextmanager
def served(frames: str) -> Iterator[tuple[SensorConfig, ...]]:
    """The configuration of a panel that has all these sensors."""
    command = [sys.executable, "-m", "scripts.bench.drivers", "--serve", frames]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        *radars, air = json.loads(process.stdout.readline())
        yield (
            *(SensorConfig(name=f"radar-{n}", kind="ld2410", port=port, baud=115200) for n, port in enumerate(radars)),
            SensorConfig(name="air", kind="mhz19", port=air),
            SensorConfig(name="pir", kind="pir", driver="emulated"),
        )


async def measure(
    configs: tuple[SensorConfig, ...], seconds: float, publish: Callable[[Reading], object]
) -> tuple[float, Counter[str]]:
    """CPU seconds for each real one, and what was told in that time: readings by sensor, and valid frames of each."""
    told: Counter[str] = Counter()

    def count(reading: Reading) -> None:
        told[reading.source] += 1
        publish(reading)

    sensors = Sensors(configs, count)
    running = asyncio.create_task(sensors.run())
    try:
        async with asyncio.timeout(SETTLED_S):
            while any(one.condition is not Condition.HEALTHY for one in sensors.health()):  # noqa: ASYNC110 - polled
                await asyncio.sleep(0.05)
        told.clear()
        frames = _frames(sensors)
        began_s, cpu_s = time.monotonic(), time.process_time()
        for step in range(max(1, round(seconds / WALKS_S))):
            if configs:
                sensors.emulator("pir").set(step % 2 == 0)
            await asyncio.sleep(WALKS_S)
        share = (time.process_time() - cpu_s) / (time.monotonic() - began_s)
        told.update(_frames(sensors) - frames)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        sensors.close()
    return share, told


def _frames(sensors: Sensors) -> Counter[str]:
    return Counter({f"{one.name} frames": one.frames for one in sensors.health()})


def figures(frames: str, seconds: float, *, fusion: bool) -> dict[str, object]:
    """One measurement as it is printed."""
    with served(frames) as configs:
        senses = Senses(inputs(configs), OccupancySection(), SystemClock())
        took: Callable[[Reading], object] = senses.take if fusion else lambda _: None
        share, told = asyncio.run(measure(configs, seconds, took))
    lasted_s = max(1, round(seconds / WALKS_S)) * WALKS_S
    return {
        "frames": frames,
        "fusion": fusion,
        "percent_of_a_core": round(share * 100, 3),
        "readings_per_s": round(sum(count for name, count in told.items() if " " not in name) / lasted_s, 1),
        "each_per_s": {name: round(count / lasted_s, 2) for name, count in sorted(told.items())},
    }


def main() -> None:
    """Print one JSON object a line: the base first."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run drivers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each measurement")
    parser.add_argument("--serve", choices=("basic", "engineering"), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.serve:
        serve(wanted.serve)
        return
    base, _ = asyncio.run(measure((), wanted.seconds, lambda _: None))
    print(json.dumps({"sensors": 0, "percent_of_a_core": round(base * 100, 3)}), flush=True)
    for frames in ("engineering", "basic"):
        for fusion in (False, True):
            print(json.dumps(figures(frames, wanted.seconds, fusion=fusion)), flush=True)


if __name__ == "__main__":
    main()
