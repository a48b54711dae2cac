"""What a unit says, made fit for an admin's terminal: whatever it sends, it cannot move the cursor or pretend. Pure.

>>> plain(b"ok\\x1b[2J\\x1b]0;root\\x07 done")
'ok done'
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["plain", "plain_line"]

MOST_CHARS: Final = 2000
_ESCAPES: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC, DCS, SOS, PM, APC with what they carry
    r"|\x1b[ -/]*[0-~]?"
)
"""ECMA-48, 5.4 and 5.6."""

_KEPT: Final = frozenset("\n\t")
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Controls, what turns the direction of writing, surrogates, private use, other line ends."""


def plain(said: bytes | str, most_chars: int = MOST_CHARS) -> str:
    """`said` without escape sequences and controls but line ends and tabs; what is longer is cut and says so."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    cut = len(text) > 4 * most_chars
    clean = _ESCAPES.sub("", text[: 4 * most_chars]).replace("\r\n", "\n")
    shown = "".join(_safe(char) for char in clean).strip()
    if len(shown) > most_chars or cut:
        return shown[:most_chars] + " [cut]"
    return shown


def plain_line(said: object, most_chars: int = 300) -> str:
    """`said` as one line."""
    return " ".join(plain(said if isinstance(said, bytes) else str(said), most_chars).split())


def _safe(char: str) -> str:
    return char if char in _KEPT or unicodedata.category(char) not in _UNSAFE else "\N{REPLACEMENT CHARACTER}"
