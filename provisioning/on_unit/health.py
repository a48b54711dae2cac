"""Whether the apps work, from what systemd and the app itself say; compared with what worked before."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.running import run, said
from provisioning.on_unit.settings import Settings

ASK_TIMEOUT_S = 10.0
MAX_REPLY_BYTES = 1 << 20
SYSTEMCTL_TIMEOUT_S = 30.0
FRAME_LATE_S = 15.0
CALENDAR_LATE_S = 660.0
"""Stale at any hour (DESIGN.md 4.1)."""

MEETING_STATES = frozenset({"busy", "ending-soon", "check-in", "booked-empty", "release-warning", "overlap", "in-use"})
REST_PAGE = "Welcome"


def ask_app(path: str) -> dict[str, Any] | None:
    """Return the status of the app behind the control socket `path`; None when it does not answer.

    An empty `path` is a machine without an app: it has nothing to say.
    """
    if not path:
        return {}
    deadline = time.monotonic() + ASK_TIMEOUT_S
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(ASK_TIMEOUT_S)
            link.connect(path)
            link.sendall(b'{"op": "status"}\n')
            data = b""
            while not data.endswith(b"\n") and len(data) < MAX_REPLY_BYTES and time.monotonic() < deadline:
                piece = link.recv(64 << 10)
                if not piece:
                    break
                data += piece
        answer = json.loads(data)
    except (OSError, ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and answer.get("ok") is True else None


def who_is_busy(status: Mapping[str, Any] | None) -> str:
    """Return whom a restart would disturb, in words; "" when nobody. The same rule as telemetry.who_is_busy. Pure."""
    if status is None:
        return ""
    state, page = status.get("state"), status.get("page")
    if state in MEETING_STATES:
        return f"a meeting runs ({state})"
    if status.get("presence") == "occupied":
        return "somebody is in the room"
    if status.get("evacuation") is True:
        return "an evacuation goes on"
    if isinstance(page, str) and page != REST_PAGE:
        return "a guest is at the kiosk"
    return ""


def facts(status: Mapping[str, Any] | None) -> dict[str, bool]:
    """Return what can be held against a later status: True is good. Pure.

    >>> facts({"signed_in": True, "calendar_age_s": 12.0})
    {'signed in': True, 'calendar read': True}
    """
    if status is None:
        return {}
    found: dict[str, bool] = {}
    if isinstance(status.get("signed_in"), bool):
        found["signed in"] = status["signed_in"]
    if "calendar_age_s" in status:
        age_s = status["calendar_age_s"]
        found["calendar read"] = isinstance(age_s, int | float) and age_s <= CALENDAR_LATE_S
    if "register" in status:
        found["visits kept"] = status["register"] == "ok"
    if "outbox" in status:
        found["events kept"] = status["outbox"] == "ok"
    return found


def troubles(status: Mapping[str, Any] | None, baseline: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with `status`, given what worked before. Pure."""
    if status is None:
        return ["the app does not answer"]
    found = []
    age_s = status.get("frame_age_s")
    if isinstance(age_s, int | float) and age_s > FRAME_LATE_S:
        found.append(f"no frame was drawn for {age_s:.0f} s")
    now = facts(status)
    found += [f"no longer {what}" for what, was in baseline.items() if was is True and now.get(what) is False]
    return found


class Services:
    """The services of the unit, through systemctl."""

    def __init__(self, settings: Settings) -> None:
        self._names = settings.services
        self._restart_s = settings.restart_s
        self._verifier = settings.verifier

    def restart(self) -> None:
        """Restart them all, from a clean count of failures.

        Raises:
            UpdateError: one did not come up in time.
        """
        if not self._names:
            return
        run(["systemctl", "reset-failed", *self._names], timeout_s=SYSTEMCTL_TIMEOUT_S)
        done = run(["systemctl", "restart", *self._names], timeout_s=self._restart_s)
        if done.returncode != 0:
            raise UpdateError(f"the services do not start: {said(done)}.")

    def judge(self) -> None:
        """Let somebody judge what runs now, who outlives whoever asked for it.

        Raises:
            UpdateError: systemd does not start it.
        """
        if self._names and self._verifier:
            done = run(["systemctl", "start", "--no-block", self._verifier], timeout_s=SYSTEMCTL_TIMEOUT_S)
            if done.returncode != 0:
                raise UpdateError(f"nobody would judge it: {said(done)}.")

    def reload(self) -> None:
        """Let systemd read its units anew.

        Raises:
            UpdateError: it does not.
        """
        if not self._names:
            return
        done = run(["systemctl", "daemon-reload"], timeout_s=SYSTEMCTL_TIMEOUT_S)
        if done.returncode != 0:
            raise UpdateError(f"systemd does not read its units: {said(done)}.")

    def troubles(self) -> list[str]:
        """Return which services do not run, and which were restarted since `restart` (systemd counts)."""
        return [trouble for name in self._names for trouble in self._trouble(name)]

    def _trouble(self, name: str) -> Iterator[str]:
        shown = run(["systemctl", "show", "--property=ActiveState,NRestarts", name], timeout_s=SYSTEMCTL_TIMEOUT_S)
        values = dict(line.partition("=")[::2] for line in shown.stdout.decode("utf-8", "replace").splitlines())
        if values.get("ActiveState") != "active":
            yield f"{name} is {values.get('ActiveState', 'unknown')}"
        with contextlib.suppress(ValueError):
            if int(values.get("NRestarts", "0")) > 0:
                yield f"{name} crashed"
