"""Asks the apps what they say to the settings of their units: the same programs that will read them.

They run in child processes (`python -m roomdisplay check-config`), since the fleet's tools import no app. Secrets are
left out of what is checked, so an inventory can be checked where they cannot be had.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from common import config
from common.config import ConfigError, Problem
from common.config_convert import Finding
from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet
from provisioning.render import agent_text, app_settings, app_text, key_of, no_secrets
from provisioning.settings_layers import value_at
from telemetry.settings import AgentConfig

__all__ = ["app_problems"]

PROGRAMS: Final = {"room": "roomdisplay", "kiosk": "kiosk"}
FILES_AT_ONCE: Final = 250
TIMEOUT_S: Final = 300.0
SECRET_ENDINGS: Final = ("_hash", "_password", "_secret")
"""Of keys whose values are no secret to the app, but are worth guessing at for whoever reads the inventory."""

Said = tuple[Unit, str, str]
"""Of which unit, the key of the inventory, the message."""


def app_problems(fleet: Fleet) -> tuple[Problem, ...]:
    """What the apps and the agent find wrong in the files of all units, as problems of the inventory.

    Units that cannot have files yet, as their site or hardware is not there or their id is another's, are left out.

    Raises:
        FleetError: an app cannot be asked.
    """
    units = [unit for unit in fleet.inventory.units if _is_whole(fleet, unit)]
    found = [*_agents(fleet, units)]
    with tempfile.TemporaryDirectory(prefix="mydesk-check-") as folder:
        for role in PROGRAMS:
            found += _asked(fleet, [unit for unit in units if unit.role == role], Path(folder), role)
    return config.placed(_once(found), fleet.text, fleet.path)


def _is_whole(fleet: Fleet, unit: Unit) -> bool:
    known = unit.site in fleet.sites and unit.hardware in fleet.inventory.hardware
    return known and fleet.units[unit.id] is unit


def _once(said: Iterable[Said]) -> Iterator[Finding]:
    """What is set for the whole fleet is wrong in each unit, and told once."""
    units: dict[tuple[str, str], list[Unit]] = {}
    for unit, key, message in said:
        units.setdefault((key, message), []).append(unit)
    for (key, message), wrong in units.items():
        own = key.startswith("units[")
        shown = ", ".join(unit.id for unit in wrong[:3]) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")
        yield Finding(key, message if own else f"{message} (told by {shown})")


def _agents(fleet: Fleet, units: Iterable[Unit]) -> Iterator[Said]:
    for unit in units:
        text = agent_text(fleet, unit, no_secrets)
        try:
            if text is not None:
                config.parse(text, AgentConfig)
        except ConfigError as error:
            for problem in error.problems:
                yield unit, key_of(fleet, unit, problem.key, agent=True), f"{problem.key}: {problem.message}"


def _asked(fleet: Fleet, units: list[Unit], folder: Path, role: str) -> Iterator[Said]:
    by_file = {str(folder / f"{unit.id}.toml"): unit for unit in units}
    for name, unit in by_file.items():
        Path(name).write_text(app_text(fleet, unit, no_secrets), "utf-8")
    files = list(by_file)
    parts = [files[start : start + FILES_AT_ONCE] for start in range(0, len(files), FILES_AT_ONCE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for answers in pool.map(lambda part: _answers(role, part), parts):
            for answer in answers:
                yield from _said(fleet, by_file[answer["file"]], answer)


def _said(fleet: Fleet, unit: Unit, answer: dict[str, Any]) -> Iterator[Said]:
    for problem in answer["problems"]:
        key = problem["key"]
        yield unit, key_of(fleet, unit, key), f"{unit.role}.toml says {key}: {problem['message']}"
    settings = app_settings(fleet, unit)
    for key in {*answer["secrets"], *_guessable(settings)}:
        if not _is_harmless(key, value_at(settings, key)):
            text = f'{key} is a secret: put it elsewhere, and a reference here, such as {{ file = "..." }}'
            yield unit, key_of(fleet, unit, key), text


def _guessable(settings: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from _guessable(value, f"{path}{key}.")
        elif key.endswith(SECRET_ENDINGS) and value:
            yield f"{path}{key}"


def _is_harmless(key: str, value: Any) -> bool:
    """The address of a proxy without a password in it."""
    return key.endswith("_url") and isinstance(value, str) and "@" not in value


def _answers(role: str, files: Sequence[str]) -> list[dict[str, Any]]:
    command = [sys.executable, "-P", "-m", PROGRAMS[role], "check-config", "--json", *files]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)  # noqa: S603 - ours
        answers = [json.loads(line) for line in done.stdout.splitlines()]
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise _silent(role, str(error)) from error
    if len(answers) != len(files):
        raise _silent(role, done.stderr.decode("utf-8", "replace")[-500:].strip())
    return answers


def _silent(role: str, why: str) -> FleetError:
    return FleetError(f"mydesk-{role} cannot check its settings here: {why}", hint="Is the installation whole?")
