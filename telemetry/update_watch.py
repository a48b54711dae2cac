"""What the updater of this unit is doing, for the retained `twin/update`: told at the start and when it changes.

Reads the updater's files (docs/decisions/0015), which are root's and readable by all; what is not there is left out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from telemetry.bus import Bus
from telemetry.topics import Topics

LOOK_S = 10.0
MOST_BYTES = 1 << 20
LONGEST_TEXT = 300

STATE = "var/lib/mydesk-update/update.json"
WANTED = "var/lib/mydesk-update/wanted.json"
ANSWERED = "var/lib/mydesk-update/answered.json"
LINKS = {"current": "opt/mydesk/current", "previous": "opt/mydesk/previous"}


class UpdateWatch:
    """Looks at the files below `root` every `look_s` seconds."""

    def __init__(self, topics: Topics, bus: Bus, root: Path = Path("/"), *, look_s: float = LOOK_S) -> None:
        self._topic = topics.twin("update")
        self._bus = bus
        self._root = root
        self._look_s = look_s
        self._told: Mapping[str, Any] | None = None

    async def run(self) -> None:
        """Tell what changes, for ever."""
        while True:
            self.tell(await asyncio.to_thread(update_facts, self._root))
            await asyncio.sleep(self._look_s)

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Tell `facts` if they are other ones than before."""
        if facts != self._told:
            self._told = facts
            self._bus.publish(self._topic, msgspec.json.encode(facts), retain=True)


def update_facts(root: Path) -> dict[str, Any]:
    """Return the step (idle, staging, staged, trying, ...), the release it is about, what runs, and why.

    `wanted` is what the hub asked for and has not got yet; `answered` what became of the last such request.
    """
    state = _read(root / STATE)
    found: dict[str, Any] = {key: _text(state.get(key)) for key in ("step", "release", "origin", "reason")}
    found |= {name: _target(root / link) for name, link in LINKS.items()}
    for name, path in (("wanted", WANTED), ("answered", ANSWERED)):
        request = _read(root / path)
        found[name] = f"{_text(request.get('release'))}: {_text(request.get('said')) or 'asked for'}" if request else ""
    found["step"] = found["step"] or "idle"
    return {key: value for key, value in found.items() if value}


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _text(value: object) -> str:
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def _target(link: Path) -> str:
    try:
        return link.readlink().name[:LONGEST_TEXT]
    except OSError:
        return ""
