"""The image that machines of the bench start from, and releases for them: built once, kept outside the repository."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from provisioning import bundle, image, image_disk, image_plan, image_root
from provisioning.bundle_lock import Target, pins
from provisioning.bundle_wheels import build_own, download
from provisioning.image_mirror import debian_mirror
from provisioning.image_plan import ImagePlan
from tests.vm.machine import Architecture
from tests.vm.telling import ROOT, Told

CREATED_S = 1_790_000_000
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def cache() -> Path:
    """Where images and wheels are kept: MYDESK_VM_CACHE, else ~/.cache/mydesk-vm."""
    folder = Path(os.environ.get("MYDESK_VM_CACHE") or Path.home() / ".cache/mydesk-vm")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def stock_image(architecture: Architecture, told: Told) -> Path:
    """Debian without any release, as `mydesk-fleet image build` makes it; made when there is none of this code."""
    plan = ImagePlan("x86_64" if architecture == "amd64" else "aarch64", debian_mirror("bookworm"))
    code = hashlib.sha256(plan.key.encode())
    for module in (image, image_disk, image_plan, image_root):
        code.update(Path(str(module.__file__)).read_bytes())
    path = cache() / f"stock-{plan.debian}-{code.hexdigest()[:12]}.img"
    if not path.is_file():
        for old in cache().glob(f"stock-{plan.debian}-*.img"):
            old.unlink()
        image.build(plan, path, None, told, cache=cache())
    return path


@dataclass(frozen=True)
class Releases:
    """Makes signed bundles of this checkout, as many versions of it as are asked for."""

    folder: Path
    target: Target

    @property
    def key(self) -> Path:
        """The private key that signs; made on first use."""
        path = self.folder / "release-key"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "releases", "-f", str(path)], check=True
            )
        return path

    @property
    def signers(self) -> Path:
        """Who may sign, for an image."""
        path = self.folder / "release_signers"
        path.write_text(f'mydesk-release namespaces="mydesk-release" {self.public_key}\n')
        return path

    @property
    def public_key(self) -> str:
        """For the inventory."""
        return self.key.with_suffix(".pub").read_text().strip()

    def bundle(self, number: int = 0) -> Path:
        """The release of this checkout; with another `number` the same once more, made `number` hours later."""
        path = self.folder / f"release-{number}.bundle"
        if path.exists():
            return path
        created_s = CREATED_S + 3600 * number
        version = _version()
        own = build_own(ROOT, self.folder / f"own-{number}", epoch_s=created_s)
        locked = pins((ROOT / "requirements.lock").read_text("utf-8"), self.target)
        wheels = cache() / f"wheels-py{self.target.python}-{self.target.architecture}"
        others = download(locked, self.target, wheels)
        bundle.build(bundle.Release(version, self.target, created_s), (own, *others), path)
        bundle.sign(path, self.key)
        return path


def target(architecture: Architecture) -> Target:
    """Of Debian 12 on that architecture."""
    return Target("3.11", MACHINES[architecture])


def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])
