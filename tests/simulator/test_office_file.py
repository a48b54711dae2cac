"""Office files: the sample is a believable office; a wrong file tells everything at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulator import when
from simulator.office import OfficeError, local_part
from simulator.office_file import load, parse, sample

GOOD = """
[office]
name = "A"
domain = "a.example"

[[rooms]]
name = "R"

[[people]]
name = "Åse Mørk"
"""
ZONE = ZoneInfo("Europe/Copenhagen")
NOW = datetime(2026, 11, 23, 10, 42, 30, tzinfo=UTC)


def test_sample_office() -> None:
    office = load(sample())
    names = [person.name for person in office.people]
    assert 6 <= len(office.rooms) <= 8
    assert len(names) >= 40
    assert sum(name.endswith("Jensen") for name in names) >= 8
    assert len({room.floor_number for room in office.rooms}) >= 3
    storebaelt = next(room for room in office.rooms if room.name == "Storebælt")
    assert (storebaelt.floor_label, storebaelt.capacity, storebaelt.tags) == ("2. sal", 8, ("Skærm", "Teams"))
    assert storebaelt.rights == {"mydesk@nordhavn.example": "delegateWithPrivateEventAccess"}


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("[nowhere]", "nowhere: unknown table; allowed: office"),
        ("[behaviour]\nduplicate_status = 404", "allowed: 400 or 409"),
        ("[behaviour]\nattendant_delay_s = -1", "behaviour.attendant_delay_s: is -1; allowed: a number from 0 to 3600"),
        ('[[rooms]]\nname = "R"', "address r@a.example: used twice"),
        ('[[rooms]]\nname = "S"\ncolour = "red"', "rooms[1].colour: unknown key; allowed: name"),
        ('[[rooms]]\nname = "S"\ncapacity = true', "rooms[1].capacity: is True; allowed: a whole number from 0"),
        ('[[rooms]]\nname = "S"\nrights = { "R" = "owner" }', "allowed: one of none, freeBusyRead"),
        ('[[rooms]]\nname = "S"\nsettings = { x = 1 }', "rooms[1].settings.x: unknown key"),
        ('[[people]]\nname = "B"\npresence = "Out"', "people[1].presence: is 'Out'; allowed: one of Available"),
        ('[[people]]\nname = "田"', "allowed: an SMTP address"),
        ('[[groups]]\nname = "G"\nmembers = ["Nobody"]', "groups[0].members: 'Nobody' is nobody here"),
        ('[[meetings]]\nsubject = "s"\nstart = "9"\nend = "10:00"', "meetings[0].start: '9' is not a time"),
        (
            '[[meetings]]\nsubject = "s"\norganizer = "R"\nstart = "11:00"\nend = "10:00"',
            "meetings[0].end: is before the start",
        ),
        ('[[meetings]]\nsubject = "s"\ndirect = true\nstart = "now"\nend = "now+1h"', "stands in exactly one room"),
        ("[office]", "is not TOML"),
    ],
)
def test_each_problem_names_its_key_and_what_is_allowed(added: str, said: str) -> None:
    with pytest.raises(OfficeError) as caught:
        parse(GOOD + added)
    assert said in str(caught.value)


def test_all_problems_at_once() -> None:
    with pytest.raises(OfficeError) as caught:
        parse('[office]\nname = 3\nzone = "Mars"\n[[rooms]]\n')
    problems = "\n".join(caught.value.problems)
    for key in ("office.name", "office.domain", "office.zone", "rooms[0].name"):
        assert f"{key}: " in problems


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OfficeError, match="cannot be read"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "day", "expected"),
    [
        ("09:30", 0, "2026-11-23T08:30:00+00:00"),
        ("23:59:30", -1, "2026-11-22T22:59:30+00:00"),
        ("now", 0, "2026-11-23T10:42:30+00:00"),
        ("now+1h30m", 0, "2026-11-23T12:12:30+00:00"),
        ("now-15m", 1, "2026-11-24T10:27:30+00:00"),
        ("2026-11-23T12:00:00+01:00", 0, "2026-11-23T11:00:00+00:00"),
    ],
)
def test_times(text: str, day: int, expected: str) -> None:
    assert when.parse(text, NOW, ZONE, day).isoformat() == expected


@pytest.mark.parametrize("text", ["", "9:30", "24:00", "now+", "now+5", "tomorrow", "2026-11-23T12:00:00"])
def test_what_is_no_time(text: str) -> None:
    if text == "now+":
        assert when.parse(text, NOW, ZONE) == NOW
        return
    with pytest.raises(ValueError, match="allowed"):
        when.parse(text, NOW, ZONE)


@pytest.mark.parametrize(
    ("name", "part"),
    [("Åse Mørk", "aase.moerk"), ("Gitte Jensen-Møller", "gitte.jensen-moeller"), ("Jürgen Weiß", "jurgen.weiss")],
)
def test_local_part(name: str, part: str) -> None:
    assert local_part(name) == part
