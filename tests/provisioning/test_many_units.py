"""One unit's failure stops no other's; a silent unit is unknown; what a unit says is bounded and plain."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.many_units import is_unknown, on_each
from provisioning.plain_text import plain, plain_line
from provisioning.unit_commands import UPDATE, Answer, ask, command_line
from tests.provisioning.fake_fleet import FakeFleet, served, units_named
from tests.provisioning.fake_unit import Fault


async def release(unit: Unit, connection: asyncssh.SSHClientConnection) -> str:
    """What it runs."""
    return str((await ask(connection, [*UPDATE, "status"])).json()["current"])


async def asked(fake: FakeFleet, **more: Any) -> dict[str, str | FleetError]:
    units = fake.fleet.inventory.units
    return await on_each(units, release, reach=fake.reach, timeout_s=0.6, connect_timeout_s=0.6, **more)


CASES: dict[Fault, tuple[bool, str]] = {
    Fault.OFF: (True, "does not answer"),
    Fault.SILENT: (True, "does not answer: no answer in time"),
    Fault.HANGS: (True, "does not answer: no answer in time"),
    Fault.CLOSES: (True, "does not answer: the connection was cut"),
    Fault.REFUSES_KEY: (False, "does not let mydesk-admin in"),
    Fault.CHANGED_KEY: (False, "not SHA256:.* of its claim"),
    Fault.HUGE: (False, "did not answer with JSON"),
    Fault.NOT_JSON: (False, "did not answer with JSON"),
}


def test_each_fault_is_told_and_stops_no_other(tmp_path: Path) -> None:
    async def run() -> dict[str, str | FleetError]:
        units = units_named(len(CASES) + 2)
        for unit, fault in zip(units, CASES, strict=False):
            unit.faults.add(fault)
        async with served(tmp_path, units) as fake:
            return await asked(fake)

    results = list(asyncio.run(run()).values())
    for result, (unknown, words) in zip(results, CASES.values(), strict=False):
        assert isinstance(result, FleetError)
        assert is_unknown(result) is unknown, result
        assert re.search(words, str(result)), result
        assert "\x1b" not in str(result)
    assert results[-2:] == ["1.0.0-000000000000"] * 2


def test_no_more_than_the_limit_at_once_and_each_is_told(tmp_path: Path) -> None:
    heard: list[str] = []

    async def run() -> FakeFleet:
        async with served(tmp_path, 12) as fake:
            await asked(fake, limit=3, told=lambda name, result: heard.append(name))
            return fake

    fake = asyncio.run(run())
    assert 1 <= fake.most_at_once <= 4  # one may be closing yet
    assert sorted(heard) == sorted(fake.units)


def test_a_unit_that_was_never_claimed_is_not_asked(tmp_path: Path) -> None:
    async def run() -> tuple[dict[str, str | FleetError], FakeFleet]:
        async with served(tmp_path, 2) as fake:
            known = fake.state.known_hosts
            known.write_text(known.read_text().splitlines(keepends=True)[1])
            return await asked(fake), fake

    results, fake = asyncio.run(run())
    assert "mydesk-fleet claim u-001" in str(results["u-001"])
    assert fake["u-001"].logins == []
    assert results["u-002"] == "1.0.0-000000000000"


@pytest.mark.parametrize(
    ("login", "user", "line"),
    [
        ("mydesk-admin", "root", "sudo -n cat '/a b'"),
        ("mydesk-admin", "mydesk", "sudo -n -u mydesk cat '/a b'"),
        ("root", "root", "cat '/a b'"),
        ("root", "mydesk", "runuser -u mydesk -- cat '/a b'"),
    ],
)
def test_a_command_is_run_as_its_user(login: str, user: str, line: str) -> None:
    assert command_line(["cat", "/a b"], login, user) == line


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"plain\n", "plain"),
        (b"\x1b[31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07after", "after"),
        (b"\x1bP1$r\x1b\\after", "after"),
        (b"\x9b2Jc1 as utf-8 is not", "\ufffd2Jc1 as utf-8 is not"),
        ("\u202eevil".encode(), "\ufffdevil"),
        (b"one\r\ntwo", "one\ntwo"),
        (b"over\rwritten", "over\ufffdwritten"),
        (b"\x08\x00", "\ufffd\ufffd"),
        (b"x" * 50, "x" * 20 + " [cut]"),
    ],
)
def test_what_a_unit_says_cannot_move_the_cursor(said: bytes, shown: str) -> None:
    assert plain(said, 20 if said.startswith(b"x") else 100) == shown


def test_a_line_is_one_line() -> None:
    assert plain_line("a\n b\t\x1b[2Kc") == "a b c"


@pytest.mark.parametrize("out", [b"", b"[]", b"{", b"[" * 100_000, b'"text"', b"\xff"])
def test_what_is_no_json_object_is_refused(out: bytes) -> None:
    with pytest.raises(FleetError, match="did not answer with JSON"):
        Answer("x status", 0, out, "").json()
