"""Checks configuration files and starts nothing: `check-config` of the programs, which the fleet calls too.

With `as_json` each file is one line, {"file": ..., "problems": [{"key", "message", "line"}], "secrets": [...]}, where
`secrets` are the keys set in the file whose values are secret.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from common import config
from common.config import ConfigError, Problem
from common.config_schema import Shape, keys_of

__all__ = ["check_files", "secret_keys"]


def check_files(
    files: Iterable[Path], kind: type[msgspec.Struct], echo: Callable[[str], None], *, as_json: bool = False
) -> bool:
    """Check each of `files` as a `kind` and `echo` what is wrong. Return whether all are good."""
    good = True
    for path in files:
        error = _error(path, kind)
        good = good and error is None
        if as_json:
            echo(json.dumps(_answer(path, kind, error), ensure_ascii=False))
        else:
            echo(f"{path}: good" if error is None else str(error))
    return good


def secret_keys(kind: type[msgspec.Struct], tables: dict[str, Any], path: str = "") -> Iterator[str]:
    """The dotted keys in `tables`, read as a `kind`, that hold a secret."""
    for key in keys_of(kind):
        value = tables.get(key.name)
        name = f"{path}{key.name}"
        if key.secret and value:
            yield name
        elif key.section is not None and key.shape is Shape.SECTION and isinstance(value, dict):
            yield from secret_keys(key.section, value, f"{name}.")
        elif key.section is not None and isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield from secret_keys(key.section, item, f"{name}[{index}].")


def _error(path: Path, kind: type[msgspec.Struct]) -> ConfigError | None:
    try:
        config.load(path, kind)
    except ConfigError as error:
        return error
    return None


def _answer(path: Path, kind: type[msgspec.Struct], error: ConfigError | None) -> dict[str, Any]:
    return {
        "file": str(path),
        "problems": [_shown(problem) for problem in (error.problems if error else ())],
        "secrets": _secrets(path, kind),
    }


def _shown(problem: Problem) -> dict[str, Any]:
    text = problem.message
    if problem.allowed and problem.allowed not in text:
        text = f"{text}. Allowed: {problem.allowed}"
    return {"key": problem.key, "message": text, "line": problem.line}


def _secrets(path: Path, kind: type[msgspec.Struct]) -> list[str]:
    try:
        return list(secret_keys(kind, config.tables(path)))
    except ConfigError:  # already told as a problem
        return []
