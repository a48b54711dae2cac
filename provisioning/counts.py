"""How many of what, in words. Pure.

>>> count_of(1, "unit"), count_of(2, "unit")
('1 unit', '2 units')
"""

from __future__ import annotations

__all__ = ["count_of"]


def count_of(number: int, noun: str) -> str:
    """`number` and `noun`, which takes an s."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
