"""A whole-day meeting that is given an hour is a whole-day meeting no longer: Graph's answer and the truth agree."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from common.clock import ManualClock
from simulator.office_file import sample
from simulator.server import Simulator

ROOM = "storebaelt@nordhavn.example"


def test_moved_to_an_hour() -> None:
    clock = ManualClock(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))
    with Simulator.start(sample(), tls=False, clock=clock) as sim:
        body = {"subject": "Kursus", "rooms": [ROOM], "all_day": True, "day": 1, "days": 1}
        made = sim.control("POST", f"/_sim/people/{quote('Louise Holm')}/meetings", body)
        clock.step(60)
        times = {"start": "2026-11-24T14:25:00+01:00", "end": "2026-11-25T14:25:00+01:00"}
        sim.control("PATCH", f"/_sim/meetings/{made['uid']}", times)
        clock.step(60)
        at = quote("2026-11-25T09:00:00+01:00")
        (event,) = [
            e for e in sim.control("GET", f"/_sim/rooms/{ROOM}/truth?at={at}")["blocking"] if e["subject"] == "Kursus"
        ]
        assert event["all_day"] is False
