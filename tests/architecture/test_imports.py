"""Imports go one way and decisions are pure; each rule is shown to catch what it forbids."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.architecture.rules import MAY_IMPORT, PURE, violations

ROOT = Path(__file__).parents[2]


def test_the_code_keeps_the_rules() -> None:
    assert [str(found) for found in violations(ROOT)] == []


def test_every_package_has_a_rule() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= set(MAY_IMPORT)


def test_every_package_is_shipped() -> None:
    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    tops = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    found = {
        ".".join(path.parent.relative_to(ROOT).parts) for top in tops for path in (ROOT / top).rglob("__init__.py")
    }
    assert found == set(shipped)


def test_the_pure_modules_that_exist_are_found() -> None:
    there = [name for name in PURE if (ROOT / f"{name.replace('.', '/')}.py").is_file()]
    assert {"graph.model", "roomdisplay.schedule", "roomdisplay.state", "telemetry.payloads"} <= set(there)


def check(root: Path, module: str, text: str) -> list[str]:
    path = root / f"{module.replace('.', '/')}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return [found.text for found in violations(root)]


FORBIDDEN = [
    ("common.x", "import drivers", "imports drivers"),
    ("common.x", "from graph.model import Event", "imports graph.model.Event"),
    ("drivers.x", "from graph import model", "imports graph.model"),
    ("graph.x", "def f():\n    import telemetry.outbox", "imports telemetry.outbox"),
    ("telemetry.x", "if TYPE_CHECKING:\n    from ui import theme", "imports ui.theme"),
    ("ui.x", "import roomdisplay.state as s", "imports roomdisplay.state"),
    ("roomdisplay.x", "import kiosk.flow", "imports kiosk.flow"),
    ("kiosk.x", "from roomdisplay.view import View", "imports roomdisplay.view.View"),
    ("roomdisplay.x", "import simulator", "imports simulator"),
    ("simulator.x", "from graph.model import Event", "imports graph.model.Event"),
    ("simulator.x", "import drivers", "imports drivers"),
    ("simulator.x", "from drivers import lamp", "imports drivers.lamp"),
    ("simulator.x", "import drivers.emulators_of_mine", "imports drivers.emulators_of_mine"),
    ("hub.x", "from telemetry.outbox import Outbox", "imports telemetry.outbox.Outbox"),
    ("provisioning.x", "import graph.client", "imports graph.client"),
    ("roomdisplay.x", "import kivy", "imports kivy"),
    ("roomdisplay.application", "from kivy.app import App", "imports kivy.app.App"),
    ("graph.x", "from kivy.clock import Clock", "imports kivy.clock.Clock"),
    ("roomdisplay.x", "from gpiozero import LED", "imports gpiozero.LED"),
    ("common.x", "import serial.tools", "imports serial.tools"),
    ("roomdisplay.x", "import httpx", "imports httpx"),
    ("simulator.x", "import msal", "imports msal"),
    ("roomdisplay.x", "from paho.mqtt import client", "imports paho.mqtt.client"),
    ("graph.x", "import importlib\nimportlib.import_module('kivy.app')", "imports kivy.app"),
    ("graph.x", "__import__('gpiozero')", "imports gpiozero"),
    ("common.x", "import tests.virtual_time", "imports tests.virtual_time"),
    ("roomdisplay.state", "import socket", "is pure and imports socket"),
    ("roomdisplay.state", "from asyncio import sleep", "is pure and imports asyncio.sleep"),
    ("roomdisplay.schedule", "from pathlib import Path", "is pure and imports pathlib.Path"),
    ("telemetry.payloads", "from common.clock import Clock", "is pure and imports common.clock.Clock"),
    ("roomdisplay.booking", "x = datetime.now(UTC)", "is pure and calls datetime.now()"),
    ("roomdisplay.booking", "x = datetime.datetime.now()", "is pure and calls datetime.datetime.now()"),
    ("roomdisplay.booking", "def f():\n    return date.today()", "is pure and calls date.today()"),
    ("graph.model", "x = time.time()", "is pure and calls time.time()"),
    ("graph.model", "x = open('f')", "is pure and calls open()"),
]


@pytest.mark.parametrize(("module", "text", "found"), FORBIDDEN, ids=[f"{row[0]}: {row[1][-30:]}" for row in FORBIDDEN])
def test_a_planted_violation_is_found(tmp_path: Path, module: str, text: str, found: str) -> None:
    (only,) = check(tmp_path, module, text)
    assert only.startswith(found)


ALLOWED = [
    ("drivers.x", "from common.errors import MyDeskError"),
    ("roomdisplay.x", "import common.clock, drivers.lamp, graph.model, telemetry.outbox, ui.theme, roomdisplay.state"),
    ("roomdisplay.screens.home", "from kivy.uix.widget import Widget"),
    ("roomdisplay.app", "import kivy.app"),
    ("kiosk.preview", "import kivy"),
    ("ui.widgets.button", "from kivy.graphics import Color"),
    ("drivers.gpio.lamp", "import gpiozero"),
    ("graph.client", "import httpx, msal"),
    ("simulator.demo", "import httpx, starlette\nfrom drivers.emulators import lamp"),
    ("hub.ingest", "from telemetry.payloads import message\nimport paho.mqtt.client"),
    ("common.x", "import serialization, kivymd_is_another"),
    ("roomdisplay.state", "from datetime import datetime\ndef f(now: datetime): return now.date()"),
    ("roomdisplay.settings_page", "import time"),
]


@pytest.mark.parametrize(("module", "text"), ALLOWED)
def test_what_is_allowed_passes(tmp_path: Path, module: str, text: str) -> None:
    assert check(tmp_path, module, text) == []


def test_the_line_is_told(tmp_path: Path) -> None:
    check(tmp_path, "common.x", "import os\n\nimport graph\n")
    assert [str(found) for found in violations(tmp_path)] == [
        "common.x:3 imports graph: common may import none of our packages"
    ]
