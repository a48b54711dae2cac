"""The programs that are sent to units: their source goes with the command, so that nothing has to be there first."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

__all__ = ["program"]


@cache
def program(name: Literal["converge_look", "converge_put"]) -> tuple[str, ...]:
    """The words that run one of them with the unit's own Python; what it is asked comes on standard input."""
    return ("python3", "-I", "-c", (Path(__file__).parent / f"{name}.py").read_text("utf-8"))
