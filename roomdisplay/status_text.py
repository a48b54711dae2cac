"""What a panel answers on its control socket, for people: a line per value, nested parts set in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LABEL_WIDTH = 22
INDENT = "  "
UNITS = {"_s": "s", "_percent": "%"}
"""Ending of a key -> its unit, which is written behind the value instead."""


def lines(answer: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Each key with its value; a part has its own lines below, an item of a list is one line that begins with a name.

    calendar age          4.2 s
    sensors
      ceiling             ld2410 · ok · 0.1 s ago
    release
      step                warn
    """
    for key, value in answer.items():
        label, unit = _label(key)
        match value:
            case Mapping() if value:
                yield f"{indent}{label}"
                yield from lines(value, indent + INDENT)
            case [Mapping(), *_]:
                yield f"{indent}{label}"
                yield from (_item(item, indent + INDENT) for item in value)
            case _:
                yield _line(label, _text(value, unit), indent)


def _line(label: str, text: str, indent: str) -> str:
    return f"{indent}{label:{LABEL_WIDTH - len(indent)}}{text}"


def _item(item: Mapping[str, Any], indent: str) -> str:
    """Its first value names it; what is not known is left out."""
    name, *rest = item.items()
    told = [_told(key, value) for key, value in rest if value not in (None, "")]
    return _line(f"{name[1]}", " · ".join(told), indent)


def _told(key: str, value: Any) -> str:
    text = _text(value, _label(key)[1])
    return f"{text} ago" if key == "age_s" else text


def _label(key: str) -> tuple[str, str]:
    """The key in words, and the unit of its value."""
    for ending, unit in UNITS.items():
        if key.endswith(ending):
            return key.removesuffix(ending).replace("_", " "), unit
    return key.replace("_", " "), ""


def _text(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_text(item, unit) for item in value) or "none"
    if value is None or value in ("", {}):
        return "-"
    return f"{value} {unit}".strip()
