"""Takes out of log lines what is nobody's business beyond the unit. Pure.

Our own logs name nobody (DESIGN.md 4.3); those of the system around them may name machines, addresses and secrets.
"""

from __future__ import annotations

import re

KNOWN_HOSTS = frozenset({"graph.microsoft.com", "login.microsoftonline.com", "login.microsoft.com"})
"""Told as they are: without them a log of connections tells nothing."""

_TOP = (
    "com|net|org|edu|gov|info|biz|io|dev|app|cloud|eu|dk|se|no|fi|is|de|es|fr|it|nl|be|ch|at|pl|pt|ie|uk|us|example|test"
    "|local|lan|home|internal|corp|intern|localdomain|arpa"
)
_HOST = re.compile(rf"(?<![\w.@/-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_TOP})(?![\w-])", re.IGNORECASE)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|$)", re.DOTALL), "<pem>"),
    (re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/@:]+(?::[^\s/@]*)?@", re.IGNORECASE), r"\1<credentials>@"),
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"), "<token>"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), r"\1 <token>"),
    (
        re.compile(
            r"((?:pass(?:word|wd|phrase)?|pwd|psk|secret|token|api[_-]?key|sig|assertion|authorization)"
            r"[\"']?\s*[=:]\s*[\"']?)(?!<)[^\s\"'&,;]+",
            re.IGNORECASE,
        ),
        r"\1<secret>",
    ),
    (re.compile(r"\b(code[\"']?\s*[=:]\s*[\"']?)[\w.~-]{16,}", re.IGNORECASE), r"\1<secret>"),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "<mail>"),
    (re.compile(r"\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b", re.IGNORECASE), "<mac>"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"), "<ip>"),
    (
        re.compile(
            r"(?<![\w:])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?=[0-9a-f:]*::)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})"
            r"(?![\w:])",
            re.IGNORECASE,
        ),
        "<ip>",
    ),
    (re.compile(r"(?<![\w+/=-])(?=[\w+/-]*\d)[\w+/-]{40,}={0,2}(?![\w+/=-])"), "<token>"),
)


def redacted(line: str, names: frozenset[str] = frozenset()) -> str:
    """`line` without addresses (IP, MAC, mail), credentials, tokens and host names; `names` are taken out too."""
    for pattern, instead in _RULES:
        line = pattern.sub(instead, line)
    line = _HOST.sub(lambda found: found[0] if found[0].lower() in KNOWN_HOSTS else "<host>", line)
    for name in names:
        line = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "<host>", line, flags=re.IGNORECASE)
    return line
