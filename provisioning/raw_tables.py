"""The tables of an inventory as they stand in its file, before they are converted. What has the wrong type is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["Found", "Row", "rows_of", "table_of", "text_of"]

Found = tuple[str, str]
"""The dotted key, and what is wrong with it."""

Row = Mapping[str, Any]


def rows_of(tables: Row, key: str) -> list[Row]:
    """The tables of a list of sections."""
    found = tables.get(key)
    return [row if isinstance(row, dict) else {} for row in found] if isinstance(found, list) else []


def table_of(row: Row, key: str) -> Row:
    """A section in it."""
    found = row.get(key)
    return found if isinstance(found, dict) else {}


def text_of(row: Row, key: str) -> str:
    """A text in it."""
    found = row.get(key)
    return found if isinstance(found, str) else ""
