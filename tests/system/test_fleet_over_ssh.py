"""The fleet's commands against a real panel behind a real sshd: tenant, panel and updater are the real programs.

Only where files lie differs from a unit: a few words of sh put the programs of this checkout where a release has them.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from provisioning.cli import app
from provisioning.fleet_state import FleetState
from provisioning.known_hosts import HostKey, remember
from simulator.server import Simulator
from tests.provisioning.fleet_kit import INVENTORY
from tests.provisioning.sshd_kit import USER, SshUnit, ssh_unit
from tests.provisioning.test_operations_sshd import PROGRAMS, REALLY
from tests.roomdisplay.site import ACCOUNT, OFFICE
from tests.roomdisplay.test_process import Unit

pytestmark = pytest.mark.slow

NAME = "cph-2-storebaelt"
UPDATER_BY_NAME = """ "$(printf %s "$SSH_ORIGINAL_COMMAND" | sed 's,^/usr/local/sbin/,,')" """


@dataclass
class Fleet:
    """One panel, and an admin's laptop."""

    panel: Unit
    options: list[str]

    def ran(self, command: str, *words: str) -> Result:
        return CliRunner().invoke(app, [command, *self.options, *words])

    def told(self, command: str, *words: str) -> list[dict[str, Any]]:
        """Its JSON lines."""
        return [json.loads(line) for line in self.ran(command, *words, "--json").stdout.splitlines()]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    (tmp_path / "panel").mkdir()
    with Simulator.start(OFFICE) as sim, ssh_unit() as ssh:
        sim.control("POST", "/_sim/limits", {"device_code_interval_s": 0})
        panel = Unit(sim, tmp_path / "panel")
        try:
            panel.ready()
            _programs(ssh, panel)
            yield Fleet(panel, _laptop(tmp_path, ssh))
        finally:
            panel.stop()


def _programs(ssh: SshUnit, panel: Unit) -> None:
    """Those of the panel's release, on its PATH."""
    root, python = Path(__file__).parents[2], shlex.quote(sys.executable)
    begin = f"#!/bin/sh\ncd {shlex.quote(str(root))}\nexec {python} -m"
    own = {
        "mydesk-room": f'{begin} roomdisplay "$@" --socket {panel.socket}\n',
        "mydesk-graph": f"{begin} graph sign-in --config {panel.config} --json\n",
        "mydesk-update": f'{begin} provisioning.on_unit.mydesk_update --root {ssh.root} "$@"\n',
        **{name: PROGRAMS[name] for name in ("runuser", "sudo", "systemctl", "timedatectl")},
    }
    here = REALLY.format(root=ssh.root).replace('"$SSH_ORIGINAL_COMMAND"', UPDATER_BY_NAME)
    (ssh.root / "command").write_text(here)
    (ssh.root / "bin").mkdir()
    for name, text in own.items():
        (ssh.root / "bin" / name).write_text(text)
        (ssh.root / "bin" / name).chmod(0o755)


def _laptop(folder: Path, ssh: SshUnit) -> list[str]:
    """Options of each command: an inventory of that unit, claimed."""
    state = FleetState.open(folder / "state")
    key = HostKey.parse((ssh.root / "etc/ssh/ssh_host_ed25519_key.pub").read_text())
    remember(state, NAME, "127.0.0.1", ssh.port, key)
    head = INVENTORY.partition("[[units]]")[0].replace("[fleet]\n", f'[fleet]\nssh_user = "{USER}"\n')
    hub = head.partition("[hub]\n")
    head = hub[0] + hub[2].split("\n\n", 1)[1]  # a site without a hub: no agent runs here
    row = f'[[units]]\nid = "{NAME}"\nrole = "room"\nsite = "cph"\nhardware = "door"\nmailbox = "ada@contoso.example"\n'
    inventory = folder / "inventory.toml"
    inventory.write_text(f'{head}{row}address = "127.0.0.1"\nssh_port = {ssh.port}\n')
    return ["--inventory", str(inventory), "--state", str(folder / "state"), "--identity", str(ssh.identity)]


def test_from_signed_out_to_a_picture(fleet: Fleet, tmp_path: Path) -> None:
    (before,) = fleet.told("doctor")
    assert {"signed-out", "no-release"} <= {one["check"] for one in before["findings"]}

    fleet.panel.sim.control("POST", "/_sim/sign-in/auto-approve", {"account": ACCOUNT})
    shown, ended = fleet.told("sign-in", NAME)
    assert (shown["unit"], shown["microsoft"]) == (NAME, False), "the simulator's page is not Microsoft's"
    assert len(shown["code"]) >= 8
    assert (ended["result"], ended["state"]) == ("ok", "signed-in"), ended
    assert fleet.told("sign-in", NAME)[0]["state"] == "was-signed-in"

    fleet.panel.until(lambda: not fleet.panel.ask("status")["doubt"])
    (status,) = fleet.told("status")
    assert (status["result"], status["signed_in"], status["faults"]) == ("ok", True, {})
    assert status["state"] == fleet.panel.ask("status")["state"]
    assert 0 <= status["calendar_age_s"] < 60
    assert 0 <= status["frame_age_s"] < 60
    assert "signed-out" not in {one["check"] for one in fleet.told("doctor")[0]["findings"]}

    assert "shows its name for 30 s" in fleet.ran("identify", NAME).stdout
    assert fleet.ran("screenshot", NAME, "--to", str(tmp_path / "pictures")).exit_code == 0
    picture = (tmp_path / "pictures" / f"{NAME}.png").read_bytes()
    assert picture.endswith(b"IEND\xaeB`\x82")
    assert len(picture) > 2000
