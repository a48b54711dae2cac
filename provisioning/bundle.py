"""Signed release bundles: build, sign, verify. The reading is the unit's own (provisioning.on_unit)."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from common.errors import MyDeskError
from provisioning.bundle_lock import Target
from provisioning.bundle_wheels import installed_bytes, name_in_bundle
from provisioning.on_unit.bundle_reader import END_OF_TAR, SIGNATURE, BundleReader, padding, tar_header
from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.manifest import MANIFEST, Entry, Manifest, manifest_bytes, parse_manifest
from provisioning.on_unit.signature import NAMESPACE, check_signature

NAME = "mydesk-firmware"
DEBIAN = ("espeak-ng", "libegl1", "libgl1", "libgl1-mesa-dri", "libgles2", "libmtdev1", "openssh-client")
"""What Kivy on KMSDRM, the kiosk's speech and mydesk-update itself need of the system."""

SIGN_TIMEOUT_S = 120.0
"""A hardware key waits for a touch."""


class BundleError(MyDeskError):
    """Error raised when a bundle cannot be built, signed or trusted."""


@dataclass(frozen=True, slots=True)
class Release:
    """What the maker of a bundle decides; `created_s` is SOURCE_DATE_EPOCH."""

    version: str
    target: Target
    created_s: int
    epoch: int = 1
    min_from: str = "0.0.0"


def build(release: Release, wheels: Iterable[Path], path: Path) -> Manifest:
    """Write an unsigned bundle of `wheels` to `path`; the same input gives the same bytes.

    Raises:
        BundleError: our own wheel is missing or of another version, or a value does not fit the format.
    """
    placed = {name_in_bundle(wheel): wheel for wheel in wheels}
    own = f"wheels/mydesk_firmware-{release.version}.whl"
    if own not in placed:
        raise BundleError(f"{own} is not among the wheels.", hint="--version must be the one in pyproject.toml.")
    manifest = Manifest(
        name=NAME,
        version=release.version,
        epoch=release.epoch,
        min_from=release.min_from,
        python=release.target.python,
        architecture=release.target.architecture,
        created=datetime.fromtimestamp(release.created_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        installed_bytes=installed_bytes(placed.values()),
        debian=debian_packages(release.target),
        files=tuple(_entry(name, placed[name]) for name in sorted(placed)),
    )
    data = manifest_bytes(manifest)
    with _refused():
        parse_manifest(data)
    with _whole(path) as stream:
        _add(stream, MANIFEST, data)
        for entry in manifest.files:
            _add(stream, entry.path, placed[entry.path].read_bytes())
        stream.write(END_OF_TAR)
    return manifest


def debian_packages(target: Target) -> tuple[str, ...]:
    """Return the Debian packages that a unit needs; lgpio has no wheel for Python 3.13 (decision 0006)."""
    return (*DEBIAN, "python3-lgpio") if target.python >= "3.13" else DEBIAN


def sign(path: Path, key: Path) -> Manifest:
    """Sign the bundle in place and return its manifest.

    `key` is a private key, or a public one whose private half an agent or a token has.

    Raises:
        BundleError: the bundle is damaged, or OpenSSH would not sign.
    """
    with _refused(), path.open("rb") as stream:
        reader = BundleReader(stream)
        manifest = parse_manifest(reader.manifest_data)
        signature = _signature(reader.manifest_data, key)
        with _whole(path) as target:
            _add(target, MANIFEST, reader.manifest_data)
            _add(target, SIGNATURE, signature)
            for entry, pieces in reader.files(manifest):
                target.write(tar_header(entry.path, entry.size))
                target.writelines(pieces)
                target.write(padding(entry.size))
            target.write(END_OF_TAR)
    return manifest


def verify(path: Path, signers: Path, revoked: Path | None = None) -> Manifest:
    """Check signature and every file of the bundle, exactly as a unit does, and return its manifest.

    Raises:
        BundleError: it is not what somebody in `signers` signed.
    """
    with _refused(), path.open("rb") as stream:
        reader = BundleReader(stream)
        check_signature(reader.manifest_data, reader.signature, signers, revoked)
        manifest = parse_manifest(reader.manifest_data)
        for _, pieces in reader.files(manifest):
            for _ in pieces:
                pass
    return manifest


def _signature(data: bytes, key: Path) -> bytes:
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE]
    try:
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            command, input=data, capture_output=True, timeout=SIGN_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BundleError(
            f"ssh-keygen did not sign: {error}.", hint="Install openssh-client; touch the key."
        ) from error
    if done.returncode != 0 or not done.stdout:
        said = done.stderr.decode("utf-8", "replace").strip()[:300]
        raise BundleError(f"ssh-keygen did not sign: {said}.", hint="Is --key an SSH key (ssh-keygen -t ed25519)?")
    return done.stdout


def _entry(name: str, wheel: Path) -> Entry:
    data = wheel.read_bytes()
    return Entry(name, hashlib.sha256(data).hexdigest(), len(data))


def _add(stream: BinaryIO, name: str, data: bytes) -> None:
    stream.write(tar_header(name, len(data)) + data + padding(len(data)))


@contextmanager
def _refused() -> Iterator[None]:
    """Our error for what the unit's reader refuses."""
    try:
        yield
    except UpdateError as error:
        raise BundleError(str(error)) from error
    except OSError as error:
        raise BundleError(f"{error.filename}: {error.strerror}.") from error


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when everything is written."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
        temporary = Path(stream.name)
        try:
            yield stream  # type: ignore[misc]
            stream.flush()
            os.fsync(stream.fileno())
        except BaseException:
            temporary.unlink()
            raise
    temporary.chmod(0o644)
    temporary.replace(path)
