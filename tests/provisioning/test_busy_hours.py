"""Busy hours: from the inventory to what the unit's own updater makes of them."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from common.config import ConfigError, Problem
from provisioning.converge_wish import wish_for
from provisioning.inventory_load import Fleet
from provisioning.on_unit import quiet
from provisioning.on_unit.settings import load
from tests.provisioning.fleet_kit import fleet, unit_text

FLEET = ("admin_keys =", 'busy_hours = ["08:00-10:00"]\nadmin_keys =')
SITE = ('gateway = "10.1.2.1"', 'gateway = "10.1.2.1"\nbusy_hours = ["07:30-10:30", "23:00-24:00"]')
SITE_NONE = ('gateway = "10.1.2.1"', 'gateway = "10.1.2.1"\nbusy_hours = []')
LOBBY = ('address = "10.1.2.21"', 'address = "10.1.2.21"\nbusy_hours = ["12:00-13:00"]')
LOBBY_NONE = ('address = "10.1.2.21"', 'address = "10.1.2.21"\nbusy_hours = []')
ADA = ('name = "Ada"', 'name = "Ada"\nbusy_hours = ["22:00-02:00"]')


def update_text(found: Fleet, unit: str) -> str:
    files = {file.path: file.content.decode("utf-8", "replace") for file in wish_for(found, found.unit(unit)).files}
    return files["/etc/mydesk/update.toml"]


LAYERS = {
    "nowhere": ((), [], []),
    "the fleet's are for kiosks": ((FLEET,), [], ["08:00-10:00"]),
    "the site's replace them": ((FLEET, SITE), [], ["07:30-10:30", "23:00-24:00"]),
    "a site without any": ((FLEET, SITE_NONE), [], []),
    "the unit's replace those": ((FLEET, SITE, LOBBY), [], ["12:00-13:00"]),
    "a unit without any": ((SITE, LOBBY_NONE), [], []),
    "a door panel may have its own": ((SITE, ADA), ["22:00-02:00"], ["07:30-10:30", "23:00-24:00"]),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_layer_that_counts_is_on_the_unit(name: str) -> None:
    changes, ada, lobby = LAYERS[name]
    found = fleet(*changes)
    hours = {unit: tomllib.loads(update_text(found, unit))["busy_hours"] for unit in ("ada", "lobby")}
    assert hours == {"ada": ada, "lobby": lobby}


def test_the_updater_on_the_unit_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "update.toml"
    path.write_text(update_text(fleet(SITE), "lobby"))
    hours = load(path).busy_hours
    said = {clock: quiet.busy_hours(hours, datetime(2026, 11, 22, *clock)) for clock in ((7, 29), (10, 29), (23, 59))}
    assert said == {
        (7, 29): "",
        (10, 29): "these are busy hours (07:30-10:30)",
        (23, 59): "these are busy hours (23:00-24:00)",
    }


WRONG = {
    '["8-10"]': "expected list of",
    '["08:00-25:00"]': "expected list of",
    '["24:00-08:00"]': "expected list of",
    '"08:00-10:00"': "expected list of",
    '["08:00-08:00"]': "has no minute in it",
    '["00:00-24:00"]': "no minute of the day",
    '["06:00-18:00", "17:00-07:00"]': "no minute of the day",
}


@pytest.mark.parametrize("value", WRONG)
@pytest.mark.parametrize("place", ["fleet", "sites[0]", "units[1]"])
def test_wrong_ones_are_told_with_their_line(place: str, value: str) -> None:
    anchors = {"fleet": "admin_keys =", "sites[0]": "gateway =", "units[1]": 'address = "10.1.2.21"'}
    with pytest.raises(ConfigError) as caught:
        fleet((anchors[place], f"busy_hours = {value}\n{anchors[place]}"))
    (problem,) = caught.value.problems
    assert problem.key.startswith(f"{place}.busy_hours")
    assert problem.line
    assert WRONG[value] in f"{problem.message} {problem.allowed}", problem


ANCHORS = {
    "fleet": "admin_keys =",
    "sites[0]": "gateway =",
    "units[0]": 'address = "10.1.2.20"',
    "units[1]": 'address = "10.1.2.21"',
}


def setting(place: str, key: str, value: str) -> tuple[str, str]:
    """A change of the inventory."""
    return ANCHORS[place], f"{key} = {value}\n{ANCHORS[place]}"


def busy(place: str, *hours: str) -> tuple[str, str]:
    return setting(place, "busy_hours", json.dumps(hours))


def window(place: str, value: str) -> tuple[str, str]:
    return setting(place, "maintenance", f'"{value}"')


COVERED: dict[str, tuple[tuple[tuple[str, str], ...], dict[str, str]]] = {
    "the fleet's, of its kiosks": (
        (busy("fleet", "00:00-12:00"),),
        {"fleet.busy_hours": "'01-05' (fleet.maintenance) in which lobby may reboot for updates; an example"},
    ),
    "just when it reboots": ((busy("units[1]", "02:07-04:58"),), {"units[1].busy_hours": "'01-05' (fleet.mai"}),
    "a minute is enough": ((busy("units[1]", "02:07-04:57"),), {}),
    "in pieces, over midnight, a site's": (
        (busy("sites[0]", "22:00-00:30", "00:30-02:00"), window("sites[0]", "22-02")),
        {"sites[0].busy_hours": "'22-02' (sites[0].maintenance) in which lobby"},
    ),
    "a door panel's own": (
        (busy("units[0]", "22:00-06:00"),),
        {"units[0].busy_hours": 'in which ada may reboot for updates; an example that leaves some: maintenance = "06'},
    ),
    "with no hour left": (
        (busy("fleet", "00:30-23:30"),),
        {"fleet.busy_hours": 'an example that leaves some: busy_hours = ["08:00-10:30"] with maintenance = "01-05"'},
    ),
    "the site's hours are not a door panel's": ((SITE, ADA), {}),
    "a kiosk without hours": ((busy("fleet", "00:00-12:00"), busy("units[1]")), {}),
    "a wrong window is told by itself": (
        (busy("units[1]", "00:00-12:00"), window("fleet", "03-03")),
        {"fleet.maintenance": "has no hour in it"},
    ),
    "wrong hours, too": (
        (setting("units[1]", "busy_hours", '["00:00-12:00", {}]'),),
        {"units[1].busy_hours[1]": "expected list"},
    ),
    "what is no window": (
        (busy("units[1]", "00:00-12:00"), setting("fleet", "maintenance", "5")),
        {"fleet.maintenance": "expected text"},
    ),
}


def problems_of(*changes: tuple[str, str], more: str = "") -> tuple[Problem, ...]:
    try:
        fleet(*changes, more=more)
    except ConfigError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("name", COVERED)
def test_hours_that_leave_no_reboot(name: str) -> None:
    changes, wrong = COVERED[name]
    problems = problems_of(*changes)
    assert [problem.key for problem in problems] == list(wrong)
    for problem, text in zip(problems, wrong.values(), strict=True):
        assert text in problem.message
        assert problem.line


def test_an_example_is_right() -> None:
    """What it proposes is what the check accepts."""
    hours = busy("sites[0]", "22:00-06:00", "06:30-09:00")
    (problem,) = problems_of(hours)
    found = re.search(r'an example that leaves some: maintenance = "([\d-]+)"$', problem.message)
    assert found is not None
    assert problems_of(hours, window("sites[0]", found[1])) == ()


def test_what_many_units_have_in_common_is_told_once() -> None:
    kiosks = [unit_text(f"k{number}", role="kiosk", hardware="lobby", mailbox="") for number in range(5)]
    (problem,) = problems_of(busy("sites[0]", "00:00-12:00"), more="".join(kiosks))
    assert "in which lobby, k0, k1 and 3 more may reboot" in problem.message
