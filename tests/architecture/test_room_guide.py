"""docs/room-display.md names every state, every reason and every default as the code has it."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from drivers.auto_dim import AutoDimConfig
from roomdisplay.presence_settings import PresenceSection, ReleaseSection
from roomdisplay.release import Keep
from roomdisplay.settings import CheckInSection
from roomdisplay.state import Kind

GUIDE = (Path(__file__).parents[2] / "docs" / "room-display.md").read_text("utf-8")
SECTIONS: dict[str, msgspec.Struct] = {
    "presence": PresenceSection(),
    "release": ReleaseSection(),
    "auto_dim": AutoDimConfig(),
    "check_in": CheckInSection(),
}


def first_column(heading: str) -> list[str]:
    """The tokens in the first column of the table whose header row begins with `heading`."""
    table = GUIDE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def test_every_state_has_its_row() -> None:
    assert sorted(first_column("state")) == sorted(Kind)


def test_every_reason_to_keep_a_room_is_told_in_the_order_of_the_judgement() -> None:
    """The judgement itself is tested in tests/roomdisplay/test_verdict.py."""
    told = first_column("reason")
    assert sorted(told) == sorted(set(Keep) - {Keep.NONE})
    assert told[:6] == [Keep.OFF, Keep.EXCHANGE, Keep.SECOND_PANEL, Keep.EXEMPT, Keep.OVERLAP, Keep.CHECKED_IN]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_named(section: str) -> None:
    keys = {field.name for field in msgspec.structs.fields(SECTIONS[section])}
    assert [key for key in keys if not re.search(rf"[`.]{key}\b", GUIDE)] == []


def test_every_number_in_brackets_is_the_default() -> None:
    """Such as `release.warn_before_min` (2) or `hold_s` (10 s)."""
    values = {key: value for found in SECTIONS.values() for key, value in msgspec.structs.asdict(found).items()}
    told = re.findall(r"`(?:\w+\.)?(\w+)` \((\d+)(?: s)?\)", GUIDE)
    wrong = [(key, number) for key, number in told if key in values and values[key] != int(number)]
    assert len([key for key, _ in told if key in values]) >= 12
    assert wrong == []
