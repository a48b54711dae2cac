"""Documentation made from a Struct is complete, and the example file it gives can be read back."""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from common.config import KeyDoc, describe, example_toml, parse, table_markdown
from common.config_schema import toml_value


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """[doors]: one door.

    More about doors.
    """

    name: Annotated[str, Meta(description="Name.", examples=["north | south"])]
    pin: Annotated[int, Meta(ge=0, description="GPIO.", examples=[4])] | None = None


class Quiet(msgspec.Struct, frozen=True):
    """[quiet]: when to be quiet."""

    after: Annotated[int, Meta(gt=0, lt=24, description="Hour.", examples=[20])] = 20


class File(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    site: Annotated[str, Meta(min_length=1, description="Site.", examples=["Nordhavn"])]
    mode: Annotated[Literal["a", "b"], Meta(description="Mode.", examples=["b"])] = "a"
    quiet: Quiet = Quiet()
    doors: list[Door] = []
    sensors: dict[str, Quiet] = {}


def test_every_key_is_described() -> None:
    assert describe(File) == [
        KeyDoc("site", "text, at least 1 characters", "required", "Site.", '"Nordhavn"'),
        KeyDoc("mode", '"a" or "b"', '"a"', "Mode.", '"b"'),
        KeyDoc("quiet.after", "whole number, above 0 and below 24", "20", "Hour.", "20"),
        KeyDoc("doors[].name", "text", "required", "Name.", '"north | south"'),
        KeyDoc("doors[].pin", "whole number, 0 or more", "", "GPIO.", "4"),
        KeyDoc("sensors.NAME.after", "whole number, above 0 and below 24", "20", "Hour.", "20"),
    ]


def test_the_table_is_markdown() -> None:
    table = table_markdown(File)
    assert table.startswith("| key | what it is | values | default | example |\n|---|---|---|---|---|\n| `site` |")
    assert "### `[quiet]`\n\nWhen to be quiet.\n\n| key |" in table
    assert "### `[[doors]]`" in table
    assert "### `[sensors.NAME]`" in table
    assert '`"north \\| south"`' in table
    assert "More about doors" not in table


def test_the_example_can_be_read_back() -> None:
    text = example_toml(File)
    assert parse(text, File) == File(site="Nordhavn")
    assert '# mode = "a"' in text
    assert "# [[doors]]" in text


def test_the_example_with_every_comment_removed_is_still_a_file() -> None:
    lines = [line.removeprefix("# ").removeprefix("# ") for line in example_toml(File).splitlines()]
    text = "\n".join(line for line in lines if line.startswith("[") or " = " in line)
    assert parse(text, File).doors == [Door(name="north | south", pin=4)]


def test_a_required_key_needs_an_example() -> None:
    class Bare(msgspec.Struct):
        name: str

    with pytest.raises(TypeError, match=r"name is required and has no example"):
        example_toml(Bare)


@pytest.mark.parametrize(
    "value", ["a", 'quote " and \\ and \n and \x7f and \x01', "Storebælt", True, False, 3, 2.5, [1, 2], ["a"], {"a": 1}]
)
def test_values_are_written_as_toml_reads_them(value: object) -> None:
    assert tomllib.loads(f"key = {toml_value(value)}") == {"key": value}
