"""What keeps an update from harm: limits while it is tried, quiet hours, copies of databases, requests as files."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from provisioning.on_unit import asked, quiet
from provisioning.on_unit.database_copy import database_copy
from provisioning.on_unit.errors import NOT_NOW, UpdateError
from provisioning.on_unit.guard import LIMITS, drop_ins
from provisioning.on_unit.quiet import busy_hours
from provisioning.on_unit.settings import Settings, load
from provisioning.on_unit.state import Step
from tests.provisioning.bundle_kit import Signer, signer
from tests.provisioning.unit_kit import Unit, make_unit, unit_folder


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return signer(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def installed(ours: Signer) -> Iterator[Unit]:
    """A unit that runs 1.0.0, with 1.1.0 staged."""
    with unit_folder() as folder, pytest.MonkeyPatch.context() as patch:
        made = make_unit(folder, ours)
        patch.setenv("PATH", f"{made.tools}:{os.environ['PATH']}")
        made.install("1.0.0")
        assert made.do("stage", str(made.bundle("1.1.0"))) == 0
        yield made


@pytest.fixture
def unit(installed: Unit, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unit]:
    """A copy of it."""
    with unit_folder() as folder:
        shutil.copytree(installed.places.root.parent, folder / "unit", symlinks=True)
        made = Unit(type(installed.places)(folder / "unit/root"), folder / "unit/tools", installed.signer, folder)
        monkeypatch.setenv("PATH", f"{made.tools}:{os.environ['PATH']}")
        made.asked()
        yield made


def setting(unit: Unit, line: str) -> None:
    with unit.places.settings.open("a") as file:
        file.write(f"{line}\n")


def limits(unit: Unit) -> list[Path]:
    return [path for path in drop_ins(unit.places, load(unit.places.settings)) if path.exists()]


def test_limits_stand_while_a_release_is_tried_and_no_longer(unit: Unit) -> None:
    assert unit.do("activate") == 0
    (drop_in,) = limits(unit)
    assert drop_in == unit.places.root / "run/systemd/system/app.service.d/50-mydesk-trying.conf"
    assert drop_in.read_bytes() == LIMITS
    assert unit.asked()[0] == "daemon-reload", "before the services are restarted"
    assert unit.do("commit") == 0
    assert (limits(unit), unit.asked()) == ([], ["daemon-reload"])


def test_limits_are_lifted_before_the_old_release_starts(unit: Unit) -> None:
    unit.do("activate")
    unit.asked()
    assert unit.do("rollback") == 0
    assert limits(unit) == []
    assert unit.asked() == ["daemon-reload", "reset-failed app.service", "restart app.service"]


def test_nothing_is_changed_where_systemd_does_not_take_the_limits(
    unit: Unit, capsys: pytest.CaptureFixture[str]
) -> None:
    (unit.tools / "systemctl").write_text("#!/bin/sh\n[ $1 != daemon-reload ] || { echo no bus >&2; exit 1; }\n")
    before = unit.current
    assert unit.do("activate") == 1
    assert "systemd does not read its units: no bus" in capsys.readouterr().err
    assert (unit.current, unit.state.step, limits(unit)) == (before, Step.STAGED, [])


def test_what_nobody_would_judge_is_taken_back(unit: Unit) -> None:
    (unit.tools / "systemctl").write_text("#!/bin/sh\n[ $1 != start ]\n")
    assert unit.do("activate") == 1
    assert (unit.state.step, unit.runs()) == (Step.ROLLED_BACK, "1.0.0")
    assert "nobody would judge it" in unit.state.reason


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-23T{text}")


@pytest.mark.parametrize(
    ("hours", "now", "busy"),
    [
        ((), "09:00", ""),
        (("08:00-10:30",), "07:59", ""),
        (("08:00-10:30",), "08:00", "08:00-10:30"),
        (("08:00-10:30",), "10:29", "08:00-10:30"),
        (("08:00-10:30",), "10:30", ""),
        (("08:00-10:30", "12:00-13:00"), "12:30", "12:00-13:00"),
        (("22:00-06:00",), "23:00", "22:00-06:00"),
        (("22:00-06:00",), "05:59", "22:00-06:00"),
        (("22:00-06:00",), "12:00", ""),
    ],
)
def test_busy_hours(hours: tuple[str, ...], now: str, busy: str) -> None:
    assert busy_hours(hours, at(now)) == (f"these are busy hours ({busy})" if busy else "")


def test_wrong_hours_are_told() -> None:
    with pytest.raises(UpdateError, match=r'busy_hours: .8-17. is not like "08:00-10:30"'):
        busy_hours(("8-17",), at("12:00"))


def test_nothing_is_activated_in_busy_hours_unless_somebody_insists(
    unit: Unit, capsys: pytest.CaptureFixture[str]
) -> None:
    setting(unit, 'busy_hours = ["00:00-12:00", "12:00-00:00"]')
    assert unit.do("activate") == NOT_NOW
    assert "these are busy hours" in capsys.readouterr().err
    assert unit.do("activate", "--now") == 0


def test_a_reboot_waits_for_the_updater_and_for_people(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    unit.do("activate")
    unit.asked()
    assert unit.do("reboot") == 0
    assert unit.asked() == [], "a release is being tried"
    unit.do("commit")
    monkeypatch.setattr(quiet, "who_is_disturbed", lambda settings, status: "a meeting runs")
    unit.asked()
    assert unit.do("reboot") == 0
    assert unit.asked() == []
    monkeypatch.undo()
    monkeypatch.setenv("PATH", f"{unit.tools}:{os.environ['PATH']}")
    assert unit.do("reboot") == 0
    assert unit.asked() == ["--no-wall reboot"]


def ask(unit: Unit, content: bytes) -> None:
    unit.places.request.parent.mkdir(parents=True, exist_ok=True)
    unit.places.request.write_bytes(content)


def told(unit: Unit) -> str:
    answered = asked.read(unit.places.answered)
    return answered["said"] if answered else ""


@pytest.mark.parametrize("wanted", ["1.1.0", None])
def test_what_the_hub_asks_for_is_activated(unit: Unit, wanted: str | None) -> None:
    ask(unit, json.dumps({"release": wanted or unit.state.release}).encode())
    assert unit.do("answer") == 0
    assert (unit.runs(), unit.state.step, told(unit)) == ("1.1.0", Step.TRYING, "activated.")
    assert not unit.places.request.exists()
    assert not unit.places.wanted.exists()
    ask(unit, b'{"release": "1.1.0"}')
    assert unit.do("answer") == 0
    assert told(unit) == "it is being tried."


def test_what_would_disturb_waits(unit: Unit, capsys: pytest.CaptureFixture[str]) -> None:
    setting(unit, 'busy_hours = ["00:00-12:00", "12:00-00:00"]')
    ask(unit, b'{"release": "1.1.0"}')
    assert unit.do("answer") == 0
    assert unit.do("answer") == 0, "again, by the timer"
    capsys.readouterr()
    unit.do("status")
    assert "waits: these are busy hours" in json.loads(capsys.readouterr().out)["wanted"]["said"]
    assert unit.runs() == "1.0.0"
    text = unit.places.settings.read_text()
    unit.places.settings.write_text(text.replace("busy_hours", "#"))
    assert unit.do("answer") == 0
    assert unit.runs() == "1.1.0"


@pytest.mark.parametrize(
    ("release", "said"), [("1.0.0", "it runs already."), ("2.0.0", "it is not on this unit"), ("1.1.0", "failed here")]
)
def test_what_cannot_be_activated_is_told(unit: Unit, release: str, said: str) -> None:
    if release == "1.1.0":
        unit.do("activate")
        unit.do("rollback", "--reason", "it was ugly.")
    ask(unit, json.dumps({"release": release}).encode())
    assert unit.do("answer") == 0
    assert said in told(unit)
    assert unit.runs() == "1.0.0"


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"[" * 5000, b'{"release": 7}', b'{"release": ""}'])
def test_nonsense_is_taken_away(unit: Unit, content: bytes) -> None:
    ask(unit, content)
    assert unit.do("answer") == 0
    assert (unit.places.request.exists(), unit.places.wanted.exists(), unit.runs()) == (False, False, "1.0.0")


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_no_file_is_not_followed(unit: Unit, kind: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text('{"release": "1.1.0"}')
    unit.places.request.parent.mkdir(parents=True)
    match kind:
        case "link":
            unit.places.request.symlink_to(secret)
        case "folder":
            unit.places.request.mkdir()
        case _:
            os.mkfifo(unit.places.request)
    assert unit.do("answer") == 0
    assert not os.path.lexists(unit.places.request), "its name is what systemd waits for"
    assert (secret.exists(), unit.runs()) == (True, "1.0.0")


def database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE visits (name TEXT)")
    connection.execute("INSERT INTO visits VALUES ('x')")
    return connection


def test_a_copy_has_what_is_not_yet_in_the_file(tmp_path: Path) -> None:
    with closing(database(tmp_path / "a.db")):
        data = database_copy(tmp_path / "a.db")
    assert data is not None
    with closing(sqlite3.connect(":memory:")) as copy:
        copy.deserialize(data)
        assert copy.execute("SELECT name FROM visits").fetchall() == [("x",)]


@pytest.mark.parametrize("content", [None, b"no database at all" * 100])
def test_no_database_is_no_release_s_fault(tmp_path: Path, content: bytes | None) -> None:
    if content:
        (tmp_path / "a.db").write_bytes(content)
    assert database_copy(tmp_path / "a.db") is None


TAKES = """import sqlite3, sys
def main():
    return 0
def take():
    copy = sqlite3.connect(":memory:")
    copy.deserialize(sys.stdin.buffer.read())
    copy.execute("ALTER TABLE visits ADD COLUMN company TEXT")
    if {refuses}:
        sys.stderr.write("two guests share an id")
        return 1
"""


@pytest.mark.parametrize("refuses", [False, True])
def test_migrations_are_tried_on_a_copy(unit: Unit, capsys: pytest.CaptureFixture[str], refuses: bool) -> None:
    text = unit.places.settings.read_text()
    wanted = 'databases = ["take-visits /var/lib/mydesk/visits.db", "take-visits /var/lib/mydesk/none.db"]'
    unit.places.settings.write_text(text.replace("databases = []", wanted))
    place = unit.places.root / "var/lib/mydesk/visits.db"
    place.parent.mkdir(parents=True)
    entry = "[console_scripts]\napp = mydesk_app:main\ntake-visits = mydesk_app:take\n"
    files = {"mydesk_app.py": TAKES.format(refuses=refuses), "mydesk_firmware-1.2.0.dist-info/entry_points.txt": entry}
    with closing(database(place)) as connection:
        assert unit.do("stage", str(unit.bundle("1.2.0", files=files))) == int(refuses)
        columns = [row[1] for row in connection.execute("PRAGMA table_info(visits)")]
    assert columns == ["name"], "the true one is not touched"
    if refuses:
        assert "it cannot take over /var/lib/mydesk/visits.db (1): two guests share an id" in capsys.readouterr().err
        assert unit.state.step is Step.FAILED


def module(unit: Unit) -> Path:
    (found,) = unit.places.current.glob("lib/*/site-packages/mydesk_app.py")
    return found


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_card_that_forgets_is_found(unit: Unit, capsys: pytest.CaptureFixture[str], damage: str) -> None:
    assert unit.do("check") == 0
    if damage == "changed":
        module(unit).write_bytes(b"#" + module(unit).read_bytes()[1:])
    else:
        module(unit).unlink()
    assert unit.do("check") == 1
    assert "1 files of 1.0.0" in (said := capsys.readouterr().err)
    assert "mydesk_app.py" in said


def test_every_key_of_the_settings_has_a_default_that_is_read_back(tmp_path: Path) -> None:
    settings: dict[str, Any] = {key: getattr(Settings(), key) for key in Settings.__slots__}
    path = tmp_path / "update.toml"
    path.write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.items()))
    assert load(path) == Settings()


def test_the_guide_tells_every_key_of_the_settings() -> None:
    guide = (Path(__file__).parents[2] / "docs/fleet.md").read_text("utf-8")
    table = guide.partition("| key | what | default |")[2].partition("\n\n")[0]
    told = {
        key for line in table.splitlines() for key in re.findall(r"`(\w+)`", line.split("|")[1] if "|" in line else "")
    }
    assert told == set(Settings.__slots__)
