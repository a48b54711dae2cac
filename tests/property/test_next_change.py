"""next_change is exact: the kind is constant before it, and another one at it (edges 1, 8, 9, 21, 26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from graph.model import Event
from roomdisplay.freshness import CalendarView
from roomdisplay.state import Kind
from tests.property.strategies import MINUTE, calendars, instants, panels, policies, schedule_of, steady, views
from tests.roomdisplay.calendar_kit import Panel, view_of

SWEPT_MIN = 100
"""Every edge is a whole minute away from an event: an edge that was forgotten shows in a sweep by minutes."""


def _kind(panel: Panel, view: CalendarView, now: datetime, at: datetime) -> Kind:
    age_s = None if view.age_s is None else view.age_s + (at - now).total_seconds()
    return panel.state(replace(view, age_s=age_s), at).kind


@given(calendars(), st.data())
@steady
def test_next_change_is_exact(calendar: tuple[datetime, list[Event]], data: st.DataObject) -> None:
    origin, found = calendar
    panel, now = data.draw(panels(origin, found)), data.draw(instants(origin, found))
    schedule = schedule_of(origin, found, panel.zone, data.draw(policies))
    view = data.draw(views(data.draw(st.sampled_from((None, schedule, schedule, schedule))), now))
    long_lived = replace(view, limit_s=1e6, recheck=False)
    for known in (view, long_lived):
        kind, change = _kind(panel, known, now, now), panel.next_change(known, now)
        if change is not None:
            assert change > now
            assert _kind(panel, known, now, change) is not kind
            assert _kind(panel, known, now, change - timedelta.resolution) is kind
        constant = [now + minute * MINUTE for minute in range(SWEPT_MIN)]
        assert {_kind(panel, known, now, at) for at in constant if change is None or at < change} <= {kind}


@given(calendars(), st.data())
@steady
def test_until_is_when_the_kind_ends_by_the_calendar(
    calendar: tuple[datetime, list[Event]], data: st.DataObject
) -> None:
    origin, found = calendar
    panel, now = replace(data.draw(panels(origin, found)), awake=True), data.draw(instants(origin, found))
    schedule = schedule_of(origin, found, panel.zone)
    state = panel.state(view_of(schedule, now), now)
    assume(not state.doubtful)
    eternal = view_of(schedule, now, limit_s=1e6)
    change = panel.next_change(eternal, now)
    assert state.until == (change if change and change < schedule.end else None)
