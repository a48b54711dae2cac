"""check-config: everything wrong with a file, and which of its keys are secrets; nothing is started."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta
from typer.testing import CliRunner

import kiosk.cli
import roomdisplay.cli
import telemetry.cli
from common.config_check import check_files

SECRET = Meta(extra={"secret": True})


class Door(msgspec.Struct, frozen=True):
    code: Annotated[str, SECRET] = ""
    height_cm: Annotated[int, Meta(ge=1)] = 200


class House(msgspec.Struct, frozen=True):
    door: Door = Door()
    windows: tuple[Door, ...] = ()
    alarm: Annotated[str, SECRET] = ""


CASES = {
    "all good": ("[door]\nheight_cm = 7", [], []),
    "secrets are named": ('alarm = "x"\n[door]\ncode = "y"', [], ["door.code", "alarm"]),
    "in lists too": ('[[windows]]\n[[windows]]\ncode = "z"', [], ["windows[1].code"]),
    "an empty one is none": ('alarm = ""', [], []),
    "all problems at once": ("wall = 1\n[door]\nheight_cm = 0", [("wall", 1), ("door.height_cm", 3)], []),
    "no TOML": ("[door", [("", 1)], []),
    "a list where a section belongs": ("door = [1]\nwindows = [2]", [("door", 1), ("windows", 2)], []),
}


@pytest.mark.parametrize(("text", "problems", "secrets"), CASES.values(), ids=list(CASES))
def test_a_file(tmp_path: Path, text: str, problems: list[tuple[str, int]], secrets: list[str]) -> None:
    path = tmp_path / "house.toml"
    path.write_text(text)
    said: list[str] = []
    assert check_files([path], House, said.append, as_json=True) is not bool(problems)
    answer = json.loads(said[0])
    assert [(found["key"], found["line"]) for found in answer["problems"]] == problems
    assert answer["secrets"] == secrets
    assert answer["file"] == str(path)


def test_one_bad_file_of_several_is_told_and_the_others_are_checked(tmp_path: Path) -> None:
    said: list[str] = []
    for name, text in (("a", ""), ("b", "door = 1"), ("c", "")):
        (tmp_path / name).write_text(text)
    assert not check_files([tmp_path / name for name in "abc"], House, said.append)
    assert [line.partition(":")[2][:6] for line in said] == [" good", " 1 pro", " good"]


APPS = {"room": roomdisplay.cli.app, "kiosk": kiosk.cli.app, "agent": telemetry.cli.app}


@pytest.mark.parametrize("name", APPS)
def test_the_programs_check_their_own_examples(tmp_path: Path, name: str) -> None:
    runner = CliRunner()
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(runner.invoke(APPS[name], ["example-config"]).output)
    bad.write_text(good.read_text() + "\n[nonsense]\n")
    told = runner.invoke(APPS[name], ["check-config", str(good)])
    assert (told.exit_code, told.output) == (0, f"{good}: good\n")
    told = runner.invoke(APPS[name], ["check-config", "--json", str(good), str(bad)])
    assert told.exit_code == 1
    assert [len(json.loads(line)["problems"]) for line in told.output.splitlines()] == [0, 1]
