"""The calendar's index against the plain definition: whatever was added, moved and removed, a view is what overlaps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from simulator.calendar import Calendar
from simulator.events import Item, Who
from simulator.mailboxes import Draft, Mailboxes
from simulator.recurrence import Pattern, Recurrence

ZONE = ZoneInfo("Europe/Copenhagen")
BASE = datetime(2026, 10, 20, tzinfo=UTC)
LAST_DAYS = 20
minutes = st.integers(0, 14 * 24 * 60)
lengths = st.sampled_from([0, 1, 15, 60, 600, 1440, 4000])
series: st.SearchStrategy[Pattern | None] = st.sampled_from((None, "daily", "weekly"))
kinds = st.sampled_from(["add", "move", "remove", "skip-day", "move-day"])
step = st.tuples(kinds, minutes, lengths, series, st.integers(0, 20))


def apply(boxes: Mailboxes, action: tuple[str, int, int, Pattern | None, int]) -> None:
    kind, minute, length, pattern, choice = action
    calendar = boxes.calendar("room@x.example")
    start = BASE + timedelta(minutes=minute)
    end = start + timedelta(minutes=length)
    items = list(calendar.items.values())
    if kind == "add" or not items:
        first = start.astimezone(ZONE).date()
        recurrence = Recurrence(pattern, first, first + timedelta(days=LAST_DAYS)) if pattern else None
        boxes.compose(Who("R", "room@x.example"), Draft("s", start, end, recurrence=recurrence, zone=ZONE), BASE)
        return
    item = items[choice % len(items)]
    if kind == "remove":
        calendar.remove(item, BASE)
    elif kind == "move" and item.recurrence is None:
        calendar.change(item, BASE, start=start, end=end)
    elif item.recurrence is not None:
        _change_day(calendar, item, kind, choice, start, end)


def _change_day(calendar: Calendar, item: Item, kind: str, choice: int, start: datetime, end: datetime) -> None:
    assert item.recurrence is not None
    day = item.occurrence(item.recurrence.first + timedelta(days=choice))
    if day is None:
        return
    if kind == "skip-day":
        calendar.remove(day, BASE)
    elif kind == "move-day":
        calendar.change(day, BASE, start=start, end=end)


def plainly(calendar: Calendar, start: datetime, end: datetime) -> set[tuple[int, date | None]]:
    """Every item and every occurrence, looked at one by one."""
    found = set()
    for item in calendar.items.values():
        if item.recurrence is None:
            candidates = [item]
        else:
            days = (item.recurrence.first + timedelta(days=offset) for offset in range(-1, LAST_DAYS + 2))
            candidates = [one for day in days if (one := item.occurrence(day)) is not None]
        found |= {(one.serial, one.day) for one in candidates if one.overlaps(start, end)}
    return found


def test_view_looks_only_at_its_own_days(mocker: MockerFixture) -> None:
    boxes = Mailboxes(ZONE)
    calendar = boxes.calendar("room@x.example")
    for number in range(5000):
        start = BASE + timedelta(hours=2 * number)
        boxes.compose(Who("R", "room@x.example"), Draft("s", start, start + timedelta(hours=1)), BASE)
    looked_at = mocker.spy(Item, "overlaps")
    assert len(calendar.view(BASE + timedelta(days=100), BASE + timedelta(days=101))) == 12
    assert looked_at.call_count <= 3 * 12


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(step, max_size=25), minutes, st.sampled_from([0, 1, 60, 1440, 10_000]))
def test_view_is_what_overlaps(steps: list[tuple[str, int, int, Pattern | None, int]], at: int, length: int) -> None:
    boxes = Mailboxes(ZONE)
    calendar = boxes.calendar("room@x.example")
    start = BASE + timedelta(minutes=at)
    end = start + timedelta(minutes=length)
    for action in steps:
        apply(boxes, action)
        view = calendar.view(start, end)
        assert {(item.serial, item.day) for item in view} == plainly(calendar, start, end)
        assert len(view) == len({item.id() for item in view})
        assert all(calendar.find(item.id(immutable=True)) is item for item in view)
