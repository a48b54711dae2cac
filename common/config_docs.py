"""Documentation of a configuration Struct, from the Struct: a table for docs/ and a file to start from."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from common.config_schema import Key, Shape, keys_of, toml_value

_OWN_HEADER = re.compile(r"^\[+[\w.-]+\]+: *")


@dataclass(frozen=True, slots=True)
class KeyDoc:
    """One row of a table. `key` is dotted; `[]` marks a list of sections, `NAME` a name one chooses."""

    key: str
    type_text: str
    default: str
    description: str
    example: str


def describe(kind: type[msgspec.Struct]) -> list[KeyDoc]:
    """Return a row for each key of `kind` and of all sections in it, in the order of declaration."""
    return list(_rows(kind, "", optional=False))


def _rows(kind: type[msgspec.Struct], path: str, *, optional: bool) -> Iterator[KeyDoc]:
    for key in keys_of(kind):
        if key.section is None:
            yield _row(key, path + key.name)
        else:
            yield from _rows(key.section, path + _section_path(key) + ".", optional=optional or not key.required)


def _section_path(key: Key) -> str:
    return key.name + {Shape.LIST: "[]", Shape.NAMED: ".NAME"}.get(key.shape, "")


def _row(key: Key, path: str) -> KeyDoc:
    default = "required" if key.required else toml_value(key.default)
    return KeyDoc(path, key.type_text, default, key.description, toml_value(key.example))


def table_markdown(kind: type[msgspec.Struct]) -> str:
    """Return all keys of `kind` as Markdown: one heading and one table per section."""
    return "\n".join(_tables(kind, "")).strip() + "\n"


def _tables(kind: type[msgspec.Struct], path: str) -> Iterator[str]:
    values = [key for key in keys_of(kind) if key.section is None]
    if values:
        yield from (f"### `{path or 'top of the file'}`", "", _summary(kind), "") if path else ()
        yield "| key | what it is | values | default | example |"
        yield "|---|---|---|---|---|"
        yield from (_table_row(key) for key in values)
        yield ""
    for key in keys_of(kind):
        if key.section is not None:
            yield from _tables(key.section, _header(path, key))


def _header(path: str, key: Key) -> str:
    inner = f"{path.strip('[]')}.{key.name}" if path else key.name
    return {Shape.LIST: f"[[{inner}]]", Shape.NAMED: f"[{inner}.NAME]"}.get(key.shape, f"[{inner}]")


def _table_row(key: Key) -> str:
    default = "required" if key.required else _code(toml_value(key.default))
    cells = (_code(key.name), key.description, key.type_text, default, _code(toml_value(key.example)))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _summary(kind: type[msgspec.Struct]) -> str:
    text = (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")
    text = _OWN_HEADER.sub("", text)  # the heading above says it already
    return text[:1].upper() + text[1:]


def example_toml(kind: type[msgspec.Struct]) -> str:
    """Return a file with all keys of `kind`: the required with their example, the others commented out."""
    return "\n".join(_example(kind, "")).strip() + "\n"


def _example(kind: type[msgspec.Struct], path: str) -> Iterator[str]:
    keys = keys_of(kind)
    if path:
        yield path
    for key in keys:
        if key.section is None:
            yield from _example_key(key)
    yield ""
    for key in keys:
        if key.section is not None:
            lines = _example(key.section, _header(path, key))
            yield from (
                lines if key.shape is Shape.SECTION else (f"# {line}".rstrip() if line else line for line in lines)
            )


def _example_key(key: Key) -> Iterator[str]:
    if key.description:
        yield f"# {key.description}"
    if key.required:
        yield f"{key.name} = {toml_value(_required_example(key))}"
    else:
        shown: Any = key.default if key.default not in (None, "") else key.example
        yield f"# {key.name} = {toml_value(shown)}" if shown is not None else f"# {key.name} ="


def _required_example(key: Key) -> Any:
    if key.example is None:
        raise TypeError(f"{key.name} is required and has no example: give it Meta(examples=[...])")
    return key.example
