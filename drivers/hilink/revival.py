"""Ways out of silence. A module left in configuration mode (a program died between FF and FE) sends no reports.

    0.5 s after opening, nothing heard        FE, which a healthy module ignores; so each baud rate that is tried heals
    3 s without a report                      FE
    1 s later                                 FF, restart
    15 s later, then 30 s, then each 60 s     from FE again

Not seen on hardware: inferred from the command manual; an LD2450 that stops after hours needs the restart.
"""

from __future__ import annotations

from drivers.hilink.acks import Ack
from drivers.hilink.commands import close_config, restart
from drivers.hilink.session import Session

HELLO_S = 0.5
SILENT_S = 3.0
RESTART_S = 1.0
AGAIN_S = (15.0, 30.0, 60.0)


class Revival:
    """Watches one opening of a port from its first call on."""

    def __init__(self) -> None:
        self._opened = False
        self._round = 0
        self._restarts_next = False
        self._at_s = 0.0
        self._hello_s: float | None = None
        self._session: Session | None = None

    def heard(self, now_s: float) -> None:
        """A report came."""
        self._opened, self._hello_s = True, None
        self._round, self._restarts_next, self._at_s = 0, False, now_s + SILENT_S

    def take(self, ack: Ack, now_s: float) -> None:
        """An answer came."""
        if self._session:
            self._session.take(ack, now_s)

    def due(self, now_s: float) -> bytes:
        """What is to be written now."""
        if not self._opened:
            self._opened, self._hello_s, self._at_s = True, now_s + HELLO_S, now_s + SILENT_S
        if self._session and not self._session.done:
            return self._session.due(now_s)
        if self._hello_s is not None and now_s >= self._hello_s:
            self._hello_s = None
            return close_config()
        return self._step(now_s) if now_s >= self._at_s else b""

    def next_due_s(self) -> float:
        """When `due` may have something to say."""
        session_s = self._session.next_due_s() if self._session else None
        if session_s is not None:
            return session_s
        return self._at_s if self._hello_s is None else min(self._hello_s, self._at_s)

    def _step(self, now_s: float) -> bytes:
        if not self._restarts_next:
            self._restarts_next, self._at_s = True, now_s + RESTART_S
            return close_config()
        self._session = Session([restart()])
        self._restarts_next, self._at_s = False, now_s + AGAIN_S[min(self._round, len(AGAIN_S) - 1)]
        self._round += 1
        return self._session.due(now_s)
