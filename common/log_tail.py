"""The last lines of the log in RAM, for the admin menu and for `logs` commands."""

from __future__ import annotations

import logging
from collections import deque

LINES = 200
_lines: deque[str] = deque(maxlen=LINES)


class TailHandler(logging.Handler):
    """Keeps the newest lines; install it beside the handler that writes to the journal."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname).1s %(name)s %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, cut to a screen's width several times over."""
        _lines.append(self.format(record).splitlines()[0][:300])


def tail(count: int = 40) -> tuple[str, ...]:
    """The newest lines, newest first."""
    lines = tuple(_lines)  # copied in one step: other threads go on logging
    return lines[::-1][:count]
