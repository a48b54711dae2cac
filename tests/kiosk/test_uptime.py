"""The counter for forgetting without a clock: over restarts and boots, and when its file is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.clock import ManualClock
from kiosk.uptime import BOOT_STANDS_FOR_S, UptimeCounter
from tests.kiosk.register_kit import MONDAY

HOUR_S = 3600


def clock() -> ManualClock:
    return ManualClock(MONDAY, synchronised=False)  # its machine has been up for 1,000 s


def test_it_counts_what_the_machine_was_up(tmp_path: Path) -> None:
    told = clock()
    counter = UptimeCounter(tmp_path / "uptime.json", told, boot="a")
    assert counter.counted_s == 0
    told.step(HOUR_S)
    assert counter.counted_s == HOUR_S
    counter.save()
    told.step(HOUR_S)  # the program is away, the machine is not
    assert UptimeCounter(tmp_path / "uptime.json", told, boot="a").counted_s == 2 * HOUR_S


def test_a_boot_stands_for_what_ran_before_it_at_most_twelve_hours(tmp_path: Path) -> None:
    path = tmp_path / "uptime.json"
    first = clock()
    counter = UptimeCounter(path, first, boot="a")
    first.step(5 * HOUR_S)
    counter.save()
    second = clock()
    counter = UptimeCounter(path, second, boot="b")
    assert counter.counted_s == 5 * HOUR_S + (5 * HOUR_S + 1000) + 1000
    second.step(100 * HOUR_S)
    counter.save()
    before = counter.counted_s
    assert UptimeCounter(path, clock(), boot="c").counted_s == before + BOOT_STANDS_FOR_S + 1000


@settings(max_examples=40, deadline=None)
@given(runs=st.lists(st.integers(0, 60 * HOUR_S), min_size=1, max_size=12))
def test_never_less_than_the_uptime_and_never_more_than_twice(
    tmp_path_factory: pytest.TempPathFactory, runs: list[int]
) -> None:
    path = tmp_path_factory.mktemp("uptime") / "uptime.json"
    up_s = 0
    for number, run_s in enumerate(runs):
        told = clock()
        counter = UptimeCounter(path, told, boot=f"boot-{number}")
        told.step(run_s)
        counter.save()
        up_s += run_s + (1000 if number else 0)
        assert up_s <= counter.counted_s <= 2 * up_s + 1000


BAD = [b"", b"{", b"[]", b'{"counted_s": "x"}', b'{"counted_s": -5}', b'{"counted_s": NaN}', b'{"counted_s": true}']


@pytest.mark.parametrize("raw", BAD)
def test_a_damaged_file_starts_from_what_the_keys_know(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "uptime.json"
    path.write_bytes(raw)
    assert 7000 <= UptimeCounter(path, clock(), least_s=7000, boot="a").counted_s <= 8000


def test_a_disk_that_refuses_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    counter = UptimeCounter(tmp_path / "gone" / "uptime.json", clock(), boot="a")
    counter.save()
    assert "cannot be written" in caplog.text
