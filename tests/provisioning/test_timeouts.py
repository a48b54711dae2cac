"""--timeout: a unit that hangs ends a command no later than it says, and no other unit waits for it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from provisioning.converge_look import look
from provisioning.converge_wish import wish_for
from provisioning.inventory import Unit
from provisioning.many_units import is_unknown, on_each
from provisioning.unit_commands import ask
from tests.provisioning.bundle_kit import small_bundle
from tests.provisioning.cli_kit import ran
from tests.provisioning.fake_fleet import FakeFleet, fake_fleet, served
from tests.provisioning.fake_unit import Answerer, FakeUnit, Fault, Said, said

TIMEOUT_S = 3.0
PATIENCE_S = 20.0
"""On top of it, for a busy machine; without --timeout it would be 60 s and more."""


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeFleet]:
    with fake_fleet(tmp_path, [FakeUnit("ada", "kiosk"), FakeUnit("bob", "kiosk")]) as fleet:
        yield fleet


HANGING = {
    "status": "mydesk-update status",
    "push": "mydesk-update stage",
    "sign-in": "mydesk-graph sign-in",
    "run": "sh -c",
    "provision": "python3 -I",
}
"""What hangs on the unit, of each command."""

WELL = {"status": "ok", "push": "ok", "sign-in": "ok", "run": "ok", "provision": "failed"}
"""What becomes of the unit that is well; these have no Python."""

FAULTS = pytest.mark.parametrize(
    "fault", [Fault.FREEZES, pytest.param(Fault.HANGS, marks=pytest.mark.slow)], ids=["freezes", "hangs"]
)


def words_of(name: str, folder: Path) -> list[str]:
    more = {"push": [str(small_bundle(folder / "bundle"))], "run": ["--command", "true"], "provision": ["--yes"]}
    return [name, *more.get(name, ()), "--all", "--timeout", f"{TIMEOUT_S:g}", "--json"]


def hanging(fake: FakeFleet, fault: Fault) -> Answerer:
    """A command that never ends."""

    async def answer(unit: FakeUnit, words: list[str], data: bytes) -> Said:
        if fault is Fault.FREEZES:
            fake.freeze(unit.id)
        await asyncio.Event().wait()
        raise AssertionError("it never ends")

    return answer


def timed(fake: FakeFleet, words: list[str]) -> dict[str, Any]:
    """What comes of each unit, in time."""
    began_s = time.monotonic()
    result = ran(fake, *words)
    took_s = time.monotonic() - began_s
    assert (TIMEOUT_S <= took_s < TIMEOUT_S + PATIENCE_S, result.exit_code) == (True, 1), (took_s, result.output)
    return {one["unit"]: one for one in map(json.loads, result.stdout.splitlines()) if "result" in one}


@FAULTS
@pytest.mark.parametrize("name", HANGING)
def test_a_unit_that_hangs_ends_in_time(fake: FakeFleet, name: str, fault: Fault, tmp_path: Path) -> None:
    fake["ada"].app["signed_in"] = name != "sign-in"
    fake["bob"].answers["sh -c"] = lambda *_: Said()
    fake["ada"].answers[HANGING[name]] = hanging(fake, fault)
    told = timed(fake, words_of(name, tmp_path))
    assert {unit: one["result"] for unit, one in told.items()} == {"ada": "unknown", "bob": WELL[name]}
    assert "no answer in time" in told["ada"]["error"]
    assert any(command.startswith(HANGING[name]) for command in fake["ada"].commands), "so far it went"


@FAULTS
def test_an_operation_that_hangs_fails_in_time(fake: FakeFleet, fault: Fault, tmp_path: Path) -> None:
    """Provisioning counts for each operation; the other unit goes on."""
    packages = dict.fromkeys(wish_for(fake.fleet, fake.fleet.unit("ada")).packages, "1")

    def answer(unit: FakeUnit, words: list[str], data: bytes) -> Said | Awaitable[Said]:
        if "It changes nothing" in words[3]:
            return said({**look(json.loads(data), tmp_path / "root"), "packages": packages})
        return hanging(fake, fault)(unit, words, data) if unit.id == "ada" else Said()

    for unit in fake.units.values():
        unit.answers["python3 -I"] = answer
    told = timed(fake, words_of("provision", tmp_path))
    assert (told["ada"]["result"], told["ada"]["step"]) == ("failed", "files"), told["ada"]["error"]
    assert "it took too long" in told["ada"]["error"]
    words = {step["name"]: step["result"] for step in told["bob"]["steps"]}
    assert (words["files"], words["settings"]) == ("changed", "changed")


def test_a_connection_that_is_cut_between_two_commands_is_silence(tmp_path: Path) -> None:
    async def cut_off(unit: Unit, connection: asyncssh.SSHClientConnection) -> None:
        (await ask(connection, ["true"])).checked()
        connection.abort()
        await connection.wait_closed()
        await ask(connection, ["true"])

    async def go() -> object:
        async with served(tmp_path, [FakeUnit("ada")]) as fake:
            return (await on_each(fake.fleet.inventory.units, cut_off, reach=fake.reach))["ada"]

    told = asyncio.run(go())
    assert is_unknown(told), told
    assert "the connection was cut" in str(told)
