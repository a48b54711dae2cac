"""Tells how a unit is: one program, sent over SSH and run by the unit's own Python as root. Standard library only.

It reads a JSON object on standard input (`provisioning.converge_wire.Look`) and prints one line, the facts
(`provisioning.converge_wire.Facts`). It changes nothing.
"""

from __future__ import annotations

import grp
import hashlib
import json
import platform
import pwd
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOST_CONTENT = 256 << 10
"""Of a file that differs, so much is sent back for the diff."""

TIMEOUT_S = 30
STATE = "var/lib/mydesk-provision"
RESTART = "run/mydesk-provision-restart"
MODELS = ("proc/device-tree/model", "sys/class/dmi/id/product_name")


def main() -> None:
    """Read the request, print the facts."""
    request = json.load(sys.stdin)
    print(json.dumps(look(request, Path(request.get("root", "/")))))  # noqa: T201


def look(request: dict[str, Any], root: Path) -> dict[str, Any]:
    """The facts below `root`, which is / on a unit."""
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "machine": platform.machine(),
        "model": first_of(root, MODELS),
        "systemd": said(["systemctl", "is-system-running"]).strip() or "none",
        "packages": packages(),
        "dpkg_cut_off": dpkg_cut_off(root),
        "files": {path: file_facts(root, path, want) for path, want in request["files"].items()},
        "folders": {path: place_facts(root, path) for path in request["folders"]},
        "users": [name for name in request["users"] if has(pwd.getpwnam, name)],
        "groups": {name: grp.getgrnam(name).gr_mem for name in request["groups"] if has(grp.getgrnam, name)},
        "enabled": enabled(request["services"]),
        "active": active(request["services"]),
        "pending": pending(root),
        "restart": (root / RESTART).exists(),
        **waiting(root / "var/lib/mydesk-update/restart.json"),
        "current": current(root / "opt/mydesk/current"),
        "staged": staged(root / "var/lib/mydesk-update/update.json"),
        "certificate": certificate(root, request["certificate"]),
    }


def first_of(root: Path, names: tuple[str, ...]) -> str:
    """The text of the first of these files that is there."""
    for name in names:
        data = content(root / name)
        if data is not None:
            return data.decode("utf-8", "replace").strip("\0\n ")[:120]
    return ""


def said(command: list[str]) -> str:
    """What a program prints, however it ends; nothing when it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")


def dpkg_cut_off(root: Path) -> bool:
    """Whether dpkg has to be told to finish what it was at."""
    updates = root / "var/lib/dpkg/updates"
    return (updates.is_dir() and any(updates.iterdir())) or bool(said(["dpkg", "--audit"]))


def packages() -> dict[str, str]:
    """Every Debian package that is whole, with its version."""
    found = said(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}\t${Package}\t${Version}\n"])
    rows = [line.split("\t") for line in found.splitlines()]
    return {row[1]: row[2] for row in rows if len(row) == 3 and row[0].startswith("ii")}


def content(path: Path) -> bytes | None:
    """The bytes of a file; None when there is none."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def file_facts(root: Path, path: str, want: str) -> dict[str, Any] | None:
    """Hash, rights and owner of a file; its text, too, when the hash is not `want`."""
    place, full = place_facts(root, path), root / path.lstrip("/")
    data = None if full.is_symlink() else content(full)
    if data is None or place is None:
        return None
    found = {**place, "sha256": hashlib.sha256(data).hexdigest()}
    if found["sha256"] != want and len(data) <= MOST_CONTENT:
        found["text"] = data.decode("utf-8", "replace")
    return found


def place_facts(root: Path, path: str) -> dict[str, Any] | None:
    """Rights and owner of a file or folder; None when there is none."""
    try:
        status = (root / path.lstrip("/")).stat()
    except OSError:
        return None
    owner, group = name_of(pwd.getpwuid, status.st_uid), name_of(grp.getgrgid, status.st_gid)
    return {"mode": stat.S_IMODE(status.st_mode), "owner": owner, "group": group}


def name_of(find: Callable[[int], Any], number: int) -> str:
    """The name of a user or group, or its number."""
    try:
        return str(find(number)[0])
    except KeyError:
        return str(number)


def has(find: Callable[[str], Any], name: str) -> bool:
    """Whether there is a user or group of that name."""
    try:
        find(name)
    except KeyError:
        return False
    return True


def enabled(names: list[str]) -> dict[str, str]:
    """The state of each unit file that is there: enabled, masked, static."""
    rows = [
        line.split() for line in said(["systemctl", "list-unit-files", "--no-legend", "--full", *names]).splitlines()
    ]
    return {row[0]: row[1] for row in rows if len(row) > 1}


def active(names: list[str]) -> dict[str, str]:
    """The state of each unit; nothing where no systemd runs. Templates have none."""
    names = [name for name in names if "@." not in name]
    lines = said(["systemctl", "is-active", *names]).splitlines()
    return dict(zip(names, lines, strict=True)) if len(lines) == len(names) else {}


def pending(root: Path) -> list[str]:
    """What a provisioning that was cut off still had to do."""
    try:
        found = json.loads(content(root / STATE / "pending.json") or b"[]")
    except ValueError:
        return []
    return [str(name) for name in found] if isinstance(found, list) else []


def waiting(path: Path) -> dict[str, Any]:
    """Services that wait for their restart since this start of the unit, and why (on_unit.restarting)."""
    try:
        found = json.loads(path.read_bytes())
        if found["boot_id"] == Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip():
            return {"waiting": [str(name) for name in found["services"]], "waits": str(found["said"])}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {}


def current(link: Path) -> str:
    """The release that runs; nothing when there is none."""
    try:
        return link.readlink().name if (link / ".complete").is_file() else ""
    except OSError:
        return ""


def staged(state: Path) -> str:
    """The release that waits to be activated, as the updater's state says; nothing when there is none."""
    try:
        found = json.loads(state.read_bytes())
        return str(found["release"]) if found["step"] == "staged" else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def certificate(root: Path, wanted: dict[str, str] | None) -> dict[str, Any] | None:
    """The unit's certificate, the public half of its key, and the CA; None where it has no hub."""
    if wanted is None:
        return None
    key = root / wanted["key"].lstrip("/")
    texts = {name: content(root / wanted[name].lstrip("/")) or b"" for name in ("certificate", "ca")}
    found = {name: text.decode("ascii", "replace")[:MOST_CONTENT] for name, text in texts.items()}
    public = said(["openssl", "pkey", "-in", str(key), "-pubout"]) if key.exists() else ""
    return {**found, "public_key": public, "has_key": key.exists()}


if __name__ == "__main__":
    main()
