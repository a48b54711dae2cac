"""The last log lines of our units, without what is nobody's business, small enough for one message."""

from __future__ import annotations

import asyncio
import base64
import gzip
from collections.abc import Sequence
from typing import Any

from telemetry.child import run_child
from telemetry.redaction import redacted

MOST_BYTES = 300 << 10
"""Of a bundle, compressed."""

_JOURNAL_TIMEOUT_S = 45.0
_LINE_CHARS = 2000


class LogSource:
    """The journal of the systemd `units`. `names` are host names that are taken out beside the usual things."""

    def __init__(
        self, units: Sequence[str], *, names: frozenset[str] = frozenset(), journalctl: str = "journalctl"
    ) -> None:
        self._command = (journalctl, "--no-pager", "--quiet", "--reverse", "--output=short-iso", "--no-hostname")
        self._units = tuple(word for unit in units for word in ("--unit", unit))
        self._names = names

    async def bundle(self, lines: int) -> dict[str, Any]:
        """{"gz": base64, "lines": how many, "cut": whether older ones were left out for room}.

        Raises:
            ChildError: the journal cannot be read.
        """
        newest_first = await run_child(*self._command, f"--lines={lines}", *self._units, timeout_s=_JOURNAL_TIMEOUT_S)
        found = newest_first.text.splitlines()[: lines or None]
        packed, count = await asyncio.to_thread(self._packed, found)
        return {"gz": base64.b64encode(packed).decode(), "lines": count, "cut": newest_first.cut or count < len(found)}

    def _packed(self, newest_first: list[str]) -> tuple[bytes, int]:
        clean = [redacted(line[:_LINE_CHARS], self._names) for line in newest_first]
        return packed(clean[::-1])


def packed(lines: list[str], most_bytes: int = MOST_BYTES) -> tuple[bytes, int]:
    """`lines` as gzip and how many of them fit; the oldest (first) are left out as far as needed.

    >>> packed(["one", "two"])[1]
    2
    """
    while True:
        content = gzip.compress("\n".join(lines).encode(), mtime=0)
        if len(content) <= most_bytes or not lines:
            return content, len(lines)
        lines = lines[len(lines) // 4 + 1 :]
