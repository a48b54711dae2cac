"""What a pass says while it runs, and where what it runs is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]

Told = Callable[[str], None]


def teller() -> Told:
    """Prints each line with the seconds since now."""
    began_s = time.monotonic()

    def told(text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began_s:6.0f} s  {text}\n")
        sys.stdout.flush()

    return told
