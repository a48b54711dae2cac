"""The presenter's pen: texts, times and names of meetings in the screen's language and the room's zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from roomdisplay.schedule import Meeting, Title


class Catalogue(Protocol):
    """What is needed of ui.translations.Translations."""

    language: str

    def t(self, text: str, **values: object) -> str: ...

    def n(self, singular: str, plural: str, count: int, **values: object) -> str: ...

    def time(self, instant: datetime, zone: ZoneInfo, hours: int = 24) -> str: ...

    def short_date(self, instant: datetime, zone: ZoneInfo) -> str: ...

    def weekday(self, instant: datetime, zone: ZoneInfo) -> str: ...

    def duration(self, minutes: int) -> str: ...


class Words:
    """A catalogue bound to one room: `time`, `moment` and `span` need no zone any more."""

    def __init__(self, catalogue: Catalogue, zone: ZoneInfo, clock_hours: int = 24) -> None:
        self._catalogue = catalogue
        self.zone = zone
        self._clock_hours = clock_hours
        self.t = catalogue.t
        self.n = catalogue.n
        self.language = catalogue.language

    def time(self, instant: datetime) -> str:
        """14:30, or 2:30 PM."""
        return self._catalogue.time(instant, self.zone, self._clock_hours)

    def date(self, instant: datetime) -> str:
        """søn 22. nov"""
        return self._catalogue.short_date(instant, self.zone)

    def moment(self, instant: datetime, now: datetime) -> str:
        """The time alone today, with the weekday within a week, with the date beyond; midnight ahead is 24:00."""
        local = instant.astimezone(self.zone)
        days = (local.date() - now.astimezone(self.zone).date()).days
        if days == 0:
            return self.time(instant)
        if days == 1 and local.hour == local.minute == 0 and self._clock_hours == 24:
            return "24:00"
        day = self._catalogue.weekday(instant, self.zone) if abs(days) < 7 else self.date(instant)
        return f"{day} {self.time(instant)}"

    def same_day(self, one: datetime, other: datetime) -> bool:
        """Both lie on the same day of the room."""
        return one.astimezone(self.zone).date() == other.astimezone(self.zone).date()

    def midnight(self) -> str:
        """The end of a day: 24:00, or 12:00 AM."""
        return "24:00" if self._clock_hours == 24 else self.time(datetime(2000, 1, 1, tzinfo=self.zone))

    def span(self, start: datetime, end: datetime, now: datetime) -> str:
        """13:00 – 14:30"""
        return f"{self.moment(start, now)} – {self.moment(end, now)}"

    def duration(self, length: timedelta) -> str:
        """1 t 18 min; rounded up to the minute, so that it never says 0 min before the end."""
        return self._catalogue.duration(minutes_up(length))

    def title(self, meeting: Meeting) -> str:
        """What a meeting is called here."""
        match meeting.title:
            case Title.SUBJECT:
                return meeting.subject
            case Title.PRIVATE:
                return self.t("Private meeting")
            case Title.BOOKED_HERE:
                return meeting.subject or self.t("Booked at the door")
            case Title.RESERVED:
                return meeting.organizer or self.t("Booked")

    def organizer(self, meeting: Meeting) -> str:
        """Who holds the meeting, unless the title already says so."""
        return "" if meeting.organizer == self.title(meeting) else meeting.organizer


def minutes_up(length: timedelta) -> int:
    """Whole minutes, rounded up, never negative."""
    return max(0, -int(-length.total_seconds() // 60))
