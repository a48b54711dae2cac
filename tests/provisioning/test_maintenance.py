"""The maintenance window: which hours, and what timers are made of it."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime

import pytest

from common.config import ConfigError
from provisioning.converge_after import afters_of_file
from provisioning.converge_wish import wish_for
from provisioning.maintenance import drop_ins, hours, is_open, window_of
from tests.provisioning.fleet_kit import fleet

SITE = ('gateway = "10.1.2.1"', 'gateway = "10.1.2.1"\nmaintenance = "22-04"')


@pytest.mark.parametrize(
    ("window", "covered"),
    [("01-05", (1, 2, 3, 4)), ("22-01", (22, 23, 0)), ("20-24", (20, 21, 22, 23)), ("03-04", (3,))],
)
def test_hours(window: str, covered: tuple[int, ...]) -> None:
    assert hours(window) == covered
    assert [hour for hour in range(24) if is_open(window, datetime(2026, 11, 22, hour, 59))] == sorted(covered)


def test_a_window_without_an_end_is_the_whole_day() -> None:
    assert len(hours("05-05")) == 24


def test_the_site_s_goes_before_the_fleet_s() -> None:
    plain, own = fleet(), fleet(SITE)
    assert window_of(plain, plain.unit("ada")) == "01-05"
    assert window_of(own, own.unit("ada")) == "22-04"


@pytest.mark.parametrize("window", ["1-5", "01-25", "24-01", "night", "01:00-05:00"])
def test_what_is_no_window(window: str) -> None:
    with pytest.raises(ConfigError, match=r"sites\[0\]\.maintenance"):
        fleet((SITE[0], SITE[1].replace("22-04", window)))


@pytest.mark.parametrize("window", ["01-05", "22-04", "03-04", "05-05", "20-24"])
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
