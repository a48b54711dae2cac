"""Busy hours: from the inventory to what the unit's own updater makes of them."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from common.config import ConfigError
from provisioning.converge_wish import wish_for
from provisioning.inventory_load import Fleet
from provisioning.on_unit import quiet
from provisioning.on_unit.settings import load
from tests.provisioning.fleet_kit import fleet

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
