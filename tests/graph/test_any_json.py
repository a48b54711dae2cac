"""Whatever JSON comes back: a value, or an error of the tree; never anything else, never a time without a zone."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.answers import Refusal, error_of
from graph.errors import BadAnswer, GraphError
from graph.events import event_of
from graph.free_busy import answers_of
from graph.outcomes import OUTCOMES, outcome_of
from graph.places import place_of
from tests.graph.wire_doubles import START, ZONE, event

QUICK = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
NAMES = st.sampled_from(
    [*event(), "dateTime", "timeZone", "emailAddress", "name", "response", "error", "code", "innerError"]
)
TIMES = st.sampled_from(["2026-11-23T08:00:00.0000000", "0001-01-01T00:00:00", "9999-12-31T23:59:59.9999999", "UTC"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | TIMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=6), inner, max_size=6),
    max_leaves=12,
)


@QUICK
@given(changes=st.dictionaries(st.sampled_from([*event(), "createdDateTime"]), JSON, max_size=3))
def test_events(changes: dict[str, Any]) -> None:
    try:
        found = event_of(event(**changes), ZONE)
    except BadAnswer:
        return
    assert found.start.tzinfo is UTC
    assert found.end.tzinfo is UTC
    assert len(found.subject) <= 1024


@QUICK
@given(value=JSON)
def test_places_schedules_sign_ins_and_refusals(value: Any) -> None:
    for read in (lambda: place_of(value if isinstance(value, dict) else {}), lambda: answers_of(value, ["a"], START)):
        with contextlib.suppress(BadAnswer):
            read()
    if isinstance(value, dict):
        assert outcome_of(value).key in OUTCOMES
    for status in (302, 400, 404, 429, 500):
        error = error_of(Refusal("x", "mailbox", status, {}, msgspec.json.encode({"error": value})), datetime.now(UTC))
        assert isinstance(error, GraphError)


@QUICK
@given(body=st.binary(max_size=60))
def test_refusals_of_any_bytes(body: bytes) -> None:
    assert isinstance(error_of(Refusal("x", "event", 404, {"request-id": "r"}, body), START), GraphError)
