"""Whether a monitor is plugged in, by the kernel's word: a panel without one waits, and does not try again and again.

Opening the window without a monitor costs a second of CPU and ends in an error; reading a few files costs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path("/")
_NO_MONITOR = "Writeback"
"""A Raspberry Pi's connector that writes into memory: never a monitor, always "unknown"."""


def no_monitor(root: Path = ROOT, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the screen would be drawn by KMSDRM, and none of the graphics' connectors has a monitor.

    False where nobody knows: no such files, or a panel that cannot tell ("unknown"). Source: drm-kms, sysfs `status`.
    """
    if environment.get("SDL_VIDEODRIVER") != "kmsdrm":
        return False
    states = connectors(root).values()
    return bool(states) and all(state == "disconnected" for state in states)


def connectors(root: Path = ROOT) -> dict[str, str]:
    """Return each connector that a monitor fits, with its state."""
    found = {}
    for path in sorted((root / "sys/class/drm").glob("card*-*/status")):
        if _NO_MONITOR not in path.parent.name:
            try:
                found[path.parent.name] = path.read_text("ascii", "replace").strip()
            except OSError:
                continue  # unplugged with its graphics
    return found
