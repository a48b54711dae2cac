"""Settings from the hub over a file: what they may set, what is said of wrong ones; a program always starts."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from common.config import ConfigError
from common.config_overlay import MOST_BYTES, Overlay


class Unit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    overrides_file: str = ""


class Lamp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    bright: Annotated[int, Meta(ge=0, le=100)] = 50
    words: dict[str, str] = {}
    picture_file: str = ""
    code: Annotated[str, Meta(extra={"secret": True})] = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    unit: Unit = Unit()
    lamp: Lamp = Lamp()
    door: Lamp = Lamp()

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.lamp.bright == self.door.bright:
            yield "lamp.bright", "must not be that of the door"


OVERLAY = Overlay(Settings, frozenset({"lamp"}), lambda found: found.unit.overrides_file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "lamp.toml"
    made.write_text(f'[unit]\noverrides_file = "{tmp_path}/overrides.json"\n[lamp]\nbright = 40\n')
    return made


GOOD: list[tuple[dict[str, Any], Lamp]] = [
    ({}, Lamp(bright=40)),
    ({"lamp.bright": 60}, Lamp(bright=60)),
    ({"lamp.words": {"da": "Lys"}}, Lamp(bright=40, words={"da": "Lys"})),
]


@pytest.mark.parametrize(("values", "expected"), GOOD, ids=repr)
def test_what_may_be_set_lies_over_the_file(file: Path, values: dict[str, Any], expected: Lamp) -> None:
    file.with_name("overrides.json").write_text(json.dumps(values))
    assert OVERLAY.load(file).lamp == OVERLAY.merged(file, values).lamp == expected


WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({"lamp.bright": 900}, ["0 to 100"]),
    ({"lamp.bright": 50}, ["that of the door"]),
    ({"lamp.brigth": 60}, ["did you mean lamp.bright"]),
    ({"door.bright": 1}, ["cannot be set from the hub"]),
    ({"unit.overrides_file": "/etc/passwd"}, ["cannot be set from the hub"]),
    ({"lamp.picture_file": "/etc/shadow"}, ["the unit's own file"]),
    ({"lamp.code": "7"}, ["the unit's own file"]),
    ({"lamp": {"bright": 1}}, ["section.key"]),
    ({"lamp.words.da": "x"}, ["section.key"]),
    ({"": 1}, ["section.key"]),
    ({"lamp.bright": float("nan")}, ["nan"]),
    ({"lamp.bright": None}, ["whole number"]),
    ({"lamp.bright": 900, "door.bright": 1, "nobody.x": 2}, ["0 to 100", "door.bright", "nobody.x"]),
]


@pytest.mark.parametrize(("values", "said"), WRONG, ids=repr)
def test_everything_that_is_wrong_is_said(file: Path, values: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(ConfigError) as raised:
        OVERLAY.merged(file, values)
    assert len(raised.value.problems) == len(said)
    assert all(word in str(raised.value) for word in said)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b"\xff\xfe", b'{"lamp.bright": 900}', b'{"unit.overrides_file": ""}', b" " * (MOST_BYTES + 1)],
    ids=lambda content: repr(content[:12]),
)
def test_bad_overrides_are_ignored_loudly(file: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    file.with_name("overrides.json").write_bytes(content)
    with caplog.at_level(logging.ERROR):
        assert OVERLAY.load(file).lamp.bright == 40
    assert "is ignored" in caplog.text
    assert str(file.with_name("overrides.json")) in caplog.text


def test_without_a_file_of_overrides_nothing_is_said(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert OVERLAY.load(file).lamp.bright == 40
    file.write_text("[lamp]\nbright = 41\n")
    assert OVERLAY.load(file).lamp.bright == 41
    assert caplog.text == ""


def test_a_wrong_file_is_wrong_whatever_lies_over_it(file: Path) -> None:
    file.write_text("lamp = 3\n")
    with pytest.raises(ConfigError):
        OVERLAY.load(file)
    with pytest.raises(ConfigError, match="must be a section"):
        OVERLAY.merged(file, {"lamp.bright": 60})
