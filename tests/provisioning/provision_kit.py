"""A fleet of real root file systems: inventory, claimed host keys, a hub that signs, a signed release to install."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provisioning import bundle
from provisioning.bundle_lock import Target
from provisioning.fleet_state import FleetState
from provisioning.known_hosts import HostKey, remember
from tests.provisioning.bundle_kit import CREATED_S, Signer, signer, wheel
from tests.provisioning.rootfs_kit import ADMIN, RootUnit

HUB = [sys.executable, "-c", "from hub.cli import main; main()"]
PIN_HASH = "the-hash-nobody-may-see"
APP = """import sys
def main():
    if sys.argv[1:2] == ["check-config"]:
        text = open(sys.argv[2]).read()
        sys.exit("room.address: nowhere is no room" if "nowhere@" in text else 0)
"""
PROGRAMS = ("mydesk-room", "mydesk-kiosk", "mydesk-agent")
COMMANDS = "[console_scripts]\n" + "".join(f"{name} = small_app:main\n" for name in PROGRAMS)
TIMEOUT_S = 600


@dataclass
class Rig:
    """`folder` holds the inventory and all else; `units` are those of it that run."""

    folder: Path
    units: Mapping[str, RootUnit]
    hub: Path
    release: Path
    signer: Signer
    user: str = ADMIN
    more: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> FleetState:
        """With the claimed host keys."""
        return FleetState.open(self.folder / "state")

    def write_inventory(self, *changes: tuple[str, str], more: str = "") -> None:
        """The inventory with all units of the rig."""
        text = _inventory(self) + more
        for old, new in changes:
            assert text.count(old) == 1
            text = text.replace(old, new)
        (self.folder / "inventory.toml").write_text(text)

    def claim_all(self) -> None:
        """As if each had been claimed."""
        for name, unit in self.units.items():
            remember(self.state, name, "127.0.0.1", unit.port, HostKey.parse(" ".join(unit.host_key.split()[:2])))

    def command(self, *words: str) -> list[str]:
        """mydesk-fleet provision with what it needs here."""
        program = [sys.executable, "-c", "from provisioning.cli import main; main()", "provision"]
        options = ["--inventory", str(self.folder / "inventory.toml"), "--state", str(self.folder / "state")]
        identity = next(iter(self.units.values())).identity
        return [*program, *words, *options, "--identity", str(identity), "--json"]

    def provision(self, *words: str) -> tuple[int, dict[str, Any], str]:
        """Exit code, what it says by unit, and all of its output."""
        environment = {**os.environ, "MYDESK_PIN_HASH": PIN_HASH}
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=TIMEOUT_S, check=False, env=environment
        )
        said = [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode, {one["unit"]: one for one in said}, done.stdout + done.stderr


def rig(folder: Path, units: Mapping[str, RootUnit]) -> Rig:
    """Make everything but the units."""
    made = Rig(folder, units, _hub(folder / "hub"), *_release(folder))
    made.claim_all()
    made.write_inventory()
    return made


def words_of(said: Mapping[str, Any], unit: str) -> dict[str, str]:
    """What became of each operation on a unit."""
    return {step["name"]: step["result"] for step in said[unit]["steps"]}


def all_are(words: Mapping[str, str], word: str, but: Iterable[str] = ()) -> bool:
    """Whether every operation but some ended like that."""
    return all(found == word for name, found in words.items() if name not in set(but))


def _hub(folder: Path) -> Path:
    folder.mkdir()
    config = folder / "hub.toml"
    config.write_text(
        f'[site]\nname = "Nordhavn"\n[broker]\nhost = "hub.example"\nport = 18883\n'
        f'[authority]\nfolder = "{folder / "ca"}"\n[database]\nurl = "sqlite:///{folder / "hub.db"}"\n'
        f'[local_admin]\nname = "admin"\n'
    )
    _run([*HUB, "broker-config", "--config", str(config), "--out", str(folder / "broker")])
    return config


def _release(folder: Path) -> tuple[Path, Signer]:
    parts = {"small_app.py": APP, "mydesk_firmware-1.0.0.dist-info/entry_points.txt": COMMANDS}
    wheels = [wheel(folder / "wheels", "mydesk_firmware", "1.0.0", parts)]
    path = folder / "mydesk-1.0.0.bundle"
    bundle.build(bundle.Release("1.0.0", Target("3.11", os.uname().machine), CREATED_S), wheels, path)
    made = signer(folder / "keys")
    bundle.sign(path, made.key)
    return path, made


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(list(command), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _inventory(made: Rig) -> str:
    text = textwrap.dedent(
        f"""\
        [fleet]
        name = "rig"
        ssh_user = "{made.user}"
        admin_keys = ["{next(iter(made.units.values())).identity.with_suffix(".pub").read_text().strip()}"]
        release_keys = ["{made.signer.key.with_suffix(".pub").read_text().strip()}"]

        [microsoft365]
        tenant_id = "contoso.example"
        room_client_id = "4b1f4e6e-52f5-4c0c-8a1c-6a1a36d9a0b2"
        account = "mydesk@contoso.example"

        [hub]
        host = "hub.example"
        ca_file = "{made.hub.parent / "ca/ca.pem"}"
        enrol = {{ program = {json.dumps(HUB)}, config = "{made.hub}" }}

        [room]
        admin.pin_hash = {{ env = "MYDESK_PIN_HASH" }}

        [hardware.door]
        board = "x86"

        [[sites]]
        id = "cph"
        name = "Nordhavn"
        """
    )
    return text + "".join(unit_text(name, unit.port) for name, unit in made.units.items())


def unit_text(name: str, port: int) -> str:
    """One more unit on loopback."""
    keys = {"id": name, "role": "room", "site": "cph", "hardware": "door", "address": "127.0.0.1"}
    keys["mailbox"] = f"{name}@contoso.example"
    return "\n[[units]]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items()) + f"ssh_port = {port}\n"
