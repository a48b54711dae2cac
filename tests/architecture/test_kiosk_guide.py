"""docs/kiosk.md against the code: examples load, commands exist, defaults and quoted screen texts are true."""

from __future__ import annotations

import ast
import re
import shlex
import textwrap
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer

from common.config import ConfigError
from kiosk.code_views import REFUSALS
from kiosk.config import KioskConfig, load
from tests.architecture.generated_docs import ROOT, commands
from tests.architecture.generated_docs import load as attribute

PAGE = ROOT / "docs" / "kiosk.md"
TEXT = PAGE.read_text("utf-8")
FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
PLACES = {"VISIT": "5d0f" * 8}


def blocks(language: str) -> list[str]:
    return [textwrap.dedent(content) for kind, content in FENCE.findall(TEXT) if kind == language]


SMALLEST, *MORE = blocks("toml")


@pytest.mark.parametrize("more", ["", *MORE], ids=lambda block: block.partition("\n")[0] or "smallest")
def test_every_example_of_a_configuration_loads(more: str, tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(f"{SMALLEST}\n{more}", "utf-8")
    assert load(path).unit.id == "cph-lobby"


def test_the_check_of_examples_can_fail(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(f"{SMALLEST}\nfax = true\n", "utf-8")
    with pytest.raises(ConfigError, match="fax"):
        load(path)


def shell_lines() -> list[list[str]]:
    lines = [line for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines()]
    prose = FENCE.sub("", TEXT)
    spoken = [" ".join(found.split()) for found in re.findall(r"`(?:sudo -u mydesk )?(mydesk-[a-z]+ [^`]+)`", prose)]
    return [shlex.split(line) for line in (*lines, *spoken)]


@pytest.mark.parametrize("words", shell_lines(), ids=" ".join)
def test_every_command_takes_the_options_that_the_guide_gives(words: list[str]) -> None:
    name, *rest = words
    command: Any = typer.main.get_command(attribute(f"{commands()[name]}:app"))
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    assert not getattr(command, "commands", {}), f"{words} names no command"
    command.make_context(name, [PLACES.get(word, word) for word in rest])


def test_every_command_of_the_kiosk_is_named() -> None:
    named = {tuple(words[1:3]) for words in shell_lines() if words[0] == "mydesk-kiosk"}
    top: Any = typer.main.get_command(attribute(f"{commands()['mydesk-kiosk']}:app"))
    for word, below in top.commands.items():
        for leaf in getattr(below, "commands", {None: below}):
            if (word, leaf) != ("ctl", "identify"):
                assert any(one[0] == word and leaf in (None, one[-1]) for one in named), f"{word} {leaf or ''}"


def test_every_number_in_brackets_is_the_default() -> None:
    """Such as `flow.idle_s` (30), or `second_after_s` (60) of [notify]."""
    sections = {field.name: field.default for field in msgspec.structs.fields(KioskConfig)}
    told = re.findall(r"`(?:(\w+)\.)?(\w+)` \((\d+)\)", TEXT)
    assert len(told) >= 15
    wrong = [one for one in told if str(getattr(sections[one[0] or "notify"], one[1])) != one[2]]
    assert wrong == []


@pytest.mark.parametrize(("section", "key"), re.findall(r"`(\w+)\.(\w+)(?: = [^`]+)?`", TEXT))
def test_every_key_that_is_named_exists(section: str, key: str) -> None:
    kinds = {field.name: field.type for field in msgspec.structs.fields(KioskConfig)}
    if section in kinds:
        assert key in {field.name for field in msgspec.structs.fields(kinds[section])}
    else:
        assert (section, key) in {("invitation", "mdrec"), ("kiosk", "toml")}


def screen_texts() -> set[str]:
    """Every text in the code of the kiosk."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "kiosk").glob("*.py")]
    constants = [node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {value for value in constants if isinstance(value, str)}


def test_every_screen_text_in_a_table_stands_in_the_code() -> None:
    texts = screen_texts()
    quoted = [
        found for row in TEXT.splitlines() if row.startswith('| "') for found in re.findall(r'^\| "(.+?)" \|', row)
    ]
    assert len(quoted) >= 14
    assert [text for text in quoted if text not in texts] == []


def test_every_refusal_of_a_code_is_told() -> None:
    """But for the two that speak of the kiosk, not of the code."""
    untold = {title for title, _ in REFUSALS.values() if f'"{title}"' not in TEXT}
    assert untold == {"The kiosk does not know the time yet", "The code could not be checked"}


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", TEXT))))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (PAGE.parent / target).exists()


def test_pictures_are_small() -> None:
    assert all(path.stat().st_size < 150_000 for path in (ROOT / "docs" / "pictures").glob("kiosk-*.png"))


def test_no_line_but_of_a_table_is_too_long() -> None:
    assert [line for line in TEXT.splitlines() if len(line) > 120 and not line.startswith("|")] == []


def test_the_guide_is_in_the_list_of_guides() -> None:
    assert "(docs/kiosk.md)" in (ROOT / "README.md").read_text("utf-8")
