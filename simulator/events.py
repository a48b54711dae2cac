"""One item in one mailbox's calendar, and the ids that Exchange gives it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from simulator.recurrence import Recurrence
from simulator.when import midnight

BLOCKING = frozenset({"busy", "oof", "tentative"})
REST_PREFIX = "AAMkAD"
IMMUTABLE_PREFIX = "AAkALg"
CACHED_OCCURRENCES = 500


@dataclass(frozen=True, slots=True)
class Who:
    """A name and its address, as organizers and attendees carry them."""

    name: str
    address: str


@dataclass(slots=True)
class Attendee:
    """Somebody invited; `response` is what the organizer knows of the answer."""

    who: Who
    kind: str = "required"
    response: str = "none"
    responded: datetime | None = None


@dataclass(slots=True, eq=False)
class Item:
    """A single meeting, a series, or one occurrence of it, over [start, end) in UTC instants.

    `recurrence` makes it a series: then `exceptions` and `removed` tell the days that differ. `master` and `day` make
    it an occurrence, and `changed` an exception. All-day items run from midnight to midnight of `zone`.
    """

    mailbox: str
    serial: int
    uid: str
    subject: str
    start: datetime
    end: datetime
    organizer: Who
    created: datetime
    modified: datetime
    zone: ZoneInfo
    all_day: bool = False
    body: str = ""
    body_kind: str = "html"
    attendees: list[Attendee] = field(default_factory=list)
    is_organizer: bool = True
    response: str = "organizer"
    responded: datetime | None = None
    show_as: str = "busy"
    intended_show_as: str = "busy"
    sensitivity: str = "normal"
    importance: str = "normal"
    cancelled: bool = False
    location: str = ""
    online: bool = False
    transaction_id: str | None = None
    response_requested: bool = True
    categories: tuple[str, ...] = ()
    revision: int = 1
    recurrence: Recurrence | None = None
    exceptions: dict[date, Item] = field(default_factory=dict)
    removed: set[date] = field(default_factory=set)
    master: Item | None = None
    day: date | None = None
    changed: bool = False
    rendered: dict[Any, Any] = field(default_factory=dict)
    occurrences: dict[date, Item] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """event.type."""
        if self.recurrence is not None:
            return "seriesMaster"
        if self.master is None:
            return "singleInstance"
        return "exception" if self.changed else "occurrence"

    @property
    def blocking(self) -> bool:
        """Whether the room is taken while this lasts (reference/roomdisplay.md 3.3 to 3.5; tentative counts)."""
        return not self.cancelled and self.response != "declined" and self.show_as in BLOCKING

    @property
    def ical_uid(self) -> str:
        """event.iCalUId: shared by the copies in all mailboxes, different for each occurrence."""
        return self.uid if self.day is None else f"{self.uid}{self.day:%Y%m%d}"

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether any of it lies in [start, end); an item without length counts where it stands."""
        return self.start < end and (self.end > start or self.start == self.end >= start)

    def id(self, *, immutable: bool = False) -> str:
        """The REST id, or the immutable one, which is another string."""
        return make_id(self.mailbox, self.serial, self.day, immutable)

    @property
    def change_key(self) -> str:
        """event.changeKey, and what the etag wraps."""
        stamp = int(self.modified.timestamp() * 1000)
        raw = b"DwAA" + self.serial.to_bytes(5, "big") + self.revision.to_bytes(4, "big") + stamp.to_bytes(8, "big")
        return base64.b64encode(raw).decode()

    @property
    def etag(self) -> str:
        return f'W/"{self.change_key}"'

    def occurrence(self, day: date) -> Item | None:
        """The item of a series on `day`, with its exception if it has one; None where it does not meet."""
        if self.recurrence is None or day in self.removed:
            return None
        if found := self.exceptions.get(day) or self.occurrences.get(day):
            return found
        if not self.recurrence.meets_on(day):
            return None
        if len(self.occurrences) >= CACHED_OCCURRENCES:
            self.occurrences.clear()
        self.occurrences[day] = made = self._occurring(day)
        return made

    def _occurring(self, day: date) -> Item:
        first, last = self.start.astimezone(self.zone), self.end.astimezone(self.zone)
        start = datetime.combine(day, first.time(), self.zone)
        end = datetime.combine(day + (last.date() - first.date()), last.time(), self.zone)
        return replace(
            self,
            start=start.astimezone(UTC),
            end=end.astimezone(UTC),
            attendees=[replace(attendee) for attendee in self.attendees],
            recurrence=None,
            exceptions={},
            removed=set(),
            master=self,
            day=day,
            rendered={},
            occurrences={},
        )


def all_day_span(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants of an all-day item from `first` up to, not including, `last`."""
    return midnight(first, zone), midnight(last, zone)


def next_midnight(instant: datetime, zone: ZoneInfo) -> datetime:
    """The first midnight in `zone` at or after `instant`."""
    local = instant.astimezone(zone)
    day = local.date() if local.time() == time() else local.date() + timedelta(days=1)
    return midnight(day, zone)


@lru_cache(maxsize=1024)
def _mailbox_digest(mailbox: str) -> bytes:
    return hashlib.blake2b(mailbox.encode(), digest_size=60).digest()


@lru_cache(maxsize=65_536)
def make_id(mailbox: str, serial: int, day: date | None, immutable: bool) -> str:
    """An id of Exchange's shape: the mailbox, the item, and the day of an occurrence."""
    ordinal = 0 if day is None else day.toordinal()
    raw = _mailbox_digest(mailbox) + serial.to_bytes(6, "big") + ordinal.to_bytes(3, "big")
    prefix = IMMUTABLE_PREFIX if immutable else REST_PREFIX
    return prefix + base64.urlsafe_b64encode(raw).decode()


def read_id(text: str) -> tuple[bytes, int, date | None]:
    """What `make_id` put in: digest of the mailbox, serial, day.

    Raises:
        ValueError: it was never one of our ids.
    """
    prefix, rest = text[: len(REST_PREFIX)], text[len(REST_PREFIX) :]
    if prefix not in {REST_PREFIX, IMMUTABLE_PREFIX}:
        raise ValueError("Id is malformed.")
    try:
        raw = base64.b64decode(rest, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("Id is malformed.") from None
    if len(raw) != 69:
        raise ValueError("Id is malformed.")
    ordinal = int.from_bytes(raw[66:], "big")
    return raw[:60], int.from_bytes(raw[60:66], "big"), date.fromordinal(ordinal) if ordinal else None


def belongs_to(digest: bytes, mailbox: str) -> bool:
    """Whether an id with that digest was given out for `mailbox`."""
    return digest == _mailbox_digest(mailbox)
