"""The judge of the fault run, judged: what counts as false free, and what as a double booking of the panel's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.chaos.truth import Booked, Doubles, TruthLog, Version
from tests.roomdisplay.calendar_kit import at

NINE = at("09:00")


def booked(span: str, name: str = "x", transaction: str = "", created: datetime = NINE) -> Booked:
    start, end = span.split("-")
    return Booked(name, name, at(start), at(end), created, transaction)


def log_of(*versions: tuple[str, tuple[str, ...]]) -> TruthLog:
    log = TruthLog()
    for since, spans in versions:
        log.record(at(since), tuple(booked(span, span) for span in spans))
    return log


@pytest.mark.parametrize(
    ("versions", "asked", "now", "taken", "free"),
    [
        ([("09:00", ("10:00-11:00",))], "09:59", "10:00", True, False),
        ([("09:00", ("10:00-11:00",))], "09:59", "11:00", False, True),
        ([("09:00", ()), ("10:05", ("10:05-11:00",))], "10:04", "10:06", False, False),
        ([("09:00", ()), ("10:05", ("10:05-11:00",))], "10:06", "10:07", True, False),
        ([("09:00", ("10:00-11:00",)), ("10:05", ())], "10:04", "10:06", False, False),
        ([("09:00", ("10:00-11:00",)), ("10:05", ())], "10:06", "10:06", False, True),
        ([("09:00", ("10:00-11:00",)), ("10:05", ("10:00-10:30",))], "10:00", "10:20", True, False),
    ],
    ids=[
        "known before it began",
        "an end is not in it",
        "booked after the read was asked for",
        "booked before",
        "cancelled after the read was asked for",
        "cancelled before",
        "changed, but taken either way",
    ],
)
def test_what_a_read_must_have_told(
    versions: list[tuple[str, tuple[str, ...]]], asked: str, now: str, taken: bool, free: bool
) -> None:
    log = log_of(*versions)
    assert log.surely_taken(at(asked), [at(now)]) is taken
    assert log.surely_free(at(asked), [at(now)]) is free


def test_a_change_in_the_same_second_excuses() -> None:
    log = log_of(("09:00", ()), ("10:05", ("10:05-11:00",)))
    assert not log.surely_taken(at("10:05"), [at("10:05")])


def test_versions_of_the_last_hour_are_kept() -> None:
    log = TruthLog()
    for minute in range(300):
        log.record(NINE + timedelta(minutes=minute), (booked("09:00-10:00", str(minute)),))
    assert len(log.between(NINE, at("24:00"))) <= 62


OURS = booked("10:00-10:30", "ours", "t-1", at("09:50"))
EARLIER = booked("10:00-11:00", "theirs", created=at("09:40"))
LATER = booked("10:15-11:00", "theirs", created=at("09:55"))


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        ((EARLIER,), (EARLIER, OURS), 1),
        ((), (EARLIER, OURS), 1),
        ((OURS,), (OURS, LATER), 0),
        ((), (OURS, LATER), 0),
        ((EARLIER,), (replace(EARLIER, transaction="t-2"), OURS), 1),
        ((OURS, booked("10:30-11:00", "theirs")), (replace(OURS, end=at("11:00")), booked("10:30-11:00", "theirs")), 1),
        ((OURS,), (replace(OURS, end=at("10:20")), LATER), 0),
    ],
    ids=["over it", "seen together", "they came later", "later, seen together", "two panels", "grew over it", "shrank"],
)
def test_double_bookings_of_the_panels_making(
    before: tuple[Booked, ...], after: tuple[Booked, ...], pairs: int
) -> None:
    doubles = Doubles()
    doubles.step(Version(NINE, before), Version(at("09:56"), after))
    assert len(doubles.pairs) == pairs
    doubles.step(Version(at("09:56"), after), Version(at("10:01"), (OURS,)))
    assert not doubles.pairs
