"""The calendar of one mailbox: found by day, so that a view costs what it shows and not what the office holds."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from simulator.events import Item, belongs_to, read_id

CACHED_DAYS = 2000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


def _number(instant: datetime) -> int:
    return (instant - _EPOCH) // _DAY


class Calendar:
    """All items of one mailbox, indexed by UTC day; series are expanded when somebody looks."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.items: dict[int, Item] = {}
        self.version = 0
        self._by_uid: dict[str, int] = {}
        self._by_transaction: dict[str, int] = {}
        self._singles: defaultdict[int, dict[int, Item]] = defaultdict(dict)
        self._series: dict[int, Item] = {}
        self._days: dict[int, tuple[Item, ...]] = {}

    def add(self, item: Item) -> Item:
        """Put a new item (not an occurrence) into the calendar."""
        self.items[item.serial] = item
        self._by_uid[item.uid] = item.serial
        if item.transaction_id:
            self._by_transaction[item.transaction_id] = item.serial
        self._index(item)
        return item

    def remove(self, item: Item, now: datetime) -> None:
        """Take an item out; an occurrence leaves its series."""
        if item.master is not None and item.day is not None:
            item.master.removed.add(item.day)
            item.master.exceptions.pop(item.day, None)
            self.change(item.master, now)
            return
        self._unindex(item)
        self.items.pop(item.serial, None)
        self._by_uid.pop(item.uid, None)
        if item.transaction_id:
            self._by_transaction.pop(item.transaction_id, None)

    def change(self, item: Item, now: datetime, **fields: Any) -> Item:
        """Set fields; an occurrence becomes an exception of its series. Returns the item that now holds them."""
        if item.master is not None:
            return self._change_occurrence(item, now, fields)
        self._unindex(item)
        moved = any(name in fields and fields[name] != getattr(item, name) for name in ("start", "end", "recurrence"))
        for name, value in fields.items():
            setattr(item, name, value)
        item.occurrences.clear()
        if moved:
            item.exceptions.clear()
            item.removed.clear()
        self._stamp(item, now)
        self._index(item)
        return item

    def _change_occurrence(self, item: Item, now: datetime, fields: dict[str, Any]) -> Item:
        master, day = item.master, item.day
        if master is None or day is None:
            raise ValueError("not an occurrence")
        for name, value in fields.items():
            setattr(item, name, value)
        item.changed = True
        master.exceptions[day] = item
        self._stamp(item, now)
        self._forget_views()
        return item

    def _stamp(self, item: Item, now: datetime) -> None:
        item.revision += 1
        item.modified = now
        item.rendered.clear()

    def find(self, text: str) -> Item | None:
        """The item with that REST or immutable id; None if it is gone or another mailbox's.

        Raises:
            ValueError: it is no id at all.
        """
        digest, serial, day = read_id(text)
        if not belongs_to(digest, self.address):
            return None
        item = self.items.get(serial)
        return item if item is None or day is None else item.occurrence(day)

    def by_uid(self, uid: str, day: date | None = None) -> Item | None:
        """The copy of a meeting in this mailbox, or of one occurrence of it."""
        item = self.items.get(self._by_uid.get(uid, -1))
        return item if item is None or day is None else item.occurrence(day)

    def by_ical_uid(self, text: str) -> Item | None:
        """The item with that iCalUId, which for an occurrence ends in its day."""
        if found := self.by_uid(text):
            return found
        if len(text) <= 8 or not text[-8:].isdigit():
            return None
        try:
            day = datetime.strptime(text[-8:], "%Y%m%d").replace(tzinfo=UTC).date()
        except ValueError:  # a uid of its own that ends in digits
            return None
        return self.by_uid(text[:-8], day)

    def by_transaction(self, transaction_id: str) -> Item | None:
        """The item that was created with that transactionId."""
        return self.items.get(self._by_transaction.get(transaction_id, -1))

    def view(self, start: datetime, end: datetime) -> list[Item]:
        """Single items, occurrences and exceptions that overlap [start, end), by start."""
        found: dict[tuple[int, date | None], Item] = {}
        for number in range(_number(start), _number(end) + 1):
            for item in self._day(number):
                if item.overlaps(start, end):
                    found[item.serial, item.day] = item
        return sorted(found.values(), key=lambda item: (item.start, item.serial))

    def prune(self, before: datetime) -> int:
        """Forget single items that ended before; returns how many."""
        old = [item for item in self.items.values() if item.recurrence is None and item.end < before]
        for item in old:
            self.remove(item, before)
        return len(old)

    def _day(self, number: int) -> tuple[Item, ...]:
        known = self._days.get(number)
        if known is None:
            if len(self._days) >= CACHED_DAYS:
                self._days.clear()
            known = self._days[number] = (*self._singles.get(number, {}).values(), *self._expand(number))
        return known

    def _expand(self, number: int) -> list[Item]:
        begin = _EPOCH + number * _DAY
        found: list[Item] = []
        for master in self._series.values():
            found += self._occurrences(master, begin)
        return found

    def _occurrences(self, master: Item, begin: datetime) -> list[Item]:
        reach = (master.end - master.start) // _DAY + 2
        days = {begin.date() + timedelta(days=offset) for offset in range(-reach, 2)}
        days |= {day for day, item in master.exceptions.items() if item.overlaps(begin, begin + _DAY)}
        items = (master.occurrence(day) for day in days)
        return [item for item in items if item is not None and item.overlaps(begin, begin + _DAY)]

    def _index(self, item: Item) -> None:
        if item.recurrence is not None:
            self._series[item.serial] = item
        else:
            for number in range(_number(item.start), _number(item.end) + 1):
                self._singles[number][item.serial] = item
        self._forget_views()

    def _unindex(self, item: Item) -> None:
        self._series.pop(item.serial, None)
        for number in range(_number(item.start), _number(item.end) + 1):
            bucket = self._singles.get(number, {})
            bucket.pop(item.serial, None)
            if not bucket:
                self._singles.pop(number, None)
        self._forget_views()

    def _forget_views(self) -> None:
        self._days.clear()
        self.version += 1
