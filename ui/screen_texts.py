"""Finds the screen texts in Python source: what stands in N_(), t() and n(). For scripts/translations and its test."""

from __future__ import annotations

import ast
import string
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ScreenText:
    """An English text, with its plural if it depends on a count."""

    text: str
    plural: str = ""


def screen_texts(source: str) -> set[ScreenText]:
    """The literal texts of one module. Raises SyntaxError when it is not Python."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {text for call in calls for text in _of_call(call)}


def placeholders(text: str) -> set[str]:
    """The names in braces. Raises ValueError when the braces do not match."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _of_call(call: ast.Call) -> list[ScreenText]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    literals = [part.value for part in call.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if name in {"N_", "t"} and call.args and _literal(call.args[0]):
        return [ScreenText(literals[0])]
    if name == "n" and len(call.args) >= 3 and _literal(call.args[0]) and _literal(call.args[1]):
        return [ScreenText(literals[0], literals[1])]
    return []


def _literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(node.value)
