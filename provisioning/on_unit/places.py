"""Where releases and the updater's state lie on a unit, and how they are changed so that a power cut cannot harm them.

/opt/mydesk/releases/<version>-<sha12>/   one release, never changed once `.complete` stands in it
/opt/mydesk/current -> releases/...       what runs; replaced by rename
/opt/mydesk/previous -> releases/...      what ran before
/var/lib/mydesk-update/update.json        the state; wanted.json, answered.json: what the hub asked for;
                                          restart.json: what waits for its restart
/etc/mydesk/update.toml, release_signers, release_revoked
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from provisioning.on_unit.errors import NotNowError, UpdateError
from provisioning.on_unit.manifest import MANIFEST, Manifest, parse_manifest, version_key

COMPLETE = ".complete"


@dataclass(frozen=True, slots=True)
class Places:
    """All paths below `root`, which is / on a unit."""

    root: Path = Path("/")

    @property
    def base(self) -> Path:
        return self.root / "opt/mydesk"

    @property
    def releases(self) -> Path:
        return self.base / "releases"

    @property
    def current(self) -> Path:
        return self.base / "current"

    @property
    def previous(self) -> Path:
        return self.base / "previous"

    @property
    def state(self) -> Path:
        return self.root / "var/lib/mydesk-update/update.json"

    @property
    def lock(self) -> Path:
        return self.state.with_name("lock")

    @property
    def request(self) -> Path:
        return self.root / "run/mydesk-update/request.json"

    @property
    def wanted(self) -> Path:
        return self.state.with_name("wanted.json")

    @property
    def answered(self) -> Path:
        return self.state.with_name("answered.json")

    @property
    def restart(self) -> Path:
        return self.state.with_name("restart.json")

    @property
    def settings(self) -> Path:
        return self.root / "etc/mydesk/update.toml"

    @property
    def signers(self) -> Path:
        return self.root / "etc/mydesk/release_signers"

    @property
    def revoked(self) -> Path:
        return self.root / "etc/mydesk/release_revoked"

    def release(self, name: str) -> Path:
        return self.releases / name

    def is_complete(self, name: str | None) -> bool:
        """Whether a release was fully written, and can run."""
        return name is not None and (self.release(name) / COMPLETE).is_file()

    def named_by(self, link: Path) -> str | None:
        """Return the release that `link` names, also when it is not there; None without a link."""
        try:
            return link.readlink().name
        except OSError:
            return None

    def all_releases(self) -> list[str]:
        """Return every folder of releases, the newest version last; broken ones too."""
        if not self.releases.is_dir():
            return []
        return sorted((one.name for one in self.releases.iterdir()), key=_age)

    def manifest(self, name: str) -> Manifest:
        """Return the manifest that came with a release.

        Raises:
            UpdateError: it is damaged.
        """
        try:
            return parse_manifest((self.release(name) / MANIFEST).read_bytes())
        except OSError as error:
            raise UpdateError(f"release {name} has no manifest: {error.strerror}.") from error


def _age(name: str) -> tuple[tuple[int, int, int, int], str]:
    """What releases are ordered by: their version; names that are none come first."""
    try:
        return version_key(name.rpartition("-")[0]), name
    except UpdateError:
        return (-1, 0, 0, 0), name


def sync_folder(folder: Path) -> None:
    """Make what was created, renamed or removed in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file_system(folder: Path) -> None:
    """Write everything of the file system that `folder` is on to the disk.

    Raises:
        OSError: some of it could not be written (Linux 5.8 and later tell).
    Source: syncfs(2); os.sync() tells of no error.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes) -> None:
    """Replace `path` by `data` in one step that survives a power cut."""
    temporary = path.with_name(f".{path.name}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    temporary.replace(path)
    sync_folder(path.parent)


def point(link: Path, release: str) -> None:
    """Make `link` name `release` in one step that survives a power cut."""
    if link.is_symlink() and link.readlink().name == release:
        return
    temporary = link.with_name(f".{link.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(f"releases/{release}")
    temporary.replace(link)
    sync_folder(link.parent)


def make_folders(path: Path) -> None:
    """Make `path` and what is missing above it, to stay after a power cut."""
    if path.is_dir():
        return
    make_folders(path.parent)
    path.mkdir(mode=0o755, exist_ok=True)
    sync_folder(path.parent)


def remove(release: Path) -> None:
    """Remove a release: first its mark, so that half a release never counts as one."""
    mark = release / COMPLETE
    if mark.exists():
        mark.unlink()
        sync_folder(release)
    if release.is_symlink() or not release.is_dir():
        release.unlink(missing_ok=True)
    else:
        shutil.rmtree(release)


@contextlib.contextmanager
def locked(places: Places) -> Iterator[None]:
    """Let one updater work at a time; the kernel gives the lock back however it ends.

    Raises:
        NotNowError: another one is at work.
    """
    make_folders(places.lock.parent)
    with places.lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NotNowError("another mydesk-update is at work. Wait for it: mydesk-update status") from error
        yield
