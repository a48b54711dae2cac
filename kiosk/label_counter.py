"""How many labels are left on the roll: counted, for most printers cannot say; warned of once at each mark.

A small JSON file, replaced whole: a power cut loses at most the last label's count. `count` and `new_roll` change RAM;
`write` blocks and is for a worker thread.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common.sealed_file import replace_whole
from kiosk.settings import LabelsSection

__all__ = ["LabelCounter", "Roll"]

_MAX_BYTES = 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Roll:
    """What is left. `warned_at` is the lowest mark that was told; None: none yet. Pure."""

    left: int
    warned_at: int | None = None

    def printed(self, labels: int) -> Roll:
        """After so many more labels; a roll that is longer than configured stays at 0."""
        return Roll(max(0, self.left - labels), self.warned_at)

    def reached(self, warn_at: Sequence[int]) -> tuple[Roll, int | None]:
        """The mark to warn of now, once; None: none. Of several that were passed at once, the lowest."""
        passed = [mark for mark in (*warn_at, 0) if self.left <= mark]
        lowest = min(passed, default=None)
        if lowest is None or (self.warned_at is not None and lowest >= self.warned_at):
            return self, None
        return Roll(self.left, lowest), lowest


class LabelCounter:
    """The counter in the file at `path`; without a good file, a new roll is taken to be in."""

    def __init__(self, path: Path, settings: LabelsSection) -> None:
        self._path = path
        self._settings = settings
        self._roll = _read(path, settings.per_roll)

    @property
    def left(self) -> int:
        """Labels left, if the roll was whole when it was put in."""
        return self._roll.left

    @property
    def low(self) -> bool:
        """Whether a mark has been passed."""
        return self._roll.warned_at is not None

    def count(self, labels: int = 1) -> int | None:
        """So many labels came out. Returns the mark to warn of now, where one was passed; 0 is the end of the roll."""
        self._roll, mark = self._roll.printed(labels).reached(self._settings.warn_at)
        return mark

    def new_roll(self) -> None:
        """Somebody put one in."""
        self._roll = Roll(self._settings.per_roll)

    def encoded(self) -> bytes:
        """The content as it is now, for `write`."""
        return json.dumps({"left": self._roll.left, "warned_at": self._roll.warned_at}).encode()

    def write(self, encoded: bytes) -> None:
        """Replace the file. Blocks; a disk that refuses is logged."""
        try:
            replace_whole(self._path, encoded)
        except OSError as error:
            _log.error("label counter: cannot be written (%s)", error.strerror)


def _read(path: Path, per_roll: int) -> Roll:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MAX_BYTES))
    except FileNotFoundError:
        return Roll(per_roll)
    except (OSError, ValueError, RecursionError):
        _log.warning("label counter: the file is damaged; a new roll is taken to be in")
        return Roll(per_roll)
    left, warned_at = (found.get(key) for key in ("left", "warned_at")) if isinstance(found, dict) else (None, None)
    if type(left) is not int or not 0 <= left <= 1_000_000:
        return Roll(per_roll)
    return Roll(left, warned_at if type(warned_at) is int else None)
