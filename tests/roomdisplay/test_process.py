"""The panel as the service manager has it: a process with a configuration file, a control socket and a watchdog."""

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
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from common.control import ControlError, request
from graph.tls import client_context
from roomdisplay.redaction import BLOCKS
from simulator.server import Simulator
from tests.ports import free_port
from tests.roomdisplay.site import ACCOUNT, CLIENT, OFFICE, ROOM
from tests.tenant_config import IN_TENANT

CONFIG = (
    IN_TENANT
    + """\
[unit]
id = "cph-2-storebaelt"
state_folder = "{folder}"
overrides_file = "{folder}/overrides.json"
control_socket = "{folder}/room.sock"
outbox_file = "{outbox}"
[room]
address = "{room}"
name = "{name}"
[sleep]
enabled = false
[lamp]
driver = "emulated"
"""
)


class Unit:
    """A running `mydesk-room run`, and the socket that its service manager would listen on."""

    def __init__(self, sim: Simulator, folder: Path, *options: str, outbox: str = "") -> None:
        self.sim = sim
        self.folder = folder
        self.outbox = outbox
        self.config = folder / "room.toml"
        self.socket = folder / "room.sock"
        self.write("Storebælt")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(folder / "notify.sock"))
        self.notify.settimeout(20)
        environment = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify.sock"), "SDL_VIDEODRIVER": "offscreen"}
        command = [sys.executable, "-m", "roomdisplay", "run", "--config", str(self.config), *options]
        self.process = subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, text=True, cwd=OFFICE.parents[2]
        )

    def write(self, name: str) -> None:
        values = {"room": ROOM, "client": CLIENT, "account": ACCOUNT, "url": self.sim.url, "ca": self.sim.ca_file}
        self.config.write_text(CONFIG.format(folder=self.folder, name=name, outbox=self.outbox, **values))

    def ready(self) -> str:
        """What it told the service manager with READY=1."""
        end = time.monotonic() + 30
        while "READY=1" not in (told := self.notify.recv(4096).decode()):
            assert time.monotonic() < end, f"not ready: {told}"
        return told

    def ask(self, op: str, **args: Any) -> dict[str, Any]:
        return request(self.socket, op, timeout_s=15, **args)

    def until(self, condition: Callable[[], object], timeout_s: float = 20) -> None:
        end = time.monotonic() + timeout_s
        while True:
            try:
                if condition():
                    return
            except ControlError:
                pass  # it is starting anew
            assert self.process.poll() is None, self.process.stderr.read() if self.process.stderr else ""
            assert time.monotonic() < end, "it did not come true"
            time.sleep(0.05)

    def sign_in(self) -> None:
        self.sim.control("POST", "/_sim/sign-in/auto-approve", {"account": ACCOUNT})
        self.ask("sign-in")
        self.until(lambda: self.ask("status")["signed_in"] and not self.ask("status")["doubt"])

    def stop(self) -> tuple[int, str]:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=20)
        self.notify.close()
        return self.process.returncode, log


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


def test_from_start_to_a_clean_end(start: Callable[..., Unit]) -> None:
    unit = start()
    assert "on screen" in unit.ready()
    unit.until(lambda: unit.ask("status")["state"] == "needs-sign-in")
    unit.sign_in()
    status = unit.ask("status")
    truth = unit.sim.control("GET", f"/_sim/rooms/{ROOM}/truth?at=now")
    assert status["lamp"] in (("busy",) if truth["busy"] else ("free", "attention"))
    assert "current" not in status
    assert unit.ask("status", full=True)["next"] is not None or truth["next"] == []
    code, log = unit.stop()
    assert code == 0, log
    names = {event["subject"] for event in truth["events"]} | {
        "Louise",
        "Jesper",
        "Henrik",
        ACCOUNT.split("@", 1)[0] + "@",
    }
    assert not [name for name in names if name and name in log]


def test_a_screenshot_shows_blocks(start: Callable[..., Unit], tmp_path: Path) -> None:
    unit = start()
    unit.ready()
    unit.sign_in()
    out = tmp_path / "shot.png"
    command = [
        sys.executable,
        "-m",
        "roomdisplay",
        "ctl",
        "screenshot",
        "--socket",
        str(unit.socket),
        "--out",
        str(out),
    ]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True, cwd=OFFICE.parents[2])
    assert json.loads(done.stdout)["bytes"] == out.stat().st_size
    assert out.read_bytes().startswith(b"\x89PNG")
    streamed = subprocess.run([*command[:-1], "-"], capture_output=True, check=True, cwd=OFFICE.parents[2])
    assert streamed.stdout.startswith(b"\x89PNG")
    assert streamed.stdout.endswith(b"IEND\xaeB`\x82"), "a picture and nothing else"
    assert len(BLOCKS) == 5


def test_headless_is_ready_without_a_screen(start: Callable[..., Unit]) -> None:
    unit = start("--headless")
    assert "without a screen" in unit.ready()
    with pytest.raises(ControlError, match="without a display"):
        unit.ask("screenshot")
    assert unit.stop()[0] == 0


def test_reload_takes_a_good_file_and_refuses_a_bad_one(start: Callable[..., Unit]) -> None:
    unit = start("--headless")
    unit.ready()
    unit.config.write_text("[unit]\nid = 3\n")
    with pytest.raises(ControlError, match=r"unit\.id"):
        unit.ask("reload")
    unit.write("Lillebælt")
    unit.ask("reload")
    assert "without a screen" in unit.ready()
    assert unit.ask("status")["unit"] == "cph-2-storebaelt"


def test_settings_from_the_hub_lie_over_the_file(start: Callable[..., Unit]) -> None:
    unit = start("--headless")
    unit.ready()
    assert unit.ask("status")["frame_age_s"] is None
    assert unit.ask("check-settings", values={"screen.language": "en"}) == {"problems": []}
    refused = unit.ask(
        "check-settings", values={"screen.language": "fr", "graph.account": "a@b.c", "booking.maximum_min": 0}
    )
    assert len(refused["problems"]) == 3
    assert "graph.account" in [problem["key"] for problem in refused["problems"]]
    with pytest.raises(ControlError, match="object"):
        unit.ask("check-settings", values=[1])
    overrides = unit.folder / "overrides.json"
    overrides.write_text(json.dumps({"screen.language": "en"}))
    unit.ask("reload")
    assert "without a screen" in unit.ready()
    overrides.write_text("{")
    unit.ask("reload")
    assert "without a screen" in unit.ready(), "damaged ones are ignored, which is a change too"
    code, log = unit.stop()
    assert code == 0, log
    assert "overrides.json is ignored" in log


@pytest.mark.parametrize(("changed", "code", "said"), [({}, 0, "signed-in"), ({"code": "forged"}, 1, "error")])
def test_a_browser_signs_the_running_panel_in(
    start: Callable[..., Unit], changed: dict[str, str], code: int, said: str
) -> None:
    unit = start("--headless")
    unit.ready()
    unit.sim.control("POST", "/_sim/sign-in/auto-approve", {"account": ACCOUNT})
    command = [sys.executable, "-m", "graph", "sign-in", "--config", str(unit.config), "--auth-code", "--json"]
    with subprocess.Popen(
        [*command, "--port", str(free_port())],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=OFFICE.parents[2],
    ) as terminal:
        assert terminal.stdout
        assert terminal.stderr
        page = come_back(unit, json.loads(terminal.stdout.readline())["address"], changed)
        assert "You may close this page" in page
        told = terminal.stdout.read() + terminal.stderr.read()
    assert terminal.returncode == code, told
    assert said in told
    assert "Traceback" not in told
    unit.until(lambda: unit.ask("status")["signed_in"] == (code == 0))


def come_back(unit: Unit, address: str, changed: dict[str, str]) -> str:
    """Be the browser: follow the sign-in page back to the loopback."""
    with httpx.Client(verify=client_context(str(unit.sim.ca_file)), trust_env=False) as http:
        back = urlsplit(http.get(address).headers["location"])
        query = {key: values[0] for key, values in parse_qs(back.query).items()} | changed
        return http.get(f"http://127.0.0.1:{back.port}/?{urlencode(query)}").text


def test_a_browser_sign_in_with_a_wrong_port_is_refused(start: Callable[..., Unit]) -> None:
    unit = start("--headless")
    unit.ready()
    with pytest.raises(ControlError, match="redirect_port"):
        unit.ask("sign-in-browser", redirect_port="8400")
    assert unit.ask("sign-in-answer", query="code=1&state=2")["state"] == "failed"


def test_two_panels_on_one_socket(start: Callable[..., Unit], tmp_path: Path) -> None:
    unit = start("--headless")
    unit.ready()
    command = [sys.executable, "-m", "roomdisplay", "run", "--headless", "--config", str(unit.config)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=OFFICE.parents[2], check=False)
    assert second.returncode == 1
    assert "serves" in second.stderr
    assert "Traceback" not in second.stderr


def test_wrong_use_and_wrong_files(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('[unit]\nid = "Æ"\ncolour = "red"\n')
    cases = (
        (["run", "--config", str(bad)], 1, "colour"),
        (["run", "--config", str(tmp_path / "none.toml")], 1, "none.toml"),
        (["run"], 2, "--config"),
        (["preview", "--state", "purple", "--out", "x.png"], 2, "purple"),
        (["preview", "--state", "free", "--size", "big", "--out", str(tmp_path / "x.png")], 1, "1280x800"),
        (["ctl", "status", "--socket", str(tmp_path / "no.sock")], 1, "nothing is running"),
    )
    for options, code, word in cases:
        command = [sys.executable, "-m", "roomdisplay", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=OFFICE.parents[2], check=False)
        assert done.returncode == code, (options, done.stderr)
        assert word in done.stderr, (options, done.stderr)
        assert "Traceback" not in done.stderr
