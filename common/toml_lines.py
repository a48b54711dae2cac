"""On which line of a TOML file a key stands: tomllib does not say, and an admin needs to know.

Works on text that tomllib has already accepted, so it only has to tell keys, headers and ends of values apart.
"""

from __future__ import annotations

import re

_BARE = r"[A-Za-z0-9_-]+"
_BASIC = r'"(?:[^"\\\n]|\\.)*"'
_LITERAL = r"'[^'\n]*'"
_PART = rf"(?:{_BARE}|{_BASIC}|{_LITERAL})"
_PATH = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_PARTS = re.compile(_PART)
_HEADER = re.compile(rf"[ \t]*(\[{{1,2}})[ \t]*({_PATH})[ \t]*\]")
_ASSIGNMENT = re.compile(rf"[ \t]*({_PATH})[ \t]*=")
# Whole strings and comments are one token each, so that brackets and newlines inside them do not count.
_TOKEN = re.compile(
    rf'"""(?:[^"\\]|\\.|"(?!""))*"{{3,5}}|\'\'\'(?:[^\']|\'(?!\'\'))*\'{{3,5}}|{_BASIC}|{_LITERAL}|#[^\n]*|[\[\]{{}}\n]',
    re.DOTALL,
)


class KeyLines:
    """The lines of all sections and keys in `text`, by dotted path (`lamp.red_pin`, `rooms[1].name`)."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._scan(text)

    def find(self, path: str) -> int:
        """Return the 1-based line of `path`, else of the nearest section or table around it, else 0."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = re.sub(r"\[\d+\]$", "", path) if path.endswith("]") else path.rpartition(".")[0]
        return 0

    def _scan(self, text: str) -> None:
        section, position, line = "", 0, 1
        while position < len(text):
            if header := _HEADER.match(text, position):
                section = self._enter(_split(header[2]), line, array=header[1] == "[[")
                start = header.end()
            elif key := _ASSIGNMENT.match(text, position):
                self._note(section, _split(key[1]), line)
                start = key.end()
            else:
                start = position
            end = _end_of_statement(text, start)
            line += text.count("\n", position, end)
            position = end

    def _enter(self, parts: list[str], line: int, *, array: bool) -> str:
        path = ""
        for index, part in enumerate(parts):
            path = f"{path}.{part}" if path else part
            if array and index == len(parts) - 1:
                self._counts[path] = self._counts.get(path, 0) + 1
            self._lines.setdefault(path, line)
            if path in self._counts:
                path = f"{path}[{self._counts[path] - 1}]"
                self._lines.setdefault(path, line)
        return path

    def _note(self, section: str, parts: list[str], line: int) -> None:
        path = section
        for part in parts:
            path = f"{path}.{part}" if path else part
            self._lines.setdefault(path, line)


def _split(path: str) -> list[str]:
    return [part.strip("\"'") for part in _PARTS.findall(path)]


def _end_of_statement(text: str, position: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(text, position):
        sign = token[0]
        if sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        elif sign == "\n" and depth <= 0:
            return token.end()
    return len(text)
