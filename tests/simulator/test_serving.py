"""Starting, stopping, the clock, starting over, and the command line as a process."""

from __future__ import annotations

import gc
import json
import signal
import ssl
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.clock import ManualClock
from simulator.office_file import sample
from simulator.server import ControlRefused, Simulator
from tests.simulator.conftest import NOON, ROOM, Lab

COMMAND = [sys.executable, "-c", "from simulator.cli import main; main()"]


def test_clock_sets_steps_and_runs(lab: Lab) -> None:
    assert lab.sim.control("POST", "/_sim/clock", {"set": "08:00"})["local"].startswith("2026-11-23T08:00:00")
    assert lab.sim.control("POST", "/_sim/clock", {"step_s": 90})["now"] == "2026-11-23T07:01:30Z"
    lab.sim.control("POST", "/_sim/clock", {"rate": 100_000})
    first, second = (lab.sim.control("GET", "/_sim/clock")["now"] for _ in range(2))
    lab.sim.control("POST", "/_sim/clock", {"rate": 0})
    assert first < second
    for wrong in ({"set": "noon"}, {"rate": -1}, {"stepp": 3}):
        with pytest.raises(ControlRefused, match="allowed"):
            lab.sim.control("POST", "/_sim/clock", wrong)


def test_reset_brings_the_opening_day_back(lab: Lab) -> None:
    lab.sim.control("POST", f"/_sim/rooms/{ROOM}/bookings", {"start": "17:00", "end": "18:00"})
    lab.sim.control("POST", "/_sim/faults", {"status": 500})
    token = lab.token()
    lab.sim.control("POST", "/_sim/reset", {"keep_sign_ins": True})
    assert len(lab.view(token=token).json()["value"]) == 5
    lab.sim.control("POST", "/_sim/reset", {})
    assert lab.view(token=token).status_code == 401


def test_prune_forgets_old_meetings(lab: Lab) -> None:
    lab.sim.control("POST", "/_sim/clock", {"step_s": 30 * 86_400})
    assert lab.sim.control("POST", "/_sim/prune")["removed"] > 20
    assert lab.subjects("lillebaelt@nordhavn.example") == ["Morgenmøde"]


def test_callers_own_clock_and_plain_http() -> None:
    clock = ManualClock(NOON)
    with Simulator.start(sample(), tls=False, clock=clock) as sim:
        assert (sim.ca_file, sim.url) == (None, f"http://127.0.0.1:{sim.port}")
        clock.step(60)
        assert sim.control("GET", "/_sim/clock")["now"] == "2026-11-23T10:43:00Z"
        sim.control("POST", "/_sim/clock", {"step_s": 60})
        assert clock.now() == NOON + timedelta(minutes=2)
        with pytest.raises(ControlRefused, match="its caller"):
            sim.control("POST", "/_sim/clock", {"rate": 2})


def test_closing_lets_hanging_requests_go() -> None:
    with Simulator.start(sample(), tls=False) as sim:
        sim.control("POST", "/_sim/faults", {"kind": "hang"})
        with httpx.Client(trust_env=False, timeout=0.1) as http, pytest.raises(httpx.ReadTimeout):
            http.get(f"{sim.url}/v1.0/me")
    with pytest.raises(ConnectionRefusedError):
        sim.control("GET", "/_sim/clock")


def test_client_that_stays_connected_does_not_hold_up_the_end() -> None:
    sim = Simulator.start(sample())
    context = ssl.create_default_context(cafile=str(sim.ca_file))
    with httpx.Client(base_url=sim.url, verify=context, trust_env=False) as http:
        assert http.get("/_sim/clock").status_code == 200
        began_s = time.monotonic()
        sim.close()
        assert time.monotonic() - began_s < 0.9
        gc.collect()


def test_certificates_go_where_they_are_told(tmp_path: Path) -> None:
    with Simulator.start(sample(), state_dir=tmp_path) as sim:
        assert sim.ca_file == tmp_path / "ca.pem"
        assert (tmp_path / "localhost.key").stat().st_mode & 0o777 == 0o600
        context = ssl.create_default_context(cafile=str(sim.ca_file))
        for host in ("localhost", "127.0.0.1"):
            with httpx.Client(verify=context, trust_env=False) as http:
                assert http.get(f"https://{host}:{sim.port}/_sim/clock").status_code == 200


def test_unknown_room_and_person_are_told(lab: Lab) -> None:
    with pytest.raises(ControlRefused, match="404 'Atlanten' is no room; allowed: Storebælt"):
        lab.sim.control("GET", "/_sim/rooms/Atlanten/truth")
    with pytest.raises(ControlRefused, match="is nobody here"):
        lab.sim.control("POST", "/_sim/people/nobody/meetings", {"subject": "x", "start": "now", "end": "now+1h"})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_until_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    arguments = ["serve", "--json", "--state-dir", str(tmp_path), "--clock", "11:42", "--rate", "0"]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        facts: dict[str, Any] = json.loads(process.stdout.readline())
        context = ssl.create_default_context(cafile=facts["ca_file"])
        with httpx.Client(verify=context, trust_env=False) as http:
            assert "T11:42:00" in http.get(f"{facts['url']}/_sim/clock").json()["local"]
        process.send_signal(number)
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--help"], 0, "Example: mydesk-sim serve"),
        (["serve", "--help"], 0, "Example: mydesk-sim serve"),
        (["serve", "--port", "99999"], 2, "--port"),
        (["serve", "--office", "/nonexistent.toml"], 2, "cannot be read"),
        (["serve", "--clock", "noon"], 2, "is not a time"),
        (["serve", "--auto-approve", "nobody"], 2, "is nobody in this office"),
        (["check", "/nonexistent.toml"], 1, "cannot be read"),
        (["check", str(sample())], 0, "8 rooms"),
        (["dance"], 2, "dance"),
    ],
)
def test_command_line(arguments: list[str], code: int, said: str) -> None:
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr


def test_control_calls_go_on_after_a_long_silence(lab: Lab) -> None:
    lab.sim.control("GET", "/_sim/clock")
    first, lab.sim._used_s = lab.sim._connection, -1e9
    assert "now" in lab.sim.control("GET", "/_sim/clock")
    assert lab.sim._connection is not first
