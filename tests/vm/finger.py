"""A touch screen made of nothing: a service of the machine that makes a uinput device and touches what a FIFO says.

Standard library only, for it is sent over SSH: `finger.py WIDTH HEIGHT FIFO`. Each line that is written into the FIFO
is `X Y` in pixels of that screen: a finger lands there and is lifted. Systemd hears that it is ready when the device is
there: a panel finds its touch screen when it starts. Sources: linux/uinput.h, linux/input.h, sd_notify(3),
Documentation/input/multi-touch-protocol.rst (protocol B).
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys
import time

UI_DEV_CREATE, UI_DEV_SETUP, UI_ABS_SETUP = 0x5501, 0x405C5503, 0x401C5504
UI_SET_EVBIT, UI_SET_KEYBIT, UI_SET_ABSBIT, UI_SET_PROPBIT = 0x40045564, 0x40045565, 0x40045567, 0x4004556E
EV_SYN, EV_KEY, EV_ABS = 0, 1, 3
BTN_TOUCH, INPUT_PROP_DIRECT, BUS_USB = 0x14A, 1, 3
ABS_X, ABS_Y, ABS_MT_SLOT, ABS_MT_X, ABS_MT_Y, ABS_MT_TRACKING_ID = 0x00, 0x01, 0x2F, 0x35, 0x36, 0x39
NAME = b"MyDesk bench touch screen"
FINGERS = 10
LANDS_S = 0.2
"""How long a finger stays: longer than a frame of an emulated machine."""


def make(handle: int, width: int, height: int) -> None:
    """Make the device of /dev/uinput, opened as `handle`; it is gone when that is closed."""
    for kind in (EV_KEY, EV_ABS):
        fcntl.ioctl(handle, UI_SET_EVBIT, kind)
    fcntl.ioctl(handle, UI_SET_KEYBIT, BTN_TOUCH)
    fcntl.ioctl(handle, UI_SET_PROPBIT, INPUT_PROP_DIRECT)
    wide, high = width - 1, height - 1
    most = {ABS_X: wide, ABS_Y: high, ABS_MT_SLOT: FINGERS - 1, ABS_MT_X: wide, ABS_MT_Y: high}
    for code, largest in {**most, ABS_MT_TRACKING_ID: 65535}.items():
        fcntl.ioctl(handle, UI_SET_ABSBIT, code)
        fcntl.ioctl(handle, UI_ABS_SETUP, struct.pack("H2x6i", code, 0, 0, largest, 0, 0, 0))
    fcntl.ioctl(handle, UI_DEV_SETUP, struct.pack("4H80sI", BUS_USB, 0x1209, 0x0001, 1, NAME, 0))
    fcntl.ioctl(handle, UI_DEV_CREATE)


def touch(handle: int, number: int, x: int, y: int) -> None:
    """One finger down and up."""
    down = (
        (EV_ABS, ABS_MT_SLOT, 0),
        (EV_ABS, ABS_MT_TRACKING_ID, number),
        (EV_ABS, ABS_MT_X, x),
        (EV_ABS, ABS_MT_Y, y),
    )
    _tell(handle, *down, (EV_KEY, BTN_TOUCH, 1), (EV_ABS, ABS_X, x), (EV_ABS, ABS_Y, y))
    time.sleep(LANDS_S)
    _tell(handle, (EV_ABS, ABS_MT_SLOT, 0), (EV_ABS, ABS_MT_TRACKING_ID, -1), (EV_KEY, BTN_TOUCH, 0))


def _tell(handle: int, *events: tuple[int, int, int]) -> None:
    for kind, code, value in (*events, (EV_SYN, 0, 0)):
        os.write(handle, struct.pack("qqHHi", 0, 0, kind, code, value))


def main() -> None:
    """Touch what the FIFO says, until systemd ends it."""
    width, height, fifo = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    handle = os.open("/dev/uinput", os.O_WRONLY)
    make(handle, width, height)
    os.mkfifo(fifo, 0o600)
    with open(os.open(fifo, os.O_RDWR), encoding="ascii") as lines:  # noqa: PTH123 - RDWR: it never ends
        tell_systemd()
        for number, line in enumerate(lines, 1):
            x, y = (int(word) for word in line.split())
            touch(handle, number, x, y)


def tell_systemd() -> None:
    """READY=1."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])


if __name__ == "__main__":
    main()
