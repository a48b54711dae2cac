"""Whom a request of access or erasure means: an e-mail address, a telephone number or a full name. Pure.

A name may be that of several people: who answers such a request tells them apart by address or number.
"""

from __future__ import annotations

from typing import Protocol

from common.errors import MyDeskError
from common.name_search import words_of

__all__ = ["Named", "RequestError", "can_name", "is_guest"]

_LEAST_DIGITS = 6
_LEAST_LETTERS = 2


class RequestError(MyDeskError):
    """Error raised for a text that can name nobody; the text is not in it."""


class Named(Protocol):
    """What of a guest is compared."""

    @property
    def name(self) -> str: ...

    @property
    def email(self) -> str: ...

    @property
    def phone(self) -> str: ...


def is_guest(guest: Named, text: str) -> bool:
    """Whether `text` is this guest's e-mail, telephone number (with or without country code) or full name."""
    digits, phone = _digits(text), _digits(guest.phone)
    by_phone = min(len(digits), len(phone)) >= _LEAST_DIGITS and (phone.endswith(digits) or digits.endswith(phone))
    by_email = bool(guest.email) and guest.email.casefold() == text.strip().casefold()
    name = sorted(words_of(text))
    return by_email or (by_phone and _only_a_number(text)) or (bool(name) and sorted(words_of(guest.name)) == name)


def can_name(text: str) -> None:
    """Raises RequestError: too little to be anybody's."""
    if len(_digits(text)) < _LEAST_DIGITS and sum(map(str.isalpha, text)) < _LEAST_LETTERS:
        hint = "Give an e-mail address, a telephone number of six digits or more, or a full name."
        raise RequestError("this can name no guest.", hint=hint)


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())


def _only_a_number(text: str) -> bool:
    return not any(letter.isalpha() for letter in text)
