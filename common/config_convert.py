"""Turns the tables of a TOML file into a Struct, key by key, and collects all that is wrong on the way.

msgspec by itself stops at the first error; an admin at a panel wants to mend the file once.
"""

from __future__ import annotations

import datetime
import difflib
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from common.config_schema import Key, Shape, keys_of, toml_value

_SHOWN_CHARS = 60
_PATH = re.compile(r" - at `\$((?:\[\d+\])+)`$")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: the dotted path of the key, what, what would be right, and an example line."""

    path: str
    message: str
    allowed: str = ""
    example: str = ""


class _Absent:
    pass


_ABSENT: Final = _Absent()


class Conversion:
    """Converts tables to Structs; `findings` fills up with what is wrong."""

    def __init__(self, root: type[msgspec.Struct]) -> None:
        self.findings: list[Finding] = []
        self._root = root

    def run(self, tables: dict[str, Any]) -> Any:
        """Return the Struct, or None when there are findings."""
        return self._struct(self._root, tables, "")

    def _struct(self, kind: type[msgspec.Struct], table: dict[str, Any], path: str) -> Any:
        before = len(self.findings)
        keys = keys_of(kind)
        self._report_unknown(keys, table, path)
        values = {key.field: self._key(key, table.get(key.name, _ABSENT), _join(path, key.name)) for key in keys}
        if len(self.findings) > before:
            return None
        return self._build(kind, {name: value for name, value in values.items() if value is not _ABSENT}, path)

    def _build(self, kind: type[msgspec.Struct], values: dict[str, Any], path: str) -> Any:
        try:
            made = kind(**values)
        except (ValueError, TypeError) as error:  # a Struct's own __post_init__
            self.findings.append(Finding(path, str(error)))
            return None
        cross_checks = getattr(made, "problems", None)
        if callable(cross_checks):
            self.findings += [Finding(_join(path, key), message) for key, message in cross_checks()]
        return made

    def _key(self, key: Key, value: Any, path: str) -> Any:
        if value is _ABSENT:
            return self._absent(key, path)
        if key.section is None:
            return self._value(key, value, path)
        if key.shape is Shape.SECTION:
            return self._section(key, value, path)
        if key.shape is Shape.LIST:
            return self._list(key, key.section, value, path)
        return self._named(key, key.section, value, path)

    def _absent(self, key: Key, path: str) -> Any:
        if not key.required:
            return _ABSENT
        if key.shape is Shape.SECTION and key.section is not None:
            return self._struct(key.section, {}, path)
        self._report(key, path, "is missing")
        return None

    def _section(self, key: Key, value: Any, path: str) -> Any:
        if isinstance(value, dict) and key.section is not None:
            return self._struct(key.section, value, path)
        self.findings.append(Finding(path, f"must be a section, got {_shown(value, key.secret)}", f"[{path}]"))
        return None

    def _list(self, key: Key, kind: type[msgspec.Struct], value: Any, path: str) -> Any:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            got = _shown(value, key.secret)
            self.findings.append(Finding(path, f"must be a list of sections, got {got}", f"[[{path}]]"))
            return None
        made = [self._struct(kind, item, f"{path}[{index}]") for index, item in enumerate(value)]
        return None if None in made else self._fit(key, made, path)

    def _named(self, key: Key, kind: type[msgspec.Struct], value: Any, path: str) -> Any:
        if not isinstance(value, dict) or not all(isinstance(item, dict) for item in value.values()):
            got = _shown(value, key.secret)
            self.findings.append(Finding(path, f"must be named sections, got {got}", f"[{path}.NAME]"))
            return None
        made = {name: self._struct(kind, item, _join(path, name)) for name, item in value.items()}
        return None if None in made.values() else self._fit(key, made, path)

    def _fit(self, key: Key, made: Any, path: str) -> Any:
        """Apply what the annotation asks of the collection itself: length, list or tuple, form of names."""
        try:
            return msgspec.convert(made, type=key.annotation)
        except msgspec.ValidationError as error:
            self._report(key, path, str(error)[:1].lower() + str(error)[1:])
            return None

    def _value(self, key: Key, value: Any, path: str) -> Any:
        if control := _control_character(value):
            self._report(key, path, f"holds the control character U+{ord(control):04X}, which no setting may")
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self._report(key, path, f"expected {key.type_text}, got {value}")
            return None
        try:
            return msgspec.convert(value, type=key.annotation)
        except msgspec.ValidationError as error:
            self._report_value(key, value, path, str(error))
            return None

    def _report_value(self, key: Key, value: Any, path: str, error: str) -> None:
        if item := _PATH.search(error):
            for index in re.findall(r"\d+", item[1]):
                value = value[int(index)]
            path += item[1]
        self._report(key, path, f"expected {key.type_text}, got {_shown(value, key.secret)}")

    def _report(self, key: Key, path: str, message: str) -> None:
        example = "" if key.example is None or key.section else f"{key.name} = {toml_value(key.example)}"
        self.findings.append(Finding(path, message, key.type_text, example))

    def _report_unknown(self, keys: tuple[Key, ...], table: dict[str, Any], path: str) -> None:
        names = [key.name for key in keys]
        for name in table:
            if name not in names:
                what = "section" if isinstance(table[name], dict) else "key"
                allowed = ", ".join(names)
                self.findings.append(
                    Finding(_join(path, name), f"unknown {what}{self._guess(name, names, path)}", allowed)
                )

    def _guess(self, name: str, names: list[str], path: str) -> str:
        elsewhere = [other for other in _paths(self._root) if other.rpartition(".")[2] == name]
        near = difflib.get_close_matches(name, names, n=1) or difflib.get_close_matches(name.lower(), names, n=1)
        found = elsewhere or [_join(path, name) for name in near]
        return f"; did you mean {' or '.join(found[:3])}?" if found else ""


def _control_character(value: Any) -> str:
    """The first one in a text or in the texts of a list: a pattern ending in `$` would let a last newline pass."""
    texts = value if isinstance(value, list) else [value]
    return next(
        (char for text in texts if isinstance(text, str) for char in text if unicodedata.category(char) == "Cc"), ""
    )


def _paths(kind: type[msgspec.Struct], path: str = "") -> Iterator[str]:
    for key in keys_of(kind):
        yield _join(path, key.name)
        if key.section is not None:
            yield from _paths(key.section, _join(path, key.name))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: Any, secret: bool) -> str:
    match value:
        case dict():
            return "a section"
        case list():
            return "a list"
        case _ if secret:
            return "something else (a secret, not shown)"
        case str():
            return f"the text {toml_value(value[:_SHOWN_CHARS])}" + ("..." if len(value) > _SHOWN_CHARS else "")
        case datetime.datetime() | datetime.date() | datetime.time():
            return f"the time {value.isoformat()}"
    return toml_value(value)[:_SHOWN_CHARS]
