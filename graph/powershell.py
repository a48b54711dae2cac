"""Writes texts into PowerShell so that they stay texts, whatever is in them.

A room may be called ``x'; Remove-Mailbox *; '``. Inside single quotes PowerShell expands nothing, and only a quote ends
them; it counts four typographic quotes as quotes too (about_Quoting_Rules; CodeGeneration.EscapeSingleQuotedString).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from common.errors import MyDeskError

_QUOTES = "'\u2018\u2019\u201a\u201b"
_DOUBLED = str.maketrans({quote: quote * 2 for quote in _QUOTES})
_DIRECTION = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
MAX_CHARS = 1024


class PowerShellTextError(MyDeskError):
    """Error raised when a text has no place in a script: control characters, turned direction, far too long."""


def quoted(text: str) -> str:
    r"""Return `text` as a PowerShell literal, to be pasted into a console.

    >>> print(quoted("O'Hara; Remove-Item *"))
    'O''Hara; Remove-Item *'

    Raises PowerShellTextError.
    """
    return f"'{_checked(text).translate(_DOUBLED)}'"


def quoted_ascii(text: str) -> str:
    r"""Return `text` as a PowerShell expression in ASCII, for a script file.

    Windows PowerShell 5.1 reads a file without a byte order mark in the machine's code page, where the UTF-8 of an
    ordinary letter may hold a quote: so no letter outside ASCII is written.

    >>> print(quoted_ascii("Storebælt"))
    ([regex]::Unescape('Storeb\u00e6lt'))
    """
    if text.isascii():
        return quoted(text)
    units = _checked(text).replace("\\", "\\\\")
    return f"([regex]::Unescape({quoted(''.join(_escaped(char) for char in units))}))"


def listed(texts: Iterable[str]) -> str:
    """Return an array literal of `texts`, ASCII, one a line: ``@(\\n    'a'\\n)``."""
    lines = "".join(f"    {quoted_ascii(text)}\n" for text in texts)
    return f"@(\n{lines})"


def comment(text: str) -> str:
    """Return `text` as one comment line: nothing in it can end the line."""
    flat = "".join(" " if _is_unfit(char) else char for char in text)
    return f"# {flat.encode('ascii', 'backslashreplace').decode()}".rstrip()


def _checked(text: str) -> str:
    unfit = next((char for char in text if _is_unfit(char)), "")
    if unfit:
        shown = text.encode("ascii", "backslashreplace").decode()[:60]
        raise PowerShellTextError(
            f"The text {shown!r} holds the control character U+{ord(unfit):04X}.",
            hint="Names and addresses are one line of plain text: write it anew.",
        )
    if len(text) > MAX_CHARS:
        raise PowerShellTextError(
            f"The text {text[:40]!r}... is longer than {MAX_CHARS} characters.", hint="Is it a name at all?"
        )
    return text


def _is_unfit(char: str) -> bool:
    return char in _DIRECTION or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")


def _escaped(char: str) -> str:
    if char.isascii():
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[place] << 8 | units[place + 1]:04x}" for place in range(0, len(units), 2))
