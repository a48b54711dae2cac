"""mydesk-fleet image build: Debian, with a release inside, as one file to be written onto a card or a disk."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import uuid4

from provisioning import bundle
from provisioning.fleet_error import FleetError
from provisioning.image_disk import kernel_version, make_disk
from provisioning.image_plan import SUITES, ImagePlan, Kernel, root_files
from provisioning.image_root import Told, bootstrap, in_root, needed_tools, run_tool, tidy, write_files
from provisioning.on_unit.manifest import Manifest
from provisioning.updater_file import updater_file

__all__ = ["LEAST_UPDATE", "UPDATER", "Built", "ReleaseIn", "build"]

SERVICES: Final = ("ssh", "systemd-networkd", "systemd-resolved", "systemd-timesyncd")
UPDATER: Final = "usr/local/sbin/mydesk-update"
LEAST_UPDATE: Final = (
    'user = "nobody"\nservices = []\ncontrol_socket = ""\nself_test = ["mydesk-room --help"]\nsoak_s = 1\n'
)
"""update.toml while an image is built: there is no panel yet that could be judged."""


@dataclass(frozen=True, slots=True)
class ReleaseIn:
    """A signed bundle to put into the image, and whose signature counts on its units."""

    path: Path
    signers: Path


@dataclass(frozen=True, slots=True)
class Built:
    """What came out."""

    image: Path
    kernel: str
    release: str
    bytes: int


def build(plan: ImagePlan, image: Path, release: ReleaseIn | None, told: Told, *, cache: Path | None = None) -> Built:
    """Write the image; with `cache`, a folder where Debian's root is kept for the next one with the same packages.

    Raises:
        FleetError: tools are missing, a step failed, or the bundle is not for this image.
        BundleError: the bundle is not signed by one of its signers.
    """
    needed_tools(plan)
    if plan.suite not in SUITES:
        raise FleetError(f"There are no images of {plan.suite}.", hint=f"Take one of {', '.join(SUITES)}.")
    manifest = None if release is None else _checked(plan, release)
    if manifest is not None:
        plan = replace(plan, more_packages=(*plan.more_packages, *manifest.debian))
    with tempfile.TemporaryDirectory(dir=image.parent, prefix=".image-") as folder:
        root = Path(folder) / "root"
        _debian(plan, root, told, cache)
        kernel = Kernel(kernel_version(root), uuid4(), uuid4())
        _settle(plan, kernel, root)
        if release is not None:
            told(f"release: {release.path.name}")
            _install(root, release)
        tidy(root)
        told("disk: partitions and file systems")
        whole = Path(folder) / "image"
        make_disk(plan, kernel, root, whole)
        whole.replace(image)
    version = manifest.version if manifest is not None else ""
    return Built(image, kernel.version, version, image.stat().st_size)


def _checked(plan: ImagePlan, release: ReleaseIn) -> Manifest:
    manifest = bundle.verify(release.path, release.signers)
    if (manifest.architecture, manifest.python) != (plan.architecture, SUITES[plan.suite]):
        raise FleetError(
            f"{release.path} is for {manifest.architecture} and Python {manifest.python}; "
            f"the image has {plan.architecture} and Python {SUITES[plan.suite]}.",
            hint="mydesk-fleet bundle build --architecture ... --python ...",
        )
    return manifest


def _debian(plan: ImagePlan, root: Path, told: Told, cache: Path | None) -> None:
    kept = None if cache is None else cache / f"debian-{plan.key}.tar"
    if kept is not None and kept.is_file():
        told(f"Debian from {kept}")
        root.mkdir()
        run_tool(["tar", "-C", str(root), "--numeric-owner", "--xattrs", "-xpf", str(kept)])
        return
    bootstrap(plan, root, told)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(".new")
        run_tool(["tar", "-C", str(root), "--numeric-owner", "--xattrs", "-cpf", str(fresh), "."])
        fresh.replace(kept)


def _settle(plan: ImagePlan, kernel: Kernel, root: Path) -> None:
    (root / "boot/efi").mkdir(exist_ok=True)
    (root / "boot/firmware").symlink_to("efi")
    write_files(root, root_files(plan, kernel))
    in_root(root, ["systemctl", "--quiet", "enable", *SERVICES])
    in_root(root, ["systemctl", "--quiet", "mask", "systemd-networkd-wait-online.service"])


def _install(root: Path, release: ReleaseIn) -> None:
    """As on a unit, by the updater itself: only what it accepts comes in, and the next update finds what it knows."""
    updater, settings = root / UPDATER, root / "etc/mydesk/update.toml"
    updater.parent.mkdir(parents=True, exist_ok=True)
    updater.write_bytes(updater_file())
    updater.chmod(0o755)
    write_files(root, {"etc/mydesk/release_signers": release.signers.read_text("utf-8")})
    write_files(root, {"etc/mydesk/update.toml": LEAST_UPDATE})
    inside = root / "var/cache/mydesk.bundle"
    shutil.copyfile(release.path, inside)
    for words in (["stage", "/var/cache/mydesk.bundle"], ["activate"], ["commit"]):
        in_root(root, [f"/{UPDATER}", *words])
    inside.unlink()
    settings.unlink()
