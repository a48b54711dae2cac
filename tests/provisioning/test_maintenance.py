"""The maintenance window: which hours, and what timers are made of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import datetime

import pytest

from common.config import ConfigError
from provisioning.converge_after import afters_of_file
from provisioning.converge_wish import wish_for
from provisioning.maintenance import drop_ins, window_of
from provisioning.maintenance_window import DEFAULT, REBOOTS, free_window, hours, is_open, reboot_minutes
from provisioning.system_files import SYSTEM_FILES, content
from tests.provisioning.fleet_kit import fleet

SITE = ('gateway = "10.1.2.1"', 'gateway = "10.1.2.1"\nmaintenance = "22-04"')

REBOOT_TIMER = next(file for file in SYSTEM_FILES if file.source == "mydesk-reboot.timer")


@pytest.mark.parametrize(
    ("window", "covered"),
    [("01-05", (1, 2, 3, 4)), ("22-01", (22, 23, 0)), ("20-24", (20, 21, 22, 23)), ("03-04", (3,))],
)
def test_hours(window: str, covered: tuple[int, ...]) -> None:
    assert hours(window) == covered
    assert [hour for hour in range(24) if is_open(window, datetime(2026, 11, 22, hour, 59))] == sorted(covered)


def test_the_whole_day_is_a_window() -> None:
    assert len(hours("00-24")) == 24


@pytest.mark.parametrize("place", ["fleet", "sites[0]"])
def test_a_window_that_no_day_has(place: str) -> None:
    anchor = {"fleet": "admin_keys =", "sites[0]": "gateway ="}[place]
    with pytest.raises(ConfigError) as caught:
        fleet((anchor, f'maintenance = "05-05"\n{anchor}'))
    (problem,) = caught.value.problems
    assert (problem.key, bool(problem.line)) == (f"{place}.maintenance", True)
    assert problem.message == "'05-05' has no hour in it; an example is 01-05, and 00-24 is the whole day"


def test_the_site_s_goes_before_the_fleet_s() -> None:
    plain, own = fleet(), fleet(SITE)
    assert window_of(plain, plain.unit("ada")) == "01-05"
    assert window_of(own, own.unit("ada")) == "22-04"


@pytest.mark.parametrize("window", ["1-5", "01-25", "24-01", "night", "01:00-05:00"])
def test_what_is_no_window(window: str) -> None:
    with pytest.raises(ConfigError, match=r"sites\[0\]\.maintenance"):
        fleet((SITE[0], SITE[1].replace("22-04", window)))


@pytest.mark.parametrize("window", ["01-05", "22-04", "03-04", "00-24", "20-24"])
def test_systemd_understands_the_timers(window: str) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.fail("systemd-analyze is needed: apt-get install systemd")
    made = drop_ins(window)
    assert len(made) == 2
    for text in made.values():
        *_, empty, when = text.splitlines()
        assert empty == "OnCalendar="
        subprocess.run(
            ["systemd-analyze", "calendar", when.partition("=")[2]], check=True, capture_output=True, timeout=20
        )


def test_when_a_reboot_may_begin_is_what_the_timer_says() -> None:
    """`reboot_minutes` is told from the drop-in and the unit file; systemd says the same of them."""
    (reboots,) = (text for path, text in drop_ins("23-02").items() if "reboot" in path)
    asked = ["systemd-analyze", "calendar", "--iterations=8", reboots.strip().rpartition("=")[2]]
    told = subprocess.run(asked, check=True, capture_output=True, text=True, timeout=20, env={"TZ": "UTC"}).stdout
    clocks = re.findall(r"(\d\d):(\d\d):00 UTC", told)
    spread = re.search(r"RandomizedDelaySec=(\d+)min", content(REBOOT_TIMER).decode())
    assert spread is not None
    found = {60 * int(hour) + int(minute) + late for hour, minute in clocks for late in range(int(spread[1]) + 1)}
    assert found == reboot_minutes("23-02")
    assert REBOOTS in content(REBOOT_TIMER).decode(), "without an inventory's window, too"
    assert reboot_minutes(DEFAULT) < set(range(60, 300))


@pytest.mark.parametrize(
    ("begin", "end", "window"),
    [(0, 0, "01-05"), (0, 6, "06-10"), (2, 23, "23-02"), (1, 23, "23-01"), (0, 23, "23-00"), (0, 24, "")],
)
def test_a_window_that_busy_hours_leave(begin: int, end: int, window: str) -> None:
    assert free_window(set(range(60 * begin, 60 * end))) == window


def test_a_reboot_follows_the_updates() -> None:
    updates, reboots = drop_ins("22-01").values()
    assert "OnCalendar=*-*-* 22:00\n" in updates
    assert "OnCalendar=*-*-* 00,23:07/15\n" in reboots


def test_provisioning_puts_them_there_and_the_timers_hear_of_it() -> None:
    own = fleet(SITE)
    files = {file.path: file.content.decode("utf-8", "replace") for file in wish_for(own, own.unit("ada")).files}
    for path, text in drop_ins("22-04").items():
        assert files[path] == text
        timer = path.split("/")[-2].removesuffix(".d")
        assert list(afters_of_file(path)) == ["systemd reloads", f"restart {timer}"]
