"""What the commands of both panels do alike, with an app behind a real control socket."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import kiosk.cli
import roomdisplay.cli
from common.app_cli import end_in_words
from common.control import ControlServer, Request
from common.errors import MyDeskError

APPS = {"mydesk-room": roomdisplay.cli, "mydesk-kiosk": kiosk.cli}
PNG = b"\x89PNG\r\n\x1a\n\xff\x00"

each_app = pytest.mark.parametrize("name", APPS)


def ctl(name: str, folder: Path, *words: str) -> Result:
    """A command to an app that answers."""

    async def screenshot(_: Request) -> dict[str, Any]:
        return {"png": base64.b64encode(PNG).decode()}

    async def reload(_: Request) -> dict[str, Any]:
        return {}

    async def scene() -> Result:
        async with ControlServer(folder / "sock", {"screenshot": screenshot, "reload": reload}):
            given = ["ctl", *words, "--socket", str(folder / "sock")]
            return await asyncio.to_thread(CliRunner().invoke, APPS[name].app, given)

    return asyncio.run(scene())


@each_app
def test_a_picture_goes_into_a_file_or_to_standard_output(name: str, tmp_path: Path) -> None:
    out = tmp_path / "screen.png"
    told = ctl(name, tmp_path, "screenshot", "--out", str(out), "--json")
    assert json.loads(told.output) == {"file": str(out), "bytes": len(PNG)}
    assert out.read_bytes() == PNG
    told = ctl(name, tmp_path, "screenshot", "--out", str(out))
    assert [line.split() for line in told.output.splitlines()] == [["file", str(out)], ["bytes", str(len(PNG))]]
    assert ctl(name, tmp_path, "screenshot", "--out", "-").stdout_bytes == PNG, "and nothing else"


@each_app
def test_an_answer_without_a_word_is_one_for_machines(name: str, tmp_path: Path) -> None:
    assert ctl(name, tmp_path, "reload", "--json").output == "{}\n"
    assert ctl(name, tmp_path, "reload").output == ""


@each_app
def test_a_pin_is_read_from_standard_input(name: str) -> None:
    told = CliRunner().invoke(APPS[name].app, ["pin"], input=" 123456 \n")
    assert told.output.startswith('pin_hash = "scrypt')


@each_app
def test_what_fails_as_expected_is_a_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [name, "ctl", "status", "--socket", str(tmp_path / "none.sock")])
    with pytest.raises(SystemExit) as caught:
        APPS[name].main()
    assert caught.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{name}: ")
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_what_nobody_expected_is_not_hidden() -> None:
    def fails(error: Exception) -> None:
        raise error

    with pytest.raises(ZeroDivisionError):
        end_in_words("x", lambda: fails(ZeroDivisionError()))
    with pytest.raises(SystemExit):
        end_in_words("x", lambda: fails(MyDeskError("no.", hint="Do it.")))
