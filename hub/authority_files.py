"""The folder of the site CA: its key, what it issued, and the list of what is revoked. All 0600 in 0700.

Commands and the running hub share it, so whoever changes something holds `lock`; each file is replaced whole, and
belongs to whom the folder belongs, also when root ran the command.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from msgspec import Meta

from common.errors import MyDeskError
from common.sealed_file import replace_whole
from hub.certificates import Key

MOST_ISSUED = 50
"""Certificates of one unit at a time; all are remembered until they end, or they could not be revoked."""


LOCK_TIMEOUT_S = 10.0
_LOOK_EVERY_S = 0.02


class AuthorityError(MyDeskError):
    """Error raised when the folder of the site CA is missing, damaged or not ours, or a unit may not be given one."""


class Issued(msgspec.Struct, frozen=True):
    """A certificate that was issued to a unit. `csr_sha256` is that of the request, "" if the key was made here."""

    serial: Annotated[str, Meta(pattern=r"^[0-9a-f]+$")]
    issued_ms: int
    expires_ms: int
    csr_sha256: str
    pem: str


class AuthorityFiles:
    """The folder.

    Raises:
        AuthorityError: from every method; says what to do.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / name

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder, made if missing, against every other process."""
        with self._told():
            self._make_folder()
            (self.folder / "units").mkdir(mode=0o700, exist_ok=True)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._give(self.folder / "lock", self.folder / "units")
                _take(handle, self.folder)
                yield
            finally:
                os.close(handle)

    def exists(self, name: str) -> bool:
        return self.path(name).is_file()

    def read(self, name: str) -> bytes:
        with self._told():
            return self.path(name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        with self._told():
            replace_whole(self.path(name), content)
            self._give(self.path(name))

    def certificate(self, name: str) -> x509.Certificate:
        with self._told():
            return x509.load_pem_x509_certificate(self.read(name))

    def key(self, name: str) -> Key:
        with self._told():
            key = serialization.load_pem_private_key(self.read(name), password=None)
        if not isinstance(key, Key):
            raise AuthorityError(f"{self.path(name)} is not a P-256 key.", hint="Restore it from a backup.")
        return key

    def revoked(self) -> list[x509.RevokedCertificate]:
        if not self.exists("crl.pem"):
            return []
        with self._told():
            return list(x509.load_pem_x509_crl(self.read("crl.pem")))

    def issued(self, unit: str) -> list[Issued]:
        """What was issued to `unit`, the oldest first."""
        name = f"units/{unit}.json"
        if not self.exists(name):
            return []
        with self._told():
            return msgspec.json.decode(self.read(name), type=list[Issued])

    def note_issued(self, unit: str, issued: list[Issued]) -> None:
        self.write(f"units/{unit}.json", msgspec.json.encode(issued))

    def _make_folder(self) -> None:
        """Its parent's owner's, also when root ran a command."""
        if self.folder.is_dir():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            parent = self.folder.absolute().parent.stat()
            os.chown(self.folder, parent.st_uid, parent.st_gid)

    def _give(self, *paths: Path) -> None:
        owner = self.folder.stat()
        for path in paths:
            if os.geteuid() == 0 and path.stat().st_uid != owner.st_uid:
                os.chown(path, owner.st_uid, owner.st_gid)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise AuthorityError(f"{error.filename} is missing.", hint="Run: mydesk-hub broker-config") from error
        except OSError as error:
            hint = "Run this as root, or as the user of the hub."
            raise AuthorityError(f"{error.filename}: {error.strerror}.", hint=hint) from error
        except (ValueError, msgspec.MsgspecError) as error:
            hint = "Restore the folder of the site CA from a backup."
            raise AuthorityError(f"a file of {self.folder} is damaged: {error}", hint=hint) from error


def _take(handle: int, folder: Path) -> None:
    deadline_s = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline_s:
                hint = "Is another mydesk-hub command waiting for an answer?"
                raise AuthorityError(f"{folder} is in use by another program.", hint=hint) from None
            time.sleep(_LOOK_EVERY_S)
        else:
            return
