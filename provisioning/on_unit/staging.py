"""Unpacks a bundle into a release of its own beside the one that runs, and tests it there."""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from provisioning.on_unit.bundle_reader import SIGNATURE, BundleReader
from provisioning.on_unit.database_copy import database_copy
from provisioning.on_unit.errors import NotNowError, SelfTestError, UpdateError
from provisioning.on_unit.manifest import MANIFEST, Manifest, parse_manifest, version_key
from provisioning.on_unit.places import (
    COMPLETE,
    Places,
    make_folders,
    remove,
    sync_file_system,
    sync_folder,
    write_durably,
)
from provisioning.on_unit.pruning import prune
from provisioning.on_unit.running import run, run_as, said
from provisioning.on_unit.settings import Settings
from provisioning.on_unit.signature import check_signature
from provisioning.on_unit.state import State, Step, load, save
from provisioning.on_unit.wheels import Unpacker, make_environment, python_version

COMPILE_TIMEOUT_S = 900.0
SPARE_BYTES = 32 << 20
"""What must stay free beside the release: logs, outbox, the visit register."""

COMPILED = 2
"""A release with its compiled modules is at most so many times its files."""


def stage(places: Places, settings: Settings, stream: BinaryIO, *, again: bool = False) -> State:
    """Read a bundle from `stream` and make a complete, tested release of it; what runs is not touched.

    `again` takes a bundle that has failed here before.

    Raises:
        UpdateError: the bundle is refused, or its self-test failed; half a release is gone again.
        NotNowError: another release is still being judged.
        OSError: the disk is full or failing; likewise.
    """
    state = load(places)
    if state.step in (Step.TRYING, Step.ROLLING_BACK):
        raise NotNowError(f"release {state.release} is still {state.step}. Wait, or: mydesk-update rollback")
    reader = BundleReader(stream)
    check_signature(reader.manifest_data, reader.signature, places.signers, places.revoked)
    manifest = parse_manifest(reader.manifest_data)
    name = f"{manifest.version}-{hashlib.sha256(reader.manifest_data).hexdigest()[:12]}"
    if places.is_complete(name) and places.named_by(places.current) == name:
        return state  # it runs
    check_fits(places, manifest, state, name, again=again)
    make_folders(places.releases)
    prune(places, replace(state, step=Step.IDLE))
    state = replace(state, step=Step.STAGING, release=name, origin=places.named_by(places.current), reason="")
    save(places, state)
    try:
        if not places.is_complete(name):
            _check_space(places, manifest)
            _make(places, settings, name, reader, manifest)
        return save(places, replace(state, step=Step.STAGED))
    except SelfTestError as error:
        _give_up(places, state.with_failed(name, str(error)))
        raise
    except (UpdateError, OSError) as error:
        _give_up(places, replace(state, reason=str(error)))
        raise


def check_fits(places: Places, manifest: Manifest, state: State, name: str, *, again: bool) -> None:
    """Refuse what cannot run here, or may not.

    Raises:
        UpdateError: says which of architecture, Python, epoch, predecessor or an earlier failure it is.
    """
    if manifest.architecture != platform.machine():
        raise UpdateError(f"the bundle is for {manifest.architecture}; this unit is {platform.machine()}.")
    if manifest.python != python_version():
        raise UpdateError(f"the bundle is for Python {manifest.python}; this unit has {python_version()}.")
    if manifest.epoch < state.epoch:
        raise UpdateError(f"the bundle has epoch {manifest.epoch}; this unit never goes below {state.epoch} again.")
    if not again and name in state.failed:
        why = state.failed[name]
        raise UpdateError(f"{name} failed here before: {why} Offer a new bundle, or use --again to insist.")
    _check_predecessor(places, manifest)


def _check_predecessor(places: Places, manifest: Manifest) -> None:
    current = places.named_by(places.current)
    if current is None or not places.is_complete(current):
        return
    runs = places.manifest(current).version
    if version_key(runs) < version_key(manifest.min_from):
        raise UpdateError(f"{manifest.version} may follow {manifest.min_from} or later; this unit runs {runs}.")


def _check_space(places: Places, manifest: Manifest) -> None:
    space = os.statvfs(places.releases)
    free = space.f_bavail * space.f_frsize
    need = sum(one.size for one in manifest.files) + COMPILED * manifest.installed_bytes + SPARE_BYTES
    if free < need:
        raise UpdateError(f"{need >> 20} MiB must be free, {free >> 20} MiB are. What fills the disk? df -h")


def _make(places: Places, settings: Settings, name: str, reader: BundleReader, manifest: Manifest) -> None:
    release = places.release(name)
    if release.is_symlink() or release.exists():
        remove(release)
    release.mkdir(mode=0o755)
    wheels = _extract(release, reader, manifest)
    site = make_environment(release, with_system_packages="python3-lgpio" in manifest.debian)
    Unpacker(release, site, manifest.installed_bytes).unpack(wheels)
    for wheel in wheels:
        wheel.unlink()
    (release / "wheels").rmdir()
    compile_command = [release / "bin/python", "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    run([*map(str, compile_command), str(site)], timeout_s=COMPILE_TIMEOUT_S)  # some test files never compile
    write_durably(release / MANIFEST, reader.manifest_data)
    write_durably(release / SIGNATURE, reader.signature or b"")
    sync_file_system(release)
    _test(settings, release, places.root)
    write_durably(release / COMPLETE, b"")
    sync_folder(places.releases)


def _extract(release: Path, reader: BundleReader, manifest: Manifest) -> list[Path]:
    (release / "wheels").mkdir()
    wheels = []
    for entry, pieces in reader.files(manifest):
        wheels.append(release / entry.path)
        with wheels[-1].open("xb") as file:
            file.writelines(pieces)
    return wheels


def _test(settings: Settings, release: Path, root: Path) -> None:
    for command in settings.commands(release):
        done = run_as(settings.user, command, timeout_s=settings.self_test_s)
        if done.returncode != 0:
            raise SelfTestError(f"the self-test {Path(command[0]).name} failed ({done.returncode}): {said(done)}.")
    for command, database in settings.trials(release):
        copy = database_copy(root / str(database).lstrip("/"))
        if copy is None:
            continue
        done = run_as(settings.user, command, timeout_s=settings.self_test_s, data=copy)
        if done.returncode != 0:
            raise SelfTestError(f"it cannot take over {database} ({done.returncode}): {said(done)}.")


def _give_up(places: Places, state: State) -> None:
    """Say that it failed and take half a release away; on a broken disk, boot-check does both."""
    name = str(state.release)
    try:
        if not places.is_complete(name):
            remove(places.release(name))
        save(places, replace(state, step=Step.FAILED))
    except OSError:
        return
