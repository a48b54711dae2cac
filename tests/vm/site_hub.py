"""The site hub that units of the bench tell: Mosquitto and `mydesk-hub serve` on this machine, as admins start them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.telemetry_site import Child
from tests.hub.test_serve import place_with
from tests.mqtt_kit.broker import MOSQUITTO
from tests.vm.office import HUB_PORT
from tests.vm.telling import ROOT

TOOL_TIMEOUT_S = 120.0
LOGS = ("broker.log", "hub.log")
PROGRAM = (sys.executable, "-m", "hub.cli")

INVENTORY = """\
[hub]
host = "localhost"
port = {port}
ca_file = "{folder}/ca/ca.pem"
[hub.enrol]
program = {program}
config = "{folder}/hub.toml"
"""


@dataclass(frozen=True)
class SiteHub:
    """A hub whose broker listens at `port` of this machine."""

    folder: Path
    port: int

    @property
    def inventory(self) -> str:
        """What the fleet's inventory says of it."""
        values = {"port": HUB_PORT, "folder": self.folder, "program": json.dumps(PROGRAM)}
        return INVENTORY.format(**values)

    def units(self) -> list[dict[str, Any]]:
        """Every unit that it knows."""
        found: list[dict[str, Any]] = json.loads(self.run("units", "--json"))
        return found

    def history(self, topic: str) -> list[dict[str, Any]]:
        """The rows of that topic that it has taken in."""
        return [json.loads(line) for line in self.run("export", "--topic", topic, "--format", "jsonl").splitlines()]

    def why(self) -> str:
        """The ends of both logs."""
        return "\n".join((self.folder / name).read_text("utf-8", "replace")[-1500:] for name in LOGS)

    def run(self, *words: str) -> str:
        """Run mydesk-hub and return its output. Raises AssertionError: it failed."""
        command = [*PROGRAM, *words, "--config", str(self.folder / "hub.toml")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TOOL_TIMEOUT_S, check=False)
        assert done.returncode == 0, f"mydesk-hub {' '.join(words)}: {done.stdout}\n{done.stderr}"
        return done.stdout


@contextlib.contextmanager
def site_hub(folder: Path) -> Iterator[SiteHub]:
    """Start broker and hub in a new folder; both have ended at the end."""
    folder.mkdir()
    place = place_with(folder, f"sqlite:///{folder}/hub.db")
    made = SiteHub(folder, place.broker_port)
    made.run("broker-config", "--out", str(folder / "broker"), "--address", "127.0.0.1", "--data", f"{folder}/")
    config = folder / "broker/mosquitto.conf"
    if os.geteuid() == 0:  # Mosquitto would become a user who may not read this folder
        config.write_text(f"{config.read_text()}user root\n")
    commands = [MOSQUITTO, "-c", str(config)], [*PROGRAM, "serve", "--config", str(place.config)]
    with contextlib.ExitStack() as stack:
        for command, log in zip(commands, LOGS, strict=True):
            child = Child(command, folder / log)
            stack.callback(child.stop)
            child.start()
        yield made
