"""Says which keys arrive at a machine, sent there over SSH: `ready`, then each name of argv when that key is let go.

Standard library only. Arguments are key codes of linux/input-event-codes.h; it ends when all of them were let go.
"""

from __future__ import annotations

import os
import select
import struct
import sys
from pathlib import Path

EV_KEY, RELEASED = 1, 0
EVENT = struct.Struct("qqHHi")
TIMEOUT_S = 60.0


def main() -> int:
    """0: all keys came; 1: not within a minute."""
    wanted = {int(word) for word in sys.argv[1:]}
    handles = [os.open(path, os.O_RDONLY | os.O_NONBLOCK) for path in Path("/dev/input").glob("event*")]
    print("ready", flush=True)  # noqa: T201
    while wanted:
        able, _, _ = select.select(handles, [], [], TIMEOUT_S)
        if not able:
            return 1
        for handle in able:
            data = os.read(handle, 64 * EVENT.size)
            for _, _, kind, code, value in EVENT.iter_unpack(data):
                if (kind, value) == (EV_KEY, RELEASED):
                    wanted.discard(code)
    print("seen", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
