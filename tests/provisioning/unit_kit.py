"""A unit in a folder: its root file system, the services as systemctl shows them, the app behind its control socket."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provisioning import bundle
from provisioning.on_unit.mydesk_update import main
from provisioning.on_unit.places import Places
from provisioning.on_unit.state import State, load
from tests.provisioning.bundle_kit import CREATED_S, Signer, native_target, record, wheel

SYSTEMCTL = """#!/bin/sh
dir=$(dirname "$0")
echo "$@" >> "$dir/asked"
case $1 in
    show) cat "$dir/show" ;;
    restart) exit "$(cat "$dir/restart")" ;;
esac
"""
WELL = "ActiveState=active\nNRestarts=0\n"
SETTINGS = """user = "{user}"
services = ["app.service"]
control_socket = "{socket}"
self_test = ["app"]
databases = []
self_test_s = 20
soak_s = 0.02
verify_s = 1.2
poll_s = 0.01
"""
APP = """import sys
VERSION = {version!r}
def main():
    sys.stdout.write(VERSION)
    return {code}
"""
ENTRY_POINTS = "[console_scripts]\napp = mydesk_app:main\n"


@dataclass(frozen=True, slots=True)
class Unit:
    """Its root file system is `places.root`; `tools` is a folder of PATH with systemctl in it."""

    places: Places
    tools: Path
    signer: Signer
    bundles: Path
    status: dict[str, Any] = field(default_factory=dict)

    def bundle(self, version: str, *, code: int = 0, files: dict[str, str] | None = None, **release: Any) -> Path:
        """A signed bundle of a small app, which ends with `code` when it is tested."""
        app = {
            "mydesk_app.py": APP.format(version=version, code=code),
            f"mydesk_firmware-{version}.dist-info/entry_points.txt": ENTRY_POINTS,
            **(files or {}),
        }
        path = self.bundles / f"{version}-{len(list(self.bundles.iterdir()))}.bundle"
        app[f"mydesk_firmware-{version}.dist-info/RECORD"] = record(app)
        own = wheel(self.bundles / "wheels", "mydesk_firmware", version, app)
        target = release.pop("target", None) or native_target()
        bundle.build(bundle.Release(version, target, CREATED_S, **release), [own], path)
        bundle.sign(path, self.signer.key)
        return path

    def do(self, *words: str) -> int:
        """Run mydesk-update in this process; the exit code."""
        return main(["--root", str(self.places.root), *words])

    def install(self, version: str, **kinds: Any) -> str:
        """Stage, activate and commit; the release's name."""
        path = self.bundle(version, **kinds)
        assert [self.do("stage", str(path)), self.do("activate"), self.do("commit")] == [0, 0, 0]
        return str(self.state.release)

    @property
    def state(self) -> State:
        return load(self.places)

    @property
    def current(self) -> str | None:
        return self.places.named_by(self.places.current)

    def runs(self) -> str:
        """The version that the current release really runs as."""
        command = [str(self.places.current / "bin/app")]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout

    def show(self, text: str) -> None:
        """What systemctl show says from now on."""
        (self.tools / "show").write_text(text)

    def asked(self) -> list[str]:
        """What systemctl was asked, without the questions; then forgotten."""
        log = self.tools / "asked"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [line for line in lines if not line.startswith("show")]


@contextlib.contextmanager
def unit_folder() -> Iterator[Path]:
    """A folder in memory where there is one: syncfs(2) would wait for everything else that writes to the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK | os.X_OK) else None) as folder:
        yield Path(folder)


def make_unit(folder: Path, signer: Signer, *, control_socket: str = "") -> Unit:
    """A unit without a release; PATH is the caller's business (`tools`)."""
    unit = Unit(Places(folder / "root"), folder / "tools", signer, folder / "bundles")
    for one in (unit.places.settings.parent, unit.tools, unit.bundles):
        one.mkdir(parents=True)
    unit.places.signers.write_bytes(signer.signers.read_bytes())
    user = pwd.getpwuid(os.geteuid()).pw_name
    unit.places.settings.write_text(SETTINGS.format(user=user, socket=control_socket))
    (unit.tools / "systemctl").write_text(SYSTEMCTL)
    (unit.tools / "systemctl").chmod(0o755)
    (unit.tools / "restart").write_text("0")
    unit.show(WELL)
    return unit


@contextlib.contextmanager
def answering(path: str, status: Callable[[], dict[str, Any] | bytes]) -> Iterator[None]:
    """An app that answers each request on the control socket `path` with `status()`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen()
        thread = threading.Thread(target=_serve, args=(server, status))
        thread.start()
        try:
            yield
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _serve(server: socket.socket, status: Callable[[], dict[str, Any] | bytes]) -> None:
    while True:
        try:
            link, _ = server.accept()
        except OSError:
            return
        with link:
            link.recv(4096)
            answer = status()
            data = answer if isinstance(answer, bytes) else json.dumps({"ok": True, **answer}).encode() + b"\n"
            link.sendall(data)
