"""A SerialLink on real ptys: what comes and goes, each way a port is lost, and who else may have it."""

from __future__ import annotations

import array
import errno
import fcntl
import os
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import serial

from drivers.errors import DeviceError, LinkLost, PortBusy, PortMissing, UsageError
from drivers.link import READ_BYTES, FileLink, SerialLink, translated, unstable_name
from tests.ordinary_user import ordinary_user

ROOT = Path(__file__).parents[2]
TCGETS2 = 0x802C542A


class Cable:
    """A pty; the test is the device."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        self.port = os.ttyname(self.slave)

    def pull(self) -> None:
        for fd in {self.master, self.slave} - {-1}:
            os.close(fd)
        self.master = self.slave = -1


@pytest.fixture
def cable() -> Iterator[Cable]:
    made = Cable()
    yield made
    made.pull()


@pytest.fixture
def link(cable: Cable) -> Iterator[SerialLink]:
    made = SerialLink(cable.port, 115200)
    yield made
    made.close()


def arrived(link: SerialLink, size: int) -> bytes:
    data, end_s = b"", time.monotonic() + 5
    while len(data) < size and time.monotonic() < end_s:
        data += link.read_available()
    return data


def test_it_is_a_link(link: SerialLink, cable: Cable) -> None:
    whole: FileLink = link
    assert whole.name == cable.port
    assert os.ttyname(whole.fileno()) == cable.port


def test_bytes_go_both_ways_unchanged(link: SerialLink, cable: Cable) -> None:
    every_byte = bytes(range(256))
    assert link.write(every_byte) == 256
    assert os.read(cable.master, 1000) == every_byte
    os.write(cable.master, every_byte)
    assert arrived(link, 256) == every_byte


def test_nothing_there_is_nothing_and_not_a_lost_link(link: SerialLink) -> None:
    assert [link.read_available() for _ in range(3)] == [b"", b"", b""]
    assert link.write(b"") == 0


def test_a_full_buffer_takes_less_and_then_nothing(link: SerialLink) -> None:
    chunk = b"x" * 3000
    taken = [link.write(chunk)]
    while taken[-1] and sum(taken) < 1_000_000:
        taken.append(link.write(chunk))
    assert taken[0] == 3000
    assert taken[-1] == 0
    assert isinstance(link.unsent_bytes, int)


def test_one_read_is_bounded(link: SerialLink, cable: Cable) -> None:
    os.set_blocking(cable.master, False)
    with suppress(BlockingIOError):
        while True:
            os.write(cable.master, b"y" * 4096)
    assert 0 < len(link.read_available()) <= READ_BYTES


@pytest.mark.parametrize("baud", [9600, 115200, 256000])
def test_the_port_runs_at_any_baud_rate(cable: Cable, baud: int) -> None:
    link = SerialLink(cable.port, baud)
    found = array.array("i", [0] * 64)
    fcntl.ioctl(cable.slave, TCGETS2, found)
    assert (found[9], found[10]) == (baud, baud)
    link.close()


def test_closing_does_not_drop_the_lines_that_reset_devices(cable: Cable) -> None:
    attributes = termios.tcgetattr(cable.slave)
    attributes[2] |= termios.HUPCL
    termios.tcsetattr(cable.slave, termios.TCSANOW, attributes)
    SerialLink(cable.port, 256000).close()
    assert not termios.tcgetattr(cable.slave)[2] & termios.HUPCL


def test_what_arrived_before_the_port_was_opened_is_forgotten(cable: Cable) -> None:
    os.write(cable.master, b"old\n")
    link = SerialLink(cable.port, 9600)
    assert link.read_available() == b""
    link.close()


# --- lost

USES: list[tuple[str, Callable[[SerialLink], object]]] = [
    ("read", lambda link: link.read_available()),
    ("write", lambda link: link.write(b"x")),
    ("unsent", lambda link: link.unsent_bytes),
]


@pytest.mark.parametrize("use", [use for _, use in USES], ids=[name for name, _ in USES])
def test_every_use_of_an_unplugged_port_is_a_lost_link(
    link: SerialLink, cable: Cable, use: Callable[[SerialLink], object]
) -> None:
    os.write(cable.master, b"last words")
    cable.pull()
    for _ in range(2):
        with pytest.raises(LinkLost, match=f"{cable.port} went away") as caught:
            use(link)
        assert caught.value.hint == "Check the plug and the cable."
    link.close()
    link.close()


@pytest.mark.parametrize("use", [use for _, use in USES], ids=[name for name, _ in USES])
def test_a_closed_link_is_used_wrongly(link: SerialLink, use: Callable[[SerialLink], object]) -> None:
    link.close()
    link.close()
    with pytest.raises(UsageError, match="is closed"):
        use(link)


RAISED = [
    serial.SerialException("device reports readiness to read but returned no data"),
    serial.SerialTimeoutException("Write timeout"),
    OSError(errno.EIO, "Input/output error"),
    BrokenPipeError(),
    termios.error(errno.EIO, "Input/output error"),
]


@pytest.mark.parametrize("error", RAISED, ids=[type(error).__name__ for error in RAISED])
def test_all_that_an_unplug_raises_is_a_lost_link(error: Exception) -> None:
    with pytest.raises(LinkLost) as caught, translated("/dev/x"):
        raise error
    assert caught.value.__cause__ is error


def test_a_fault_of_ours_is_not_a_lost_link() -> None:
    with pytest.raises(ZeroDivisionError), translated("/dev/x"):
        raise ZeroDivisionError


def test_closing_does_not_wait_for_a_device_that_takes_nothing(link: SerialLink) -> None:
    while link.write(b"x" * 4096):
        pass
    began_s = time.monotonic()
    link.close()
    assert time.monotonic() - began_s < 1.0


# --- not opened


@pytest.mark.parametrize(
    ("port", "kind", "words"),
    [
        ("/dev/serial/by-id/none", PortMissing, "is not there. Is it plugged in?"),
        ("/tmp", DeviceError, "cannot be used as a serial port"),
        ("/dev/null", DeviceError, "cannot be used as a serial port"),
        (__file__, DeviceError, "cannot be used as a serial port"),
    ],
)
def test_what_cannot_be_opened_says_what_to_do(port: str, kind: type[DeviceError], words: str) -> None:
    with pytest.raises(DeviceError) as caught:
        SerialLink(port, 9600)
    assert type(caught.value) is kind
    assert words in str(caught.value)
    assert caught.value.hint


def test_a_name_without_hardware_behind_it_is_a_missing_port(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_hardware(*args: object, **options: object) -> None:
        try:
            raise termios.error(errno.EIO, "Input/output error")
        except termios.error as error:
            raise serial.SerialException(f"Could not configure port: {error}")  # noqa: B904 - as pyserial does

    monkeypatch.setattr(serial, "Serial", no_hardware)
    with pytest.raises(PortMissing, match="/dev/ttyS7 is not there"):
        SerialLink("/dev/ttyS7", 9600)


def test_a_baud_rate_that_cannot_be_is_said(cable: Cable) -> None:
    with pytest.raises(DeviceError, match="cannot do 99999999999 baud"):
        SerialLink(cable.port, 99_999_999_999)


def test_a_port_of_other_users_names_the_group(cable: Cable) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a port that this user may not open")
    Path(cable.port).chmod(0o600)
    with ordinary_user(Path("/dev/pts")), pytest.raises(DeviceError, match="dialout") as caught:
        SerialLink(cable.port, 9600)
    assert not isinstance(caught.value, PortBusy)


def test_a_link_that_failed_to_open_leaves_nothing_open(cable: Cable) -> None:
    first = SerialLink(cable.port, 9600)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with pytest.raises(PortBusy):
            SerialLink(cable.port, 9600)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    first.close()
    SerialLink(cable.port, 9600).close()


# --- two on one port

OTHER = """
import sys
from drivers.errors import PortBusy
from drivers.link import SerialLink
try:
    link = SerialLink(sys.argv[1], 9600)
except PortBusy as error:
    sys.exit(str(error))
print("open", flush=True)
sys.stdin.read()
"""


def other_process(port: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", OTHER, port]
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_another_process_is_refused_while_we_hold_the_port(link: SerialLink, cable: Cable) -> None:
    with other_process(cable.port) as other:
        out, err = other.communicate(timeout=20)
    assert (out, other.returncode) == ("", 1)
    assert f"{cable.port} is held by another program. Find it with: fuser -v {cable.port}" in err
    os.write(cable.master, b"still ours")
    assert arrived(link, 10) == b"still ours"


def test_we_are_refused_while_another_process_holds_the_port_also_after_its_death(cable: Cable) -> None:
    with other_process(cable.port) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(PortBusy):
            SerialLink(cable.port, 9600)
        other.kill()
        other.wait(20)
        SerialLink(cable.port, 9600).close()


def test_programs_that_ask_for_nothing_are_kept_out_too_unless_they_are_root(cable: Cable) -> None:
    Path(cable.port).chmod(0o666)
    with ordinary_user(Path("/dev/pts")):
        link = SerialLink(cable.port, 9600)
        with pytest.raises(OSError, match="busy") as caught:
            os.close(os.open(cable.port, os.O_RDWR | os.O_NOCTTY))
        assert caught.value.errno == errno.EBUSY
        with pytest.raises(PortBusy):
            SerialLink(cable.port, 9600)
        link.close()
        os.close(os.open(cable.port, os.O_RDWR | os.O_NOCTTY))


# --- names


def test_a_name_that_may_change_is_warned_of_with_the_steady_ones(tmp_path: Path) -> None:
    for kind, name in (("by-id", "usb-FTDI_A50285BI-if00-port0"), ("by-path", "usb-0:1.1:1.0-port0")):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / name).symlink_to("/dev/ttyUSB0")
        (tmp_path / kind / "another").symlink_to("/dev/ttyUSB1")
    text = unstable_name("/dev/ttyUSB0", tmp_path)
    assert text == (
        "/dev/ttyUSB0 may be another device after a restart. "
        f"Use {tmp_path}/by-path/usb-0:1.1:1.0-port0 or {tmp_path}/by-id/usb-FTDI_A50285BI-if00-port0."
    )
    assert "Use its name in /dev/serial/by-path" in unstable_name("/dev/ttyACM7", tmp_path / "none")


@pytest.mark.parametrize("port", ["/dev/serial/by-id/x", "/dev/serial/by-path/x", "/dev/ttyAMA0", "/dev/pts/3"])
def test_a_steady_name_is_not_warned_of(port: str) -> None:
    assert unstable_name(port) == ""
