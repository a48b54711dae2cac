"""Small wheels, keys and bundles, real in every part."""

from __future__ import annotations

import base64
import hashlib
import platform
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from provisioning import bundle
from provisioning.bundle_lock import Target

CREATED_S = 1_790_000_000
TARGET = Target("3.11", "x86_64")


def wheel(folder: Path, name: str, version: str, files: Mapping[str, str]) -> Path:
    """A pure wheel (PEP 427) of `files`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        of_files = f"{name}-{version}.dist-info/RECORD"
        for place, content in {**files, of_files: files.get(of_files, "")}.items():
            archive.writestr(zipfile.ZipInfo(place), content)
    return path


def record(files: Mapping[str, str]) -> str:
    """What a wheel says of its files."""
    digests = ((place, hashlib.sha256(text.encode()).digest(), len(text)) for place, text in files.items())
    lines = (
        f"{place},sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()},{size}"
        for place, digest, size in digests
    )
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Signer:
    """An SSH key and the file in which a unit trusts it."""

    key: Path
    signers: Path


def signer(folder: Path, name: str = "release", *, namespaces: str = ' namespaces="mydesk-release"') -> Signer:
    """A new key."""
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)], check=True)
    signers = folder / f"{name}.signers"
    signers.write_text(f"mydesk-release{namespaces} {key.with_suffix('.pub').read_text()}")
    return Signer(key, signers)


def small_bundle(folder: Path, version: str = "1.0.0", **release: object) -> Path:
    """An unsigned bundle of two small wheels."""
    wheels = [
        wheel(folder, "mydesk_firmware", version, {"mydesk_app.py": f"VERSION = {version!r}\n"}),
        wheel(folder, "Other_Part", "2.1", {"other_part.py": "A = 1\n"}),
    ]
    path = folder / f"mydesk-{version}.bundle"
    bundle.build(bundle.Release(version, TARGET, CREATED_S, **release), wheels, path)  # type: ignore[arg-type]
    return path


def native_target() -> Target:
    """What the tests run on."""
    return Target(f"{sys.version_info.major}.{sys.version_info.minor}", platform.machine())
