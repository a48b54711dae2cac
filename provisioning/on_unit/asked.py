"""What the hub asks of the updater: the agent, an ordinary user, leaves a file in /run; root reads it with suspicion.

/run/mydesk-update/request.json           {"release": "1.4.0"}, by the agent; a version or a release's name
/var/lib/mydesk-update/wanted.json        the same with why it waits, until it is activated
/var/lib/mydesk-update/answered.json      the last one that is done with, and what became of it

Nothing is unpacked here: the release was staged before, over SSH, and its signature checked.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from provisioning.on_unit import activation, health, restarting
from provisioning.on_unit.places import Places, sync_folder, write_durably
from provisioning.on_unit.quiet import who_is_disturbed
from provisioning.on_unit.settings import Settings
from provisioning.on_unit.state import State, Step, load

MAX_REQUEST_BYTES = 4096
MAX_NAME = 100


def answer(places: Places, settings: Settings) -> State:
    """Do what is asked, now or, where somebody would be disturbed, at a later call; restarts that wait as well.

    Raises:
        UpdateError: the release was activated and does not start; it is taken back then.
        OSError: the disk is full or failing.
    """
    _take(places)
    wanted = read(places.wanted)
    if wanted is None:
        restarting.restart_waiting(places, settings)
        return load(places)
    release = wanted["release"]
    state, told = load(places), _refusal(places, release)
    if not told and (busy := who_is_disturbed(settings, health.ask_app(settings.control_socket))):
        write_durably(places.wanted, _content(release, f"waits: {busy}."))
        return state
    _end(places, release, told or "activated.")
    if not told:
        return activation.activate(places, settings, release=state.release, now=True)
    restarting.restart_waiting(places, settings)
    return state


def read(path: Path) -> dict[str, str] | None:
    """Return {"release": ..., "said": ...} of `path`; None where there is none, or no such content."""
    try:
        content = json.loads(path.read_bytes()[:MAX_REQUEST_BYTES])
    except (OSError, ValueError, RecursionError):
        return None
    release = content.get("release") if isinstance(content, dict) else None
    if not isinstance(release, str) or not 0 < len(release) <= MAX_NAME:
        return None
    return {"release": release, "said": str(content.get("said", ""))}


def _refusal(places: Places, release: str) -> str:
    """Why it is not activated, ever; "" when it may be."""
    state, current = load(places), places.named_by(places.current)
    if state.step is Step.TRYING and _is(places, state.release, release):
        return "it is being tried."
    if state.step is Step.STAGED and _is(places, state.release, release):
        return ""
    if _is(places, current, release):
        return "it runs already."
    failed = next((why for name, why in state.failed.items() if _is(places, name, release)), "")
    return f"it failed here before: {failed}" if failed else "it is not on this unit. Bring it: mydesk-fleet rollout"


def _is(places: Places, name: str | None, wanted: str) -> bool:
    """Whether the release `name` is the one that somebody calls `wanted`."""
    return name is not None and wanted in (name, name.rpartition("-")[0])


def _take(places: Places) -> None:
    """Move the agent's request to where only root writes. What is no request is removed."""
    try:
        handle = os.open(places.request, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError:
        _remove(places.request)
        return
    try:
        data = os.read(handle, MAX_REQUEST_BYTES) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    finally:
        os.close(handle)
    wanted = _parsed(data)
    if wanted:
        write_durably(places.wanted, _content(wanted, ""))
    _remove(places.request)


def _parsed(data: bytes) -> str:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    release: Any = content.get("release") if isinstance(content, dict) else None
    return release if isinstance(release, str) and 0 < len(release) <= MAX_NAME and release.isascii() else ""


def _remove(path: Path) -> None:
    """Also a folder that somebody made there: its name is what systemd waits for."""
    if path.is_dir() and not path.is_symlink():
        path.rename(path.with_name(f"not-a-request-{os.getpid()}"))
    else:
        path.unlink(missing_ok=True)


def _end(places: Places, release: str, said: str) -> None:
    write_durably(places.answered, _content(release, said))
    places.wanted.unlink(missing_ok=True)
    sync_folder(places.wanted.parent)


def _content(release: str, said: str) -> bytes:
    return json.dumps({"release": release, "said": said}).encode() + b"\n"
