"""The guest's language for letters: the screens' own catalogues, read as data where they are, else English."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

__all__ = ["LetterWords", "words_in"]

LOCALES = Path(__file__).parents[2] / "ui" / "locales"
LONG_DATE = {"da": "EEEE d. MMMM", "es": "EEEE d 'de' MMMM"}


@cache
def words_in(language: str) -> LetterWords:
    """The words of da, en or es."""
    return LetterWords(language)


class LetterWords:
    """common.visiting.invitation_mail.Words for one language."""

    def __init__(self, language: str) -> None:
        self._locale = Locale.parse(language)
        self._language = language
        catalogue = _catalogue(language)
        self._texts: dict[str, tuple[str, ...]] = {
            _first(message.id): _forms(message.string) for message in catalogue if message.id and not message.fuzzy
        }
        self._form: Callable[[int], int] = gettext.c2py(catalogue.plural_expr)

    def t(self, text: str, **values: object) -> str:
        found = self._texts.get(text, ("",))[0] or text
        return found.format(**values) if values else found

    def n(self, singular: str, plural: str, count: int, **values: object) -> str:
        forms, index = self._texts.get(singular, ()), self._form(abs(count))
        english = singular if abs(count) == 1 else plural
        return ((forms[index] if index < len(forms) else "") or english).format(count=count, **values)

    def time(self, instant: datetime, zone: ZoneInfo) -> str:
        return format_datetime(instant, "HH:mm", tzinfo=zone, locale=self._locale)

    def long_date(self, instant: datetime, zone: ZoneInfo) -> str:
        pattern = LONG_DATE.get(self._language, "EEEE d MMMM")
        return format_datetime(instant, pattern, tzinfo=zone, locale=self._locale)


def _catalogue(language: str) -> Catalog:
    try:
        with (LOCALES / f"{language}.po").open("rb") as stream:
            return read_po(stream, locale=language, abort_invalid=True)
    except (OSError, PoFileError, ValueError):
        return Catalog(locale=language)


def _first(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _forms(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)
