"""Tells systemd how a service is doing: sd_notify(3) over an AF_UNIX datagram.

Without NOTIFY_SOCKET (started by hand, in a test) everything here does nothing.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

SEND_TIMEOUT_S = 0.2
"""These calls are made from the event loop; a manager whose queue stays full that long is not told."""

_STATUS_CHARS = 200


class Notifier:
    """Sends states to the service manager named by `environment` (default: the process's own).

    >>> notifier = Notifier()
    >>> notifier.status("waiting for a display")
    False
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self.watchdog_interval_s = _watchdog_interval_s(environment)
        """How often `watchdog` must be called at most, None without a watchdog. Call it twice as often."""

    def ready(self, status: str = "") -> bool:
        """Say that the service has started, with a status line if there is something to say."""
        return self._send("READY=1", *_status(status))

    def status(self, text: str) -> bool:
        """Say in one line how things are; shown by systemctl status, so no subject and no name."""
        return self._send(*_status(text))

    def watchdog(self) -> bool:
        """Say that the service is alive."""
        return self._send("WATCHDOG=1")

    def stopping(self) -> bool:
        """Say that the service is about to end."""
        return self._send("STOPPING=1")

    def extend_timeout(self, seconds: float) -> bool:
        """Ask for that much more time to start, run or stop, from now on."""
        return self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")

    def _send(self, *lines: str) -> bool:
        """Return whether it was sent. A service manager that cannot be told is no reason to stop working."""
        if not self._address or not lines:
            return False
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link,
        ):
            link.settimeout(SEND_TIMEOUT_S)
            link.sendto("\n".join(lines).encode(), self._address)
            return True
        return False


def _address(text: str) -> str:
    if text.startswith("@"):
        return "\0" + text[1:]
    return text if text.startswith("/") else ""


def _status(text: str) -> tuple[str, ...]:
    line = " ".join(text.split())[:_STATUS_CHARS]
    return (f"STATUS={line}",) if line else ()


def _watchdog_interval_s(environment: Mapping[str, str]) -> float | None:
    """WATCHDOG_USEC in seconds, unless WATCHDOG_PID says that it is meant for another process."""
    period, process = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not period.isdecimal() or int(period) == 0:
        return None
    if process and process != str(os.getpid()):
        return None
    return int(period) / 1_000_000
