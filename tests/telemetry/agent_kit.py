"""Around the agent in tests: an app behind a real control socket, a bus in memory, programs that note their words.

>>> async with AppDouble(tmp_path / "app.sock") as app:      # doctest: +SKIP
...     app.status["state"] = "busy"
...     assert app.asked("reload") == 1
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from common.control import ControlError, ControlServer, Request
from telemetry import messages
from telemetry.bus import Heard

T = TypeVar("T")

ROOM_STATUS = {
    "unit": "room-ada",
    "state": "free",
    "until": "2026-11-23T13:00:00+00:00",
    "doubt": None,
    "calendar_age_s": 4.2,
    "lamp": "free",
    "presence": "vacant",
    "climate": {"temperature_c": 21.5, "co2_ppm": 640, "light": 120},
    "sensors": [{"name": "ceiling", "kind": "ld2410", "condition": "healthy", "age_s": 0.1, "problem": ""}],
    "release": {"step": "none", "at": None, "kept_because": None, "shared_check_ins": False},
    "clock_synchronised": True,
    "signed_in": True,
    "frame_age_s": 0.4,
}


class AppDouble:
    """A control socket with the ops of both apps. `status` is what it answers; `refusals` maps an op to a reason."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.status: dict[str, Any] = dict(ROOM_STATUS)
        self.refusals: dict[str, str] = {}
        self.trouble: str | None = None
        self.problems: list[dict[str, str]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.on: dict[str, Callable[[], None]] = {}
        both = ("status", "screenshot", "identify", "reload", "check-settings")
        ops = (*both, "check-in", "release", "evacuation", "reprint")
        self._server = ControlServer(path, dict.fromkeys(ops, self._answer))

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.close()

    def asked(self, op: str) -> int:
        return sum(called == op for called, _ in self.calls)

    async def _answer(self, request: Request) -> dict[str, Any]:
        self.calls.append((request.op, dict(request.args)))
        if op := self.on.get(request.op):
            op()
        if request.op in self.refusals:
            raise ControlError(self.refusals[request.op])
        answers = {
            "status": self.status,
            "screenshot": {"png": "iVBORw0KGgo="},
            "identify": {"unit": "room-ada"},
            "evacuation": {"active": bool(request.args.get("active")), "people": [{"name": "Ida Berg"}]},
            "reprint": {"visit": "0" * 32, "job": 1, "printer_trouble": self.trouble},
            "check-settings": {"problems": self.problems},
        }
        return dict(answers.get(request.op, {}))


class MemoryBus:
    """A Bus without a wire: keeps what is published, brings what a test says, and loses it while not connected."""

    def __init__(self) -> None:
        self.connected = True
        self.sent: list[tuple[str, bytes]] = []
        self.retained: dict[str, bytes] = {}
        self._heard: list[tuple[str, Heard]] = []
        self._at_connect: list[Callable[[], None]] = []

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        if retain:
            self.retained[topic] = payload
        if self.connected:
            self.sent.append((topic, payload))

    def hear(self, filter_: str, heard: Heard) -> None:
        self._heard.append((filter_, heard))

    def at_connect(self, connected: Callable[[], None]) -> None:
        self._at_connect.append(connected)

    async def bring(self, topic: str, payload: bytes) -> None:
        for filter_, heard in self._heard:
            if _fits(filter_, topic):
                await heard(topic, payload)

    def connect(self) -> None:
        self.connected = True
        for told in self._at_connect:
            told()

    def on(self, topic: str, kind: type[T]) -> list[T]:
        """All that was sent on `topic`."""
        return [messages.decode(payload, kind) for sent, payload in self.sent if sent == topic]


def _fits(filter_: str, topic: str) -> bool:
    wanted, found = filter_.split("/"), topic.split("/")
    return len(wanted) == len(found) and all(one in ("+", two) for one, two in zip(wanted, found, strict=True))


def program(path: Path, script: str) -> str:
    """A shell script that notes its words in `<path>.words`; `script` is what it does after that."""
    path.write_text(f'#!/bin/sh\necho "$*" >> {path}.words\n{script}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def words(path: Path) -> list[str]:
    """What a `program` was called with, a line for each time."""
    noted = path.with_name(f"{path.name}.words")
    return noted.read_text().splitlines() if noted.exists() else []
