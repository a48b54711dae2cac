"""What `mydesk-room ctl status` prints for people."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from common.control import ControlServer, Request
from roomdisplay.cli import app
from roomdisplay.status_text import lines

CASES: list[tuple[str, dict[str, Any], str]] = [
    ("a text", {"unit": "cph-2"}, "unit                  cph-2"),
    ("an age", {"calendar_age_s": 4.2}, "calendar age          4.2 s"),
    ("a share", {"brightness_percent": 80}, "brightness            80 %"),
    ("nothing known", {"calendar_age_s": None}, "calendar age          -"),
    ("an empty text", {"last_error": ""}, "last error            -"),
    ("yes", {"signed_in": True}, "signed in             yes"),
    ("no", {"signed_in": False}, "signed in             no"),
    ("nought", {"calendar_requests": 0}, "calendar requests     0"),
    ("no list", {"sensors": []}, "sensors               none"),
    ("no part", {"release": {}}, "release               -"),
    ("plain list", {"lines": ["a", "b"]}, "lines                 a, b"),
    (
        "a part",
        {"release": {"step": "nothing", "at": None, "kept_because": "checked-in", "shared_check_ins": False}},
        (
            "release\n"
            "  step                nothing\n"
            "  at                  -\n"
            "  kept because        checked-in\n"
            "  shared check ins    no"
        ),
    ),
    (
        "sensors",
        {
            "sensors": [
                {"name": "ceiling", "kind": "ld2410", "condition": "ok", "age_s": 0.1, "problem": ""},
                {"name": "hall", "kind": "pir", "condition": "absent", "age_s": None, "problem": "no GPIO here"},
            ]
        },
        "sensors\n  ceiling             ld2410 · ok · 0.1 s ago\n  hall                pir · absent · no GPIO here",
    ),
]


@pytest.mark.parametrize(("answer", "text"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_value_is_printed(answer: dict[str, Any], text: str) -> None:
    assert "\n".join(lines(answer)) == text


def _ask(folder: Path, answer: dict[str, Any], *options: str) -> Result:
    """What the command prints when a panel answers so."""
    socket = folder / "room.sock"

    async def status(_request: Request) -> dict[str, Any]:
        return answer

    async def scene() -> Result:
        async with ControlServer(socket, {"status": status}):
            arguments = ["ctl", "status", "--socket", str(socket), *options]
            return await asyncio.to_thread(CliRunner().invoke, app, arguments)

    return asyncio.run(scene())


def test_the_command_prints_lines_or_json(tmp_path: Path) -> None:
    answer = {"state": "busy", "strikes": {"current": 2, "no_shows": 3}, "sensors": []}
    assert _ask(tmp_path, answer).stdout.splitlines() == [
        "state                 busy",
        "strikes",
        "  current             2",
        "  no shows            3",
        "sensors               none",
    ]
    assert json.loads(_ask(tmp_path, answer, "--json").stdout) == answer
