"""A day's meetings booked the evening before, as in an ordinary office: what no-shows are made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from tests.chaos.office_life import ORGANIZERS

OPENS_H, CLOSES_H = 8, 17
AHEAD = timedelta(hours=12)


class Agenda:
    """Books `room` for each working day; `live` at each step."""

    def __init__(self, control: Callable[..., dict[str, Any]], room: str, zone: ZoneInfo, dice: Random) -> None:
        self._control, self._room, self._zone, self._dice = control, room, zone, dice
        self._day = ""
        self.booked = 0

    def live(self, now: datetime) -> None:
        """Book the day that begins in twelve hours, once."""
        day = (now + AHEAD).astimezone(self._zone).date()
        if self._day == day.isoformat():
            return
        self._day = day.isoformat()
        if day.weekday() < 5:
            self._book(datetime.combine(day, time(OPENS_H), self._zone))

    def _book(self, at: datetime) -> None:
        """One after another, with gaps or without; most last half an hour to one and a half."""
        dice, closes = self._dice, at + timedelta(hours=CLOSES_H - OPENS_H)
        while True:
            at += timedelta(minutes=dice.choice((0, 5, 15, 15, 30, 30, 45)))
            end = at + timedelta(minutes=dice.choice((15, 30, 30, 45, 60, 60, 90)))
            if end > closes:
                return
            body = {"subject": "Aftalt", "rooms": [self._room], "start": at.isoformat(), "end": end.isoformat()}
            person = dice.choice(ORGANIZERS)
            self._control("POST", quote(f"people/{person}/meetings", safe="/@"), body, may_fail=True)
            self.booked += 1
            at = end
