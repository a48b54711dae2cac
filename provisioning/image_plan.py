"""What a disk image consists of. Values, and the texts of its files; pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from provisioning.deb_list import packages_for

__all__ = ["CMDLINE", "ESP_START", "ROOT_TYPES", "SUITES", "ImagePlan", "Kernel", "partition_table", "root_files"]

Architecture = Literal["x86_64", "aarch64"]

SUITES: Final = {"bookworm": "3.11", "trixie": "3.13"}
"""Debian's suites and the Python that each has."""

DEBIAN_NAMES: Final[dict[str, str]] = {"x86_64": "amd64", "aarch64": "arm64"}
EFI_NAMES: Final[dict[str, str]] = {"x86_64": "x64", "aarch64": "aa64"}
SERIAL_PORTS: Final[dict[str, str]] = {"x86_64": "ttyS0", "aarch64": "ttyAMA0"}

ESP_TYPE: Final = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
ROOT_TYPES: Final[dict[str, str]] = {
    "x86_64": "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
    "aarch64": "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",
}
"""GPT types of a root partition (Discoverable Partitions Specification)."""

SECTOR: Final = 512
MIB: Final = 1 << 20
ESP_START: Final = MIB
ESP_BYTES: Final = 512 * MIB
"""Room for three kernels with their initrds, and the seed."""

_SYSTEM: Final = (
    "systemd", "systemd-sysv", "systemd-resolved", "systemd-timesyncd", "dbus", "udev", "kmod", "procps",
    "openssh-server", "sudo", "iproute2", "ca-certificates", "cloud-init", "cloud-guest-utils", "fdisk", "e2fsprogs",
    "dosfstools", "systemd-boot", "initramfs-tools", "python3", "python3-venv", "libpam-systemd", "tzdata",
)  # fmt: skip

CMDLINE: Final = "root=PARTUUID={root} rw console={serial} quiet loglevel=3 vt.global_cursor_default=0 consoleblank=0"
"""The kernel says nothing on the panel; a serial port has its messages."""

_MORE_WORDS: Final[dict[str, str]] = {"x86_64": "", "aarch64": " net.ifnames=0"}
"""As on Raspberry Pi OS, whose network is eth0: the seed of a unit is the same for both."""

CLOUD_CONFIG: Final = """\
# The seed of mydesk-fleet is on the boot partition.
datasource_list: [NoCloud, None]
datasource: {NoCloud: {seedfrom: /boot/firmware/}}
locale: C.UTF-8
system_info: {network: {renderers: [networkd]}}
"""


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """One image. `more_packages` are Debian's; `root_bytes` 0: as large as it must be, and 40 % more."""

    architecture: Architecture
    mirror: str
    suite: str = "bookworm"
    more_packages: tuple[str, ...] = ()
    root_bytes: int = 0

    @property
    def debian(self) -> str:
        """The architecture as Debian names it."""
        return DEBIAN_NAMES[self.architecture]

    @property
    def efi(self) -> str:
        """The architecture as UEFI names it."""
        return EFI_NAMES[self.architecture]

    @property
    def packages(self) -> tuple[str, ...]:
        """All packages that are asked for, those of either kind of panel among them."""
        return tuple(sorted({*_SYSTEM, *packages_for("kiosk"), f"linux-image-{self.debian}", *self.more_packages}))

    @property
    def key(self) -> str:
        """The same for plans whose Debian is the same."""
        wanted = "\n".join((self.mirror, *self.packages))
        return f"{self.suite}-{self.debian}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel in the image, and the unique ids of the partitions."""

    version: str
    esp: UUID
    root: UUID

    def files(self, plan: ImagePlan) -> dict[str, str]:
        """What stands on the boot partition beside kernel and initrd, as kernel-install(8) would write it."""
        cmdline = _cmdline(plan, self)
        folder = f"/mydesk/{self.version}"
        entry = {"title": f"Debian {plan.suite}", "version": self.version, "sort-key": "debian", "options": cmdline}
        entry |= {"linux": f"{folder}/linux", "initrd": f"{folder}/initrd.img"}
        return {
            f"loader/entries/mydesk-{self.version}.conf": _lines(entry),
            "loader/loader.conf": "timeout 0\neditor no\n",
            "loader/entries.srel": "type1\n",
        }


def _cmdline(plan: ImagePlan, kernel: Kernel) -> str:
    words = CMDLINE.format(root=kernel.root, serial=SERIAL_PORTS[plan.architecture])
    return words + _MORE_WORDS[plan.architecture]


def _lines(fields: dict[str, str]) -> str:
    return "".join(f"{key:10} {value}\n" for key, value in fields.items())


def root_files(plan: ImagePlan, kernel: Kernel) -> dict[str, str]:
    """Files of the root file system, by their paths below it.

    The boot partition is where Debian's tools look for it, /boot/efi; /boot/firmware, where the seed is looked for, is
    a link to it.
    """
    cmdline = _cmdline(plan, kernel)
    return {
        "etc/fstab": (
            f"PARTUUID={kernel.root} / ext4 defaults,noatime,errors=remount-ro 0 1\n"
            f"PARTUUID={kernel.esp} /boot/efi vfat umask=0077,noatime,nofail 0 2\n"
        ),
        "etc/hostname": "mydesk-unseeded\n",
        "etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost\n",
        "etc/machine-id": "",
        "etc/kernel/cmdline": cmdline + "\n",
        "etc/kernel/entry-token": "mydesk\n",
        "etc/kernel/install.conf": "layout=bls\nBOOT_ROOT=/boot/efi\n",
        "etc/ssh/sshd_config.d/20-mydesk.conf": "PasswordAuthentication no\n",
        "etc/cloud/cloud.cfg.d/99-mydesk.cfg": CLOUD_CONFIG,
        "etc/systemd/system/cloud-init-local.service.d/10-mydesk.conf": "[Unit]\nRequiresMountsFor=/boot/efi\n",
    }


def partition_table(plan: ImagePlan, kernel: Kernel, root_bytes: int) -> str:
    """The input of sfdisk(8): boot partition, then root."""
    start, esp = ESP_START // SECTOR, ESP_BYTES // SECTOR
    return (
        "label: gpt\n"
        f"start={start}, size={esp}, type={ESP_TYPE}, uuid={kernel.esp}, name=bootfs\n"
        f"start={start + esp}, size={root_bytes // SECTOR}, type={ROOT_TYPES[plan.architecture]}, "
        f"uuid={kernel.root}, name=rootfs\n"
    )
