"""Reads a TOML file into a msgspec Struct and reports everything that is wrong with it at once.

>>> class Lamp(msgspec.Struct, frozen=True):
...     "[lamp]: the light at the door."
...     red_pin: Annotated[int, Meta(ge=0, le=27, description="GPIO of red.", examples=[17])] = 17
>>> load(Path("/etc/mydesk/lamp.toml"), Lamp)           # doctest: +SKIP
common.config.ConfigError: /etc/mydesk/lamp.toml: 1 problem
  line 4: red_pin: expected whole number, 0 to 27, got 99. Example: red_pin = 17

A Struct may define ``problems(self) -> Iterable[tuple[str, str]]`` (key, message) for checks across keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from common.config_convert import Conversion, Finding
from common.config_docs import KeyDoc, describe, example_toml, table_markdown
from common.errors import MyDeskError
from common.toml_lines import KeyLines

__all__ = [
    "ConfigError",
    "KeyDoc",
    "Problem",
    "describe",
    "example_toml",
    "load",
    "parse",
    "parse_tables",
    "placed",
    "read_text",
    "table_markdown",
    "tables",
]

MAX_BYTES = 1 << 20
_SYNTAX_PLACE = re.compile(r"^(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `line` and `column` are 1-based, 0 where there is none; `key` is dotted."""

    key: str
    message: str
    file: str
    line: int = 0
    column: int = 0
    allowed: str = ""
    example: str = ""

    def __str__(self) -> str:
        place = (
            f"line {self.line}, column {self.column}: " if self.column else f"line {self.line}: " if self.line else ""
        )
        key = f"{self.key}: " if self.key else ""
        text = f"{place}{key}{self.message}"
        if self.allowed and self.allowed not in self.message:
            text = f"{_sentence(text)} Allowed: {self.allowed}"
        return f"{_sentence(text)} Example: {self.example}" if self.example else text


def _sentence(text: str) -> str:
    return text if text.endswith("?") else f"{text}."


class ConfigError(MyDeskError):
    """Error raised when a configuration file is wrong; `problems` has everything that is."""

    def __init__(self, path: Path | str, problems: tuple[Problem, ...], *, hint: str = "") -> None:
        noun = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = [f"{path}: {noun}", *(f"  {problem}" for problem in problems)]
        super().__init__("\n".join(lines), hint=hint)
        self.path = str(path)
        self.problems = problems

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


def load(path: Path, kind: type[T]) -> T:
    """Read the TOML file at `path` as a `kind`.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or has unknown, missing or wrong keys.
    """
    return parse(read_text(path), kind, file=path)


def parse(text: str, kind: type[T], *, file: Path | str = "<text>") -> T:
    """Read TOML `text` as a `kind`; `file` is what errors name.

    Raises:
        ConfigError: as `load`.
    """
    conversion = Conversion(kind)
    made: T = conversion.run(parse_tables(text, file))
    if conversion.findings:
        raise ConfigError(file, placed(conversion.findings, text, file))
    return made


def tables(path: Path) -> dict[str, Any]:
    """Read the TOML file at `path` and convert nothing. Raises ConfigError: it cannot be read, or is not TOML."""
    return parse_tables(read_text(path), path)


def placed(findings: Iterable[Finding], text: str, file: Path | str) -> tuple[Problem, ...]:
    """Return `findings` about TOML `text` as problems of `file` with their lines, from the top down."""
    lines = KeyLines(text)
    problems = [
        Problem(found.path, found.message, str(file), lines.find(found.path), 0, found.allowed, found.example)
        for found in findings
    ]
    return tuple(sorted(problems, key=lambda problem: problem.line))


def parse_tables(text: str, file: Path | str) -> dict[str, Any]:
    """Read TOML `text` and convert nothing; `file` is what errors name. Raises ConfigError: it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(file, (_syntax_problem(str(error), text, str(file)),)) from error
    except (RecursionError, ValueError) as error:
        problem = Problem("", "is nested too deeply or holds a number that is too long", str(file))
        raise ConfigError(file, (problem,)) from error


def _syntax_problem(error: str, text: str, file: str) -> Problem:
    place = _SYNTAX_PLACE.match(error)
    if place is None:
        return Problem("", f"not valid TOML: {error}", file)
    if place[2] is None:
        return Problem("", f"not valid TOML: {place[1]} at the end of the file", file, text.count("\n") + 1)
    return Problem("", f"not valid TOML: {place[1]}", file, int(place[2]), int(place[3]))


def read_text(path: Path, *, max_bytes: int = MAX_BYTES) -> str:
    """Read the file at `path`, UTF-8. Raises ConfigError: it is none, cannot be read, or is larger than `max_bytes`."""
    try:
        if not path.is_file():
            raise _unreadable(path, *_not_a_file(path))
        with path.open("rb") as stream:
            raw = stream.read(max_bytes + 1)
    except PermissionError as error:
        raise _unreadable(path, "may not be read by this user", f"Give it to the service: chmod 0640 {path}") from error
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror}", "Check the card or disk it is on.") from error
    if len(raw) > max_bytes:
        raise _unreadable(path, f"is larger than {max_bytes} bytes", "Is it a configuration file at all?")
    return _decoded(raw, path)


def _not_a_file(path: Path) -> tuple[str, str]:
    if path.is_dir():
        return "is a folder", f"Name a file in it, for example {path / 'room.toml'}."
    if path.exists():
        return "is not a regular file", "Name a TOML file."
    return "does not exist", "Create it, or name another with --config."


def _decoded(raw: bytes, path: Path) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        problem = Problem("", f"the byte 0x{raw[error.start]:02x} is not UTF-8", str(path), line, column)
        raise ConfigError(path, (problem,), hint="Save the file as UTF-8.") from error


def _unreadable(path: Path, message: str, hint: str) -> ConfigError:
    return ConfigError(path, (Problem("", message, str(path)),), hint=hint)
