"""The parts of the bench that need no machine: pictures, buttons, fingers' events, moments."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from provisioning.inventory_load import load
from tests.ports import free_port
from tests.vm import board, finger, office, power, steps
from tests.vm.bench import BUSY, FREE, busy, free
from tests.vm.machine import Forward, Machine, until
from tests.vm.passes import HALF_STAGED
from tests.vm.picture import Picture, read


def painted(colour: str, *boxes: tuple[str, int, int, int, int], width: int = 1280, height: int = 800) -> Picture:
    """A screen of one colour with boxes (colour, left, top, right, bottom) on it."""
    rows = [bytearray(bytes.fromhex(colour[1:]) * width) for _ in range(height)]
    for paint, left, top, right, bottom in boxes:
        for row in rows[top:bottom]:
            row[3 * left : 3 * right] = bytes.fromhex(paint[1:]) * (right - left)
    return Picture(width, height, b"".join(rows))


SIDE = ("#0B111D", 880, 0, 1280, 800)
BOOK = ("#FFFFFF", 208, 656, 352, 760)


def test_a_picture_is_read_as_qemu_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "screen.ppm"
    path.write_bytes(b"P6\n2 1\n255\n" + b"\n \t" + b"\x0b\x7a\x4b")  # the first pixel looks like white space
    assert read(path).at(0, 0) == (10, 32, 9)
    assert read(path).at(1, 0) == (0x0B, 0x7A, 0x4B)


@pytest.mark.parametrize("data", [b"", b"P5\n1 1\n255\n\0", b"P6\n2 1\n255\n\0\0\0"])
def test_what_is_no_picture_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "screen.ppm"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="no PPM"):
        read(path)


@pytest.mark.parametrize(
    ("picture", "is_free", "is_busy"),
    [
        (painted(FREE, SIDE), True, False),
        (painted(BUSY, SIDE), False, True),
        (painted("#334155", SIDE), False, False),
        (painted("#000000"), False, False),
        (painted(FREE, (BUSY, 0, 0, 400, 400)), False, False),
    ],
    ids=["free", "busy", "neutral", "dark", "both"],
)
def test_a_room_is_free_or_busy_by_its_colour(picture: Picture, is_free: bool, is_busy: bool) -> None:
    assert (free(picture), busy(picture)) == (is_free, is_busy)


def test_the_button_is_found_where_it_is() -> None:
    x, y = steps.button(painted(FREE, SIDE, BOOK, ("#FFFFFF", 48, 190, 430, 330)))
    assert 208 < x < 352
    assert 656 < y < 760
    with pytest.raises(AssertionError, match="no white button"):
        steps.button(painted(FREE, SIDE))


def test_a_touch_is_protocol_b(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finger, "LANDS_S", 0)
    with (tmp_path / "device").open("wb", buffering=0) as device:
        finger.touch(device.fileno(), 7, 300, 700)
    written = [event[2:] for event in struct.iter_unpack("qqHHi", (tmp_path / "device").read_bytes())]
    tracking = [value for kind, code, value in written if (kind, code) == (3, finger.ABS_MT_TRACKING_ID)]
    assert tracking == [7, -1]
    assert (3, finger.ABS_MT_X, 300) in written
    assert (3, finger.ABS_MT_Y, 700) in written
    assert [event for event in written if event[0] == 0] == [(0, 0, 0)] * 2


def test_waiting_ends_with_what_was_seen() -> None:
    found = iter([None, 0, "there"])
    assert until(lambda: next(found), 60, "nothing", lambda: "why") == "there"
    with pytest.raises(AssertionError, match="nothing within 0 s: because"):
        until(lambda: None, 0, "nothing", lambda: "because")


def test_a_moment_comes_once() -> None:
    assert power.after(0)()
    assert not power.after(60)()


def test_a_half_staged_release_is_seen(tmp_path: Path) -> None:
    test = HALF_STAGED.replace("/opt/mydesk/releases", str(tmp_path))

    def holds() -> bool:
        return subprocess.run(["sh", "-c", test], check=False).returncode == 0

    assert not holds()
    (tmp_path / "1.0.0-abc").mkdir()
    assert not holds()
    (tmp_path / "1.0.0-abc/lib").mkdir()
    assert holds()
    (tmp_path / "1.0.0-abc/.complete").touch()
    assert not holds()


def test_a_machine_has_no_way_out_but_the_named_ports(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "amd64", tmp_path / "x.img", [Forward(100, 8443, 40000)], ssh_port=free_port())
    network = next(word for word in machine.command() if word.startswith("user,"))
    assert "restrict=on" in network.split(",")
    assert f"hostfwd=tcp:127.0.0.1:{machine.ssh_port}-:22" in network.split(",")
    assert [word for word in network.split(",") if word.startswith("guestfwd=")] == [
        "guestfwd=tcp:10.0.2.100:8443-cmd:nc -N 127.0.0.1 40000"
    ]


LINES = """\
gpiochip0: GPIOs 504-511, parent: amba/9030000.pl061, 9030000.pl061:
 gpio-507 (                    |GPIO Key Poweroff   ) in  lo IRQ
 gpio-509 (                    |lg                  ) out {red}
 gpio-510 (                    |lg                  ) out lo
 gpio-511 (                    |lg                  ) out hi

gpiochip1: GPIOs 496-503, parent: amba/9040000.pl061, 9040000.pl061:
 gpio-501 (                    |other               ) out hi
"""


@pytest.mark.parametrize(
    ("debug", "levels"),
    [
        (LINES.format(red="hi"), (True, False, True)),
        (LINES.format(red="lo"), (False, False, True)),
        (LINES.replace("out {red}", "in  hi"), None),
        (LINES.splitlines()[0], None),
    ],
)
def test_the_lamp_is_read_off_the_kernels_lines(debug: str, levels: tuple[bool, bool, bool] | None) -> None:
    assert board.lamp(debug) == levels


@pytest.mark.parametrize("wired", [False, True])
def test_the_inventory_of_the_bench_is_right(tmp_path: Path, wired: bool) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGBRo36Fwbp8lXDlysr6i38fXDISaa00mvnhnmqihRRr x"
    path = office.inventory(tmp_path, key, 22, release_key=key, wired=wired, board="pi4")
    fleet = load(path)
    assert bool(fleet.hardware_of(fleet.unit(office.UNIT)).lamp) is wired


@pytest.mark.parametrize(
    ("who", "hung"),
    [("cryptomgr_test:52", True), ("python3:812", False), ("kworker/0:1:9", False), ("systemd:1", False)],
)
def test_only_a_hang_before_all_of_ours_is_qemu_s(tmp_path: Path, who: str, hung: bool) -> None:
    machine = Machine(tmp_path, "amd64", tmp_path / "x.img", ssh_port=free_port())
    assert not machine.hung
    machine.serial_log.write_text(f"[   28.476613] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [{who}]\n")
    assert machine.hung is hung
