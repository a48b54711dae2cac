"""A small reader of PowerShell: which characters are code, and which are inside literals and comments.

No pwsh is to be had from the registries we use, so what the tests hold is the language's quoting, not its execution.
It knows single-quoted and double-quoted strings with all quotes PowerShell takes as such, backtick, line and block
comments, and brackets. Here-strings are refused: our scripts have none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SINGLE = "'\u2018\u2019\u201a\u201b"
DOUBLE = '"\u201c\u201d\u201e'
CLOSES = {")": "(", "}": "{", "]": "["}


class Unbalanced(Exception):  # noqa: N818
    """Error raised when a quote, comment or bracket is not closed, or closed by the wrong one."""


@dataclass
class Script:
    """What was read: `code` has a space for every literal and comment; `literals` are single-quoted, unescaped."""

    code: str = ""
    literals: list[str] = field(default_factory=list)
    expanding: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


class Reader:
    def __init__(self, text: str) -> None:
        self.text, self.place, self.script, self.open = text, 0, Script(), ""

    def read(self) -> Script:
        while self.place < len(self.text):
            self._step(self.text[self.place])
        if self.open:
            raise Unbalanced(f"still open: {self.open}")
        return self.script

    def _step(self, char: str) -> None:
        rest = self.text[self.place :]
        if rest[0] == "@" and rest[1:2] and rest[1] in SINGLE + DOUBLE:
            raise Unbalanced("a here-string")
        if char in SINGLE:
            self.script.literals.append(self._literal(SINGLE))
        elif char in DOUBLE:
            self.script.expanding.append(self._literal(DOUBLE))
        elif rest.startswith("<#"):
            self._comment(self.text.find("#>", self.place), 2)
        elif char == "#" and (self.place == 0 or self.text[self.place - 1] in " \t\n;({"):
            end = self.text.find("\n", self.place)
            self._comment(len(self.text) if end < 0 else end, 0)
        else:
            self._code(char)

    def _code(self, char: str) -> None:
        if char == "`":
            self.place += 1
        elif char in CLOSES.values():
            self.open += char
        elif char in CLOSES:
            if not self.open.endswith(CLOSES[char]):
                raise Unbalanced(f"{char} closes nothing near {self.text[self.place - 40 : self.place + 1]!r}")
            self.open = self.open[:-1]
        self.script.code += char
        self.place += 1

    def _comment(self, end: int, closing: int) -> None:
        if end < 0:
            raise Unbalanced("a comment does not end")
        self.script.comments.append(self.text[self.place : end])
        self.script.code += " "
        self.place = end + closing

    def _literal(self, quotes: str) -> str:
        start, value = self.place, ""
        self.place += 1
        while self.place < len(self.text):
            char = self.text[self.place]
            if char == "`" and quotes == DOUBLE:
                value += self.text[self.place : self.place + 2]
                self.place += 2
            elif char in quotes and self.text[self.place + 1 : self.place + 2] and self.text[self.place + 1] in quotes:
                value += char
                self.place += 2
            elif char in quotes:
                self.place += 1
                self.script.code += " "
                return value
            else:
                value += char
                self.place += 1
        raise Unbalanced(f"a string does not end: {self.text[start : start + 40]!r}")


def read(text: str) -> Script:
    """Read `text`. Raises Unbalanced."""
    return Reader(text).read()
