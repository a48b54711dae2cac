"""A real panel process in front of the simulated tenant, signed in, for benches that look at it from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from common.control import ControlError, request
from simulator.server import Simulator
from tests.tenant_config import IN_TENANT

ROOT = Path(__file__).resolve().parents[2]
OFFICE = ROOT / "simulator" / "offices" / "nordhavn.toml"
ACCOUNT = "mydesk@nordhavn.example"
CLIENT = "11111111-aaaa-4bbb-8ccc-000000000001"
CONFIG = (
    IN_TENANT
    + """\
[unit]
id = "bench"
state_folder = "{folder}"
control_socket = "{folder}/room.sock"
[room]
address = "storebaelt@nordhavn.example"
name = "Storebælt"
[sleep]
enabled = false
[lamp]
driver = "emulated"
"""
)


class UnitProcess:
    """`mydesk-room run` on the off-screen driver, in `folder`."""

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        self._python = python
        self.began_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running panel."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process; the clock of `began_s` is time.monotonic."""
        command = [self._python, "-m", "roomdisplay", "run", "--config", str(self.folder / "room.toml")]
        environment = {**os.environ, "SDL_VIDEODRIVER": "offscreen", "MYDESK_LOG": "ERROR"}
        self.began_s = time.monotonic()
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment)

    def stop(self) -> None:
        """SIGTERM, and wait."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    def ask(self, op: str, **args: Any) -> dict[str, Any]:
        """Over the control socket."""
        return request(self.folder / "room.sock", op, timeout_s=10, **args)

    def until(self, condition: Callable[[], object], timeout_s: float = 30.0) -> float:
        """Wait for something; seconds since the start of the process. Raises TimeoutError."""
        while time.monotonic() - self.began_s < timeout_s:
            try:
                if condition():
                    return time.monotonic() - self.began_s
            except ControlError:
                pass  # not up yet
            time.sleep(0.005)
        raise TimeoutError("the panel did not come so far")

    def settled(self) -> bool:
        """It shows a state that it believes."""
        status = self.ask("status")
        return status["doubt"] is None and status["state"] != "starting"


@contextmanager
def signed_in_unit(python: str = sys.executable) -> Iterator[tuple[UnitProcess, Simulator]]:
    """A unit that has signed in once and is stopped: its tokens are on disk, as after a reboot.

    `python` may be one of an environment with requirements.lock alone, as a unit has it.
    """
    with tempfile.TemporaryDirectory(prefix="mydesk-bench-") as name, Simulator.start(OFFICE) as sim:
        folder = Path(name)
        text = CONFIG.format(folder=folder, client=CLIENT, account=ACCOUNT, url=sim.url, ca=sim.ca_file)
        (folder / "room.toml").write_text(text)
        sim.control("POST", "/_sim/limits", {"device_code_interval_s": 0})
        sim.control("POST", "/_sim/sign-in/auto-approve", {"account": ACCOUNT})
        unit = UnitProcess(folder, python)
        unit.start()
        try:
            unit.until(lambda: unit.ask("status"))
            unit.ask("sign-in")
            unit.until(unit.settled)
            unit.stop()
            yield unit, sim
        finally:
            unit.stop()
