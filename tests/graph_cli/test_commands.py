"""agenda, rooms, consent-url, setup-script: what they print, and how they end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from graph import unit_file
from graph.reading import reader
from roomdisplay import schedule, wording
from tests.graph.tenant import DEVICE, ROOM, ZONE, today
from tests.graph_cli.conftest import Done, Unit
from tests.graph_cli.powershell_reader import read
from tests.ordinary_user import ordinary_user

LIMFJORDEN = "limfjorden@nordhavn.example"
ORESUND = "oeresund@nordhavn.example"


def test_agenda(signed_in: Unit) -> None:
    done = signed_in.run("agenda", ROOM)
    assert done.code == 0
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert lines[0] == "From To Title Organizer"
    assert "09:00 10:00 Budgetopfølgning Louise Holm" in lines
    assert "10:30 11:30 Private meeting" in lines
    assert "MUS-samtale" not in done.out
    assert "Henrik Dam" not in "".join(line for line in lines if "Private" in line)
    assert "Afdelingsfrokost" not in done.out


def test_agenda_of_the_configured_room_for_a_machine(signed_in: Unit) -> None:
    rows = json.loads(signed_in.run("agenda", "--json").out)
    assert [row["title"] for row in rows] == [
        "Budgetopfølgning", "Private meeting", "Projektmøde Nordhavn", "Interview",
    ]  # fmt: skip
    assert datetime.fromisoformat(rows[0]["start"]).utcoffset() == datetime.now(ZONE).utcoffset()


@pytest.mark.parametrize(
    ("screen", "title", "organizer"),
    [({"subject": "organizer"}, "Reserved", "Louise Holm"), ({"subject": "never"}, "Reserved", "")],
)
def test_agenda_hides_what_the_panel_hides(signed_in: Unit, screen: dict[str, str], title: str, organizer: str) -> None:
    first = json.loads(signed_in.run("agenda", "--json", screen=screen).out)[0]
    assert (first["title"], first["organizer"]) == (title, organizer)


@pytest.mark.parametrize("room", ["storebaelt", "lillebaelt", "oeresund", "skagerrak", "limfjorden", "kattegat"])
def test_agenda_is_what_the_panels_own_rules_make_of_the_day(signed_in: Unit, room: str) -> None:
    import asyncio

    from common.clock import SystemClock

    address = f"{room}@nordhavn.example"
    rows = json.loads(signed_in.run("agenda", address, "--json").out)
    unit = unit_file.read(signed_in.file)

    async def events() -> schedule.Schedule:
        async with reader(unit.graph, unit.network, SystemClock(), unit.features) as opened:
            found = await opened.session.calendars.view(address, *today(), zone=ZONE)
            policy = wording.Policy(room_address=address, account_address=DEVICE)
            return schedule.build(found.events, *today(), zone=ZONE, policy=policy)

    meetings = asyncio.run(events()).meetings
    blocking = [row for row in rows if row["blocks"]]
    assert [datetime.fromisoformat(row["start"]) for row in blocking] == [meeting.start for meeting in meetings]
    assert [row["organizer"] for row in blocking] == [meeting.organizer for meeting in meetings]
    hidden = [row["title"] == "Private meeting" for row in blocking]
    assert hidden == [meeting.title is wording.Title.PRIVATE for meeting in meetings]


def test_another_day_and_no_meetings(signed_in: Unit) -> None:
    done = signed_in.run("agenda", ROOM, "--day", "2031-05-05")
    assert (done.code, "No meetings." in done.out) == (0, True)


def test_what_stands_in_a_subject_does_not_reach_the_terminal(signed_in: Unit) -> None:
    signed_in.tenant.control(
        "POST", f"rooms/{quote(ROOM)}/bookings", subject="a\x1b[2J\u202eb [red]c", start="18:00", end="18:30"
    )
    out = signed_in.run("agenda", ROOM).out
    assert "a[2Jb [red]c" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("agenda", "storebaelt"), 2, "name the room's address"),
        (("agenda", ROOM, "--day", "tomorrow"), 2, "--day"),
        (("agenda", ROOM, "--zone", "Mars/Olympus"), 2, "is not an IANA time zone"),
        (("agenda", "smaalandsfarvandet@nordhavn.example"), 1, "mydesk-graph doctor"),
        (("agenda", "nobody@nordhavn.example"), 1, "there is no such mailbox"),
        (("sign-in", "--port", "0"), 2, "--port"),
        (("doctor", "--room", "x"), 1, "is not an address"),
        (("doctor", "--rooms", "/none.csv"), 1, "cannot be read"),
        (("doctor", "--exchange", "/none.json"), 1, "cannot be read"),
        (("setup-script", "--role", "room", "--role", "kiosk", "--name", "x"), 2, "single --role"),
    ],
)
def test_wrong_use_and_failure(signed_in: Unit, words: tuple[str, ...], code: int, said: str) -> None:
    done = signed_in.run(*words)
    assert done.code == code, done.err
    assert said in " ".join(done.err.replace("│", " ").split())
    assert "Traceback" not in done.err


def test_nobody_signed_in(unit: Unit) -> None:
    done = unit.run("rooms", "--json")
    assert done.code == 1
    assert "signed-out" in json.loads(done.out)["error"]
    assert "sign in" in json.loads(done.out)["hint"]


def test_a_network_that_is_down(unit: Unit) -> None:
    done = unit.run("sign-in", graph={"authority_url": "https://127.0.0.1:1"})
    assert (done.code, "the connection failed" in done.err) == (1, True)


def test_a_configuration_that_is_wrong_is_wrong_use(unit: Unit) -> None:
    done = unit.run("rooms", graph={"shape": "round"})
    assert done.code == 2
    assert "graph.shape" in done.err


def test_rooms(signed_in: Unit) -> None:
    lines = [" ".join(line.split()) for line in signed_in.run("rooms").out.splitlines()]
    assert lines[0] == "Room Address Building Floor Seats Equipment"
    assert "Storebælt storebaelt@nordhavn.example Nordhavn 2. sal 8 Skærm, Teams, Poly Studio" in lines
    found = json.loads(signed_in.run("rooms", "--json").out)
    assert {"Storebælt", "Øresund"} < {room["name"] for room in found}


def test_looking_leaves_the_token_file_alone(signed_in: Unit) -> None:
    tokens = signed_in.tenant.folder / "tokens"
    before = tokens.read_bytes(), tokens.stat().st_mtime_ns
    signed_in.tenant.control("POST", "clock", step_s=200_000)
    assert signed_in.run("rooms").code == 0
    assert signed_in.run("doctor").code in (0, 1)
    assert (tokens.read_bytes(), tokens.stat().st_mtime_ns) == before


def test_tokens_of_another_user(signed_in: Unit) -> None:
    signed_in.write()
    signed_in.file.chmod(0o644)
    with ordinary_user(signed_in.tenant.folder):
        done = signed_in._run("rooms", "--config", str(signed_in.file))
    assert done.code == 1
    assert "sudo -u mydesk" in done.err


def test_consent_url_of_a_unit(unit: Unit) -> None:
    found = json.loads(unit.run("consent-url", "--json", "--lang", "da", booking={"by_name": True}).out)
    names = [permission["name"] for permission in found["permissions"]]
    assert names == [
        "Calendars.ReadBasic", "Calendars.ReadWrite.Shared", "Place.Read.All", "User.ReadBasic.All",
        "offline_access", "openid", "profile",
    ]  # fmt: skip
    assert unit.tenant.simulator.url in found["url"]
    assert "Finde en kollega" in found["permissions"][3]["text"]


def test_consent_url_without_a_unit(command: Callable[..., Done]) -> None:
    done = command("consent-url", "--tenant", "t.example", "--client-id", "c", "--role", "hub", "--shape", "app-only")
    assert done.code == 0
    assert ".default" in done.out.splitlines()[0]
    assert "Calendars.ReadWrite  [Exchange: see setup-script]" in done.out
    for words, missing in ((["--role", "room"], "--tenant"), (["--tenant", "t", "--client-id", "c"], "--role")):
        done = command("consent-url", *words)
        assert (done.code, missing in done.err) == (2, True)


def test_setup_script_to_a_file(command: Callable[..., Done], tmp_path: Path) -> None:
    path = tmp_path / "setup.ps1"
    words = ("--tenant", "t.example", "--account", DEVICE, "--room", ROOM, "--output", str(path))
    assert command("setup-script", *words).code == 0
    read(path.read_text("ascii"))
    assert path.read_bytes().count(b"\r\n") == path.read_bytes().count(b"\n") > 50
    done = command("setup-script", *words[:-1], str(tmp_path / "none" / "x.ps1"))
    assert (done.code, "cannot be written" in done.err) == (1, True)


def test_setup_script_of_a_unit(unit: Unit) -> None:
    done = unit.run("setup-script", room={"name": "O'Hara's \u2019room"})
    assert done.code == 0
    script = read(done.out)
    assert ROOM in script.literals
    assert "'User.ReadBasic.All'" not in done.out
    assert "'User.ReadBasic.All'" in unit.run("setup-script", booking={"by_name": True}).out


def test_as_a_program() -> None:
    """python -m graph, in a process of its own."""
    for words, code in ((["--help"], 0), (["agenda"], 2), (["rooms", "--config", "/none.toml"], 2), (["no"], 2)):
        done = subprocess.run([sys.executable, "-m", "graph", *words], capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
