"""The presenter's pen: texts, dates and times in the guest's language and the site's zone."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Catalogue(Protocol):
    """What is needed of ui.translations.Translations."""

    language: str

    def t(self, text: str, **values: object) -> str: ...

    def n(self, singular: str, plural: str, count: int, **values: object) -> str: ...

    def time(self, instant: datetime, zone: ZoneInfo, hours: int = 24) -> str: ...

    def long_date(self, instant: datetime, zone: ZoneInfo) -> str: ...


class Words:
    """A catalogue bound to one site."""

    def __init__(self, catalogue: Catalogue, zone: ZoneInfo, clock_hours: int = 24) -> None:
        self._catalogue = catalogue
        self._clock_hours = clock_hours
        self.zone = zone
        self.t = catalogue.t
        self.n = catalogue.n
        self.language = catalogue.language

    def time(self, instant: datetime) -> str:
        """11:42, or 11:42 AM."""
        return self._catalogue.time(instant, self.zone, self._clock_hours)

    def clock(self, instant: datetime) -> str:
        """søndag 22. november · 11:42"""
        return f"{self._catalogue.long_date(instant, self.zone)} · {self.time(instant)}"
