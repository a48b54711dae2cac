"""Restarts that new settings need: at once where that disturbs nobody, else when it does not any more.

/var/lib/mydesk-update/restart.json       {"boot_id": ..., "services": [...], "said": why it waits}

Only root writes it. `mydesk-update answer` looks at it every ten minutes (mydesk-update.timer); the next start of the
unit makes it meaningless.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from provisioning.on_unit import health
from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.places import Places, make_folders, sync_folder, write_durably
from provisioning.on_unit.quiet import who_is_disturbed
from provisioning.on_unit.running import run, said
from provisioning.on_unit.settings import Settings
from provisioning.on_unit.state import boot_id

MAX_BYTES = 16 << 10
TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Services that wait for their restart, and whom it would disturb; none: nothing waits."""

    services: tuple[str, ...] = ()
    said: str = ""


def restart(places: Places, settings: Settings, services: Iterable[str], *, now: bool = False) -> Waiting:
    """Restart those of `services` that run; with somebody there who would be disturbed they wait, unless `now`.

    It may run beside any other mydesk-update: what waits is written before it is looked at, and taken off before it is
    restarted, so that each restart that is asked for comes after the asking.

    Raises:
        UpdateError: systemd does not do it; it is tried again.
        OSError: the disk is full or failing.
    """
    make_folders(places.restart.parent)
    _keep(places, Waiting(tuple(sorted({*waiting(places).services, *services}))))
    return restart_waiting(places, settings, now=now)


def restart_waiting(places: Places, settings: Settings, *, now: bool = False) -> Waiting:
    """Restart what waits if nobody is disturbed any more; what still waits. Raises as `restart`."""
    found = waiting(places)
    if not found.services:
        forget(places)
        return found
    status = health.ask_app(settings.control_socket)
    if not now and status is not None and (busy := who_is_disturbed(settings, status)):
        found = Waiting(found.services, busy)
        _keep(places, found)
        return found
    forget(places)
    try:
        done = run(["systemctl", "try-restart", "--no-block", *found.services], timeout_s=TIMEOUT_S)
        if done.returncode != 0:
            raise UpdateError(f"{' '.join(found.services)}: no restart: {said(done)}.")
    except UpdateError:
        _keep(places, found)
        raise
    return Waiting()


def waiting(places: Places) -> Waiting:
    """What waits since this start of the unit; nothing where the file is missing or damaged."""
    try:
        content = json.loads(places.restart.read_bytes()[:MAX_BYTES])
        if content["boot_id"] != boot_id():
            return Waiting()
        return Waiting(tuple(str(name) for name in content["services"]), str(content["said"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Waiting()


def forget(places: Places) -> None:
    """Nothing waits any more."""
    path: Path = places.restart
    if path.exists():
        path.unlink(missing_ok=True)
        sync_folder(path.parent)


def _keep(places: Places, found: Waiting) -> None:
    content = {"boot_id": boot_id(), "services": list(found.services), "said": found.said}
    write_durably(places.restart, json.dumps(content).encode() + b"\n")
