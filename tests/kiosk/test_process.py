"""The kiosk as the service manager has it: a process with a configuration file, a control socket and a watchdog."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from common.control import ControlError, request
from simulator.server import Simulator
from tests.common.visiting.token_kit import KEY, new_code, public_text
from tests.kiosk.invitation_kit import record
from tests.kiosk.site import ACCOUNT, CLIENT, OFFICE, hosts_group
from tests.tenant_config import IN_TENANT

ROOT = OFFICE.parents[2]
CONFIG = (
    IN_TENANT
    + """\
[unit]
id = "cph-lobby"
control_socket = "{folder}/kiosk.sock"
overrides_file = "{folder}/overrides.json"
[site]
name = "{name}"
[hosts]
host_group = "{group}"
index_file = "{folder}/hosts.index"
[register]
folder = "{folder}/register"
[invitations]
public_keys = {{ "1" = "{key}" }}
records_folder = "{folder}/invitations"
[printer]
driver = "emulated"
[scanner]
driver = "emulated"
"""
)


class Unit:
    """A running `mydesk-kiosk run`, and the socket that its service manager would listen on."""

    def __init__(self, sim: Simulator, folder: Path, *options: str) -> None:
        self.sim = sim
        self.folder = folder
        self.config = folder / "kiosk.toml"
        self.socket = folder / "kiosk.sock"
        self.write("Nordhavn Kontorhus")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(folder / "notify.sock"))
        self.notify.settimeout(30)
        environment = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify.sock"), "SDL_VIDEODRIVER": "offscreen"}
        self.process = subprocess.Popen(
            command("run", "--config", str(self.config), *options),
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def write(self, name: str) -> None:
        values = {"client": CLIENT, "account": ACCOUNT, "url": self.sim.url, "ca": self.sim.ca_file}
        values |= {"group": hosts_group(self.sim), "key": public_text(KEY), "folder": self.folder, "name": name}
        self.config.write_text(CONFIG.format(**values))

    def ready(self) -> str:
        """What it told the service manager with READY=1."""
        while True:
            told = self.notify.recv(4096).decode()
            if "READY=1" in told:
                return told

    def ask(self, op: str, **args: Any) -> dict[str, Any]:
        return request(self.socket, op, timeout_s=15, **args)

    def until(self, condition: Callable[[], object], timeout_s: float = 20) -> None:
        end = time.monotonic() + timeout_s
        while not condition():
            assert self.process.poll() is None, self.process.stderr.read() if self.process.stderr else ""
            assert time.monotonic() < end, "it did not come true"
            time.sleep(0.05)

    def stop(self) -> tuple[int, str]:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=20)
        self.notify.close()
        return self.process.returncode, log


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "kiosk", *options]


def said(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*options), capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Unit]]:
    units: list[Unit] = []
    with Simulator.start(OFFICE) as sim:
        sim.control("POST", "/_sim/limits", {"device_code_interval_s": 0})

        def begin(*options: str) -> Unit:
            units.append(Unit(sim, tmp_path, *options))
            return units[-1]

        yield begin
        for unit in units:
            unit.stop()


def test_from_start_to_a_clean_end(start: Callable[..., Unit], tmp_path: Path) -> None:
    unit = start("--headless")
    assert "without a screen" in unit.ready()
    status = unit.ask("status")
    assert (status["unit"], status["page"], status["register"]) == ("cph-lobby", "Welcome", "ok")
    assert (status["signed_in"], status["hosts"], status["on_site"]) == (False, 0, 0)

    # Signed in over the socket, the hosts are read at once.
    unit.sim.control("POST", "/_sim/sign-in/auto-approve", {"account": ACCOUNT})
    assert "code" in unit.ask("sign-in")
    unit.until(lambda: unit.ask("status")["hosts"] > 5)
    assert unit.ask("sign-in-status")["state"] == "signed-in"

    sealed = tmp_path / "invitation.mdrec"
    sealed.write_bytes(b"MDR1 this is no record")
    refused = said("ctl", "visit", str(sealed), "--socket", str(unit.socket))
    assert refused.returncode == 1
    assert "refused" in refused.stderr

    assert unit.ask("evacuation", active=True)["active"] is True
    unit.until(lambda: unit.ask("status")["page"] == "Evacuating")
    ended = said("ctl", "evacuation", "--end", "--socket", str(unit.socket), "--json")
    assert json.loads(ended.stdout)["active"] is False
    with pytest.raises(ControlError, match="true or false"):
        unit.ask("evacuation", active="yes")
    with pytest.raises(ControlError, match="No guest of that id"):
        unit.ask("reprint", visit_id="0" * 32)
    nothing = said("ctl", "reprint", "last", "--socket", str(unit.socket))
    assert (nothing.returncode, "No badge was printed yet" in nothing.stderr) == (1, True)
    assert unit.ask("new-roll")["labels_left"] == 300
    assert unit.ask("forget")["visits"] == 0
    assert unit.ask("identify") == {"unit": "cph-lobby"}
    with pytest.raises(ControlError, match="without a display"):
        unit.ask("screenshot")
    code, log = unit.stop()
    assert code == 0, log
    assert "Traceback" not in log
    assert not [name for name in ("Louise", "Rasmus", ACCOUNT) if name in log]


def test_a_sealed_invitation_is_taken_by_the_running_kiosk(start: Callable[..., Unit], tmp_path: Path) -> None:
    from common.visiting.sealed_record import kiosk_key, seal_record

    unit = start("--headless")
    unit.ready()
    made = record(new_code(), start_s=int(time.time()), end_s=int(time.time()) + 3600)
    to = kiosk_key(unit.ask("status")["invitation_address"])
    sealed = tmp_path / "one.mdrec"
    sealed.write_bytes(seal_record(made, key_id=1, key=KEY, kiosk=to))
    taken = said("ctl", "visit", str(sealed), "--socket", str(unit.socket), "--json")
    assert json.loads(taken.stdout) == {"visits": 1}
    found = said("export", "--guest", made.email, "--config", str(unit.config))
    assert made.name in found.stdout, found.stderr


def test_the_command_line_signs_the_running_kiosk_in(start: Callable[..., Unit]) -> None:
    unit = start("--headless")
    unit.ready()
    unit.sim.control("POST", "/_sim/sign-in/auto-approve", {"account": ACCOUNT})
    line = [sys.executable, "-m", "graph", "sign-in", "--config", str(unit.config), "--json"]
    told = subprocess.run(line, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "signed-in" in told.stdout
    unit.until(lambda: unit.ask("status")["hosts"] > 5)


def test_a_screenshot_is_drawn_off_the_screen(start: Callable[..., Unit], tmp_path: Path) -> None:
    unit = start()
    assert "on screen" in unit.ready()
    out = tmp_path / "shot.png"
    shot = said("ctl", "screenshot", "--socket", str(unit.socket), "--out", str(out), "--json")
    assert json.loads(shot.stdout)["bytes"] == out.stat().st_size
    assert out.read_bytes().startswith(b"\x89PNG")
    words = [sys.executable, "-m", "kiosk", "ctl", "screenshot", "--socket", str(unit.socket), "--out", "-"]
    streamed = subprocess.run(words, capture_output=True, check=True, timeout=60)
    assert streamed.stdout.startswith(b"\x89PNG")
    assert streamed.stdout.endswith(b"IEND\xaeB`\x82"), "a picture and nothing else"
    code, log = unit.stop()
    assert code == 0, log


def test_reload_takes_a_good_file_and_refuses_a_bad_one(start: Callable[..., Unit]) -> None:
    unit = start("--headless")
    unit.ready()
    unit.config.write_text('[unit]\nid = 3\n[site]\nname = "x"\n')
    with pytest.raises(ControlError, match=r"unit\.id"):
        unit.ask("reload")
    unit.write("Sydhavn Kontorhus")
    unit.ask("reload")
    assert "without a screen" in unit.ready()
    assert unit.ask("status")["unit"] == "cph-lobby"


def test_settings_from_the_hub_lie_over_the_file(start: Callable[..., Unit]) -> None:
    unit = start("--headless")
    unit.ready()
    assert unit.ask("status")["frame_age_s"] is None
    assert unit.ask("check-settings", values={"flow.idle_s": 45}) == {"problems": []}
    refused = unit.ask("check-settings", values={"flow.idle_s": 1, "graph.account": "a@b.c", "labels.per_roll": 0})
    assert len(refused["problems"]) == 3
    assert "graph.account" in [problem["key"] for problem in refused["problems"]]
    with pytest.raises(ControlError, match="object"):
        unit.ask("check-settings", values=[1])
    overrides = unit.folder / "overrides.json"
    overrides.write_text(json.dumps({"flow.idle_s": 45}))
    unit.ask("reload")
    assert "without a screen" in unit.ready()
    overrides.write_text("{")
    unit.ask("reload")
    assert "without a screen" in unit.ready(), "damaged ones are ignored, which is a change too"
    code, log = unit.stop()
    assert code == 0, log
    assert "overrides.json is ignored" in log


def test_two_kiosks_on_one_register(start: Callable[..., Unit]) -> None:
    unit = start("--headless")
    unit.ready()
    second = said("run", "--headless", "--config", str(unit.config))
    assert second.returncode == 1
    assert "Traceback" not in second.stderr
    assert unit.ask("status")["register"] == "ok"


def test_wrong_use_and_wrong_files(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('[unit]\nid = "Æ"\ncolour = "red"\n')
    cases = (
        (["run", "--config", str(bad)], 1, "colour"),
        (["run", "--config", str(tmp_path / "none.toml")], 1, "none.toml"),
        (["run"], 2, "--config"),
        (["preview", "--page", "purple", "--out", "x.png"], 1, "purple"),
        (["ctl", "status", "--socket", str(tmp_path / "no.sock")], 1, "nothing is running"),
        (["ctl", "evacuation", "--begin", "--end"], 2, "not both"),
    )
    for options, code, word in cases:
        done = said(*options)
        assert done.returncode == code, (options, done.stderr)
        assert word in done.stderr, (options, done.stderr)
        assert "Traceback" not in done.stderr
