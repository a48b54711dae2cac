"""Diffs for an admin, in which no secret stands. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Final

from provisioning.converge_wire import FileFacts, UnitFile
from provisioning.plain_text import plain

__all__ = ["file_diff", "hidden"]

MOST_LINES: Final = 400
MOST_SHOWN_BYTES: Final = 64 << 10
LIKE_SECRETS: Final = ("_hash", "password", "passphrase", "pin", "secret", "token", "_key", "proxy_url")
"""Ends of keys that are hidden in every file with secrets: what stands on a unit may be older than the inventory."""

HIDDEN: Final = '"(secret)"'
OTHER: Final = '"(another secret)"'
_VALUE: Final = r"""("(?:[^"\\]|\\.)*"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|[^\s,}\]]+)"""
"""A value of TOML on one line: strings first, then lists, tables and anything else."""


_MULTILINE: Final = ('"""', "'''")


def file_diff(file: UnitFile, found: FileFacts | None) -> str:
    """What would change in a file; a line about it where it is no text, or new and the same on every unit."""
    rights = _rights(file, found)
    if found is not None and found.text is None:
        return f"~ {file.path} {rights or '(another one, too long to show)'}\n"
    before, after = "" if found is None else found.text or "", _text(file)
    if after is None or (found is None and not file.secret):
        return f"+ {file.path} ({len(file.content)} bytes)\n"
    old, new = hidden(before, file.secret), hidden(after, file.secret)
    if old == new and before != after:
        new = new.replace(HIDDEN, OTHER)
    return _unified(old, new, file.path, found is None, rights)


def _unified(old: str, new: str, path: str, fresh: bool, rights: str) -> str:
    name = "/dev/null" if fresh else path
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), name, path, lineterm="", n=2))
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"... {len(lines) - MOST_LINES} more lines"]
    shown = [plain(line, 500) or "" for line in lines]
    return "\n".join([*([f"~ {path} {rights}"] if rights else []), *shown]) + "\n" if lines or rights else ""


def _text(file: UnitFile) -> str | None:
    if len(file.content) > MOST_SHOWN_BYTES:
        return None
    try:
        return file.content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _rights(file: UnitFile, found: FileFacts | None) -> str:
    if found is None or file.plain or _owned(file) == _owned(found):
        return ""
    return f"({_owned(found)} becomes {_owned(file)})"


def _owned(place: UnitFile | FileFacts) -> str:
    return f"{place.mode:04o} {place.owner}:{place.group}"


def hidden(text: str, keys: Sequence[str]) -> str:
    """`text` with the values of `keys` hidden, wherever they stand.

    >>> hidden('pin_hash = "1234"', ["pin_hash"])
    'pin_hash = "(secret)"'
    """
    if keys and any(mark in text for mark in _MULTILINE):
        return "(not shown: it has texts over several lines)\n"
    if not keys:
        return text
    words = "|".join(re.escape(key) for key in (*keys, *LIKE_SECRETS))
    return re.sub(rf"((?:{words})\"?\s*=\s*){_VALUE}", rf"\1{HIDDEN}", text)
