"""docs/fleet.md: its inventory is a good one, and its words are those that the program says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from provisioning import claim, ssh
from provisioning.app_check import app_problems
from provisioning.cli import app
from provisioning.fleet_state import TOKEN_BYTES
from provisioning.inventory_load import parse

GUIDE = (Path(__file__).parents[2] / "docs/fleet.md").read_text("utf-8")


def inventory() -> str:
    (found,) = re.findall(r"checks this file -->\n```toml\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


def section(title: str) -> str:
    """What stands below a heading, up to the next of its kind."""
    return GUIDE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_inventory_is_good_for_the_apps_too() -> None:
    fleet = parse(inventory(), Path("docs/fleet.md"))
    assert list(fleet.units) == ["cph-2-ada", "cph-lobby"]
    assert [str(problem) for problem in app_problems(fleet)] == []


def test_every_command_is_one() -> None:
    group = typer.main.get_command(app)
    for words in re.findall(r"mydesk-fleet ((?:[a-z][a-z-]* ?)+)", GUIDE):
        place = group
        for word in words.split():
            commands = getattr(place, "commands", {})
            if not commands:
                break  # the id of a unit
            assert word in commands, words
            place = commands[word]


def test_what_it_says_of_the_messages() -> None:
    """Each message of its table stands in the code; `...` is what differs."""
    code = "".join(Path(str(module.__file__)).read_text("utf-8") for module in (claim, ssh))
    rows = re.findall(r"^\| `([^`]+)` \|", section("The claim"), re.MULTILINE)
    messages = [row for row in rows if " " in row]
    assert len(messages) == 6
    for message in messages:
        for part in message.split("..."):
            assert part.strip(" ,") in code, message


@pytest.mark.parametrize("fact", [f"claim token, {TOKEN_BYTES * 8} bits", "~/.local/state/mydesk-fleet/<fleet>/"])
def test_facts(fact: str) -> None:
    assert fact in GUIDE
