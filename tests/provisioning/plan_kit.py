"""A unit as it should be and as it is, for tests of the plan between the two."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from provisioning.converge_plan import look_for
from provisioning.converge_wire import CertificateFacts, Facts, FileFacts, Step, Wish
from provisioning.converge_wish import wish_for
from provisioning.on_unit.manifest import Manifest
from tests.provisioning.fleet_kit import fleet


def wish(name: str = "ada", *changes: tuple[str, str], more: str = "", bundle: bool = False) -> Wish:
    found = fleet(*changes, more=more)
    return wish_for(found, found.unit(name), [manifest()] if bundle else [])


def manifest(architecture: str = "aarch64") -> Manifest:
    return Manifest("mydesk-firmware", "1.0.0", 1, "0.0.0", "3.11", architecture, "2026-01-01T00:00:00Z", 1,
                    ("libegl1", "python3-lgpio"), ())  # fmt: skip


def bare(wished: Wish, **others: Any) -> Facts:
    """Stock Raspberry Pi OS Lite with none of ours."""
    files: dict[str, FileFacts | None] = dict.fromkeys(look_for(wished).files)
    if wished.boot is not None:
        files["/boot/firmware/config.txt"] = file_facts("dtparam=audio=on\n[pi4]\narm_boost=1\n")
        files["/boot/firmware/cmdline.txt"] = file_facts("console=serial0,115200 console=tty1 root=PARTUUID=1\n")
    made: dict[str, Any] = {
        "python": "3.11", "machine": "aarch64", "model": "", "systemd": "running", "packages": {"python3": "1"},
        "dpkg_cut_off": False, "files": files, "folders": {}, "users": (), "groups": {}, "enabled": {}, "active": {},
        "pending": (), "restart": False, "current": "", "staged": "",
        "certificate": CertificateFacts(certificate="", ca="", public_key="", has_key=False),
    }  # fmt: skip
    return Facts(**(made | others))


def file_facts(text: str, mode: int = 0o755) -> FileFacts:
    return FileFacts(mode=mode, owner="root", group="root", text=text, sha256=_hash(text.encode()))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def after(wished: Wish, facts: Facts, made: Iterable[Step]) -> Facts:
    """The unit when all of `made` was done, and so was what comes later."""
    files = dict(facts.files)
    for step in made:
        for file in step.put.files if step.put else ():
            files[file.path] = FileFacts(
                mode=file.mode,
                owner=file.owner,
                group=file.group,
                sha256=_hash(file.content),
                text=file.content.decode("utf-8", "replace"),
            )
    return msgspec.structs.replace(
        facts,
        files=files,
        packages={**facts.packages, **dict.fromkeys(wished.packages, "1")},
        users=wished.users,
        groups=wished.groups,
        folders=wished.folders,
        enabled={
            **dict.fromkeys(wished.masked, "masked"),
            **dict.fromkeys((*wished.enabled, *wished.panel), "enabled"),
        },
        active=dict.fromkeys((*wished.started, *wished.panel), "active"),
        pending=(),
        dpkg_cut_off=False,
        current="1.0.0-abc",
        certificate=None,
    )


def step(made: Iterable[Step], name: str) -> Step:
    return next(one for one in made if one.name == name)
