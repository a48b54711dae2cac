"""The eight characters that stand in an invitation besides its QR code: seven by chance and one to check. Pure.

Crockford's base32 without its signs: no I, L, O and U. The check character is a weighted sum over the field of 32
elements, so that one wrong character and any two exchanged ones are told from a code that is not known. Thirty-five
bits by chance: at five tries a minute against a hundred open invitations, once in some 13 years of guessing.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

CODE_LENGTH = 8
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O and U"""

DRAWN = CODE_LENGTH - 1
_MINUTE_S = 60.0
_POLYNOMIAL = 0b100101
"""x^5 + x^2 + 1, primitive: the powers of x are the 31 elements besides 0"""
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_MAX_RAW = 400
_DOMAIN = b"MyDesk invitation code 1\0"


def code_of(chance: bytes) -> str:
    """The code that seven bytes drawn by chance make. ValueError for another number of bytes."""
    if len(chance) != DRAWN:
        raise ValueError(f"a code is made of {DRAWN} bytes")
    drawn = "".join(CODE_ALPHABET[byte & 31] for byte in chance)
    return drawn + _check(drawn)


def shown(code: str) -> str:
    """As it is written for people: two groups of four."""
    return f"{code[:4]}-{code[4:]}"


def code_text(text: str) -> str:
    """Typed characters as the code they mean: upper case, O is 0, I and L are 1; others and hyphens are dropped."""
    meant = text[:_MAX_RAW].upper().translate(_READ_AS)
    return "".join(char for char in meant if char in CODE_ALPHABET)[:CODE_LENGTH]


def normalised(typed: str) -> str:
    """What was typed, as a code: O is 0, I and L are 1, spaces, hyphens and small letters do not matter.

    "" where it cannot be a code: too short, or the check character says that something was mistyped.
    """
    code = code_text(typed)
    good = len(code) == CODE_LENGTH and code[DRAWN] == _check(code[:DRAWN])
    return code if good else ""


def code_hash(code: str, visit_id: bytes) -> bytes:
    """What a record keeps of its code: HMAC-SHA256 under the id of its own visit, 16 bytes."""
    return hmac.digest(visit_id, _DOMAIN + code.encode(), hashlib.sha256)[:16]


@dataclass(frozen=True, slots=True)
class Tries:
    """When codes were tried in the last minute. A new value each time: the time is passed in."""

    per_min: int = 5
    at_s: tuple[float, ...] = field(default=())

    def left(self, now_s: float) -> int:
        """How many tries there are now."""
        return self.per_min - len(self._recent(now_s))

    def tried(self, now_s: float) -> Tries:
        """After one more."""
        return Tries(self.per_min, (*self._recent(now_s), now_s)[-self.per_min :])

    def _recent(self, now_s: float) -> tuple[float, ...]:
        return tuple(at_s for at_s in self.at_s if now_s - at_s < _MINUTE_S)


def _check(drawn: str) -> str:
    total, weight = 0, 2
    for character in drawn:
        total ^= _times(CODE_ALPHABET.index(character), weight)
        weight = _times(weight, 2)
    return CODE_ALPHABET[total]


def _times(a: int, b: int) -> int:
    """The product in the field of 32 elements."""
    product = 0
    for bit in range(5):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(9, 4, -1):
        if product >> bit & 1:
            product ^= _POLYNOMIAL << bit - 5
    return product
