"""Puts a root file system and a boot partition into one disk image, without loop devices and without mounting."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Final

from provisioning.fleet_error import FleetError
from provisioning.image_plan import ESP_BYTES, ESP_START, MIB, SECTOR, ImagePlan, Kernel, partition_table
from provisioning.image_root import run_tool, write_files

__all__ = ["copy_to_boot", "kernel_version", "make_disk"]

_GPT_END: Final = MIB
"""The second copy of the partition table, rounded up."""


def kernel_version(root: Path) -> str:
    """The newest kernel in `root`. Raises FleetError: there is none."""
    found = [path.name.removeprefix("vmlinuz-") for path in (root / "boot").glob("vmlinuz-*")]
    if not found:
        raise FleetError("There is no kernel in the image.", hint="Did debootstrap end well?")
    return max(found, key=lambda version: [int(number) for number in re.findall(r"\d+", version)])


def make_disk(plan: ImagePlan, kernel: Kernel, root: Path, image: Path) -> None:
    """Write the image: GPT, boot partition with systemd-boot and kernel, and the root of the folder `root`.

    What is in root/boot/efi comes onto the boot partition. Raises FleetError.
    """
    _fill_boot(plan, kernel, root)
    boot = root.with_name(root.name + ".boot")
    shutil.move(root / "boot/efi", boot)
    (root / "boot/efi").mkdir()
    root_bytes = plan.root_bytes or _root_bytes(root)
    with image.open("wb") as stream:
        os.truncate(stream.fileno(), ESP_START + ESP_BYTES + root_bytes + _GPT_END)
    run_tool(["sfdisk", "--quiet", str(image)], stdin=partition_table(plan, kernel, root_bytes))
    fat = ["mkfs.vfat", "-F", "32", "-n", "BOOTFS", f"--offset={ESP_START // SECTOR}"]
    run_tool([*fat, str(image), str(ESP_BYTES >> 10)])
    for path in sorted(boot.iterdir()):
        copy_to_boot(image, path)
    ext4 = ["mke2fs", "-q", "-F", "-t", "ext4", "-L", "rootfs", "-E", f"offset={ESP_START + ESP_BYTES}"]
    run_tool([*ext4, "-d", str(root), str(image), f"{root_bytes >> 10}k"])
    shutil.rmtree(boot)


def copy_to_boot(image: Path, path: Path) -> None:
    """Copy a file or a folder onto the top of an image's boot partition, over what is there. Raises FleetError."""
    run_tool(["mcopy", "-s", "-o", "-i", f"{image}@@{ESP_START}", str(path), "::/"])


def _fill_boot(plan: ImagePlan, kernel: Kernel, root: Path) -> None:
    boot = root / "boot/efi"
    loader = root / f"usr/lib/systemd/boot/efi/systemd-boot{plan.efi}.efi"
    copies = {
        f"EFI/BOOT/BOOT{plan.efi.upper()}.EFI": loader,
        f"EFI/systemd/{loader.name}": loader,
        f"mydesk/{kernel.version}/linux": root / f"boot/vmlinuz-{kernel.version}",
        f"mydesk/{kernel.version}/initrd.img": root / f"boot/initrd.img-{kernel.version}",
    }
    for name, source in copies.items():
        (boot / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, boot / name)
    write_files(boot, kernel.files(plan))


def _root_bytes(root: Path) -> int:
    """What is in it, 40 % more for its metadata and a second release, in whole MiB; it grows on its first boot."""
    used = sum(path.lstat().st_blocks * 512 for path in root.rglob("*") if not path.is_symlink())
    return -(-int(used * 1.4) // MIB) * MIB
