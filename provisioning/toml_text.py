"""Writes tables as TOML. Pure; what tomllib reads back is what was given (a property test holds it).

>>> print(toml_text({"unit": {"id": "ada"}, "sensors": [{"kind": "pir"}]}), end="")
[unit]
id = "ada"
<BLANKLINE>
[[sensors]]
kind = "pir"
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from common.config_schema import toml_value

__all__ = ["toml_text"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(tables: Mapping[str, Any]) -> str:
    """Return `tables` as a file: plain keys, then sections and lists of sections, in their order."""
    return "\n".join(_section(tables, "")).strip("\n") + "\n"


def _section(table: Mapping[str, Any], path: str) -> Iterator[str]:
    for key, value in table.items():
        if not _is_section(value) and not _is_list(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        inner = f"{path}.{_key(key)}" if path else _key(key)
        if _is_section(value):
            yield from ("", f"[{inner}]", *_section(value, inner))
        elif _is_list(value):
            for item in value:
                yield from ("", f"[[{inner}]]", *_section(item, inner))


def _is_section(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else toml_value(key)


def _value(value: Any) -> str:
    match value:
        case Mapping():
            return "{" + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case float() if not math.isfinite(value):
            return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
        case bool() | str() | int() | float():
            return toml_value(value)
    return toml_value(value)
