"""Counts the connects of one boot, over restarts of the agent: so the hub knows an old will (`Status.n`)."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from common.sealed_file import replace_whole

_log = logging.getLogger(__name__)

_LINE = re.compile(r"(\S{1,40}) (\d{1,15})\n?")
_MOST_BYTES = 100


class ConnectCounter:
    """A file of one line: the boot and the number. What cannot be kept is counted in memory."""

    def __init__(self, path: Path, boot: str) -> None:
        self._path = path
        self._boot = boot
        self._number = self._read()
        self._told = False

    @property
    def number(self) -> int:
        """Of the last connect; 0 before the first."""
        return self._number

    def advance(self) -> int:
        """The number of the connect that is to come."""
        self._number += 1
        try:
            replace_whole(self._path, f"{self._boot} {self._number}\n".encode())
        except OSError as error:
            if not self._told:
                _log.warning(
                    "link: %s cannot be written (%s); after a restart an old will may count", self._path, error
                )
            self._told = True
        return self._number

    def _read(self) -> int:
        try:
            with self._path.open("rb") as file:
                found = _LINE.fullmatch(file.read(_MOST_BYTES).decode("ascii", "replace"))
        except OSError:
            return 0
        return int(found[2]) if found and found[1] == self._boot else 0
