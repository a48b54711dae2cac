"""The documentation and the code say the same: every configuration key, every command, every option."""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
import typer
from rich.text import Text

from common.config import describe, parse
from common.config_schema import keys_of
from tests.architecture import generated_docs
from tests.architecture.generated_docs import ROOT, command_markdown, commands, load, pages, parts, render, scripts
from tests.architecture.rules import MAY_IMPORT


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT / "docs")))
def test_the_generated_parts_are_up_to_date(page: Path) -> None:
    text = page.read_text("utf-8")
    assert render(text) == text, "run scripts/docs"


def test_every_command_is_documented() -> None:
    assert parts("command") == set(scripts())


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_has_help_and_an_example(name: str) -> None:
    """DESIGN.md 3: each has --help with an example."""
    for words, command in leaves(name, typer.main.get_command(load(f"{commands()[name]}:app"))):
        assert command.help, f"{words} has no help"
        assert f"Example: {words}" in " ".join(command.help.split()), f"{words} has no example in its help"
        for parameter in command.params:
            assert getattr(parameter, "help", ""), f"{words}: {parameter.name} has no help"


@pytest.mark.parametrize("name", sorted(commands()))
def test_no_help_loses_words_to_markup(name: str) -> None:
    """The terminal takes [words] in brackets for styles, and shows nothing of them."""
    for words, command in leaves(name, typer.main.get_command(load(f"{commands()[name]}:app"))):
        for text in (command.help, *(getattr(parameter, "help", "") for parameter in command.params)):
            assert Text.from_markup(text).plain == text, f"{words}: name sections without brackets"


def leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    for word, below in getattr(command, "commands", {}).items():
        yield from leaves(f"{name} {word}", below)
    if not getattr(command, "commands", {}):
        yield name, command


def structs_of(kind: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    """`kind` and all sections in it."""
    return {kind}.union(*(structs_of(key.section) for key in keys_of(kind) if key.section is not None))


def documented() -> set[type[msgspec.Struct]]:
    return set().union(*(structs_of(load(name)) for name in parts("config")))


def config_structs() -> set[type[msgspec.Struct]]:
    """All Structs that stand in a module named config or settings, and all that are named ...Config."""
    found = set()
    for package in MAY_IMPORT:
        for info in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            text = Path(ROOT / f"{info.name.replace('.', '/')}.py")
            if text.is_file() and ("Config(msgspec.Struct" in text.read_text("utf-8") or "settings" in info.name):
                module = importlib.import_module(info.name)
                found |= {
                    kind
                    for _, kind in inspect.getmembers(module, inspect.isclass)
                    if issubclass(kind, msgspec.Struct) and kind.__module__ == info.name and keys_of(kind)
                }
    return found


def test_every_section_of_the_configuration_is_documented() -> None:
    assert {kind.__qualname__ for kind in config_structs() - documented()} == set()


@pytest.mark.parametrize("name", sorted(parts("config")))
def test_every_key_says_what_it_is_and_required_ones_have_an_example(name: str) -> None:
    for row in describe(load(name)):
        assert row.description, f"{row.key} has no description"
        assert row.example or row.default != "required", f"{row.key} is required and has no example"


@pytest.mark.parametrize("name", sorted(parts("config")))
def test_every_example_is_a_value_that_the_key_takes(name: str) -> None:
    for kind in structs_of(load(name)):
        for key in keys_of(kind):
            if key.section is None and key.example is not None:
                msgspec.convert(key.example, type=key.annotation)


@pytest.mark.parametrize("name", sorted(parts("config")))
def test_the_example_file_is_a_file_that_can_be_read(name: str) -> None:
    from common.config import example_toml

    parse(example_toml(load(name)), load(name))


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


def test_how_a_command_looks_in_the_docs() -> None:
    app = typer.Typer(help="All about paint.")

    @app.command()
    def paint(
        wall: Annotated[str, typer.Argument(help="Which wall.")],
        colour: Annotated[Colour, typer.Option("--colour", help="Red | blue.")] = Colour.RED,
        size: Annotated[Literal["s", "l"], typer.Option("--size", help="Size.")] = "s",
        dry: Annotated[bool, typer.Option("--dry", help="Only tell.")] = False,
    ) -> None:
        """Paint a wall.

        Example: mydesk-paint paint north --colour blue
        """

    @app.command(hidden=True)
    def secret() -> None:
        """Not for people."""

    text = command_markdown("mydesk-paint", app)
    assert text.startswith("All about paint.\n\n")
    assert "### `mydesk-paint paint`" in text
    assert "```\nmydesk-paint paint north --colour blue\n```" in text
    assert "| `--colour` | Red \\| blue. | `red`, `blue` | `red` |" in text
    assert "| `--size` | Size. | `s`, `l` | `s` |" in text
    assert "| `--dry` | Only tell. | flag |  |" in text
    assert "| Which wall. | text | required |" in text
    assert "secret" not in text


def test_a_stale_part_is_made_anew_and_the_rest_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated_docs, "_content", lambda kind, name: f"{kind} of {name}")
    end = "<!-- end of the generated part -->"
    before = f"# Mine\n<!-- generated by scripts/docs: config a.b:C -->\nold\n{end}\nmine too\n"
    after = f"# Mine\n<!-- generated by scripts/docs: config a.b:C -->\n\nconfig of a.b:C\n{end}\nmine too\n"
    assert render(before) == after
    assert render(after) == after
