"""What mydesk-fleet provision says, to people and to machines; the units are doubles here (test_provision_units)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from provisioning import cli_provision
from provisioning.cli import app
from provisioning.converge_wire import Step
from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.provision import Order, UnitResult
from tests.provisioning.bundle_kit import small_bundle
from tests.provisioning.fleet_kit import INVENTORY

STEPS = (
    Step(name="files", changes=("write /etc/a",), diff="+a = 1\n"),
    Step(name="release", note="no release on it yet"),
)


WAITS = "a meeting runs (busy)"


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """What was asked for; ada changes, lobby fails."""
    asked: list[Order] = []

    async def done(fleet: Any, units: Sequence[Unit], reach: Any, order: Order, told: Any) -> dict[str, UnitResult]:
        asked.append(order)
        done = [] if order.dry else ["files"]
        waits = "" if order.now else WAITS
        results = {unit.id: UnitResult(unit.id, STEPS, [*done], role=unit.role, waits=waits) for unit in units}
        if "lobby" in results:
            results["lobby"] = UnitResult("lobby", error="it fell\x1b[2J silent", unknown=True)
        return results

    monkeypatch.setattr(cli_provision, "provision", done)
    return asked


def run(folder: Path, *words: str) -> tuple[int, str]:
    (folder / "inventory.toml").write_text(INVENTORY)
    options = ["--inventory", str(folder / "inventory.toml"), "--state", str(folder / "state")]
    result = CliRunner().invoke(app, ["provision", *words, *options])
    if isinstance(result.exception, FleetError):
        return 1, str(result.exception)
    return result.exit_code, result.output


DRY = {
    "one unit is changed": (("ada",), False),
    "one unit, if asked, is looked at": (("ada", "--dry-run"), True),
    "several are looked at": (("--all",), True),
    "several are changed with --yes": (("--all", "--yes"), False),
    "--dry-run wins": (("--all", "--yes", "--dry-run"), True),
}


@pytest.mark.parametrize("name", DRY)
def test_what_is_a_dry_run(name: str, orders: list[Order], tmp_path: Path) -> None:
    words, dry = DRY[name]
    code, output = run(tmp_path, *words)
    assert [order.dry for order in orders] == [dry]
    assert code == (1 if "--all" in words else 0)
    assert ("The same with --yes" in output.replace("the same", "The same")) is (name == "several are looked at")
    assert ("+a = 1" in output) is dry


@pytest.mark.parametrize("columns", ["80", "200"])
def test_a_summary_for_people(
    columns: str, orders: list[Order], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    code, output = run(tmp_path, "--all", "--yes")
    assert code == 1
    assert "ada: files: changed\n    write /etc/a\n" in output
    assert "ada: release: no release on it yet" in output
    assert "lobby: unknown: it fell silent" in output
    assert ("files: changed, no change: 1" in output) is (columns == "80")


def test_a_line_for_each_unit_for_machines(orders: list[Order], tmp_path: Path) -> None:
    _, output = run(tmp_path, "--all", "--yes", "--json")
    ada, lobby = (json.loads(line) for line in output.splitlines())
    assert (ada["result"], ada["changed"], [step["result"] for step in ada["steps"]]) == (
        "ok",
        True,
        ["changed", "no change"],
    )
    assert (lobby["result"], lobby["error"]) == ("unknown", "it fell silent")


WRONG = {
    "no unit named": ((), "which units?"),
    "no such unit": (("eva",), "there is no unit eva"),
    "no such bundle": (("ada", "--bundle", "no-such.bundle"), "does not exist"),
    "no such folder": (("ada", "--packages", "nowhere"), "does not exist"),
    "no packages in the folder": (("ada", "--packages", "."), "has no Debian packages"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_changes_nothing(
    name: str, orders: list[Order], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words, text = WRONG[name]
    code, said = run(tmp_path, *words)
    assert (code in (1, 2), text in said, orders) == (True, True, []), said


def test_a_bundle_that_no_unit_would_take_is_not_even_sent(orders: list[Order], tmp_path: Path) -> None:
    code, said = run(tmp_path, "ada", "--bundle", str(small_bundle(tmp_path / "bundle")))
    assert (code, "release_keys is empty" in said, orders) == (1, True, [])


def test_a_restart_that_waits_is_said(orders: list[Order], tmp_path: Path) -> None:
    assert f"ada: restarts when the room is free: {WAITS}\n" in run(tmp_path, "ada")[1]
    assert json.loads(run(tmp_path, "ada", "--json")[1])["restart_waits"] == WAITS
    assert "restarts" not in run(tmp_path, "ada", "--now")[1]
    assert [order.now for order in orders] == [False, False, True]


def test_the_time_for_an_operation_is_what_was_asked_for(orders: list[Order], tmp_path: Path) -> None:
    run(tmp_path, "ada")
    run(tmp_path, "ada", "--timeout", "5")
    assert [order.timeout_s for order in orders] == [3600.0, 5.0]
