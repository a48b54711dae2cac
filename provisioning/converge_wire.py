"""What laptop, child process and units say to one another while units are converged. Values only; JSON between them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

__all__ = [
    "OPERATION_TIMEOUT_S",
    "After", "BootWish", "CertificateFacts", "CertificateWish", "Event", "Facts", "FileFacts", "Look", "Place", "Put",
    "Request", "Step", "Target", "UnitFile", "Wish",
]  # fmt: skip


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One of them."""


class Place(Message, frozen=True):
    """Rights and owner of a file or folder."""

    mode: int
    owner: str
    group: str


class FileFacts(Place, frozen=True):
    """A file as it is; `text` only where it is not as it should be."""

    sha256: str
    text: str | None = None


class UnitFile(Place, frozen=True, kw_only=True):
    """A file as it should be.

    `secret` words are keys whose values no diff shows. `plain`: on FAT, where there are no rights. `check` is a command
    that is asked about the content before it counts; {} is its place then. `least_systemd`: not where it is older.
    """

    path: str
    content: bytes
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    secret: tuple[str, ...] = ()
    plain: bool = False
    check: tuple[str, ...] = ()
    least_systemd: int = 0


class After(Message, frozen=True):
    """What must be done after a change. `running`: only where systemd runs; `noted`: else the next one does it.

    `tells`: what it says is passed on, a line of JSON.
    """

    name: str
    command: tuple[str, ...]
    running: bool = True
    noted: bool = False
    tells: bool = False


class Put(Message, frozen=True):
    """A change, for converge_put, in this order."""

    first: tuple[tuple[str, ...], ...] = ()
    """Commands."""

    files: tuple[UnitFile, ...] = ()
    absent: tuple[str, ...] = ()
    run: tuple[tuple[str, ...], ...] = ()
    after: tuple[After, ...] = ()
    timeout_s: float = 120.0


class CertificateWish(Message, frozen=True):
    """Paths of certificate, key and CA, and the CA that is right: its fingerprint."""

    certificate: str
    key: str
    ca: str
    ca_fingerprint: str


class CertificateFacts(Message, frozen=True):
    """What is there, as PEM; empty: nothing."""

    certificate: str
    ca: str
    public_key: str
    has_key: bool


class BootWish(Message, frozen=True):
    """Of a Raspberry Pi: lines for config.txt."""

    folder: str
    lines: tuple[str, ...]


class Wish(Message, frozen=True):
    """A unit as it should be."""

    unit: str
    packages: tuple[str, ...]
    files: tuple[UnitFile, ...]
    settings: tuple[UnitFile, ...]
    absent: tuple[str, ...]
    """Files that only another inventory would have."""

    users: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    """With those who must be in them."""

    folders: Mapping[str, Place]
    made_by: tuple[tuple[str, ...], ...]
    """The commands that make users and folders."""

    masked: tuple[str, ...]
    enabled: tuple[str, ...]
    started: tuple[str, ...]
    """Of `enabled`: those that are active as long as the unit is on."""

    panel: tuple[str, ...]
    """Services that need a release."""

    disabled: tuple[str, ...]
    other_role: tuple[str, ...]
    """Files that only a unit of the other role has: gone when its panel is off."""

    other_settings: str
    """Of these, the settings of its panel."""

    had_guests: bool
    """Whether such a unit knows guests, in folders that those settings may name."""

    kept: tuple[str, ...]
    """Data that only such a unit has; nothing of it is removed here."""

    overlay: tuple[str, ...]
    """What the hub set, and what the agent remembers of it; it is for the role that the unit had then."""

    boot: BootWish | None
    certificate: CertificateWish | None
    has_bundle: bool = False
    now: bool = False
    """Panels are restarted at once, whoever is there."""


class Look(Message, frozen=True):
    """What converge_look is asked; `files` with the SHA-256 that they should have."""

    files: Mapping[str, str]
    folders: tuple[str, ...]
    users: tuple[str, ...]
    groups: tuple[str, ...]
    services: tuple[str, ...]
    certificate: CertificateWish | None


class Facts(Message, frozen=True):
    """A unit as it is."""

    python: str
    machine: str
    model: str
    systemd: str
    packages: Mapping[str, str]
    dpkg_cut_off: bool
    files: Mapping[str, FileFacts | None]
    folders: Mapping[str, Place | None]
    users: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    enabled: Mapping[str, str]
    active: Mapping[str, str]
    pending: tuple[str, ...]
    restart: bool
    current: str
    staged: str
    """Releases by name; empty: none."""

    certificate: CertificateFacts | None
    waiting: tuple[str, ...] = ()
    """Services that wait for their restart until nobody is disturbed."""

    waits: str = ""
    """Whom it would disturb."""

    @property
    def systemd_version(self) -> int:
        """Of Debian's package, such as 252.38-1~deb12u1; 0 where nobody knows."""
        found = re.match(r"\d+", self.packages.get("systemd", ""))
        return int(found[0]) if found else 0

    @property
    def offline(self) -> bool:
        """Whether systemd does not run there: an image, or a chroot."""
        return self.systemd in ("offline", "none")


class Step(Message, frozen=True):
    """One operation on one unit: what it would change, in words and as a diff, and how.

    `fault` says why it cannot be done, `later` that it is done after the others, `note` what is worth knowing.
    """

    name: str
    changes: tuple[str, ...] = ()
    diff: str = ""
    put: Put | None = None
    install: tuple[str, ...] = ()
    repair: bool = False
    """dpkg was cut off."""

    later: bool = False
    fault: str = ""
    note: str = ""

    @property
    def is_change(self) -> bool:
        """Whether something is to be done."""
        return bool(self.changes)


class Target(Message, frozen=True):
    """A unit for the child process."""

    wish: Wish
    host: str
    port: int
    user: str


OPERATION_TIMEOUT_S: Final = 3600.0
"""A bundle over a slow line, unpacked on a slow card; many packages."""


class Request(Message, frozen=True):
    """What the child process is to do."""

    targets: tuple[Target, ...]
    known_hosts: str
    identity: str
    dry: bool
    limit: int
    connect_timeout_s: float
    debs: tuple[str, ...] | None = None
    """Packages as files, for units without internet; None: units have their own sources."""

    timeout_s: float = OPERATION_TIMEOUT_S
    """For one operation on a unit."""


class Event(Message, frozen=True, omit_defaults=True):
    """A line of the child process.

    `kind`: connected, planned (with `steps` and `facts`), started, done, told (in `text`, what a command said), failed
    (of `step`, with `text`), unreachable, or ended.
    """

    unit: str
    kind: str
    step: str = ""
    text: str = ""
    steps: tuple[Step, ...] = ()
    facts: Facts | None = None
