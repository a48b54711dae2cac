"""Payloads carry what the hub needs and can carry no subject and no name."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import payloads
from telemetry.payloads import (
    EVENTS,
    ActionEnded,
    CalendarSample,
    Event,
    Priority,
    RoomChanged,
    RoomSample,
    Stamp,
    TaskDied,
    Trouble,
    VisitSealed,
    record,
    values,
)

STAMP = Stamp(wall_ms=1_795_000_000_000, mono_ms=5000, boot="b1", synced=True)


def test_a_row_of_an_event() -> None:
    made = record(RoomChanged("busy", "busy", stale=False, evidence_age_s=12), STAMP)
    assert (made.topic, made.priority, made.expires_ms) == ("e/room", 5, None)
    assert json.loads(made.body) == {"state": "busy", "lamp": "busy", "stale": False, "evidence_age_s": 12}


def test_samples_expire_only_when_the_clock_is_believed() -> None:
    sample = CalendarSample(reads=1, failures=0, age_s=3, latency_ms=120)
    assert record(sample, STAMP).expires_ms == STAMP.wall_ms + 7 * 86_400_000
    assert record(sample, dataclasses.replace(STAMP, synced=False)).expires_ms is None


def test_all_events_are_listed_and_their_topics_differ() -> None:
    found = {
        kind
        for kind in vars(payloads).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
    }
    assert found == set(EVENTS)
    assert len({kind.TOPIC for kind in EVENTS}) == len(EVENTS)


@pytest.mark.parametrize("kind", EVENTS)
def test_topics_and_priorities_follow_the_contract(kind: type[Event]) -> None:
    assert re.fullmatch(r"[em]/[a-z-]{1,32}", kind.TOPIC)
    assert (kind.PRIORITY is Priority.SAMPLE) == kind.TOPIC.startswith("m/")


FORBIDDEN = {"subject", "organizer", "organiser", "name", "guest", "mail", "address", "phone", "host", "text", "person"}


@pytest.mark.parametrize("kind", EVENTS)
def test_no_field_is_meant_for_a_person(kind: type[Event]) -> None:
    for field in dataclasses.fields(kind):
        assert not FORBIDDEN & set(field.name.split("_"))


def _fill(kind: type[Event], text: str) -> Event:
    """An event whose every text field is `text`."""
    hints = typing.get_type_hints(kind)
    fillings: dict[type, object] = {str: text, int: 1, bool: True, float: 0.5}
    arguments = {}
    for field in dataclasses.fields(kind):
        options = [*typing.get_args(hints[field.name]), hints[field.name]]
        arguments[field.name] = next((fillings[option] for option in options if option in fillings), text)
    return kind(**arguments)


LEAKS = [
    "Fyring af Jensen",
    "søren@nordhavn.example",
    "Løn",
    "a b",
    "",
    "x" * 65,
    "line\nbreak",
    "\u202ertl",
    "\ud800",
    "<script>",
    "12:30 Board",
]


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("text", LEAKS)
def test_free_text_never_leaves(kind: type[Event], text: str) -> None:
    body = record(_fill(kind, text), STAMP).body
    if kind is VisitSealed and text == "x" * 65:
        return  # as long as ciphertext, and like base64
    assert not text or text not in body
    for value in json.loads(body).values():
        assert not isinstance(value, str) or value in ("", "unfit")


SEALED_OR_NOT = [
    ("A" * 38, True),
    ("gAAA_-09" * 1024, True),
    ("QUJD" * 20 + "QQ==", True),
    ("A" * 37, False),
    ("A" * 8193, False),
    ("Fyring af Jensen, som kommer med sin advokat", False),
    ("soeren.kierkegaard.jensen@nordhavn.example", False),
    ("QUJD" * 20 + "+/8=", False),
    ("", False),
]


@pytest.mark.parametrize(("blob", "fits"), SEALED_OR_NOT)
def test_only_ciphertext_fits_a_sealed_visit(blob: str, fits: bool) -> None:
    assert values(VisitSealed(blob)) == {"blob": blob if fits else "unfit"}


def test_nothing_but_a_sealed_visit_carries_long_text() -> None:
    sealed = [kind for kind in EVENTS for one in dataclasses.fields(kind) if one.metadata]
    assert sealed == [VisitSealed]


@given(st.text(min_size=1, max_size=200))
def test_whatever_is_not_a_token_is_unfit(text: str) -> None:
    (shown,) = {values(TaskDied(text, "OSError", 1))["task"]}
    assert shown == (text if re.fullmatch(r"[A-Za-z0-9_.:+-]{1,64}", text) else "unfit")


ODD = [
    (float("nan"), None),
    (float("inf"), None),
    (2**70, None),
    (-(2**60), None),
    ([1], "unfit"),
    ({"a": 1}, "unfit"),
    (b"bytes", "unfit"),
    (21.5, 21.5),
    (None, None),
    (True, True),
]


@pytest.mark.parametrize(("value", "shown"), ODD)
def test_odd_values_become_something_json_can_hold(value: typing.Any, shown: object) -> None:
    assert json.loads(record(RoomSample(temperature_c=value), STAMP).body)["temperature_c"] == shown


def test_an_enum_goes_by_its_value() -> None:
    class Area(StrEnum):
        LAMP = "lamp"

    assert '"area":"lamp"' in record(Trouble(Area.LAMP, "PinBusy"), STAMP).body


def test_unknown_stays_unknown() -> None:
    assert values(RoomSample())["occupied"] is None
    assert values(ActionEnded("book", "unknown"))["outcome"] == "unknown"
