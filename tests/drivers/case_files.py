"""Cases as JSON files in tests/cases/drivers: bytes, what they mean, and the bytes of commands."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[1] / "cases" / "drivers"


def load(name: str) -> dict[str, Any]:
    """The file of one device: `commands` and `cases`."""
    content: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def plain(event: Any) -> dict[str, Any]:
    """An event as it stands in a file; floats to 4 decimals."""
    fields = json.loads(json.dumps(dataclasses.asdict(event)), parse_float=lambda digits: round(float(digits), 4))
    return {"is": type(event).__name__, **fields}


def arguments(call: dict[str, Any]) -> list[Any]:
    """The arguments of a command; {"hex": ...} stands for bytes."""
    return [bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for value in call["args"]]
