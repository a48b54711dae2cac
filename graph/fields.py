"""Reads single fields of Graph's JSON. Whatever is not what the API promises raises BadAnswer: never a guess.

What is said of a field holds no value of it: values may name people.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from graph.errors import BadAnswer
from graph.windows_zones import zone_of

MAX_TEXT = 1024
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)?")

E = TypeVar("E", bound=StrEnum)


def record(value: object, what: str) -> dict[str, Any]:
    """Return `value`, which has to be a JSON object."""
    if not isinstance(value, dict):
        raise BadAnswer(f"{what} is not an object.")
    return value


def values(data: object, what: str) -> list[dict[str, Any]]:
    """Return the objects in the `value` of an answer."""
    found = record(data, what).get("value")
    if not isinstance(found, list):
        raise BadAnswer(f"{what} are not a list.")
    return [record(one, f"One of: {what},") for one in found]


def selected(source: dict[str, Any], name: str) -> Any:
    """Return a field that was asked for: OData sends it even when it is null, so its absence is a broken answer."""
    if name not in source:
        raise BadAnswer(f"The field {name} is missing.")
    return source[name]


def text(source: dict[str, Any], name: str) -> str:
    """Return a text that may be missing or null, as "" then, cut to MAX_TEXT."""
    value = source.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadAnswer(f"The field {name} is not a text.")
    return value[:MAX_TEXT]


def needed_text(source: dict[str, Any], name: str) -> str:
    """Return a text that has to be there, whole."""
    value = selected(source, name)
    if not isinstance(value, str) or not value:
        raise BadAnswer(f"The field {name} is not a text.")
    return value


def whole_number(source: dict[str, Any], name: str) -> int | None:
    """Return a number that may be missing or null."""
    value = source.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadAnswer(f"The field {name} is not a whole number.")
    return value


def flag(source: dict[str, Any], name: str, *, when_null: bool | None = None) -> bool:
    """Return a true or false that was asked for; `when_null` is what null means, if it may be null."""
    value = selected(source, name)
    if value is None and when_null is not None:
        return when_null
    if not isinstance(value, bool):
        raise BadAnswer(f"The field {name} is neither true nor false.")
    return value


def choice(kind: type[E], value: object, *, otherwise: E) -> E:
    """Return the member whose name Graph sent in whatever case; `otherwise` for null and for what is new to us."""
    if value is not None and not isinstance(value, str):
        raise BadAnswer(f"A {kind.__name__} is not a text.")
    folded = (value or "").casefold()
    return next((member for member in kind if member.value.casefold() == folded), otherwise)


def stamp(value: object, what: str) -> tuple[datetime, bool]:
    """Return Graph's date-time, and whether it carries its own offset. Seven fraction digits lose their last."""
    if not isinstance(value, str) or not _DATE_TIME.fullmatch(value):
        raise BadAnswer(f"{what} is not a date and time.")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise BadAnswer(f"{what} is not a date and time.") from error
    return moment, moment.tzinfo is not None


def zoned(value: object, what: str) -> tuple[datetime, ZoneInfo]:
    """Return a dateTimeTimeZone as a naive date-time and its zone, Windows name or IANA name."""
    source = record(value, what)
    moment, has_offset = stamp(selected(source, "dateTime"), what)
    if has_offset:
        return moment.astimezone(UTC).replace(tzinfo=None), ZoneInfo("UTC")
    name = needed_text(source, "timeZone")
    try:
        return moment, zone_of(name)
    except KeyError as error:
        raise BadAnswer(f"{what} is in a time zone nobody knows.") from error


def instant(value: object, what: str) -> datetime:
    """Return a dateTimeTimeZone as an aware UTC instant."""
    moment, zone = zoned(value, what)
    return in_utc(moment.replace(tzinfo=zone), what)


def in_utc(moment: datetime, what: str) -> datetime:
    """Return `moment` in UTC. Raises BadAnswer at the ends of the calendar."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise BadAnswer(f"{what} is outside the calendar.") from error


def iso_utc(moment: datetime) -> str:
    """Return an aware instant as Graph takes it in a query: UTC with Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def utc_object(moment: datetime) -> dict[str, str]:
    """Return an aware instant as a dateTimeTimeZone for a body."""
    return {"dateTime": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"), "timeZone": "UTC"}
