"""Eight hours without network, 1 event a minute and 1 sample in 10 s: nothing of priority is lost, all is bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from telemetry.outbox_store import Limits
from tests.chaos.telemetry_outage import SPAN_S, Figures, Outage, run

EVENTS, SAMPLES = 480, 2880
SMALL = Limits(rows=1000)


def within_the_rate_and_in_order(figures: Figures, rows_per_s: float) -> bool:
    """A bucket lets through one second's rows at once, and the hub may take in two commits at a time."""
    return figures.most_in_span <= rows_per_s * (SPAN_S + 2) and figures.back_rows <= rows_per_s


@pytest.mark.slow
def test_after_eight_hours_without_network_everything_arrives_within_the_rate(tmp_path: Path) -> None:
    figures = run(tmp_path, Outage(rows_per_s=50))
    assert (figures.events, figures.samples) == (EVENTS, SAMPLES)
    assert (figures.events_stored, figures.samples_stored, figures.evicted) == (EVENTS, SAMPLES, 0)
    assert (figures.wrong_times, figures.watermark_behind) == (0, 0)
    assert within_the_rate_and_in_order(figures, 50), figures
    assert figures.drained_s > (EVENTS + SAMPLES) / 50 - 5
    assert figures.most_disk_bytes < 8 << 20
    assert figures.memory_most_kib < figures.memory_before_kib + (16 << 10)


@pytest.mark.slow
def test_an_outbox_without_room_for_it_gives_up_samples_and_no_event(tmp_path: Path) -> None:
    figures = run(tmp_path, Outage(limits=SMALL, rows_per_s=50))
    assert figures.events_stored == EVENTS
    assert figures.samples_stored < SAMPLES
    assert figures.samples_stored + figures.evicted >= SAMPLES
    assert figures.most_rows <= SMALL.rows
    assert (figures.wrong_times, figures.watermark_behind) == (0, 0)
    assert within_the_rate_and_in_order(figures, 50), figures
    assert figures.most_disk_bytes < 8 << 20
