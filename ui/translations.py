"""Screen texts, dates and times in the language of the screen.

English is written in the source and is its own catalogue; ui/locales/<language>.po holds the others, read with Babel.
scripts/translations keeps them in step with the sources, and a test fails where one lacks a text.
"""

from __future__ import annotations

import gettext
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from common.errors import MyDeskError
from common.i18n import N_

log = logging.getLogger(__name__)

LOCALES = Path(__file__).parent / "locales"
SHORT_DATE = {"da": "EEE d. MMM", "es": "EEE d MMM"}
LONG_DATE = {"da": "EEEE d. MMMM", "es": "EEEE d 'de' MMMM"}
"""CLDR patterns; the other languages write `EEE d MMM` and `EEEE d MMMM`."""

HOURS_AND_MINUTES = N_("{hours} h {minutes} min")
HOURS = N_("{hours} h")
MINUTES = N_("{minutes} min")


class TranslationError(MyDeskError):
    """Error raised when there is no catalogue for a language, or it cannot be read."""


class Translations:
    """The texts of one language.

    >>> words = Translations("da")
    >>> words.duration(78)
    '1 t 18 min'
    """

    def __init__(self, language: str) -> None:
        """Raises TranslationError when `language` (da, en, es) has no catalogue."""
        catalogue = read_catalogue(language)
        self.language = language
        self.locale = Locale.parse(language)
        self._texts: dict[str, tuple[str, ...]] = {
            _key(message.id): _forms(message.string) for message in catalogue if message.id and not message.fuzzy
        }
        self._form: Callable[[int], int] = gettext.c2py(catalogue.plural_expr)
        self._missing: set[str] = set()

    def t(self, text: str, **values: object) -> str:
        """`text` in this language, with `{name}` replaced by values; English when it is missing."""
        return _filled(self._find(text)[0] or text, values)

    def n(self, singular: str, plural: str, count: int, **values: object) -> str:
        """The form that goes with `count`, which is also a value: n("{count} seat", "{count} seats", 8)."""
        forms = self._find(singular)
        index = self._form(abs(count))
        english = singular if abs(count) == 1 else plural
        found = forms[index] if index < len(forms) else ""
        return _filled(found or english, {"count": count, **values})

    def time(self, instant: datetime, zone: ZoneInfo, hours: int = 24) -> str:
        """14:30, or 2:30 PM where `hours` is 12."""
        return format_datetime(instant, "HH:mm" if hours == 24 else "h:mm a", tzinfo=zone, locale=self.locale)

    def short_date(self, instant: datetime, zone: ZoneInfo) -> str:
        """søn 22. nov"""
        return self._date(instant, zone, SHORT_DATE.get(self.language, "EEE d MMM"))

    def long_date(self, instant: datetime, zone: ZoneInfo) -> str:
        """søndag 22. november"""
        return self._date(instant, zone, LONG_DATE.get(self.language, "EEEE d MMMM"))

    def weekday(self, instant: datetime, zone: ZoneInfo) -> str:
        """søn"""
        return self._date(instant, zone, "EEE")

    def duration(self, minutes: int) -> str:
        """1 t 18 min, 2 t, 45 min."""
        hours, rest = divmod(max(0, minutes), 60)
        pattern = HOURS_AND_MINUTES if hours and rest else HOURS if hours else MINUTES
        return self.t(pattern, hours=hours, minutes=rest)

    def _date(self, instant: datetime, zone: ZoneInfo, pattern: str) -> str:
        """Without the dots of abbreviations (søn. 22. nov.), which are noise on a screen."""
        parts = format_datetime(instant, pattern, tzinfo=zone, locale=self.locale).split(" ")
        return " ".join(part if part[0].isdigit() else part.rstrip(".") for part in parts)

    def _find(self, text: str) -> tuple[str, ...]:
        """The forms in this language; English speaks for itself."""
        forms = self._texts.get(text, ())
        if not (forms and forms[0]) and self.language != "en" and text not in self._missing:
            self._missing.add(text)
            log.warning("no %s translation of %r: showing English", self.language, text)
        return forms or ("",)


def languages() -> list[str]:
    """The languages that have a catalogue."""
    return sorted(path.stem for path in LOCALES.glob("*.po"))


def read_catalogue(language: str) -> Catalog:
    """A language's catalogue. Raises TranslationError when there is none or it cannot be read."""
    path = LOCALES / f"{language}.po"
    try:
        with path.open("rb") as stream:
            return read_po(stream, locale=language, abort_invalid=True)
    except (OSError, PoFileError, ValueError) as error:
        raise TranslationError(
            f"There is no catalogue for the language {language!r} that can be read ({error}).",
            hint=f"Use one of {', '.join(languages())}, or mend {path.name}.",
        ) from error


def _key(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _forms(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def _filled(text: str, values: dict[str, object]) -> str:
    return text.format(**values) if values else text
