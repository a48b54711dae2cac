"""A small encrypted file: AES-256-GCM, 0600, replaced whole or not at all.

The key lies beside it (0600, made on first use), so this guards a copied file or backup, not a stolen SD card: what
guards that is an encrypted partition, and that little is in the file.

Layout: magic, 12 bytes nonce, ciphertext with tag; the magic and the owner are authenticated with it.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_KEY_BYTES = 32


class SealError(ValueError):
    """Error raised when a file is damaged, foreign, too long, or sealed with another key."""


class SealedFile:
    """One encrypted file and its key. Blocking: for a worker thread.

    >>> file = SealedFile(folder / "hosts.index", folder / "hosts.key", magic=b"HOSTS-1\\n")   # doctest: +SKIP
    >>> file.write(b"...")                                                                    # doctest: +SKIP
    >>> file.read()                                                                           # doctest: +SKIP
    """

    def __init__(
        self,
        path: Path,
        key_file: Path,
        *,
        magic: bytes,
        owner: str = "",
        max_bytes: int = 1 << 20,
        log: logging.Logger | None = None,
        what: str = "file",
    ) -> None:
        """`owner` binds the file to whom it belongs: a foreign one does not open. `what` names it in the log."""
        self.path = path
        self._key_file = key_file
        self._magic = magic
        self._bound_to = magic + owner.encode()
        self._max_bytes = max_bytes
        self._log = log or logging.getLogger(__name__)
        self._what = what

    def read(self) -> bytes:
        """Return the content. Raises FileNotFoundError when there is none, OSError, SealError."""
        sealed = _read_bounded(self.path, self._max_bytes)
        if not sealed.startswith(self._magic) or len(sealed) > self._max_bytes:
            raise SealError(f"not a {self._what}")
        body = sealed[len(self._magic) :]
        try:
            key = _checked_key(_read_bounded(self._key_file, _KEY_BYTES))
            return AESGCM(key).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], self._bound_to)
        except (InvalidTag, ValueError, FileNotFoundError) as error:
            raise SealError(f"the {self._what} does not open: {type(error).__name__}") from error

    def write(self, content: bytes) -> None:
        """Replace the content. Raises OSError, SealError when it is too long; the old content stays then."""
        nonce = token_bytes(_NONCE_BYTES)
        sealed = self._magic + nonce + AESGCM(self._key()).encrypt(nonce, content, self._bound_to)
        if len(sealed) > self._max_bytes:
            raise SealError(f"the {self._what} would be longer than {self._max_bytes} bytes")
        replace_whole(self.path, sealed)

    def keep_aside(self) -> None:
        """Rename a bad file to `*.bad`. Raises OSError."""
        self.path.replace(self.path.with_name(self.path.name + ".bad"))

    def forget(self) -> None:
        """Delete the file."""
        self.path.unlink(missing_ok=True)

    def _key(self) -> bytes:
        try:
            key = _checked_key(_read_bounded(self._key_file, _KEY_BYTES))
        except FileNotFoundError:
            return self._new_key()
        except ValueError:
            self._log.error("key of the %s: damaged, a new one is made", self._what)
            return self._new_key()
        if self._key_file.stat().st_mode & 0o077:
            self._log.warning("key of the %s: was open to others, closed to 0600", self._what)
            self._key_file.chmod(0o600)
        return key

    def _new_key(self) -> bytes:
        key = token_bytes(_KEY_BYTES)
        replace_whole(self._key_file, key)
        return key


def _checked_key(key: bytes) -> bytes:
    if len(key) != _KEY_BYTES:
        raise ValueError("the key file is damaged")
    return key


def _read_bounded(path: Path, most: int) -> bytes:
    """Return at most one byte more than a good file can have."""
    with path.open("rb") as file:
        return file.read(most + 1)


def replace_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write `content` to `path` with exactly that mode so that a power cut leaves the old file or the new one."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        os.fchmod(descriptor, mode)
        while content:
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
