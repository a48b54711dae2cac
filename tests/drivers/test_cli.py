"""mydesk-drivers as a command: real processes, emulated devices on real ptys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drivers.emulators.ld2410 import Ld2410Emulator
from drivers.emulators.ld2450 import Ld2450Emulator
from drivers.emulators.mhz19 import Mhz19Emulator
from drivers.emulators.pty_device import PtyDevice
from drivers.hilink.protocol import FACTORY
from drivers.link import SerialLink
from drivers.recording import read_recording

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


class Done:
    """How a command ended."""

    def __init__(self, *words: str, stdin: str | bytes = b"", timeout_s: float = 60) -> None:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        command = [sys.executable, "-m", "drivers", *words]
        done = subprocess.run(command, input=data, capture_output=True, timeout=timeout_s, cwd=ROOT, check=False)
        self.code, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in self.err, self.err

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


CAPTURES = [
    ("ld2410", "F4F3F2F1 0D00 02AA 02 5100 00 0000 3B 0000 5500 F8F7F6F5", {"state": "still", "still_energy": 59}),
    ("ld2450", "AAFF0300 0E03B18610004001 0000000000000000 0000000000000000 55CC", {"event": "track-report"}),
    ("mhz19", "FF 86 02 60 47 00 00 00 D1", {"co2_ppm": 608}),
    ("senseair-s8", "FE 04 02 01 90 AC D8", {"co2_ppm": 400}),
    ("scd30", "61 03 0C 43DB 8C2E 41D9 E7FF 4243 3A1B 50 07", {"event": "scd30-measurement"}),
    ("gm65", "5D51 30 48454A 0D0A", {"text": "HEJ", "symbology": "qr"}),
    ("escpos", "72", {"event": "real-time-status"}),
    ("zpl", b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n".hex(), None),
    ("brother-ql", "80204230 4f300000 0000 3e0a" + "00" * 20, {"media_width_mm": 62}),
]


@pytest.mark.parametrize(("device", "text", "first"), CAPTURES, ids=[case[0] for case in CAPTURES])
def test_a_capture_is_decoded(device: str, text: str, first: dict[str, Any] | None) -> None:
    done = Done("decode", device, stdin="\n\t".join(text[at : at + 3] for at in range(0, len(text), 3)))
    assert done.code == 0, done.err
    *events, counters = done.lines
    assert set(counters) == {"event", "frames", "bad_frames", "junk_bytes", "held_bytes"}
    assert counters["event"] == "counters"
    assert (counters["bad_frames"], counters["junk_bytes"]) == (0, 0)
    if first is not None:
        assert first == {key: events[0].get(key) for key in first}
        assert counters["frames"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("F4 F3 G1", "Digit 5 of the input is not hexadecimal: 'G1'"),
        ("F4 F", "ends in the middle of a byte, after 3 digits"),
        ("0xF4", "Digit 2"),
        ("æ", "Digit 1"),
    ],
)
def test_what_is_not_hexadecimal_is_said(text: str, said: str) -> None:
    done = Done("decode", "ld2410", stdin=text)
    assert done.code == 1
    assert said in done.err


def test_what_came_before_the_mistake_is_told() -> None:
    done = Done("decode", "mhz19", stdin="FF 86 02 60 47 00 00 00 D1 !")
    assert (done.code, done.lines[0]["co2_ppm"]) == (1, 608)


def test_nothing_and_much_and_noise() -> None:
    assert Done("decode", "ld2410").lines == [
        {"event": "counters", "frames": 0, "bad_frames": 0, "junk_bytes": 0, "held_bytes": 0}
    ]
    much = Done("decode", "mhz19", stdin="FF 86 02 60 47 00 00 00 D1\n" * 20_000)
    assert much.lines[-1]["frames"] == 20_000
    noise = Done("decode", "ld2410", stdin=os.urandom(200_000).hex())
    assert noise.lines[-1]["junk_bytes"] + noise.lines[-1]["held_bytes"] <= 200_000


def test_a_closed_standard_input_is_said() -> None:
    command = f"{sys.executable} -m drivers decode ld2410 <&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert "Standard input is closed." in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_use() -> None:
    for words in (["decode", "toaster"], ["decode"], ["watch", "ld2410"], ["print-test", "x", "--language", "pcl"]):
        assert Done(*words).code == 2, words
    gone = Done("watch", "ld2410", "/dev/ttyNONE", "--seconds", "0.5", "--json")
    assert gone.code == 1
    assert gone.lines[-1]["health"]["condition"] == "absent"
    assert "not there" in gone.lines[-1]["health"]["problem"]


def test_a_radar_is_watched() -> None:
    emulator = Ld2410Emulator()
    emulator.person(180, moving=True)
    with PtyDevice(emulator) as device:
        done = Done("watch", "ld2410", device.path, "--seconds", "2", "--json")
    assert done.code == 0, done.err
    assert {line.get("state") for line in done.lines} & {"moving", "both"}
    assert done.lines[-1]["health"]["condition"] == "healthy"
    assert done.lines[-1]["health"]["bad_frames"] == 0


def test_an_emulated_sensor_needs_no_port() -> None:
    done = Done("watch", "mhz19", "emulated", "--seconds", "1.5")
    assert "healthy" in done.err


def test_list_names_ports_and_what_holds_them() -> None:
    done = Done("list", "--json")
    assert done.code == 0
    assert all({"kind", "use", "chip", "held_by", "answers"} <= set(line) for line in done.lines)


def test_a_radar_is_tuned_and_keeps_it() -> None:
    emulator = Ld2410Emulator()
    with PtyDevice(emulator) as device:
        done = Done(
            "tune", device.path, "--set", "3=45,41", "--last-gate", "6", "--hold-s", "9", "--seconds", "1", "--json"
        )
        assert done.code == 0, done.err
        settings, *reports = done.lines
        assert (settings["baud"], settings["bluetooth"]) == (115200, False)
        assert (settings["max_moving_gate"], settings["max_still_gate"], settings["timeout_s"]) == (6, 6, 9)
        assert (settings["moving_sensitivity"][3], settings["still_sensitivity"][3]) == (45, 41)
        assert len(reports[0]["moving_energies"]) == 9
        again = Done("tune", device.path, "--factory", "--seconds", "0.3", "--json")
    assert tuple(again.lines[0]["moving_sensitivity"]) == FACTORY.moving_sensitivity


def test_an_empty_room_suggests_what_stays_quiet() -> None:
    emulator = Ld2410Emulator()
    with PtyDevice(emulator) as device:
        done = Done("tune", device.path, "--empty", "1.5", "--json")
    suggested = done.lines[-1]["suggested"]
    assert [one["gate"] for one in suggested] == list(range(9))
    assert [one["still"] for one in suggested[:2]] == [0, 0]
    assert all(15 <= one["moving"] <= 100 for one in suggested)


def test_what_cannot_be_tuned_is_said() -> None:
    with PtyDevice(Ld2450Emulator()) as device:
        other = Done("tune", device.path, "--seconds", "1")
    assert other.code == 1
    assert "LD2450" in other.err
    with PtyDevice(Mhz19Emulator()) as device:
        silent = Done("tune", device.path, "--seconds", "1")
    assert silent.code == 1
    assert "No LD2410 is heard" in silent.err
    assert Done("tune", "emulated", "--set", "3:1:1").code == 1
    assert Done("tune", "emulated", "--set", "9=10,10").code == 1


def test_a_port_that_somebody_holds() -> None:
    with PtyDevice(Ld2410Emulator()) as device:
        held = SerialLink(device.path, 115200)
        done = Done("tune", device.path)
        held.close()
    assert done.code == 1
    assert "held by another program" in done.err or "in use" in done.err, done.err


CONFIG = """
[unit]
id = "anything of others"
[[sensors]]
name = "radar"
kind = "ld2410"
driver = "emulated"
"""


def test_a_recording_is_made(tmp_path: Path) -> None:
    (tmp_path / "room.toml").write_text(CONFIG)
    out = tmp_path / "meeting.jsonl"
    done = Done("record", str(out), "--config", str(tmp_path / "room.toml"), "--seconds", "2")
    assert done.code == 0, done.err
    with read_recording(out) as recording:
        assert dict(recording.sensors) == {"radar": "ld2410"}
        assert len(list(recording)) > 3
    again = Done("record", str(out), "--config", str(tmp_path / "room.toml"))
    assert (again.code, "is there already" in again.err) == (1, True)


@pytest.mark.parametrize(
    ("text", "said"), [("", "configures no sensor"), ("[[sensors]]\nname = 'A'", "sensors[0].name")]
)
def test_a_configuration_without_sensors_or_with_wrong_ones(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "room.toml").write_text(text)
    done = Done("record", str(tmp_path / "x.jsonl"), "--config", str(tmp_path / "room.toml"))
    assert done.code == 1
    assert said in done.err


@pytest.mark.parametrize("language", ["escpos", "zpl", "brother-ql"])
def test_a_test_label_is_printed(language: str) -> None:
    done = Done("print-test", "emulated", "--language", language, "--json")
    assert done.code == 0, done.err
    assert done.lines[0]["state"] == "done"


def test_a_printer_that_is_not_there() -> None:
    done = Done("print-test", "/dev/ttyNONE", "--language", "zpl", "--seconds", "2", "--json")
    assert done.code == 1
    assert done.lines[0]["reason"] == "unplugged"
    assert "Is it plugged in?" in done.err
