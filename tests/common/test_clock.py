"""The clocks: what they say, and when the wall clock may be believed."""

from __future__ import annotations

import doctest
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from common import clock
from common.clock import AGREEMENT_S, EVIDENCE_LIFE_S, Clock, Evidence, ManualClock, SystemClock

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_the_system_clock_is_utc_and_boot_time(tmp_path: Path) -> None:
    system = SystemClock(tmp_path / "stamp")
    assert abs(system.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert system.now().tzinfo is UTC
    first_s = system.monotonic_s()
    assert 0 <= time.clock_gettime(time.CLOCK_BOOTTIME) - first_s < 5


def test_timesyncd_is_believed_as_soon_as_its_stamp_is_there(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    system = SystemClock(stamp)
    seen = [system.synchronised()]
    stamp.touch()
    seen.append(system.synchronised())
    assert seen == [False, True]


DIFFERENCES = [(0, True), (4.5, True), (-4.5, True), (6, False), (-6, False), (86_400, False)]


@pytest.mark.parametrize(("seconds", "agrees"), DIFFERENCES)
@pytest.mark.parametrize("stamped", [False, True])
def test_a_server_s_date_overrules_timesyncd(tmp_path: Path, seconds: float, agrees: bool, stamped: bool) -> None:
    stamp = tmp_path / "stamp"
    if stamped:
        stamp.touch()
    system = SystemClock(stamp)
    system.compare(system.now() - timedelta(seconds=seconds))
    assert system.synchronised() is agrees


def test_evidence_at_the_very_limit() -> None:
    evidence = Evidence()
    evidence.note(AGREEMENT_S, 0.0)
    assert evidence.agrees(0.0)
    evidence.note(AGREEMENT_S + 0.001, 0.0)
    assert evidence.disagrees
    assert not evidence.agrees(0.0)


def test_evidence_vouches_for_an_hour() -> None:
    evidence = Evidence()
    evidence.note(0.0, 100.0)
    assert evidence.agrees(100.0 + EVIDENCE_LIFE_S)
    assert not evidence.agrees(100.1 + EVIDENCE_LIFE_S)
    assert not evidence.disagrees


def test_a_clock_that_was_wrong_is_believed_again_after_it_agrees() -> None:
    manual = ManualClock(START, synchronised=False)
    manual.jump(-3600)
    manual.compare(START)
    seen = [manual.synchronised()]
    manual.jump(3600)
    manual.compare(START)
    seen.append(manual.synchronised())
    assert seen == [False, True]


def test_disagreement_does_not_fade_by_itself() -> None:
    manual = ManualClock(START)
    manual.compare(START + timedelta(minutes=2))
    manual.step(10 * EVIDENCE_LIFE_S)
    assert not manual.synchronised()


def test_stepping_moves_both_clocks_and_jumping_only_the_wall() -> None:
    manual = ManualClock(START)
    begin_s = manual.monotonic_s()
    manual.step(90)
    manual.jump(-3600)
    assert manual.now() == START + timedelta(seconds=90 - 3600)
    assert manual.monotonic_s() - begin_s == 90


def test_a_manual_clock_stands_still_unless_it_runs() -> None:
    still, running = ManualClock(START), ManualClock(START, running=True)
    until_s = time.monotonic() + 0.01
    while time.monotonic() < until_s:
        pass
    assert still.now() == START
    assert timedelta(seconds=0.01) <= running.now() - START < timedelta(seconds=5)
    assert running.monotonic_s() > 1000


def test_any_zone_will_do_for_the_start_but_none_will_not() -> None:
    copenhagen = timezone(timedelta(hours=1))
    assert ManualClock(datetime(2026, 11, 23, 9, 0, tzinfo=copenhagen)).now() == START
    with pytest.raises(ValueError, match="aware instant"):
        ManualClock(datetime(2026, 11, 23))


@pytest.mark.parametrize("made", [SystemClock(), ManualClock(START)])
def test_both_are_clocks(made: Clock) -> None:
    assert made.now().tzinfo is UTC
    assert isinstance(made.synchronised(), bool)


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(clock) == (0, 3)
