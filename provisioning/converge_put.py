"""Changes a unit: one program, sent over SSH and run by the unit's own Python as root. Standard library only.

It reads a JSON object on standard input (`provisioning.converge_wire.Put`): what must be done after the change is noted
first, files are written beside their places, tried, and put there by rename, each synced to the disk; then commands
run, and what was noted is taken off. Cut off anywhere, the same again ends where it would have ended.
"""

from __future__ import annotations

import base64
import grp
import json
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

STATE = "var/lib/mydesk-provision"
SYSTEMD = "run/systemd/system"
MOST_SAID = 600


class Refused(Exception):  # noqa: N818 - it ends the program with its text
    """Raised when a command failed or new content was refused."""


def main() -> int:
    """Read the request and do it; 1 when something failed, with why on standard error."""
    request = json.load(sys.stdin)
    os.umask(0o022)
    try:
        put(request, Path(request.get("root", "/")))
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'the unit'}: {error.strerror}\n")
        return 1
    return 0


def put(request: dict[str, Any], root: Path) -> None:
    """Do it below `root`, which is / on a unit. Raises Refused, OSError."""
    after = request["after"]
    names = {one["name"] for one in after if one["noted"]}
    if names:
        note(root, noted(root) | names)
    change(request, root)
    for one in after:
        if one["command"] and (not one["running"] or (root / SYSTEMD).is_dir()):
            told = run(one["command"], request["timeout_s"])
            if one["tells"]:
                print(" ".join(told.split()))  # noqa: T201
    if request["first"] or request["run"] or after:
        os.sync()  # links of systemctl, and what other programs wrote
    if names:
        note(root, noted(root) - names)


def change(request: dict[str, Any], root: Path) -> None:
    """What the change itself is. Raises as `put`."""
    for command in request["first"]:
        run(command, request["timeout_s"])
    for file in request["files"]:
        write(root, file)
    for path in request["absent"]:
        remove(place(root, path))
    for command in request["run"]:
        run(command, request["timeout_s"])


def place(root: Path, path: str) -> Path:
    """Where a path of the unit is."""
    return root / path.lstrip("/")


def noted(root: Path) -> set[str]:
    """What is still to be done."""
    try:
        return {str(name) for name in json.loads((root / STATE / "pending.json").read_bytes())}
    except (OSError, ValueError):
        return set()


def note(root: Path, names: set[str]) -> None:
    """Keep it in a file; none when there is nothing."""
    path = root / STATE / "pending.json"
    if names:
        replace(path, json.dumps(sorted(names)).encode(), None)
    else:
        remove(path)


def write(root: Path, file: dict[str, Any]) -> None:
    """One file: beside its place, tried by `check` where there is one, then renamed."""
    path = place(root, file["path"])
    rights = None if file["plain"] else (file["mode"], uid(file["owner"]), gid(file["group"]))
    replace(path, base64.b64decode(file["content"]), rights, file["check"])


def replace(path: Path, data: bytes, rights: tuple[int, int, int] | None, check: tuple[str, ...] = ()) -> None:
    """Old or new, whenever the power goes. On FAT (`rights` None) there are no rights to set."""
    make_folder(path.parent)
    fresh = path.with_name(f".{path.name}.mydesk-new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        if rights is not None:
            os.fchown(stream.fileno(), rights[1], rights[2])
            os.fchmod(stream.fileno(), rights[0])
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    if check:
        tried(fresh, path, check)
    fresh.rename(path)
    sync_folder(path.parent)


def tried(fresh: Path, path: Path, check: tuple[str, ...]) -> None:
    """Ask a program about the new content before it counts; what it refuses is removed again. Raises Refused."""
    try:
        run([word.replace("{}", str(fresh)) for word in check], 120)
    except Refused as error:
        fresh.unlink()
        raise Refused(f"{path} stays as it was: {str(error).replace(str(fresh), str(path))}") from error


def make_folder(path: Path) -> None:
    """Make a folder and what is missing above it, to stay after a power cut."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=0o755)
    sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a file, to stay away after a power cut."""
    try:
        path.unlink()
    except FileNotFoundError:
        return
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make a rename survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def uid(name: str) -> int:
    """The number of a user. Raises Refused: there is none."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        raise Refused(f"there is no user {name} on it") from None


def gid(name: str) -> int:
    """The number of a group. Raises Refused: there is none."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise Refused(f"there is no group {name} on it") from None


def run(command: list[str], timeout_s: float) -> str:
    """Run a program and return what it said. Raises Refused: it failed, with what it said."""
    try:
        done = subprocess.run(  # noqa: S603 - the laptop's own words, no shell
            command, capture_output=True, timeout=timeout_s, check=False, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise Refused(f"there is no {command[0]} on it") from None
    except subprocess.TimeoutExpired:
        raise Refused(f"{command[0]} did not end within {timeout_s:g} s") from None
    if done.returncode != 0:
        text = (done.stderr + b"\n" + done.stdout).decode("utf-8", "replace").strip()
        raise Refused(f"{' '.join(command[:3])} failed ({done.returncode}): {text[-MOST_SAID:]}")
    return done.stdout.decode("utf-8", "replace")[:MOST_SAID]


if __name__ == "__main__":
    sys.exit(main())
