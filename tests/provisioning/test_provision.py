"""What provisioning makes of what its child process says, and what goes wrong before anything runs."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress

from provisioning import provision as module
from provisioning.converge_run import converge, unclaimed
from provisioning.converge_wire import Event, Facts, Step
from provisioning.deb_list import carried, packages_for
from provisioning.fleet_error import FleetError
from provisioning.fleet_state import FleetState
from provisioning.known_hosts import HostKey, remember
from provisioning.many_units import Reach
from provisioning.plain_text import plain_line
from provisioning.provision import Order, UnitResult, provision
from provisioning.provision_progress import Lines
from tests.provisioning.fleet_kit import KEY, fleet

STEPS = (Step(name="files", changes=("write /a",)), Step(name="release"), Step(name="services", changes=("enable x",)))
PLANNED = Event(unit="ada", kind="planned", steps=STEPS)


def said(*events: Event, dry: bool = False) -> UnitResult:
    """What comes of these events of unit ada."""
    result = UnitResult("ada")
    for event in events:
        module._take(result, event, dry=dry)
    return result


def waiting(why: str) -> Facts:
    """Of a unit on which a restart waits."""
    return Facts(
        python="", machine="", model="", systemd="", packages={}, dpkg_cut_off=False, files={}, folders={}, users=(),
        groups={}, enabled={}, active={}, pending=(), restart=False, current="", staged="", certificate=None,
        waiting=("mydesk-room.service",), waits=why,
    )  # fmt: skip


def done(step: str) -> Event:
    return Event(unit="ada", kind="done", step=step)


ENDED = Event(unit="ada", kind="ended")
FAILED = Event(unit="ada", kind="failed", step="services", text="no")
CASES: dict[str, tuple[tuple[Event, ...], bool, str, list[str]]] = {
    "all done": (
        (PLANNED, done("files"), done("release"), done("services"), ENDED), False, "ok",
        ["changed", "no change", "changed"],
    ),
    "a dry run": ((PLANNED, ENDED), True, "ok", ["would change", "no change", "would change"]),
    "one failed": (
        (PLANNED, done("files"), FAILED, ENDED), False, "failed", ["changed", "no change", "failed"]
    ),
    "cut off": ((PLANNED, done("files"), ENDED), False, "unknown", ["changed", "no change", "failed"]),
    "silent": ((Event(unit="ada", kind="unreachable", text="no route"),), False, "unknown", []),
    "the second run has less to do": (
        (PLANNED, done("files"), done("services"), Event(unit="ada", kind="planned", steps=tuple(
            Step(name=step.name) for step in STEPS)), ENDED), False, "ok", ["changed", "no change", "changed"],
    ),
}  # fmt: skip


def told(text: str) -> Event:
    return Event(unit="ada", kind="told", step="files", text=text)


WAITS = {
    "it was restarted": ((PLANNED, told('{"waits": ""}')), ""),
    "it waits": ((PLANNED, told('{"waits": "a meeting runs (busy)"}')), "a meeting runs (busy)"),
    "it waited, and was restarted": ((told('{"waits": "a meeting"}'), told('{"waits": ""}')), ""),
    "it waits since the last time": ((Event(unit="ada", kind="planned", facts=waiting("a guest")),), "a guest"),
    "the unit plays tricks": ((told('{"waits": "a\\u001b[2J\\nb"}'),), plain_line("a\x1b[2J\nb")),
    "it says nothing": ((told(""),), ""),
    "it says something else": ((told("[1]\nno"),), ""),
}


@pytest.mark.parametrize("name", WAITS)
def test_whom_a_restart_waits_for(name: str) -> None:
    events, waits = WAITS[name]
    assert said(*events).waits == waits


@pytest.mark.parametrize("name", CASES)
def test_words_for_each_operation(name: str) -> None:
    events, dry, state, words = CASES[name]
    result = said(*events, dry=dry)
    assert (result.state, [result.word_of(step, dry=dry) for step in result.steps]) == (state, words)


def reach(folder: Path, *claimed: str) -> Reach:
    state = FleetState.open(folder / "state")
    for name in claimed:
        remember(state, name, "10.1.2.20", 22, HostKey.parse(" ".join(KEY.split()[:2])))
    return Reach.of(fleet(), state)


def test_a_unit_whose_secret_is_missing_or_that_is_not_claimed_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    async def one_answers(wishes: dict[str, Any], *words: Any, **named: Any) -> AsyncIterator[Event]:
        asked.append(wishes)
        for unit in wishes:
            yield Event(unit=unit, kind="planned", steps=STEPS[1:2])
            yield Event(unit=unit, kind="ended")

    monkeypatch.setattr(module, "converge", one_answers)
    more = '\n[[units]]\nid = "eva"\nrole = "room"\nsite = "cph"\nhardware = "door"\naddress = "10.1.2.22"\n'
    more += 'mailbox = "eva@contoso.example"\noverrides.admin.pin_hash = { env = "NO_SUCH_PIN" }\n'
    found = fleet(more=more)
    order = Order(dry=False, limit=4)
    results = asyncio.run(
        provision(found, found.inventory.units, reach(tmp_path, "ada", "eva"), order, lambda unit, what: None)
    )
    assert {name: result.state for name, result in results.items()} == {"ada": "ok", "lobby": "failed", "eva": "failed"}
    assert "mydesk-fleet claim lobby" in results["lobby"].error
    assert "NO_SUCH_PIN" in results["eva"].error
    assert [list(wishes) for wishes in asked] == [["ada"]]


def test_unclaimed_units_are_named(tmp_path: Path) -> None:
    assert list(unclaimed(["ada", "lobby"], reach(tmp_path, "ada"))) == ["lobby"]


def test_a_key_with_a_pass_phrase_is_refused_before_anything_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "identity"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(path)], check=True, timeout=20)
    with_key = Reach(FleetState.open(tmp_path / "state"), "root", {}, path)

    async def run() -> list[Event]:
        return [event async for event in converge({}, with_key, {}, dry=True, limit=1)]

    with pytest.raises(FleetError, match="is no usable key"):
        asyncio.run(run())


def test_progress_has_a_line_for_each_unit_at_work() -> None:
    with Progress(console=Console(quiet=True)) as progress:
        lines = Lines(progress, 2)
        lines.tell("ada", "files [bold]")
        lines.tell("bob", "connected")
        assert [task.description for task in progress.tasks] == ["all units", r"ada  files \[bold]", "bob  connected"]
        lines.tell("ada", "")
        lines.tell("ada", "certificate")
        lines.tell("ada", "")
        lines.tell("bob", "")
        assert [(task.description, task.completed) for task in progress.tasks] == [("all units", 2)]


def test_packages_are_carried_where_they_fit_and_are_missing() -> None:
    debs = [
        f"/d/{name}" for name in ("aa_1_amd64.deb", "bb_1_arm64.deb", "cc_1_all.deb", "dd_1%3a2_amd64.deb", "notes.txt")
    ]
    assert carried(debs, {"dd": "1:2"}, "x86_64") == ("/d/aa_1_amd64.deb", "/d/cc_1_all.deb")
    assert carried(debs, {}, "aarch64") == ("/d/bb_1_arm64.deb", "/d/cc_1_all.deb")
    assert "python3-lgpio" in packages_for("room", ["python3-lgpio", "espeak-ng"])
    assert "espeak-ng" not in packages_for("room", ["espeak-ng"])
