"""No-shows per series: counted by day, forgotten in time, and telling nobody which series it was."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from roomdisplay.check_in import CheckIns
from roomdisplay.keyed_file import MAX_BYTES
from roomdisplay.schedule import Meeting
from roomdisplay.strike_store import StrikeStore
from roomdisplay.strikes import MAX_MARKS, Strikes, Tally
from tests.roomdisplay.calendar_kit import KEY, at, event, meeting_of

NONE = Strikes.empty(KEY, kept_days=14)
NOW = at("10:10")


def in_series(series: str, span: str = "10:00-11:00", **fields: Any) -> Meeting:
    return meeting_of(event(span, series_id=series, **fields))


WEEKLY, DAILY, ALONE = in_series("weekly"), in_series("daily"), meeting_of(event("10:00-11:00"))


def test_counted_per_series_and_once_a_day() -> None:
    strikes = NONE.add(WEEKLY, NOW).add(in_series("weekly", "14:00-15:00"), at("14:10")).add(DAILY, NOW)
    strikes = strikes.add(WEEKLY, at("+7 10:10"))
    assert [strikes.count(meeting, at("+7 10:10")) for meeting in (WEEKLY, DAILY, ALONE)] == [2, 1, 0]
    assert strikes.tally(at("+7 10:10")) == Tally(no_shows=3, series=2, most=2)


def test_a_meeting_without_series_leaves_nothing() -> None:
    assert NONE.add(ALONE, NOW) == NONE
    assert NONE.tally(NOW) == Tally(0, 0, 0)


@pytest.mark.parametrize(("days", "count"), [(0, 1), (13, 1), (14, 0), (400, 0)])
def test_kept_for_fourteen_days(days: int, count: int) -> None:
    strikes, then = NONE.add(WEEKLY, NOW), NOW + timedelta(days=days)
    assert strikes.count(WEEKLY, then) == count
    assert len(strikes.forget(then).days) == count
    assert sum(map(len, strikes.add(DAILY, then).days.values())) == count + 1


def test_a_day_of_a_clock_that_was_wrong_does_not_stay_for_ever() -> None:
    strikes = NONE.add(WEEKLY, NOW + timedelta(days=9000))
    assert strikes.forget(NOW) == NONE


def test_a_round_trip_through_json_that_tells_nothing() -> None:
    strikes = NONE.add(in_series("series-id", subject="Secret", id="event-id", ical_uid="uid"), NOW)
    text = json.dumps(strikes.serialise())
    assert Strikes.parse(json.loads(text), KEY, 14) == strikes
    assert not any(word in text for word in ("series-id", "Secret", "event-id", "uid", "10:", "09:", "T"))
    assert Strikes.parse(json.loads(text), b"x" * 32, 14).count(in_series("series-id"), NOW) == 0
    assert KEY.decode() not in repr(strikes)


def test_a_check_in_of_the_same_name_has_another_hash() -> None:
    """The two files cannot be joined even if they had one key."""
    meeting = in_series("same", id="same", ical_uid="same")
    assert not set(CheckIns.empty(KEY).add(meeting, NOW).marks) & set(NONE.add(meeting, NOW).days)


def test_bounded_and_the_newest_stay() -> None:
    first = date(2026, 1, 1)
    days = {f"{n:064x}": [(first + timedelta(days=n)).isoformat()] for n in range(MAX_MARKS + 7)}
    days[f"{0:064x}"].append("2026-02-01")
    strikes = Strikes.parse({"version": 1, "days": days}, KEY, 90)
    assert sum(map(len, strikes.days.values())) == MAX_MARKS
    assert strikes.days[f"{0:064x}"] == (date(2026, 2, 1),), "its oldest day went, its newest stays"
    assert min(min(found) for found in strikes.days.values()) == first + timedelta(days=8)


def test_five_hundred_series_and_one_more() -> None:
    strikes = NONE
    for number in range(MAX_MARKS + 1):
        strikes = strikes.add(in_series(f"s{number}"), NOW)
    assert sum(map(len, strikes.days.values())) == MAX_MARKS
    assert strikes.tally(NOW).series == MAX_MARKS


DIGEST = "0" * 64
DAMAGED: list[object] = [
    None,
    [],
    {},
    {"version": 2, "days": {}},
    {"version": 1, "days": []},
    {"version": 1, "days": {"short": ["2026-11-23"]}},
    {"version": 1, "days": {"G" * 64: ["2026-11-23"]}},
    {"version": 1, "days": {7: ["2026-11-23"]}},
    {"version": 1, "days": {DIGEST: "2026-11-23"}},
    {"version": 1, "days": {DIGEST: []}},
    {"version": 1, "days": {DIGEST: ["some day"]}},
    {"version": 1, "days": {DIGEST: [None]}},
]


@pytest.mark.parametrize("value", DAMAGED)
def test_what_is_not_a_file_of_ours_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"strike|isoformat"):
        Strikes.parse(value, KEY, 14)


# --- on the disk ---


def store(folder: Path | None, kept_days: int = 14, now: datetime = NOW) -> StrikeStore:
    return StrikeStore(folder, kept_days, now)


def test_it_survives_a_restart(tmp_path: Path) -> None:
    before = store(tmp_path / "state")
    assert before.add(WEEKLY, NOW) == 1
    assert store(tmp_path / "state").current.count(WEEKLY, NOW) == 0, "noted is in RAM until it is saved"
    before.save()
    again = store(tmp_path / "state")
    assert again.current.count(WEEKLY, NOW) == 1
    assert store(tmp_path / "state", kept_days=1).current.count(WEEKLY, at("+1 10:10")) == 0
    assert not store(tmp_path / "state", now=at("+14 10:10")).current.days


def test_the_files_are_ours_alone(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.add(in_series("secret"), NOW)
    kept.save()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["strikes.json", "strikes.key"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())
    assert not any(b"secret" in path.read_bytes() for path in tmp_path.iterdir())


def test_what_is_old_goes_from_the_disk_though_nothing_new_comes(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.add(WEEKLY, NOW)
    kept.save()
    assert not kept.forget(at("+13 10:10"))
    for again in (kept, store(tmp_path, now=at("+14 10:10"))):
        assert again.forget(at("+14 10:10"))
    again.save()
    assert not again.forget(at("+14 10:10"))
    assert json.loads((tmp_path / "strikes.json").read_bytes())["days"] == {}


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kept = store(None)
    kept.add(WEEKLY, NOW)
    kept.save()
    assert kept.current.count(WEEKLY, NOW) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[" * 100_000, b" " * (MAX_BYTES + 9), b"\0" * 64])
def test_a_damaged_file_starts_anew_and_says_so(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    store(tmp_path)
    (tmp_path / "strikes.json").write_bytes(content)
    kept = store(tmp_path)
    assert kept.current.tally(NOW) == Tally(0, 0, 0)
    assert "strikes: the file is damaged and starts anew" in caplog.text
    kept.add(WEEKLY, NOW)
    kept.save()
    assert store(tmp_path).current.count(WEEKLY, NOW) == 1


def test_a_cut_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = store(tmp_path)
    kept.add(WEEKLY, NOW)
    kept.save()
    kept.add(DAILY, NOW)

    def cut(handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", cut)
    with pytest.raises(OSError, match="Input/output"):
        kept.save()
    again = store(tmp_path).current
    assert (again.count(WEEKLY, NOW), again.count(DAILY, NOW)) == (1, 0)


def test_the_full_file_fits(tmp_path: Path) -> None:
    """The bound of the list stays below the bound of the file, or it could not be read again."""
    kept = store(tmp_path, kept_days=90)
    for number in range(MAX_MARKS):
        kept.add(in_series(f"s{number}"), NOW)
    kept.save()
    assert store(tmp_path, kept_days=90).current == kept.current


def test_a_meeting_knows_its_series_by_its_first_part() -> None:
    extended = replace(WEEKLY, parts=(*WEEKLY.parts, ALONE.parts[0]))
    assert NONE.add(extended, NOW).count(WEEKLY, NOW) == 1
