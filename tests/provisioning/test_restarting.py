"""Restarts for new settings: the unit's own updater does them, at once or when nobody is disturbed any more."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning import converge_look, system_files
from provisioning.on_unit import restarting
from provisioning.on_unit.places import Places
from provisioning.on_unit.restarting import Waiting
from tests.provisioning.bundle_kit import Signer, signer
from tests.provisioning.unit_kit import Unit, answering, make_unit, unit_folder

SERVICE = "mydesk-room.service"
RESTARTED = [f"try-restart --no-block {SERVICE}"]
MEETING = Waiting((SERVICE,), "a meeting runs (busy)")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return signer(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def unit(ours: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unit]:
    """It has an app behind its control socket while one answers."""
    with unit_folder() as folder:
        made = make_unit(folder, ours, control_socket=str(folder / "app.sock"))
        monkeypatch.setenv("PATH", f"{made.tools}:{os.environ['PATH']}")
        yield made


def socket_of(unit: Unit) -> str:
    return str(unit.places.root.parent / "app.sock")


def test_at_once_when_nobody_is_there(unit: Unit, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(socket_of(unit), lambda: {"state": "free"}):
        assert unit.do("restart", SERVICE) == 0
    assert unit.asked() == RESTARTED
    assert json.loads(capsys.readouterr().out) == {"waits": ""}
    assert not unit.places.restart.exists()


def test_after_the_meeting_by_itself(unit: Unit, capsys: pytest.CaptureFixture[str]) -> None:
    status = {"state": "busy"}
    with answering(socket_of(unit), lambda: dict(status)):
        assert unit.do("restart", SERVICE) == 0
        assert json.loads(capsys.readouterr().out) == {"waits": MEETING.said}
        assert [unit.do("restart", SERVICE), unit.do("answer")] == [0, 0]
        assert (unit.asked(), restarting.waiting(unit.places)) == ([], MEETING)
        capsys.readouterr()
        unit.do("status")
        assert json.loads(capsys.readouterr().out)["restart"]["services"] == [SERVICE]
        status["state"] = "free"
        assert [unit.do("answer"), unit.do("answer")] == [0, 0]
    assert unit.asked() == RESTARTED, "once"
    assert not unit.places.restart.exists()


def test_in_the_meeting_for_those_who_insist(unit: Unit) -> None:
    with answering(socket_of(unit), lambda: {"state": "busy"}):
        unit.do("restart", SERVICE)
        assert unit.do("restart", "--now", SERVICE) == 0
    assert (unit.asked(), restarting.waiting(unit.places)) == (RESTARTED, Waiting())


def test_busy_hours_hold_a_panel_that_works_and_no_other(unit: Unit) -> None:
    text = unit.places.settings.read_text()
    unit.places.settings.write_text(text + 'busy_hours = ["00:00-12:00", "12:00-00:00"]\n')
    with answering(socket_of(unit), lambda: {"page": "Welcome"}):
        unit.do("restart", SERVICE)
    assert unit.asked() == []
    assert "busy hours" in restarting.waiting(unit.places).said
    assert unit.do("answer") == 0, "it does not answer any more: it serves nobody"
    assert unit.asked() == RESTARTED


def test_a_release_that_is_activated_restarts_it_too(unit: Unit) -> None:
    with answering(socket_of(unit), lambda: {"state": "busy"}):
        unit.do("restart", SERVICE)
        unit.do("stage", str(unit.bundle("1.0.0")))
        unit.asked()
        assert unit.do("activate", "--now") == 0
    assert unit.do("answer") == 0
    assert not [line for line in unit.asked() if line.startswith("try-restart")]


def test_with_a_request_of_the_hub_it_waits_for_the_same(unit: Unit) -> None:
    """A request that comes to nothing does not swallow it."""
    with answering(socket_of(unit), lambda: {"state": "busy"}):
        unit.do("restart", SERVICE)
    unit.places.request.parent.mkdir(parents=True)
    unit.places.request.write_text('{"release": "9.9.9"}')
    assert unit.do("answer") == 0
    assert unit.asked() == RESTARTED


def test_a_restart_that_fails_is_tried_again(unit: Unit, capsys: pytest.CaptureFixture[str]) -> None:
    systemctl = unit.tools / "systemctl"
    well = systemctl.read_text()
    systemctl.write_text("#!/bin/sh\necho 'Connection timed out' >&2\nexit 1\n")
    assert unit.do("restart", SERVICE) == 1
    assert f"{SERVICE}: no restart: Connection timed out." in capsys.readouterr().err
    systemctl.write_text(well)
    assert unit.do("answer") == 0
    assert unit.asked() == RESTARTED


def test_a_start_of_the_unit_makes_it_meaningless(unit: Unit) -> None:
    with answering(socket_of(unit), lambda: {"state": "busy"}):
        unit.do("restart", SERVICE)
    path = unit.places.restart
    path.write_text(json.dumps({**json.loads(path.read_text()), "boot_id": "another"}))
    assert restarting.waiting(unit.places) == Waiting()
    assert converge_look.waiting(path) == {}
    assert unit.do("answer") == 0
    assert (unit.asked(), path.exists()) == ([], False)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"boot_id": 1}', b"\xff", b'{"services": [], "said": ""}'])
def test_a_damaged_file_is_no_restart(unit: Unit, content: bytes) -> None:
    unit.places.restart.parent.mkdir(parents=True)
    unit.places.restart.write_bytes(content)
    assert (restarting.waiting(unit.places), converge_look.waiting(unit.places.restart)) == (Waiting(), {})
    assert unit.do("answer") == 0
    assert not unit.places.restart.exists()


def test_provisioning_and_systemd_read_what_it_writes(unit: Unit) -> None:
    with answering(socket_of(unit), lambda: {"state": "busy"}):
        unit.do("restart", SERVICE)
    found = converge_look.waiting(unit.places.restart)
    assert found == {"waiting": [SERVICE], "waits": MEETING.said}
    service = next(file for file in system_files.SYSTEM_FILES if file.source == "mydesk-update.service")
    condition = f"ConditionPathExists=|{Places(Path('/')).restart}\n"
    assert condition in system_files.content(service).decode(), "the timer does nothing else"
