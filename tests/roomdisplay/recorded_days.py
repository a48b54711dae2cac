"""The recordings in tests/cases/recordings, made with the emulated sensors on a clock that jumps.

    python -m tests.roomdisplay.recorded_days          # writes them again, and what a replay of each says

Bytes of the emulators go through the real device classes, levels through the real inputs: a recording holds what a
panel would have heard.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from drivers.device import SerialDevice
from drivers.emulators.emulator import Emulator, Fault
from drivers.emulators.gpio import EmulatedInput
from drivers.emulators.ld2410 import Ld2410Emulator
from drivers.emulators.ld2450 import Ld2450Emulator
from drivers.gpio.inputs import GpioInput, open_input
from drivers.hilink.framing import Envelope, wrap
from drivers.hilink.ld2410 import Ld2410Device
from drivers.hilink.ld2450 import Ld2450Device
from drivers.readings import Reading
from drivers.recording import RecordingWriter
from drivers.sensor_config import SensorConfig
from roomdisplay.replay import replay_lines

FOLDER = Path(__file__).parents[1] / "cases" / "recordings"
STARTED = datetime(2026, 11, 23, 8, tzinfo=UTC)
TICKS = 10
"""in a second"""


class DroppingTracker(Ld2450Emulator):
    """Loses a person who sits still, as the real one does for up to 7.6 s at a time (reference/drivers.md 1.3)."""

    lost = False

    def _report(self, at_s: float) -> bytes:
        report = super()._report(at_s)
        return wrap(Envelope.TRACK, bytes(24)) if self.lost else report


class Stage:
    """A room with emulated sensors, which are recorded."""

    def __init__(self, file: Path, *sensors: str) -> None:
        """`sensors` are kinds: ld2410 is called radar, ld2450 tracker, the others by their kind."""
        self.radar, self.tracker = Ld2410Emulator(), DroppingTracker()
        self._tick = 0
        self._serial: list[tuple[str, Emulator, SerialDevice]] = []
        self._levels: dict[str, GpioInput] = {}
        names = {kind: {"ld2410": "radar", "ld2450": "tracker"}.get(kind, kind) for kind in sensors}
        self._recording = RecordingWriter(
            file, {name: kind for kind, name in names.items()}, started=STARTED, start_s=0.0
        )
        for kind in sensors:
            if kind == "ld2410":
                self._serial.append(("radar", self.radar, Ld2410Device()))
            elif kind == "ld2450":
                self._serial.append(("tracker", self.tracker, Ld2450Device()))
            else:
                config = SensorConfig(name=kind, kind=kind, driver="emulated")  # type: ignore[arg-type]
                self._levels[kind] = open_input(config, self._recording.write, lambda: self.now_s)

    @property
    def now_s(self) -> float:
        return self._tick / TICKS

    def level(self, name: str, active: bool) -> None:
        """A PIR sees motion, a door opens."""
        line = self._levels[name].wire
        assert isinstance(line, EmulatedInput)
        line.set(active)

    def silence(self, name: str) -> None:
        """A PIR, door or button is torn off."""
        line = self._levels[name].wire
        assert isinstance(line, EmulatedInput)
        line.faults.add(Fault.SILENCE)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds * TICKS)):
            self._turn()
            self._tick += 1

    def close(self) -> None:
        for level in self._levels.values():
            level.close()
        self._recording.close()

    def _turn(self) -> None:
        for level in self._levels.values():
            level.turn()
        for name, emulator, device in self._serial:
            sent = emulator.due(self.now_s) + emulator.receive(device.due(self.now_s), self.now_s)
            for value in device.feed(sent, self.now_s):
                self._recording.write(Reading(name, self.now_s, value))


def meeting(file: Path) -> None:
    """Two people come in, hold a meeting of ten minutes and leave."""
    stage = Stage(file, "ld2410", "pir", "door")
    stage.wait(150)
    _through_the_door(stage)
    stage.wait(6)
    for _ in range(20):
        stage.radar.person(150, moving=False)
        stage.wait(25)
        stage.radar.person(150)
        stage.level("pir", True)
        stage.wait(3)
        stage.level("pir", False)
        stage.wait(2)
    _through_the_door(stage)
    stage.radar.leave()
    stage.wait(200)
    stage.close()


def _through_the_door(stage: Stage) -> None:
    stage.level("door", True)
    stage.radar.person(300)
    stage.level("pir", True)
    stage.wait(4)
    stage.level("door", False)
    stage.level("pir", False)


def drop_outs(file: Path) -> None:
    """One person sits before an LD2450 that loses them for up to 7.6 s; then nobody."""
    stage = Stage(file, "ld2450")
    stage.wait(90)
    stage.tracker.person(350)
    stage.wait(4)
    stage.tracker.leave()
    stage.tracker.person(170, moving=False, x_cm=-30)
    for seen_s, lost_s in ((5, 1.2), (9, 7.6), (3, 4.4), (14, 7.6), (2, 6.5), (30, 2.1), (4, 7.6)) * 3:
        stage.wait(seen_s)
        stage.tracker.lost = True
        stage.wait(lost_s)
        stage.tracker.lost = False
    stage.tracker.leave()
    stage.wait(180)
    stage.close()


def pass_by(file: Path) -> None:
    """Somebody walks past the open door of an empty room, twice."""
    stage = Stage(file, "ld2410", "pir")
    stage.wait(90)
    for _ in range(2):
        stage.radar.person(420)
        stage.level("pir", True)
        stage.wait(1.5)
        stage.radar.leave()
        stage.wait(1)
        stage.level("pir", False)
        stage.wait(240)
    stage.close()


def radar_dies(file: Path) -> None:
    """The radar falls silent in the middle of a meeting; the PIR sees people now and then, and then no more."""
    stage = Stage(file, "ld2410", "pir")
    stage.wait(90)
    for minute in range(12):
        stage.radar.person(200, moving=minute % 2 == 0)
        if minute == 4:
            stage.radar.faults.add(Fault.SILENCE)
        stage.level("pir", True)
        stage.wait(2)
        stage.level("pir", False)
        stage.wait(58)
    stage.wait(1000)
    stage.close()


def pir_stuck(file: Path) -> None:
    """The output of the PIR stays on after somebody looked in; the radar sees that nobody is there."""
    stage = Stage(file, "ld2410", "pir")
    stage.wait(90)
    stage.radar.person(250)
    stage.level("pir", True)
    stage.wait(8)
    stage.radar.leave()
    stage.wait(2100)
    stage.level("pir", False)
    stage.wait(30)
    stage.close()


def calibration(file: Path) -> None:
    """The radar of an empty room calibrates itself for half a minute; later the PIR beside it is torn off."""
    stage = Stage(file, "ld2410", "pir")
    stage.wait(90)
    stage.radar.faults.add(Fault.CALIBRATING)
    stage.wait(30)
    stage.radar.faults.discard(Fault.CALIBRATING)
    stage.wait(100)
    stage.silence("pir")
    stage.wait(60)
    stage.close()


DAYS: dict[str, Callable[[Path], None]] = {
    "meeting": meeting,
    "drop-outs": drop_outs,
    "pass-by": pass_by,
    "radar-dies": radar_dies,
    "pir-stuck": pir_stuck,
    "calibration": calibration,
}


def make_again(folder: Path = FOLDER) -> None:
    """Write each recording, and beside it what a replay of it says."""
    folder.mkdir(exist_ok=True)
    for name, make in DAYS.items():
        file = folder / f"{name}.jsonl"
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            made = Path(fresh) / file.name
            make(made)
            made.replace(file)
        text = "".join(f"{line}\n" for line in replay_lines(file))
        file.with_suffix(".txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    make_again()
