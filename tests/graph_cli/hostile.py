"""Names that somebody might give a room to see what happens."""

from __future__ import annotations

HOSTILE = [
    "O'Hara",
    "x'; Remove-Mailbox -Identity * -Confirm:$false; '",
    "\u2019; Remove-Item C:\\ -Recurse; \u2018",
    "\u201a\u201b\u2018\u2019",
    "$(Remove-Item C:\\)",
    "`$env:PATH`",
    '"; Stop-Computer; "',
    "#> Stop-Computer <#",
    "a\\u0027; Stop-Computer; \\u0027",
    "Storebælt \u2019Ø\u2019",
    "\u00d2\u00d1\u20ac",
    "日本 🛑 room",
    "-Confirm:$false",
    "@'",
    "''''",
    "%{iex}",
]
UNFIT = ["a\nb", "a\rStop-Computer", "a\0b", "a\u2028b", "a\u202eb", "a\x1bb", "x" * 1025, "a\ud800"]
