"""A source folder for rpi-image-gen: Raspberry Pi OS with a release inside, and cloud-init reading our seed.

Format: raspberrypi/rpi-image-gen, examples/webkiosk, examples/splash-screen and contrib/src/cloud-init (August 2026).
Its hooks run in the source folder. It was not built by us: docs/images.md.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from provisioning import bundle
from provisioning.deb_list import packages_for
from provisioning.fleet_error import FleetError
from provisioning.image import LEAST_UPDATE, UPDATER, ReleaseIn
from provisioning.image_plan import CLOUD_CONFIG, SUITES
from provisioning.updater_file import updater_file

__all__ = ["layer_files", "write_layer"]

BUNDLE: Final = "release.bundle"
CONFIG: Final = """\
device:
  layer: {board}

image:
  layer: image-rpios
  name: mydesk

layer:
  base: {suite}-minbase
  app: mydesk
"""

LAYER: Final = """\
# METABEGIN
# X-Env-Layer-Name: mydesk
# X-Env-Layer-Version: 1.0.0
# X-Env-Layer-Category: app
# X-Env-Layer-Desc: MyDesk panel: a signed release, and cloud-init that reads the seed of mydesk-fleet.
# X-Env-Layer-Requires: systemd-net-min,systemd-timesyncd,openssh-server
# METAEND
---
mmdebstrap:
  packages:
{packages}
  customize-hooks:
    - cp -a files/. "$1/"
    - install -m 0644 {bundle} "$1/var/cache/mydesk.bundle"
    - chroot "$1" /{updater} stage /var/cache/mydesk.bundle
    - chroot "$1" /{updater} activate
    - chroot "$1" /{updater} commit
    - rm "$1/var/cache/mydesk.bundle" "$1/etc/mydesk/update.toml"
"""


def layer_files(suite: str, board: str, packages: tuple[str, ...], signers: str) -> dict[str, str]:
    """The texts of the folder, by their names. Pure."""
    wanted = sorted({*packages_for("kiosk", packages), "cloud-init", "sudo", "openssh-server"})
    listed = "\n".join(f"    - {package}" for package in wanted)
    return {
        "config/mydesk.yaml": CONFIG.format(suite=suite, board=board),
        "layer/mydesk.yaml": LAYER.format(packages=listed, bundle=BUNDLE, updater=UPDATER),
        "files/etc/cloud/cloud.cfg.d/99-mydesk.cfg": CLOUD_CONFIG,
        "files/etc/mydesk/release_signers": signers,
        "files/etc/mydesk/update.toml": LEAST_UPDATE,
    }


def write_layer(folder: Path, release: ReleaseIn, board: str) -> tuple[str, ...]:
    """Write the folder and return the names of its files.

    Raises:
        FleetError: the folder is there already, or the bundle is not for a Raspberry Pi.
        BundleError: the bundle is not signed by one of its signers.
    """
    manifest = bundle.verify(release.path, release.signers)
    if manifest.architecture != "aarch64":
        raise FleetError(f"{release.path} is for {manifest.architecture}.", hint="A Raspberry Pi is aarch64.")
    suite = next(name for name, python in SUITES.items() if python == manifest.python)
    texts = layer_files(suite, board, manifest.debian, release.signers.read_text("utf-8"))
    try:
        folder.mkdir()
    except FileExistsError as error:
        raise FleetError(f"{folder} is there already.", hint="Name a folder that is not.") from error
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    updater = folder / "files" / UPDATER
    updater.parent.mkdir(parents=True)
    updater.write_bytes(updater_file())
    updater.chmod(0o755)
    shutil.copyfile(release.path, folder / BUNDLE)
    return (*texts, f"files/{UPDATER}", BUNDLE)
